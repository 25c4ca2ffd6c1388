/**
 * A Dynamo node (SOSP 2007, sections 4.5 and 4.6): coordinates gets and puts among the N replicas of a key, answers after R
 * or W of them, keeps replicas, holds writes for nodes that cannot be reached and hands them over when they can, and repairs
 * stale replicas as it reads.
 *
 * Failure detection is local (section 4.8.3): a replica that does not answer in time is held for unhealthy by this node until
 * it hears from it again; it is probed once a second.
 *
 * Fault budget: with N = 3 and R = W = 2 the store must stay available with any one replica down, cut off, paused or slow;
 * sloppy, with all but one. An acknowledged write must survive any fault that leaves one of the W disks that acknowledged it.
 * Clock faults can lose acknowledged writes in last-write-wins mode, by design.
 *
 * Left out for now: Merkle-tree anti-entropy, gossip of membership, client-driven coordination.
 *
 * @module
 */
import type { Hint } from '../distributed/hinted-handoff.ts';
import { assertNever } from '../kernel/errors.ts';
import type { Host, Machine, Message, Timer, TimerId } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { Acknowledgement, ClientReply, DynamoMessage, GetRequest, Probe, PutRequest, ReadReplica, ReplicaVersions, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Placement } from './placement.ts';
import { Storage, type HintedWrite } from './storage.ts';
import { counterOf, nextVersion, NO_VERSIONS, reconcile, sameVersions, type Put, type Versions } from './version.ts';

const PROBE_INTERVAL = 1_000_000 as Micros;
const HINTS_PER_ROUND = 100;

/** A get or put under way at its coordinator. */
interface Operation {
  readonly id: number;
  readonly kind: 'get' | 'put';
  readonly client: NodeId;
  readonly requestId: number;
  readonly key: string;
  readonly required: number;
  /** What has been read so far, or is being written. */
  versions: Versions;
  /** Replicas asked, and the home node that each stands in for. */
  readonly asked: Map<NodeId, NodeId | undefined>;
  /** Replicas that answered a get, and with what; that acknowledged a put. */
  readonly answered: Map<NodeId, Versions>;
  /** `gathering` answers; `repairing` before the reply; `lingering` after it, for stragglers to repair. */
  phase: 'gathering' | 'repairing' | 'lingering';
  /** Replicas that have what the reply says, while repairing. */
  fresh: number;
  readonly patience: TimerId;
  readonly end: TimerId;
}

interface OperationTimer extends Timer {
  readonly type: 'replica-timeout' | 'request-timeout' | 'written-here';
  readonly id: number;
}

interface SyncTimer extends Timer {
  readonly type: 'synced';
  readonly to: NodeId;
  readonly reply: Acknowledgement;
}

interface HandoffTimer extends Timer {
  readonly type: 'handoff-timeout';
  readonly id: number;
}

type NodeTimer = OperationTimer | SyncTimer | HandoffTimer | { readonly type: 'handoff-round' | 'probe-round' };

/** One machine's program. */
export class DynamoNode implements Machine {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #placement: Placement;
  /** What this node keeps. */
  readonly storage: Storage;
  readonly #operations = new Map<number, Operation>();
  readonly #handoffs = new Map<number, { readonly target: NodeId; readonly hint: Hint<HintedWrite> }>();
  readonly #suspects = new Set<NodeId>();
  /** The last counter given out for each key by this incarnation, stored or not. */
  readonly #issued = new Map<string, number>();
  #nextId: number;
  #probing = false;

  /** @param host - this incarnation */
  constructor(host: Host, config: DynamoConfig, placement: Placement) {
    this.#host = host;
    this.#config = config;
    this.#placement = placement;
    this.storage = new Storage(host.disk, config.conflict);
    // Never an id of an earlier incarnation: answers to its requests may still be on their way.
    this.#nextId = host.monotonic() + 1;
  }

  /** The nodes this one holds for unhealthy. */
  get suspects(): readonly NodeId[] {
    return [...this.#suspects];
  }

  onStart(): void {
    // Nodes do not all scan at the same instant.
    const { handoffInterval } = this.#config;
    this.#later((handoffInterval + this.#host.random.below(Math.max(1, handoffInterval / 10))) as Micros, { type: 'handoff-round' });
  }

  onMessage(from: NodeId, received: Message): void {
    const message = received as DynamoMessage;
    if (message.type !== 'get' && message.type !== 'put') this.#suspects.delete(from);
    switch (message.type) {
      case 'get':
        this.#get(from, message);
        break;
      case 'put':
        this.#put(message.client ?? from, message);
        break;
      case 'read': {
        const reply: ReplicaVersions = { type: 'versions', id: message.id, versions: this.storage.known(message.key) };
        this.#host.send(from, reply);
        break;
      }
      case 'versions':
        this.#gathered(from, message.id, message.versions);
        break;
      case 'write':
      case 'repair':
      case 'handoff':
        this.#keep(from, message);
        break;
      case 'write-ack':
        this.#gathered(from, message.id, NO_VERSIONS);
        break;
      case 'repair-ack':
        this.#repaired(message.id);
        break;
      case 'handoff-ack':
        this.#handedOver(message.id);
        break;
      case 'probe': {
        const reply: Probe = { type: 'probe-ack' };
        this.#host.send(from, reply);
        break;
      }
      case 'probe-ack':
        break;
      default:
        assertNever(message);
    }
  }

  onTimer(received: Timer): void {
    const timer = received as NodeTimer;
    switch (timer.type) {
      case 'replica-timeout':
        this.#outOfPatience(timer.id);
        break;
      case 'request-timeout':
        this.#giveUp(timer.id);
        break;
      case 'written-here':
        this.#writtenHere(timer.id);
        break;
      case 'synced':
        this.#host.send(timer.to, timer.reply);
        break;
      case 'handoff-round':
        this.#handoffRound();
        break;
      case 'handoff-timeout': {
        const handoff = this.#handoffs.get(timer.id);
        if (handoff === undefined) break;
        this.#handoffs.delete(timer.id);
        this.storage.hintFailed(handoff.hint);
        this.#suspect(handoff.target);
        break;
      }
      case 'probe-round':
        this.#probeRound();
        break;
      default:
        assertNever(timer);
    }
  }

  // Coordination (section 4.5)

  #get(client: NodeId, { requestId, key, r }: GetRequest): void {
    const operation = this.#begin('get', client, requestId, key, r ?? this.#config.r, NO_VERSIONS);
    for (const [replica] of operation.asked) this.#askReplica(operation, replica);
  }

  #put(client: NodeId, request: PutRequest): void {
    const { requestId, key, value, context, w } = request;
    const replicas = this.#replicas(key);
    const [first] = replicas.keys();
    if (!replicas.has(this.#host.id) && first !== undefined && request.client === undefined) {
      // Only a replica of the key counts its own versions, so only a replica may coordinate a put.
      const forwarded: PutRequest = { ...request, client };
      this.#host.send(first, forwarded);
      return;
    }
    const counter = Math.max(this.#issued.get(key) ?? 0, counterOf(this.#host.id, context, this.storage.known(key)));
    this.#issued.set(key, counter + 1);
    const put: Put = { value, context, coordinator: this.#host.id, counter, now: this.#host.now() };
    const { versions: scheme, clockLimit, conflict } = this.#config;
    const version = nextVersion(put, scheme, clockLimit);
    // A context names the highest dot of each coordinator and thereby claims all below it, so whoever gets a dot must get, or
    // have got, those below it too: the coordinator sends every sibling it knows along with the new one.
    const versions = scheme === 'dotted' ? reconcile(this.storage.known(key), [version], conflict) : [version];
    this.#writeHere(this.#begin('put', client, requestId, key, w ?? this.#config.w, versions));
  }

  /**
   * The coordinator writes first, and the others only when that is safe: a counter given out and forgotten in a crash would be
   * given out again, for another value.
   */
  #writeHere(operation: Operation): void {
    const { id, key, versions, asked } = operation;
    const hintFor = asked.get(this.#host.id);
    if (!asked.has(this.#host.id) || !this.#store(key, versions, hintFor)) {
      this.#writeToOthers(operation);
    } else if (this.#config.writes === 'buffered') {
      this.#writtenHere(id);
    } else {
      const timer: OperationTimer = { type: 'written-here', id };
      this.storage.sync(timer, hintFor);
    }
  }

  #writtenHere(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    this.#writeToOthers(operation);
    this.#gathered(this.#host.id, id, NO_VERSIONS);
  }

  #writeToOthers(operation: Operation): void {
    for (const [replica] of operation.asked) if (replica !== this.#host.id) this.#askReplica(operation, replica);
  }

  #begin(kind: 'get' | 'put', client: NodeId, requestId: number, key: string, required: number, versions: Versions): Operation {
    const id = this.#nextId++;
    const operation: Operation = {
      id, kind, client, requestId, key, required, versions, asked: this.#replicas(key), answered: new Map(), phase: 'gathering', fresh: 0,
      patience: this.#later(this.#config.replicaTimeout, { type: 'replica-timeout', id }),
      end: this.#later(this.#config.requestTimeout, { type: 'request-timeout', id }),
    };
    this.#operations.set(id, operation);
    return operation;
  }

  /** Who takes part: the N home nodes; in a sloppy quorum the first N healthy ones, some in place of a home node. */
  #replicas(key: string): Map<NodeId, NodeId | undefined> {
    const list = this.#placement.preferenceList(key);
    const { n, sloppy } = this.#config;
    const home = list.slice(0, n);
    if (!sloppy || !home.some((node) => this.#suspects.has(node))) return new Map(home.map((node) => [node, undefined]));
    const missing = home.filter((node) => this.#suspects.has(node));
    const standIns = list.slice(n).filter((node) => !this.#suspects.has(node)).slice(0, missing.length);
    const replicas = new Map<NodeId, NodeId | undefined>();
    for (const node of home) if (!missing.includes(node)) replicas.set(node, undefined);
    standIns.forEach((node, i) => replicas.set(node, missing[i]));
    // With too few healthy nodes in all, the unhealthy are asked after all.
    missing.slice(standIns.length).forEach((node) => replicas.set(node, undefined));
    return replicas;
  }

  #askReplica({ kind, id, key, versions, asked }: Operation, replica: NodeId): void {
    const message: ReadReplica | WriteReplica = kind === 'get'
      ? { type: 'read', id, key }
      : { type: 'write', id, key, versions, hintFor: asked.get(replica) };
    this.#host.send(replica, message);
  }

  /** A replica answered a get or acknowledged a put. */
  #gathered(from: NodeId, id: number, versions: Versions): void {
    const operation = this.#operations.get(id);
    if (operation === undefined || operation.answered.has(from)) return;
    operation.answered.set(from, versions);
    if (operation.kind === 'get') {
      if (operation.phase === 'gathering') operation.versions = reconcile(operation.versions, versions, this.#config.conflict);
      else this.#repairStraggler(operation, from, versions);
    }
    if (operation.phase === 'gathering' && operation.answered.size >= operation.required) this.#reachedQuorum(operation);
    else if (operation.phase === 'lingering' && operation.answered.size >= operation.asked.size) this.#forget(operation);
  }

  #reachedQuorum(operation: Operation): void {
    const { kind, versions, answered } = operation;
    if (kind === 'get' && this.#config.readRepair === 'before-reply') {
      operation.phase = 'repairing';
      // A write-back to a write quorum: whoever reads after this reply meets at least one of them.
      for (const [replica, held] of answered) {
        if (sameVersions(held, versions)) operation.fresh++;
        else this.#repair(operation, replica);
      }
      for (const [replica] of operation.asked) if (!answered.has(replica) && versions.length > 0) this.#repair(operation, replica);
      if (versions.length === 0) operation.fresh = operation.asked.size;
      this.#replyWhenRepaired(operation);
      return;
    }
    this.#reply(operation, kind === 'get' ? 'get-ok' : 'put-ok');
    operation.phase = 'lingering';
    if (kind === 'get' && this.#config.readRepair === 'after-reply') {
      for (const [replica, held] of answered) if (!sameVersions(held, versions)) this.#repair(operation, replica);
    }
    if (answered.size >= operation.asked.size) this.#forget(operation);
  }

  #repairStraggler(operation: Operation, replica: NodeId, held: Versions): void {
    if (this.#config.readRepair !== 'after-reply') return;
    const all = reconcile(operation.versions, held, this.#config.conflict);
    if (!sameVersions(held, all)) this.#repair({ ...operation, versions: all }, replica);
  }

  #repair({ id, key, versions }: Pick<Operation, 'id' | 'key' | 'versions'>, replica: NodeId): void {
    if (versions.length === 0) return;
    const message: WriteReplica = { type: 'repair', id, key, versions, hintFor: undefined };
    this.#host.send(replica, message);
  }

  #repaired(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined || operation.phase !== 'repairing') return;
    operation.fresh++;
    this.#replyWhenRepaired(operation);
  }

  #replyWhenRepaired(operation: Operation): void {
    if (operation.fresh < this.#config.w) return;
    this.#reply(operation, 'get-ok');
    this.#forget(operation);
  }

  /** Some replicas were silent for too long: they are held for unhealthy, and a sloppy quorum turns to others. */
  #outOfPatience(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    const silent = [...operation.asked.keys()].filter((replica) => !operation.answered.has(replica));
    for (const replica of silent) this.#suspect(replica);
    if (operation.phase === 'lingering') {
      // The quorum answered without them. Of a put, a stand-in keeps their share all the same (section 4.6).
      if (operation.kind === 'put' && this.#config.sloppy) this.#turnToStandIns(operation, silent);
      this.#forget(operation);
    } else if (this.#config.sloppy && operation.phase === 'gathering') {
      this.#turnToStandIns(operation, silent);
    }
  }

  #turnToStandIns(operation: Operation, silent: readonly NodeId[]): void {
    const list = this.#placement.preferenceList(operation.key);
    for (const replica of silent) {
      const standIn = list.find((node) => !operation.asked.has(node) && !this.#suspects.has(node));
      if (standIn === undefined) return;
      operation.asked.set(standIn, operation.asked.get(replica) ?? replica);
      this.#askReplica(operation, standIn);
    }
  }

  #giveUp(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    if (operation.phase !== 'lingering') this.#reply(operation, 'quorum-failed');
    this.#forget(operation);
  }

  #reply({ client, requestId, versions, answered, required }: Operation, type: ClientReply['type']): void {
    const reply: ClientReply = { type, requestId, versions, replicas: [...answered.keys()], required };
    this.#host.send(client, reply);
  }

  #forget({ id, patience, end }: Operation): void {
    this.#operations.delete(id);
    this.#host.cancelTimer(patience);
    this.#host.cancelTimer(end);
  }

  // Replicas

  /** Keeps versions, and acknowledges when they are as safe as configured. A full disk keeps nothing and stays silent. */
  #keep(from: NodeId, { type, id, key, versions, hintFor }: WriteReplica): void {
    if (!this.#store(key, versions, hintFor)) return;
    const reply: Acknowledgement = { type: `${type}-ack`, id };
    if (this.#config.writes === 'buffered') {
      this.#host.send(from, reply);
      return;
    }
    const timer: SyncTimer = { type: 'synced', to: from, reply };
    this.storage.sync(timer, hintFor);
  }

  #store(key: string, versions: Versions, hintFor: NodeId | undefined): boolean {
    if (hintFor === undefined) return this.storage.merge(key, versions);
    this.#host.trace(`holds ${key} for ${hintFor}`);
    return this.storage.hint(hintFor, { key, versions }, this.#host.now());
  }

  // Hinted handoff (section 4.6)

  #handoffRound(): void {
    this.#later(this.#config.handoffInterval, { type: 'handoff-round' });
    for (const target of this.storage.hintTargets) {
      if (this.#suspects.has(target as NodeId)) continue;
      for (const hint of this.storage.takeHints(target, HINTS_PER_ROUND)) {
        const id = this.#nextId++;
        this.#handoffs.set(id, { target: target as NodeId, hint });
        const message: WriteReplica = { type: 'handoff', id, ...hint.write, hintFor: undefined };
        this.#host.send(target as NodeId, message);
        this.#later(this.#config.requestTimeout, { type: 'handoff-timeout', id });
      }
    }
  }

  #handedOver(id: number): void {
    const handoff = this.#handoffs.get(id);
    if (handoff === undefined) return;
    this.#handoffs.delete(id);
    this.storage.hintDelivered(handoff.target, handoff.hint);
    this.#host.trace(`hands ${handoff.hint.write.key} to ${handoff.target}`);
  }

  // Failure detection (section 4.8.3)

  #suspect(node: NodeId): void {
    if (node === this.#host.id) return;
    this.#suspects.add(node);
    if (this.#probing) return;
    this.#probing = true;
    this.#later(PROBE_INTERVAL, { type: 'probe-round' });
  }

  #probeRound(): void {
    this.#probing = this.#suspects.size > 0;
    if (!this.#probing) return;
    const probe: Probe = { type: 'probe' };
    for (const node of this.#suspects) this.#host.send(node, probe);
    this.#later(PROBE_INTERVAL, { type: 'probe-round' });
  }

  #later(delay: Micros, timer: NodeTimer): TimerId {
    return this.#host.setTimer(delay, timer);
  }
}
