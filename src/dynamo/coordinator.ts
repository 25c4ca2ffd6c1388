/**
 * Coordination of gets and puts (SOSP 2007, sections 4.5, 4.6 and 5): the N replicas of a key are asked, the client is answered
 * after R or W of them, stand-ins take the place of replicas that cannot be reached, and stale replicas are repaired.
 *
 * A coordinator is a node, mostly one of the key's replicas; or the client itself (client-driven coordination, section 6.4), which
 * keeps nothing.
 *
 * @module
 */
import { descends, mergeClocks, type VectorClock } from '../distributed/vector-clock.ts';
import { assertNever } from '../kernel/errors.ts';
import type { Host, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import { NumberedMap } from '../structures/numbered-map.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { FailureDetector } from './failure-detector.ts';
import type { RingView } from './membership/ring-view.ts';
import type { Merger } from './mergers/index.ts';
import type { ClientReply, GetRequest, Missing, PutRequest, ReadReplica, WriteReplica } from './messages.ts';
import { Operation, type Participants, type Wanted } from './operation.ts';
import type { DynamoConfig } from './options.ts';
import { chooseParticipants, healthyPrimaries, standInFor } from './participants.ts';
import type { Replica } from './replica.ts';
import { ObjectRecord } from './storage/object-record.ts';
import type { Storage } from './storage/storage.ts';
import { counterOf, nextVersion, NO_VERSIONS, reconcile, sameVersions, type Version, type Versions } from './version.ts';

/** The timers of operations under way. */
export type CoordinatorTimer =
  | (Timer & { readonly type: 'replica-timeouts' | 'request-timeouts' })
  | (Timer & { readonly type: 'request-timeout' | 'written-here'; readonly id: number });

/** What a coordinator is made of. */
export interface CoordinatorParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  readonly view: RingView;
  readonly detector: FailureDetector;
  /** What the coordinator keeps itself; undefined at a client. */
  readonly local: { readonly storage: Storage; readonly replica: Replica } | undefined;
}

const NO_RECORD = new ObjectRecord('', NO_VERSIONS);

const NOTHING_WANTED: Wanted = { replies: 0, primaries: 0, durable: 0 };

/** What is wanted, as the same object as before where it is the same. */
function sameWanted(before: Wanted, replies: number, primaries: number, durable: number): Wanted {
  const isSame = before.replies === replies && before.primaries === primaries && before.durable === durable;
  return isSame ? before : { replies, primaries, durable };
}

/** As `indexOf`, which is a call: of three nodes it costs more than to look at them. */
function placeOf(node: NodeId, nodes: readonly NodeId[]): number {
  for (let at = 0; at < nodes.length; at++) if (nodes[at] === node) return at;
  return -1;
}

function readOf({ id, key }: Operation): ReadReplica {
  return { type: 'read', id, key };
}

function writeOf({ id, key, versions, record, wanted }: Operation, hintFor: NodeId | undefined, isChosen: boolean): WriteReplica {
  return { type: 'write', id, key, versions, record, bytes: record, hintFor, durable: isChosen || wanted.durable > 0 };
}

/** The coordinator's part of a node, or of a client. */
export class Coordinator {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #view: RingView;
  readonly #detector: FailureDetector;
  readonly #local: CoordinatorParts['local'];
  readonly #operations = new NumberedMap<Operation>();
  readonly #patience: DeadlineQueue;
  readonly #ends: DeadlineQueue;
  /** What the last get and the last put wanted: most want the same. */
  #wantedOfGets: Wanted = NOTHING_WANTED;
  #wantedOfPuts: Wanted = NOTHING_WANTED;
  /** Counters that this incarnation has given out and that its storage may not show, since clocks are cut off. */
  readonly #issued = new Map<string, number>();
  /** How often this incarnation has forgotten a key that it had counted versions of. */
  readonly #epochs = new Map<string, number>();
  /**
   * The name under which this incarnation counts in vector clocks: another than any earlier one's, which may have given out
   * counters that its disk never heard of (as Riak's actor epochs have it since 2.1). The first counts under the node's own.
   */
  readonly #actor: string;
  /** Never an id of an earlier incarnation: answers to its requests may still be on their way. */
  #nextId: number;

  /** @param parts - of the same incarnation */
  constructor({ host, config, view, detector, local }: CoordinatorParts) {
    this.#host = host;
    this.#config = config;
    this.#view = view;
    this.#local = local;
    this.#detector = detector;
    this.#nextId = host.monotonic() + 1;
    this.#actor = host.monotonic() === 0 ? host.id : `${host.id}@${host.monotonic()}`;
    const isOpen = (id: number): boolean => this.#operations.get(id) !== undefined;
    this.#patience = new DeadlineQueue(host, { type: 'replica-timeouts' }, isOpen);
    this.#ends = new DeadlineQueue(host, { type: 'request-timeouts' }, isOpen);
  }

  /** Requests under way. */
  get size(): number {
    return this.#operations.size;
  }

  /** A timer of {@link CoordinatorTimer} fired. */
  onTimer(timer: CoordinatorTimer): void {
    switch (timer.type) {
      case 'replica-timeouts':
        this.#patience.due((id) => { this.#outOfPatience(id); });
        break;
      case 'request-timeouts':
        this.#ends.due((id) => { this.#giveUp(id); });
        break;
      case 'request-timeout':
        this.#giveUp(timer.id);
        break;
      case 'written-here':
        this.#writtenHere(timer.id, true);
        break;
      default:
        assertNever(timer);
    }
  }

  /** A client reads. */
  get(client: NodeId, request: GetRequest): void {
    const { key } = request;
    const wanted = this.#wantedOfGet(request);
    const sloppy = request.sloppy ?? this.#config.sloppy;
    const participants = this.#participants(key, sloppy, request.n);
    if (this.#refuse(client, request.requestId, wanted, key, sloppy)) return;
    const operation = this.#begin(client, request, wanted, sloppy, participants, NO_VERSIONS, NO_RECORD);
    operation.readRepair = request.readRepair ?? this.#config.readRepair;
    const self = this.#host.id;
    const message = readOf(operation);
    let isHere = false;
    for (const replica of operation.nodes) {
      if (replica === self) isHere = true;
      else this.#host.send(replica, message);
    }
    if (isHere && this.#local !== undefined) this.gathered(self, operation.id, this.#local.storage.known(key), false);
  }

  /** A client writes. */
  put(client: NodeId, request: PutRequest): void {
    const { requestId, key } = request;
    const wanted = this.#wantedOfPut(request);
    const sloppy = request.sloppy ?? this.#config.sloppy;
    const participants = this.#participants(key, sloppy, request.n);
    // Only a replica of the key counts its own versions, so only a replica may coordinate a put.
    const at = placeOf(this.#host.id, participants.nodes);
    if (this.#local !== undefined && at < 0 && this.#passOn(client, request, participants)) return;
    if (this.#refuse(client, requestId, wanted, key, sloppy)) return;
    const versions = this.#versionsOf(request, at >= 0 && participants.standsFor[at] === undefined);
    const operation = this.#begin(client, request, wanted, sloppy, participants, versions, new ObjectRecord(key, versions));
    this.#writeHere(operation, request, at);
  }

  /** Has another participant coordinate a put. @returns false when all have been tried */
  #passOn(client: NodeId, request: PutRequest, { nodes }: Participants): boolean {
    const tried = [...request.tried ?? [], this.#host.id];
    const next = nodes.find((node) => !tried.includes(node));
    if (next === undefined) return false;
    const forwarded: PutRequest = { ...request, client, tried };
    this.#host.send(next, forwarded);
    return true;
  }

  /**
   * A key is about to be forgotten here. Should this node write it again, it counts under another name: under the old one the new
   * version would claim to have seen all that the old ones say.
   */
  forgets(key: string, versions: Versions): void {
    if (counterOf(this.#actorFor(key), [], versions) > 0) this.#epochs.set(key, (this.#epochs.get(key) ?? 0) + 1);
  }

  #actorFor(key: string): string {
    const epoch = this.#epochs.size === 0 ? undefined : this.#epochs.get(key);
    return epoch === undefined ? this.#actor : `${this.#actor}+${epoch}`;
  }

  /** What a put writes: its version, and what must go with it. */
  #versionsOf({ key, value, context }: PutRequest, isReplica: boolean): Versions {
    const { versions: scheme, clockLimit, conflict } = this.#config;
    const known = this.#local?.storage.known(key) ?? NO_VERSIONS;
    // Whoever does not keep what it writes, or not for long, as a stand-in, does not know the next time what it counted: a name of its own for each put.
    const coordinator = isReplica ? this.#actorFor(key) : `${this.#actor}/${this.#nextId}`;
    const stored = counterOf(coordinator, context, known);
    const issued = this.#issued.size === 0 ? 0 : this.#issued.get(key) ?? 0;
    const counter = isReplica && issued > stored ? issued : stored;
    const version = nextVersion({ value, context, coordinator, counter, now: this.#host.now() }, scheme, clockLimit);
    if (isReplica && version.clock.length >= clockLimit) this.#issued.set(key, counter + 1);
    if (typeof conflict === 'object') return merged(version, context, known, conflict);
    // A context names the highest dot of each coordinator and thereby claims all below it, so whoever gets a dot must get, or
    // have got, those below it too: the coordinator sends every sibling it knows along with the new one.
    return scheme === 'dotted' ? reconcile(known, [version], conflict) : [version];
  }

  /** The coordinator writes first, then the others (section 4.5). @param at - its place among the participants, if it has one */
  #writeHere(operation: Operation, request: PutRequest, at: number): void {
    const { id, key, versions, record, standsFor } = operation;
    if (at < 0 || this.#local === undefined) {
      this.#writeToOthers(operation);
      return;
    }
    const timer: CoordinatorTimer = { type: 'written-here', id };
    const durable = this.#config.writes !== 'synced' && operation.wanted.durable > 0;
    const kept = this.#local.replica.keep({ key, versions, record, hintFor: standsFor[at], durable }, timer);
    switch (kept) {
      case 'kept':
        this.#writtenHere(id, false);
        break;
      case 'full':
        // To go on would be to count a version that this node cannot keep, and so to claim, the next time, to have seen it.
        this.#operations.take(id);
        if (!this.#passOn(operation.client, request, operation)) this.#reply(operation, 'quorum-failed');
        break;
      case 'later':
        break;
      default:
        assertNever(kept);
    }
  }

  #writtenHere(id: number, durable: boolean): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    this.#writeToOthers(operation);
    this.gathered(this.#host.id, id, NO_VERSIONS, durable);
  }

  #writeToOthers(operation: Operation): void {
    if (operation.sent) return;
    operation.sent = true;
    const { nodes } = operation;
    // Section 6.1: the coordinator chooses one of the N to make a durable write, and waits for it no more than for the others.
    const chosen = this.#config.writes === 'buffered-one-durable' ? nodes[this.#host.random.below(nodes.length)] : undefined;
    // Nearly all are sent the same, and nobody changes a message.
    let usual: WriteReplica | undefined;
    for (let i = 0; i < nodes.length; i++) {
      const replica = nodes[i] as NodeId;
      const hintFor = operation.standsFor[i];
      const isChosen = replica === chosen;
      if (replica === this.#host.id && this.#local !== undefined) {
        if (isChosen) this.#local.storage.sync();
        continue;
      }
      const message = hintFor === undefined && !isChosen ? usual ??= writeOf(operation, undefined, false) : writeOf(operation, hintFor, isChosen);
      this.#host.send(replica, message);
    }
    if (this.#view.changes.length === 0) return;
    for (const newcomer of this.#view.incoming(operation.key)) {
      // Whoever is about to own the key gets it too; it does not count yet.
      if (!nodes.includes(newcomer)) this.#repair(operation, newcomer, undefined);
    }
  }

  #wantedOfGet({ r, pr }: GetRequest): Wanted {
    return this.#wantedOfGets = sameWanted(this.#wantedOfGets, r ?? this.#config.r, pr ?? this.#config.pr, 0);
  }

  #wantedOfPut({ w, pw, dw }: PutRequest): Wanted {
    return this.#wantedOfPuts = sameWanted(this.#wantedOfPuts, w ?? this.#config.w, pw ?? this.#config.pw, dw ?? this.#config.dw);
  }

  #begin(
    client: NodeId, request: GetRequest | PutRequest, wanted: Wanted, sloppy: boolean, participants: Participants, versions: Versions, record: ObjectRecord,
  ): Operation {
    const id = this.#nextId++;
    const operation = new Operation(id, client, request, wanted, sloppy, participants, versions, record);
    const { timeout } = request;
    this.#operations.set(id, operation);
    this.#patience.add(id, this.#config.replicaTimeout);
    if (timeout === undefined) {
      this.#ends.add(id, this.#config.requestTimeout);
    } else {
      const timer: CoordinatorTimer = { type: 'request-timeout', id };
      this.#host.setTimer(timeout, timer);
    }
    return operation;
  }

  #participants(key: string, sloppy: boolean, n: number | undefined): Participants {
    const { current } = this.#view.membership;
    const partition = current.partitionOf(key);
    return chooseParticipants(current.homeNodes(partition, n ?? this.#config.n), current.preferenceList(partition), sloppy, this.#detector);
  }

  /** With too few home nodes believed healthy for PR or PW, nothing is begun: as Riak's `pr_val_unsatisfied`. */
  #refuse(client: NodeId, requestId: number, wanted: Wanted, key: string, sloppy: boolean): boolean {
    if (wanted.primaries === 0 || !sloppy) return false;
    const primaries = healthyPrimaries(this.#view.homeOf(key), this.#detector);
    if (primaries >= wanted.primaries) return false;
    const missing: Missing = { required: wanted.replies, primariesRequired: wanted.primaries, primaries, durableRequired: wanted.durable, durable: 0, asked: [] };
    const reply: ClientReply = { type: 'quorum-failed', requestId, versions: NO_VERSIONS, replicas: [], missing };
    this.#host.send(client, reply);
    return true;
  }

  /** A replica answered a get, or acknowledged a put. */
  gathered(from: NodeId, id: number, versions: Versions, durable: boolean): void {
    const operation = this.#operations.get(id);
    if (operation === undefined || !operation.note(from, versions, durable)) return;
    if (operation.kind === 'get') {
      if (operation.phase === 'gathering') operation.versions = reconcile(operation.versions, versions, this.#config.conflict);
      else this.#repairStraggler(operation, from, versions);
    }
    if (operation.phase === 'gathering') {
      if (operation.isSatisfied) this.#reachedQuorum(operation);
    } else if (operation.phase === 'lingering' && operation.isComplete) {
      this.#operations.take(id);
    }
  }

  #reachedQuorum(operation: Operation): void {
    const { kind, versions, nodes, held: holds } = operation;
    if (operation.readRepair === 'before-reply' && versions.length > 0) {
      for (let i = 0; i < nodes.length; i++) {
        const held = holds[i];
        if (held !== undefined && sameVersions(held, versions)) operation.fresh++;
      }
      if (operation.fresh < this.#writeQuorum(operation)) {
        operation.phase = 'repairing';
        // A write-back to a write quorum, as in Attiya et al.: whoever reads after the reply meets at least one of them. Those that are
        // silent get it too, since any of them may be the one that is missing.
        for (let i = 0; i < nodes.length; i++) {
          const held = holds[i];
          if (held === undefined || !sameVersions(held, versions)) this.#repair(operation, nodes[i] as NodeId, operation.standsFor[i]);
        }
        return;
      }
    }
    this.#reply(operation, kind === 'get' ? 'get-ok' : 'put-ok');
    operation.phase = 'lingering';
    if (operation.readRepair !== 'none') {
      for (let i = 0; i < nodes.length; i++) {
        const held = holds[i];
        if (held !== undefined && !sameVersions(held, versions)) this.#repair(operation, nodes[i] as NodeId, operation.standsFor[i]);
      }
    }
    if (operation.isComplete) this.#operations.take(operation.id);
  }

  /** How many replicas must have what a get answers, where it repairs first. */
  #writeQuorum({ nodes }: Operation): number {
    return Math.min(this.#config.w, nodes.length);
  }

  #repairStraggler(operation: Operation, replica: NodeId, held: Versions): void {
    // While it repairs before its reply, whoever was silent has been sent the repair already.
    if (operation.readRepair === 'none' || operation.phase !== 'lingering') return;
    const all = reconcile(operation.versions, held, this.#config.conflict);
    const standsFor = operation.standsFor[operation.nodes.indexOf(replica)];
    if (!sameVersions(held, all)) this.#repair({ id: operation.id, key: operation.key, versions: all }, replica, standsFor);
  }

  /** A stand-in keeps what repairs it for the home node, like all else. */
  #repair({ id, key, versions }: Pick<Operation, 'id' | 'key' | 'versions'>, replica: NodeId, hintFor: NodeId | undefined): void {
    if (versions.length === 0) return;
    const record = new ObjectRecord(key, versions);
    const message: WriteReplica = { type: 'repair', id, key, versions, record, bytes: record, hintFor, durable: false };
    this.#host.send(replica, message);
  }

  /** A replica has what a repair brought. */
  repaired(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined || operation.phase !== 'repairing') return;
    if (++operation.fresh < this.#writeQuorum(operation)) return;
    this.#reply(operation, 'get-ok');
    this.#operations.take(operation.id);
  }

  /** Some replicas were silent for too long: they are held for unhealthy, and a sloppy quorum turns to others. */
  #outOfPatience(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    if (!operation.sent) {
      // This node's own disk is slow; nobody else has failed to answer yet.
      this.#writeToOthers(operation);
      this.#patience.add(id, this.#config.replicaTimeout);
      return;
    }
    const silent: number[] = [];
    operation.held.forEach((versions, i) => { if (versions === undefined) silent.push(i); });
    for (const i of silent) this.#detector.suspect(operation.nodes[i] as NodeId);
    if (operation.phase === 'lingering') {
      // The quorum answered without them. Of a put, a stand-in keeps their share all the same (section 4.6).
      if (operation.kind === 'put' && operation.sloppy) this.#turnToStandIns(operation, silent);
      this.#operations.take(id);
    } else if (operation.sloppy && operation.phase === 'gathering') {
      this.#turnToStandIns(operation, silent);
    }
  }

  #turnToStandIns(operation: Operation, silent: readonly number[]): void {
    const list = this.#view.preferenceListOf(operation.key);
    for (const i of silent) {
      const standIn = standInFor(list, operation.nodes, this.#detector);
      if (standIn === undefined) return;
      const home = operation.standsFor[i] ?? (operation.nodes[i] as NodeId);
      operation.ask(standIn, home);
      const message = operation.kind === 'get' ? readOf(operation) : writeOf(operation, home, false);
      this.#host.send(standIn, message);
    }
  }

  #giveUp(id: number): void {
    const operation = this.#operations.get(id);
    if (operation === undefined) return;
    if (operation.phase !== 'lingering') this.#reply(operation, 'quorum-failed');
    this.#operations.take(id);
  }

  #reply(operation: Operation, type: ClientReply['type']): void {
    const { client, requestId, versions, answered } = operation;
    const missing = type === 'quorum-failed' ? operation.missing : undefined;
    const reply: ClientReply = { type, requestId, versions, replicas: answered, missing };
    this.#host.send(client, reply);
  }
}

/** With a merger the coordinator takes in what it holds and the put has not seen: two puts through one coordinator must not overwrite each other. */
function merged(version: Version, context: VectorClock, known: Versions, merger: Merger): Versions {
  const [held] = known;
  if (held === undefined || descends(context, held.clock)) return [version];
  const { value } = version;
  const both = value === null ? held.value : held.value === null ? value : merger.merge([held.value, value]);
  return [{ ...version, value: both, clock: mergeClocks(version.clock, held.clock) }];
}
