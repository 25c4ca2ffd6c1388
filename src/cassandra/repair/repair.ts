/**
 * Anti-entropy repair (Apache Cassandra 5.0, `nodetool repair`): for each table and each set of ranges with the same replicas, all of
 * these hash what they have into Merkle trees; the one that coordinates compares the trees; replicas that differ in a leaf's range
 * stream it to each other.
 *
 * Incremental repair, the default, first sets apart what has not been repaired yet (anticompaction), hashes that only, and marks it as
 * repaired at the end; full repair hashes everything. Data that arrive by a repair count as unrepaired here until the next one.
 *
 * Left out: subranges by the user, parallelism by datacentre, previews, repair history tables.
 *
 * @module
 */
import { MerkleTree, type TreeHash } from '../../distributed/merkle-tree.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { Host, Message, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { placementOf, type ClusterView } from '../coordinator/cluster.ts';
import type { Membership } from '../coordinator/membership.ts';
import type { StreamPlan, Streams } from '../coordinator/streams.ts';
import { murmur3 } from '../murmur3.ts';
import { unwrap } from '../replication.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { digestOf } from '../storage/difference.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { TokenRange } from '../storage/read-command.ts';
import type { Token } from '../token.ts';

/** What is to be repaired. */
export interface RepairOptions {
  /** Default: all keyspaces. */
  readonly keyspace?: string;
  /** Names of tables; default: all. */
  readonly tables?: readonly string[];
  /** Everything, not only what was never repaired. Default false. */
  readonly full?: boolean;
  /** Only the ranges whose first replica this node is, as one does on every node in turn (`-pr`). Default false. */
  readonly primaryRange?: boolean;
}

/** What a repair did. */
export interface RepairResult {
  /** Pieces of the ring that were compared, over all tables. */
  readonly ranges: number;
  /** Leaves in which replicas differed. */
  readonly differences: number;
  /** Streams between replicas. */
  readonly streams: number;
}

/** A replica is to hash what it has; or, with `phase: 'prepare'`, to set it apart; or to mark it as repaired. */
export interface ValidationRequest extends Message {
  readonly type: 'VALIDATION_REQ';
  readonly id: number;
  readonly phase: 'prepare' | 'validate' | 'finish';
  readonly table: string;
  readonly ranges: readonly TokenRange[];
  readonly depth: number;
  /** The session of an incremental repair. */
  readonly session: string | undefined;
}

/** Its hashes: one list for each range, or nothing where only a step was to be done. */
export interface ValidationResponse extends Message {
  readonly type: 'VALIDATION_RSP';
  readonly id: number;
  readonly trees: readonly (readonly TreeHash[])[];
  readonly bytes: number;
}

/** A replica is to send ranges to another; and the answer. */
export interface SyncMessage extends Message {
  readonly type: 'SYNC_REQ' | 'SYNC_RSP';
  readonly id: number;
  readonly to: NodeId;
  readonly plan: StreamPlan;
  readonly failure: string | undefined;
}

/** What repair sends. */
export type RepairMessage = ValidationRequest | ValidationResponse | SyncMessage;

interface Group {
  readonly endpoints: readonly NodeId[];
  readonly ranges: TokenRange[];
}

interface Waiting {
  readonly nodes: Set<NodeId>;
  readonly trees: Map<NodeId, readonly (readonly TreeHash[])[]>;
  readonly done: (failure?: string) => void;
}

interface RepairTimer extends Timer {
  readonly id: number;
}

const MAX_DEPTH = 15;
/** A replica that does not answer for so long makes the repair fail. */
const SILENCE = 3_600_000_000 as Micros;

/** The repairs that a node coordinates and takes part in. */
export class Repairs {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #engine: StorageEngine;
  readonly #membership: Membership;
  readonly #streams: Streams;
  readonly #waiting = new Map<number, Waiting>();
  readonly #syncing = new Map<number, { readonly node: NodeId; readonly done: (failure?: string) => void }>();
  #nextId: number;

  constructor(host: Host, view: ClusterView, engine: StorageEngine, membership: Membership, streams: Streams) {
    this.#host = host;
    this.#view = view;
    this.#engine = engine;
    this.#membership = membership;
    this.#streams = streams;
    this.#nextId = host.monotonic() + 1;
    membership.onChange((node, what) => {
      if (what === 'down') this.#fail(node);
    });
  }

  /** Repairs. @param done - called once */
  begin(options: RepairOptions, done: (error: UsageError | undefined, result?: RepairResult) => void): void {
    const tables = this.#tables(options);
    if ('error' in tables) {
      done(tables.error);
      return;
    }
    const result = { ranges: 0, differences: 0, streams: 0 };
    const jobs = tables.list.flatMap((table) => this.#groups(table, options).map((group) => ({ table, group })));
    const session = options.full === true ? undefined : `${this.#host.id}-${this.#nextId++}`;
    this.#host.trace('repair', { session: session ?? 'full', tables: tables.list.map(({ id }) => id) });
    const go = (i: number): void => {
      const job = jobs[i];
      if (job === undefined) {
        this.#host.trace('repair done', result);
        done(undefined, result);
        return;
      }
      const dead = job.group.endpoints.filter((id) => !this.#membership.isAlive(id));
      if (dead.length > 0) {
        done(new UsageError('REPAIR_FAILED', `Endpoint not alive: ${dead.join(', ')}`));
        return;
      }
      this.#repair(job.table, job.group, session, result, (failure) => {
        if (failure === undefined) go(i + 1);
        else done(new UsageError('REPAIR_FAILED', failure));
      });
    };
    go(0);
  }

  onMessage(from: NodeId, message: RepairMessage): void {
    switch (message.type) {
      case 'VALIDATION_REQ':
        this.#take(message, (trees) => {
          const response: ValidationResponse = { type: 'VALIDATION_RSP', id: message.id, trees, bytes: trees.reduce((sum, tree) => sum + tree.length * 8, 0) };
          this.#host.send(from, response);
        });
        return;
      case 'VALIDATION_RSP':
        this.#answered(from, message.id, message.trees);
        return;
      case 'SYNC_REQ':
        this.#streams.push(message.to, message.plan, (failure) => {
          const response: SyncMessage = { ...message, type: 'SYNC_RSP', failure };
          this.#host.send(from, response);
        });
        return;
      case 'SYNC_RSP': {
        const sync = this.#syncing.get(message.id);
        this.#syncing.delete(message.id);
        sync?.done(message.failure);
        return;
      }
      default: message satisfies never;
    }
  }

  /** @returns whether the timer was one of these */
  onTimer(timer: Timer): boolean {
    if (timer.type !== 'repair-timeout') return false;
    const { id } = timer as RepairTimer;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.done(`${[...waiting.nodes].join(', ')} did not answer`);
    return true;
  }

  #repair(table: TableMetadata, { endpoints, ranges }: Group, session: string | undefined, result: { ranges: number; differences: number; streams: number }, done: (failure?: string) => void): void {
    const depth = this.#depthFor(table, ranges);
    const ask = (phase: ValidationRequest['phase'], next: (trees: Waiting['trees']) => void): void => {
      const id = this.#nextId++;
      const waiting: Waiting = {
        nodes: new Set(endpoints),
        trees: new Map(),
        done: (failure) => (failure === undefined ? next(waiting.trees) : done(failure)),
      };
      this.#waiting.set(id, waiting);
      const timer: RepairTimer = { type: 'repair-timeout', id };
      this.#host.setTimer(SILENCE, timer);
      const request: ValidationRequest = { type: 'VALIDATION_REQ', id, phase, table: table.id, ranges, depth, session };
      for (const node of endpoints) {
        if (node === this.#host.id) this.#take(request, (trees) => this.#answered(node, id, trees));
        else this.#host.send(node, request);
      }
    };
    const validate = (): void => ask('validate', (trees) => {
      result.ranges += ranges.length;
      this.#sync(table, ranges, depth, trees, result, (failure) => {
        if (failure !== undefined || session === undefined) done(failure);
        else ask('finish', () => done());
      });
    });
    if (session === undefined) validate();
    else ask('prepare', validate);
  }

  /** Does a step of a repair as one of its replicas. */
  #take({ phase, table, ranges, depth, session }: ValidationRequest, done: (trees: ValidationResponse['trees']) => void): void {
    switch (phase) {
      case 'prepare': {
        const within = (token: Token): boolean => ranges.some(({ start, end }) => (start === undefined || token > start) && (end === undefined || token <= end));
        this.#engine.flush(table, () => this.#engine.anticompact(table, within, session ?? '', () => done([])));
        return;
      }
      case 'validate':
        done(ranges.map((range) => this.#hash(table, range, depth, session)));
        return;
      case 'finish':
        this.#engine.finishRepair(table, session ?? '', this.#host.now());
        done([]);
        return;
      default: phase satisfies never;
    }
  }

  #hash(table: string, range: TokenRange, depth: number, session: string | undefined): readonly TreeHash[] {
    const leaves = leafEnds(this.#view, range, depth);
    const hashes = leaves.map(() => ({ high: 0, low: 0 }));
    let leaf = 0;
    const only = session === undefined ? undefined : (marks: { readonly pendingRepair: string | undefined }): boolean => marks.pendingRepair === session;
    for (const partition of this.#engine.partitionsIn(table, range, only)) {
      const token = this.#view.partitioner.tokenOf(partition.key);
      for (let end = leaves[leaf]; end !== undefined && token > end; end = leaves[leaf]) leaf++;
      const hash = murmur3(`${digestOf([partition])}/${partition.key}`);
      const into = hashes[leaf];
      if (into === undefined) continue;
      into.high ^= hash.h1High;
      into.low ^= hash.h1Low;
    }
    return hashes;
  }

  /** Replicas that differ send each other the ranges in which they do. */
  #sync(table: TableMetadata, ranges: readonly TokenRange[], depth: number, trees: Waiting['trees'], result: { differences: number; streams: number }, done: (failure?: string) => void): void {
    const nodes = [...trees.keys()];
    const syncs: { readonly from: NodeId; readonly to: NodeId; readonly plan: StreamPlan }[] = [];
    nodes.forEach((a, i) => {
      for (const b of nodes.slice(i + 1)) {
        const differing: TokenRange[] = [];
        ranges.forEach((range, r) => {
          const [x, y] = [trees.get(a)?.[r] ?? [], trees.get(b)?.[r] ?? []];
          const found = MerkleTree.of(x).differences(MerkleTree.of(y));
          result.differences += found.length;
          differing.push(...joined(leafEnds(this.#view, range, depth), range, found));
        });
        if (differing.length === 0) continue;
        const plan: StreamPlan = { keyspace: table.keyspace, table: table.id, ranges: differing };
        syncs.push({ from: a, to: b, plan }, { from: b, to: a, plan });
      }
    });
    const go = (i: number): void => {
      const sync = syncs[i];
      if (sync === undefined) {
        done();
        return;
      }
      result.streams++;
      this.#stream(sync.from, sync.to, sync.plan, (failure) => (failure === undefined ? go(i + 1) : done(failure)));
    };
    go(0);
  }

  #stream(from: NodeId, to: NodeId, plan: StreamPlan, done: (failure?: string) => void): void {
    if (from === this.#host.id) {
      this.#streams.push(to, plan, done);
      return;
    }
    if (to === this.#host.id) {
      this.#streams.fetch(from, plan, done);
      return;
    }
    const id = this.#nextId++;
    this.#syncing.set(id, { node: from, done });
    const message: SyncMessage = { type: 'SYNC_REQ', id, to, plan, failure: undefined };
    this.#host.send(from, message);
  }

  #answered(from: NodeId, id: number, trees: ValidationResponse['trees']): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || !waiting.nodes.delete(from)) return;
    waiting.trees.set(from, trees);
    if (waiting.nodes.size > 0) return;
    this.#waiting.delete(id);
    waiting.done();
  }

  #fail(node: NodeId): void {
    for (const [id, waiting] of this.#waiting) {
      if (!waiting.nodes.has(node)) continue;
      this.#waiting.delete(id);
      waiting.done(`Endpoint not alive: ${node}`);
    }
    for (const [id, sync] of this.#syncing) {
      if (sync.node !== node) continue;
      this.#syncing.delete(id);
      sync.done(`Endpoint not alive: ${node}`);
    }
  }

  #tables({ keyspace, tables }: RepairOptions): { readonly list: readonly TableMetadata[] } | { readonly error: UsageError } {
    const { keyspaces } = this.#view.schema;
    if (keyspace !== undefined && !keyspaces.has(keyspace)) return { error: new UsageError('REPAIR_FAILED', `Keyspace [${keyspace}] does not exist.`) };
    const chosen = this.#view.schema.userKeyspaces.filter(({ name }) => keyspace === undefined || name === keyspace);
    const all = chosen.flatMap((one) => [...one.tables.values(), ...one.views.values()]);
    const unknown = tables?.find((name) => !all.some((table) => table.name === name));
    if (unknown !== undefined) return { error: new UsageError('REPAIR_FAILED', `Unknown keyspace/cf pair (${keyspace ?? '*'}.${unknown})`) };
    return { list: tables === undefined ? all : all.filter(({ name }) => tables.includes(name)) };
  }

  /** This node's ranges of a table, put together where the replicas are the same. */
  #groups(table: TableMetadata, { primaryRange = false }: RepairOptions): readonly Group[] {
    const { replication } = placementOf(this.#view, table.keyspace);
    const groups = new Map<string, Group>();
    for (const { range, endpoints } of this.#membership.topology.ring.ranges(replication)) {
      if (endpoints.length < 2) continue;
      if (primaryRange ? endpoints[0]?.id !== this.#host.id : !endpoints.some(({ id }) => id === this.#host.id)) continue;
      const ids = endpoints.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1));
      const name = ids.join();
      let group = groups.get(name);
      if (group === undefined) groups.set(name, (group = { endpoints: ids, ranges: [] }));
      group.ranges.push(...unwrap(range));
    }
    return [...groups.values()];
  }

  /** As many leaves as there are partitions here, so that one that differs brings few others along. */
  #depthFor(table: TableMetadata, ranges: readonly TokenRange[]): number {
    const partitions = this.#engine.stats(table.id)?.estimatedPartitions ?? 0;
    let depth = 0;
    while (depth < MAX_DEPTH && ranges.length << depth < partitions) depth++;
    return depth;
  }
}

/** Where each leaf of a range ends. */
function leafEnds({ partitioner }: ClusterView, { start, end }: TokenRange, depth: number): readonly (Token | undefined)[] {
  const count = 1 << depth;
  const first = start ?? partitioner.minimum;
  const last = end ?? partitioner.maximum;
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? end : partitioner.between(first, last, (i + 1) / count)));
}

/** The ranges of some leaves, neighbours joined. */
function joined(ends: readonly (Token | undefined)[], range: TokenRange, leaves: readonly number[]): readonly TokenRange[] {
  const ranges: TokenRange[] = [];
  for (const leaf of leaves) {
    const start = leaf === 0 ? range.start : ends[leaf - 1];
    const end = ends[leaf];
    const last = ranges.at(-1);
    if (last !== undefined && last.end === start && start !== undefined) ranges[ranges.length - 1] = { start: last.start, end };
    else ranges.push({ start, end });
  }
  return ranges;
}

