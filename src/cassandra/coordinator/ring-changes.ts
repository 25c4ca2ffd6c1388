/**
 * Joining and leaving the ring (`StorageService` of Apache Cassandra 5.0): bootstrap, replacing a dead node, decommission, removing
 * a dead node, rebuild. Each change is announced by gossip, and begins a `ring_delay` later, when all have heard; from the announcement
 * on, writes go to the future replicas too; the data they lack are streamed while the cluster serves.
 *
 * A node that joins takes each range from the replica that gives it up, so that a consistency level which held before holds
 * after ("consistent range movement"); when that one is down the bootstrap waits and tries again.
 *
 * A node that hears of another's change refuses to join. Two that begin at the same moment do not hear of each other, and both
 * join, with the trouble that is known for: there is no Cassandra 5.1 here with its transactional cluster metadata. Left out
 * besides: moving a token, assassinating a node.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { Host, Timer } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import { unwrap, type Endpoint, type Replication, type TokenRing } from '../replication.ts';
import type { KeyspaceMetadata } from '../schema/metadata.ts';
import type { TokenRange } from '../storage/read-command.ts';
import type { Token } from '../token.ts';
import { allocateTokens, randomTokens } from '../token-allocation.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import type { Hints } from './hints.ts';
import type { Membership } from './membership.ts';
import type { RestoreMessage } from './messages.ts';
import type { StreamPlan, Streams } from './streams.ts';

/** How a node joins a cluster that is there. */
export interface JoinOptions {
  readonly numTokens: number;
  /** For how many replicas its tokens are to be even; false draws them at random. */
  readonly factor: number | false;
  /** Its tokens, when they are given. */
  readonly tokens: readonly Token[] | undefined;
  /** The dead node whose place it takes. */
  readonly replaces: NodeId | undefined;
  /** Told once it is a member, or why it will not be. */
  readonly done: (error?: UsageError) => void;
}

/** Called once; with an error when the change did not happen. */
export type ChangeDone = (error?: UsageError) => void;

interface Change {
  /** What to do when the delay is over. */
  readonly next: () => void;
}

interface ChangeTimer extends Timer {
  readonly change: number;
}

/** The changes one node makes to the ring. */
export class RingChanges {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #streams: Streams;
  readonly #hints: Hints;
  readonly #join: JoinOptions | undefined;
  readonly #delayed = new Map<number, Change>();
  readonly #restoring = new Map<number, { readonly waiting: Set<NodeId>; readonly finish: () => void }>();
  #next = 1;
  #isBusy = false;

  constructor(host: Host, view: ClusterView, membership: Membership, streams: Streams, hints: Hints, join: JoinOptions | undefined) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#streams = streams;
    this.#hints = hints;
    this.#join = join;
    membership.onChange((node, what) => {
      if (what !== 'down') return;
      for (const [, restore] of this.#restoring) if (restore.waiting.delete(node) && restore.waiting.size === 0) restore.finish();
    });
  }

  /** Whether clients are served: a node that is joining, or has left, has no port open for them. */
  get takesClients(): boolean {
    const status = this.#membership.state?.status;
    return status === 'NORMAL' || status === 'LEAVING';
  }

  /** Joins, if this node has not yet. */
  start(): void {
    const status = this.#membership.state?.status;
    if (this.#join === undefined || (status !== undefined && status !== 'BOOT' && status !== 'BOOT_REPLACE')) return;
    this.#isBusy = true;
    this.#later(() => this.#announce(this.#join as JoinOptions));
  }

  /** Leaves the ring: hands its ranges over, then serves no more. */
  decommission(done: ChangeDone): void {
    const { state, topology } = this.#membership;
    if (state?.status !== 'NORMAL' || this.#isBusy) {
      done(refusal('Unsupported operation: node is not in NORMAL mode'));
      return;
    }
    if (topology.ring.nodes.length < 2) {
      done(refusal('Unsupported operation: no other normal nodes in the ring; decommission would be pointless'));
      return;
    }
    const short = this.#keyspaceInNeed();
    if (short !== undefined) {
      done(refusal(`Unsupported operation: Not enough live nodes to maintain replication factor in keyspace ${short.name} (RF = ${short.factor}, N = ${short.nodes}). Perform a forceful decommission to ignore.`));
      return;
    }
    this.#isBusy = true;
    this.#membership.announce({ status: 'LEAVING', tokens: state.tokens });
    this.#later(() => {
      const ring = this.#membership.topology.ringWithout(this.#host.id);
      const moves: Move[] = [];
      for (const keyspace of this.#keyspaces()) {
        const { replication } = keyspace;
        for (const { range, endpoints } of this.#membership.topology.ring.ranges(replication)) {
          if (!endpoints.some(({ id }) => id === this.#host.id)) continue;
          for (const { id } of ring.endpointsOf(replication, range.end)) if (!endpoints.some((endpoint) => endpoint.id === id)) moves.push({ keyspace, peer: id, range });
        }
      }
      this.#stream('push', moves, (failure) => {
        this.#isBusy = false;
        if (failure !== undefined) {
          this.#membership.announce({ status: 'NORMAL', tokens: state.tokens });
          done(new UsageError('STREAM_FAILED', failure));
          return;
        }
        const heir = this.#membership.peers.find((peer) => this.#membership.isAlive(peer));
        if (heir !== undefined) this.#hints.handOver(heir);
        this.#membership.announce({ status: 'LEFT', tokens: [] });
        this.#host.trace('left the ring');
        done();
      });
    });
  }

  /** Removes a dead node: the others fetch what it held from each other. */
  removeNode(dead: NodeId, done: ChangeDone): void {
    const { topology } = this.#membership;
    const state = topology.states.get(dead);
    if (dead === this.#host.id) {
      done(refusal('Cannot remove self'));
      return;
    }
    if (state === undefined || state.status === 'LEFT') {
      done(refusal(`Host ID not found: ${dead}`));
      return;
    }
    if (this.#membership.isAlive(dead)) {
      done(refusal(`Node ${dead} is alive and owns this ID. Use decommission command to remove it from the ring`));
      return;
    }
    this.#membership.announceFor(dead, { status: 'REMOVING', tokens: state.tokens });
    this.#later(() => {
      const id = this.#next++;
      const nodes = this.#membership.topology.ring.nodes.filter((node) => node.id !== dead && this.#membership.isAlive(node.id)).map((node) => node.id);
      const finish = (): void => {
        this.#restoring.delete(id);
        this.#membership.announceFor(dead, { status: 'LEFT', tokens: [] });
        done();
      };
      this.#restoring.set(id, { waiting: new Set(nodes), finish });
      for (const node of nodes) {
        const message: RestoreMessage = { type: 'REPLICATION_DONE_REQ', id, node: dead };
        if (node === this.#host.id) this.onRestore(node, message);
        else this.#host.send(node, message);
      }
    });
  }

  /** Fetches all this node is a replica of, as for a datacentre that was added to a keyspace. @param from - the datacentre to fetch from */
  rebuild(from: string | undefined, done: ChangeDone): void {
    const moves: Move[] = [];
    for (const keyspace of this.#keyspaces()) {
      for (const { range, endpoints } of this.#membership.topology.ring.ranges(keyspace.replication)) {
        if (!endpoints.some(({ id }) => id === this.#host.id)) continue;
        const source = endpoints.find(({ id, datacenter }) => id !== this.#host.id && this.#membership.isAlive(id) && (from === undefined || datacenter === from));
        if (source !== undefined) moves.push({ keyspace, peer: source.id, range });
      }
    }
    this.#stream('fetch', moves, (failure) => done(failure === undefined ? undefined : new UsageError('STREAM_FAILED', failure)));
  }

  /** Whether this node is a replica of a token in a keyspace, now or soon: what `nodetool cleanup` keeps. */
  owns(replication: Replication, token: Token): boolean {
    const { topology } = this.#membership;
    const isSelf = ({ id }: Endpoint): boolean => id === this.#host.id;
    return topology.replicas(replication, token).some(isSelf) || topology.pending(replication, token).some(isSelf);
  }

  /** Another node removes a dead one, and this one is to fetch what it holds from now on; or it has. */
  onRestore(from: NodeId, { type, id, node }: RestoreMessage): void {
    if (type === 'REPLICATION_DONE_RSP') {
      const restore = this.#restoring.get(id);
      if (restore?.waiting.delete(from) === true && restore.waiting.size === 0) restore.finish();
      return;
    }
    const dead = node as NodeId;
    const after = this.#membership.topology.ringWithout(dead);
    this.#stream('fetch', this.#gains(this.#membership.topology.ring, after, (endpoint) => endpoint.id !== dead), () => {
      const answer: RestoreMessage = { type: 'REPLICATION_DONE_RSP', id, node };
      if (from === this.#host.id) this.onRestore(from, answer);
      else this.#host.send(from, answer);
    });
  }

  /** @returns whether the timer was one of these */
  onTimer(timer: Timer): boolean {
    if (timer.type !== 'ring-delay') return false;
    const { change } = timer as ChangeTimer;
    const delayed = this.#delayed.get(change);
    this.#delayed.delete(change);
    delayed?.next();
    return true;
  }

  #announce(join: JoinOptions): void {
    const { topology } = this.#membership;
    const members = topology.ring.nodes;
    if (members.length === 0) {
      // Nobody has answered yet.
      this.#later(() => this.#announce(join));
      return;
    }
    const changing = [...topology.states].filter(([id, { status }]) => id !== this.#host.id && (status === 'BOOT' || status === 'BOOT_REPLACE' || status === 'LEAVING'));
    if (changing.length > 0) {
      const listed = (...statuses: readonly string[]): string => changing.filter(([, { status }]) => statuses.includes(status)).map(([id]) => id).join(',');
      join.done(refusal(`Other bootstrapping/leaving/moving nodes detected, cannot bootstrap while cassandra.consistent.rangemovement is true. Nodes detected, bootstrapping: ${listed('BOOT', 'BOOT_REPLACE')}; leaving: ${listed('LEAVING')}; moving: ;`));
      return;
    }
    const { replaces } = join;
    const dead = replaces === undefined ? undefined : topology.states.get(replaces);
    if (replaces !== undefined && (dead === undefined || dead.tokens.length === 0)) {
      join.done(refusal(`Cannot replace_address ${replaces} because it doesn't exist in gossip`));
      return;
    }
    if (replaces !== undefined && this.#membership.isAlive(replaces)) {
      join.done(refusal(`Cannot replace a live node... (${replaces})`));
      return;
    }
    const tokens = dead?.tokens ?? join.tokens ?? this.#chooseTokens(join, members);
    const state = replaces === undefined ? { status: 'BOOT' as const, tokens } : { status: 'BOOT_REPLACE' as const, tokens, replaces };
    this.#membership.announce(state);
    this.#later(() => this.#bootstrap(join, state, 1));
  }

  #bootstrap(join: JoinOptions, state: Parameters<Membership['announce']>[0], attempt: number): void {
    const { topology } = this.#membership;
    const after = topology.ringWith(this.#host.id, state);
    const moves = this.#gains(topology.ring, after, ({ id }) => id !== join.replaces);
    this.#host.trace('streams its ranges', { ranges: moves.length });
    this.#stream('fetch', moves, (failure) => {
      if (failure === undefined) {
        this.#isBusy = false;
        const { tokens } = state;
        this.#membership.announce(join.replaces === undefined ? { status: 'NORMAL', tokens } : { status: 'NORMAL', tokens, replaces: join.replaces });
        this.#host.trace('joined the ring');
        join.done();
      } else if (attempt < 5) {
        this.#host.trace('bootstrap failed, tries again', { failure });
        this.#later(() => this.#bootstrap(join, state, attempt + 1));
      } else {
        this.#isBusy = false;
        join.done(new UsageError('STREAM_FAILED', failure));
      }
    });
  }

  #chooseTokens({ numTokens, factor }: JoinOptions, members: readonly Endpoint[]): readonly Token[] {
    const { topology } = this.#membership;
    const local = endpointOf(this.#view, this.#host.id);
    const holders = members.map(({ id, datacenter, rack }) => ({ id, datacenter, rack, tokens: topology.states.get(id)?.tokens ?? [] }));
    const taken = new Set(holders.flatMap(({ tokens }) => tokens));
    if (factor === false) return randomTokens(this.#view.partitioner, this.#host.random, numTokens, taken);
    const near = holders.filter(({ datacenter }) => datacenter === local.datacenter);
    const tokens = allocateTokens(this.#view.partitioner, this.#host.random, near, local, numTokens, factor);
    return tokens.some((token) => taken.has(token)) ? randomTokens(this.#view.partitioner, this.#host.random, numTokens, taken) : tokens;
  }

  /** What this node is a replica of after a change and not before, and from whom to fetch it. */
  #gains(before: TokenRing, after: TokenRing, maySend: (endpoint: Endpoint) => boolean): readonly Move[] {
    const moves: Move[] = [];
    const isSelf = ({ id }: Endpoint): boolean => id === this.#host.id;
    for (const keyspace of this.#keyspaces()) {
      const { replication } = keyspace;
      const finer = cuts(before, after);
      for (const range of finer) {
        const future = after.endpointsOf(replication, range.end);
        const present = before.endpointsOf(replication, range.end);
        if (!future.some(isSelf) || present.some(isSelf)) continue;
        const senders = present.filter(maySend);
        const loser = senders.find((endpoint) => !future.includes(endpoint));
        const source = loser ?? senders.find(({ id }) => this.#membership.isAlive(id));
        if (source !== undefined) moves.push({ keyspace, peer: source.id, range });
      }
    }
    return moves;
  }

  /** Streams in turn, table by table, node by node. The first failure ends it. */
  #stream(way: 'fetch' | 'push', moves: readonly Move[], done: (failure?: string) => void): void {
    const plans = plansOf(moves);
    const go = (i: number): void => {
      const next = plans[i];
      if (next === undefined) {
        done();
        return;
      }
      if (!this.#membership.isAlive(next.peer)) {
        done(`A node required to move the data consistently is down (${next.peer}). If you wish to move the data from a potentially inconsistent replica, restart the node with -Dcassandra.consistent.rangemovement=false`);
        return;
      }
      this.#streams[way](next.peer, next.plan, (failure) => {
        if (failure === undefined) go(i + 1);
        else done(failure);
      });
    };
    go(0);
  }

  #keyspaces(): readonly KeyspaceMetadata[] {
    return this.#view.schema.userKeyspaces.filter((keyspace) => keyspace.tables.size + keyspace.views.size > 0);
  }

  /** A keyspace that would have fewer nodes than replicas if this one left. */
  #keyspaceInNeed(): { readonly name: string; readonly factor: number; readonly nodes: number } | undefined {
    const local = endpointOf(this.#view, this.#host.id);
    const members = this.#membership.topology.ring.nodes;
    for (const { name, replication } of this.#keyspaces()) {
      const isByDatacenter = replication.class === 'NetworkTopologyStrategy';
      const nodes = isByDatacenter ? members.filter(({ datacenter }) => datacenter === local.datacenter).length : members.length;
      const factor = isByDatacenter ? (replication.datacenters[local.datacenter] ?? 0) : replication.replicationFactor;
      if (nodes - 1 < factor) return { name, factor, nodes };
    }
    return undefined;
  }

  #later(next: () => void): void {
    const change = this.#next++;
    this.#delayed.set(change, { next });
    const timer: ChangeTimer = { type: 'ring-delay', change };
    this.#host.setTimer(this.#view.parameters.ringDelay, timer);
  }
}

interface Move {
  readonly keyspace: KeyspaceMetadata;
  readonly peer: NodeId;
  readonly range: { readonly start: Token; readonly end: Token };
}

/** The ranges between the tokens of both rings. */
function cuts(a: TokenRing, b: TokenRing): readonly { readonly start: Token; readonly end: Token }[] {
  const tokens = [...new Set([...a.tokens, ...b.tokens].map(({ position }) => position))].sort((x, y) => (x < y ? -1 : 1));
  return tokens.map((end, i) => ({ start: tokens[(i + tokens.length - 1) % tokens.length] ?? end, end }));
}

/** Moves put together: one plan for each peer and table. */
function plansOf(moves: readonly Move[]): readonly { readonly peer: NodeId; readonly plan: StreamPlan }[] {
  const byPeer = new Map<string, { readonly peer: NodeId; readonly plan: StreamPlan & { readonly ranges: TokenRange[] } }>();
  for (const { keyspace, peer, range } of moves) {
    for (const table of [...keyspace.tables.values(), ...keyspace.views.values()]) {
      const name = `${peer} ${table.id}`;
      let entry = byPeer.get(name);
      if (entry === undefined) byPeer.set(name, (entry = { peer, plan: { keyspace: keyspace.name, table: table.id, ranges: [] } }));
      entry.plan.ranges.push(...unwrap(range));
    }
  }
  return [...byPeer.values()];
}

function refusal(message: string): UsageError {
  return new UsageError('RING_CHANGE_REFUSED', message);
}
