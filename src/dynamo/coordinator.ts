/**
 * Coordination of gets and puts (SOSP 2007, sections 4.5, 4.6 and 5): the N replicas of a key are asked, the client is answered
 * after R or W of them, stand-ins take the place of replicas that cannot be reached, and stale replicas are repaired.
 *
 * Left out: the paper's choice of the write coordinator that answered the last read fastest, and client-driven coordination.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import type { Host, Timer, TimerId } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { FailureDetector } from './failure-detector.ts';
import type { ClientReply, GetRequest, PutRequest, ReadReplica, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Placement } from './placement.ts';
import type { Replica } from './replica.ts';
import type { Storage } from './storage.ts';
import { counterOf, nextVersion, NO_VERSIONS, reconcile, sameVersions, type Put, type Versions } from './version.ts';

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
  /** Whether the other replicas have been asked: a put waits for this node's own disk first, but not for ever. */
  sent: boolean;
  patience: TimerId;
  readonly end: TimerId;
}

/** The timers of an operation under way. */
export interface CoordinatorTimer extends Timer {
  readonly type: 'replica-timeout' | 'request-timeout' | 'written-here';
  readonly id: number;
}

/** What a coordinator is made of. */
export interface CoordinatorParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  readonly placement: Placement;
  readonly storage: Storage;
  readonly replica: Replica;
  readonly detector: FailureDetector;
}

/** The coordinator's part of a node. */
export class Coordinator {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #placement: Placement;
  readonly #storage: Storage;
  readonly #replica: Replica;
  readonly #detector: FailureDetector;
  readonly #operations = new Map<number, Operation>();
  /** The last counter given out for each key by this incarnation, stored or not. */
  readonly #issued = new Map<string, number>();
  /**
   * The name under which this incarnation counts in vector clocks: another than any earlier one's, which may have given out
   * counters that its disk never heard of (as Riak's actor epochs have it since 2.1). The first counts under the node's own.
   */
  readonly #actor: string;
  /** Never an id of an earlier incarnation: answers to its requests may still be on their way. */
  #nextId: number;

  /** @param parts - of the same incarnation */
  constructor({ host, config, placement, storage, replica, detector }: CoordinatorParts) {
    this.#host = host;
    this.#config = config;
    this.#placement = placement;
    this.#storage = storage;
    this.#replica = replica;
    this.#detector = detector;
    this.#nextId = host.monotonic() + 1;
    this.#actor = host.monotonic() === 0 ? host.id : `${host.id}@${host.monotonic()}`;
  }

  /** A timer of {@link CoordinatorTimer} fired. */
  onTimer({ type, id }: CoordinatorTimer): void {
    switch (type) {
      case 'replica-timeout':
        this.#outOfPatience(id);
        break;
      case 'request-timeout':
        this.#giveUp(id);
        break;
      case 'written-here':
        this.#writtenHere(id);
        break;
      default:
        assertNever(type);
    }
  }

  /** A client reads. */
  get(client: NodeId, { requestId, key, r }: GetRequest): void {
    const operation = this.#begin('get', client, requestId, key, r ?? this.#config.r, NO_VERSIONS);
    for (const [replica] of operation.asked) this.#askReplica(operation, replica);
  }

  /** A client writes. */
  put(client: NodeId, request: PutRequest): void {
    const { requestId, key, value, context, w } = request;
    const replicas = this.#replicas(key);
    const [first] = replicas.keys();
    if (!replicas.has(this.#host.id) && first !== undefined && request.client === undefined) {
      // Only a replica of the key counts its own versions, so only a replica may coordinate a put.
      const forwarded: PutRequest = { ...request, client };
      this.#host.send(first, forwarded);
      return;
    }
    const counter = Math.max(this.#issued.get(key) ?? 0, counterOf(this.#actor, context, this.#storage.known(key)));
    this.#issued.set(key, counter + 1);
    const put: Put = { value, context, coordinator: this.#actor, counter, now: this.#host.now() };
    const { versions: scheme, clockLimit, conflict } = this.#config;
    const version = nextVersion(put, scheme, clockLimit);
    // A context names the highest dot of each coordinator and thereby claims all below it, so whoever gets a dot must get, or
    // have got, those below it too: the coordinator sends every sibling it knows along with the new one.
    const versions = scheme === 'dotted' ? reconcile(this.#storage.known(key), [version], conflict) : [version];
    this.#writeHere(this.#begin('put', client, requestId, key, w ?? this.#config.w, versions));
  }

  /** The coordinator writes first, then the others (section 4.5): what only it has seen is on a disk before anybody hears of it. */
  #writeHere(operation: Operation): void {
    const { id, key, versions, asked } = operation;
    const self = this.#host.id;
    const timer: CoordinatorTimer = { type: 'written-here', id };
    const kept = asked.has(self) ? this.#replica.keep(key, versions, asked.get(self), timer) : 'full';
    if (kept === 'kept') this.#writtenHere(id);
    else if (kept === 'full') this.#writeToOthers(operation);
  }

  #writtenHere(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    this.#writeToOthers(operation);
    this.gathered(this.#host.id, id, NO_VERSIONS);
  }

  #writeToOthers(operation: Operation): void {
    if (operation.sent) return;
    operation.sent = true;
    for (const [replica] of operation.asked) if (replica !== this.#host.id) this.#askReplica(operation, replica);
  }

  #begin(kind: 'get' | 'put', client: NodeId, requestId: number, key: string, required: number, versions: Versions): Operation {
    const id = this.#nextId++;
    const operation: Operation = {
      id, kind, client, requestId, key, required, versions, asked: this.#replicas(key), answered: new Map(), phase: 'gathering', fresh: 0, sent: kind === 'get',
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
    if (!sloppy || !home.some((node) => !this.#detector.isHealthy(node))) return new Map(home.map((node) => [node, undefined]));
    const missing = home.filter((node) => !this.#detector.isHealthy(node));
    const standIns = list.slice(n).filter((node) => this.#detector.isHealthy(node)).slice(0, missing.length);
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

  /** A replica answered a get, or acknowledged a put. */
  gathered(from: NodeId, id: number, versions: Versions): void {
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

  /** A replica has what a repair brought. */
  repaired(id: number): void {
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
    if (!operation.sent) {
      // This node's own disk is slow; nobody else has failed to answer yet.
      this.#writeToOthers(operation);
      operation.patience = this.#later(this.#config.replicaTimeout, { type: 'replica-timeout', id });
      return;
    }
    const silent = [...operation.asked.keys()].filter((replica) => !operation.answered.has(replica));
    for (const replica of silent) this.#detector.suspect(replica);
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
      const standIn = list.find((node) => !operation.asked.has(node) && this.#detector.isHealthy(node));
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

  #later(delay: Micros, timer: CoordinatorTimer): TimerId {
    return this.#host.setTimer(delay, timer);
  }
}
