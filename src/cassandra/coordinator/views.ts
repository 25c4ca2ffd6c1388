/**
 * Materialized views (Apache Cassandra 5.0, `TableViews` and `ViewUpdateGenerator`): when a replica of the base table applies a write, it
 * reads the rows as they were, and sends what that means for each view to the view's replica that is paired with it: the old
 * row's entry goes, the new row's comes. The client does not wait for that. So a view lags behind its base, and when a base replica
 * misses a write, or its view replica is down for longer than hints are kept, the two stay apart until both are repaired.
 *
 * Entries keep the base cells' timestamps, so that updates that overtake each other end alike. A view whose key has a regular column
 * of the base shows a row only while its marker lives: the marker has that column's timestamp, and goes with the old value.
 *
 * Left out: views on views' build progress, and the local batchlog that survives the base replica's crash (a hint does as much
 * when the view replica is down; a crash between the two writes leaves the view behind).
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import type { Endpoint } from '../replication.ts';
import type { TableMetadata, ViewDefinition } from '../schema/metadata.ts';
import type { Schema } from '../schema/schema.ts';
import { EXPIRED_LIVENESS_TTL, isLive, NEVER, resolveDeletions, type Cell, type Deletion, type Liveness } from '../storage/cell.ts';
import { sliceOf, WHOLE_PARTITION, type Slice } from '../storage/clustering.ts';
import { makeMutation } from '../storage/codec.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { splitKey } from '../storage/filter.ts';
import type { Mutation, PartitionUpdate } from '../storage/mutation.ts';
import { deletionAt, emptyData, mergeAnswers, normaliseData, type PartitionData } from '../storage/partition.ts';
import { applyDeletion, NO_COMPLEX_DELETIONS, rowIsLive, type Row } from '../storage/row.ts';
import type { Bytes } from '../types/data-type.ts';
import { joinKey } from '../cql/select/keys.ts';
import { columnValue } from '../storage/column-value.ts';
import { endpointOf, placementOf, type ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { WriteCoordinator } from './write.ts';

/** An entry of a view: where it stands and what it holds. */
interface Entry {
  readonly key: Bytes;
  readonly row: Row;
  /** The row of the base that it stands for. */
  readonly baseRow: Row;
}

/** What a replica does for the views of its tables. */
export class ViewUpdates {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #engine: StorageEngine;
  readonly #membership: Membership;
  readonly #writes: WriteCoordinator;

  constructor(host: Host, view: ClusterView, engine: StorageEngine, membership: Membership, writes: WriteCoordinator) {
    this.#host = host;
    this.#view = view;
    this.#engine = engine;
    this.#membership = membership;
    this.#writes = writes;
  }

  /** Whether a mutation concerns a table with views. */
  concerns({ updates }: Mutation): boolean {
    return updates.some(({ table }) => this.#viewsOf(table).length > 0);
  }

  /** What the views' replicas are to be told of a mutation. Called before it is applied. */
  before(mutation: Mutation): readonly Mutation[] {
    return mutation.updates.flatMap((update) => this.#viewsOf(update.table).flatMap((view) => this.#changes(view, mutation.key, update)));
  }

  /** Sends what {@link before} found. */
  send(updates: readonly Mutation[], base: TableMetadata, baseKey: Bytes): void {
    for (const update of updates) this.#sendOne(update, base, baseKey);
  }

  /** Fills a view from the base data on this node, each node for the partitions whose first replica it is. */
  build(view: TableMetadata): void {
    const base = this.#view.schema.tableById(view.view?.baseId ?? '');
    if (base === undefined) return;
    const { replication } = placementOf(this.#view, base.keyspace);
    for (const { range, endpoints } of this.#membership.topology.ring.ranges(replication)) {
      if (!endpoints.some(({ id }) => id === this.#host.id)) continue;
      const parts = range.start < range.end ? [range] : [{ start: undefined, end: range.end }, { start: range.start, end: undefined }];
      for (const data of parts.flatMap((part) => [...this.#engine.partitionsIn(base.id, part)])) {
        const entries = this.#entries(view, base, data, data.rows);
        for (const { key, row } of entries) this.#sendOne(this.#mutation(view, key, [row]), base, data.key);
      }
    }
    this.#host.trace('view built', { view: view.id });
  }

  #viewsOf(tableId: string): readonly TableMetadata[] {
    const table = this.#view.schema.tableById(tableId);
    if (table === undefined || table.view !== undefined) return NONE;
    let known = viewsBySchema.get(this.#view.schema);
    if (known === undefined) viewsBySchema.set(this.#view.schema, (known = new Map()));
    let views = known.get(tableId);
    if (views === undefined) known.set(tableId, (views = this.#view.schema.viewsOf(table)));
    return views;
  }

  #changes(view: TableMetadata, key: Bytes, { table, data }: PartitionUpdate): readonly Mutation[] {
    const base = this.#view.schema.tableById(table);
    if (base === undefined) return [];
    const now = this.#engine.nowSeconds();
    const isWide = data.deletion !== undefined || data.ranges.length > 0;
    const slices: readonly Slice[] = isWide ? [WHOLE_PARTITION] : data.rows.map(({ clustering }) => sliceOf(clustering));
    if (slices.length === 0) return [];
    const { partitions } = this.#engine.read({
      kind: 'partition', table, key, slices, reversed: false, columns: undefined, filter: [], limits: { rows: Infinity, perPartition: Infinity }, nowSeconds: now,
    });
    const old = partitions[0] ?? emptyData(key);
    const merged = mergeAnswers(base, [old, normaliseData(base, data)]);
    const before = new Map(this.#entries(view, base, old, old.rows).map((entry) => [entryName(entry), entry]));
    const after = new Map(this.#entries(view, base, merged, merged.rows).map((entry) => [entryName(entry), entry]));
    const rows = new Map<Bytes, Row[]>();
    const add = (viewKey: Bytes, row: Row): void => {
      const list = rows.get(viewKey);
      if (list === undefined) rows.set(viewKey, [row]);
      else list.push(row);
    };
    for (const [name, entry] of before) {
      if (after.has(name)) continue;
      const mergedRow = merged.rows.find(({ clustering }) => base.compare(clustering, entry.baseRow.clustering) === 0);
      add(entry.key, goneRow(view, base, data, entry, mergedRow, now));
    }
    for (const [name, { key: viewKey, row }] of after) {
      const present = before.get(name);
      if (present === undefined) add(viewKey, row);
      else add(viewKey, { ...row, cells: differentCells(present.row.cells, row.cells, now) });
    }
    return [...rows].map(([viewKey, list]) => this.#mutation(view, viewKey, list));
  }

  /** The entries that rows of the base have in a view. */
  #entries(view: TableMetadata, base: TableMetadata, data: PartitionData, rows: readonly Row[]): readonly Entry[] {
    const definition = view.view;
    if (definition === undefined) return [];
    const now = this.#engine.nowSeconds();
    const keyParts = splitKey(base, data.key);
    const entries: Entry[] = [];
    for (const raw of rows) {
      const row = applyDeletion(raw, deletionAt(base, data.deletion, data.ranges, raw.clustering));
      if (row === undefined || !rowIsLive(row, now)) continue;
      const values = new Map<string, Bytes | null>();
      for (const column of base.columns.values()) {
        values.set(column.name, column.kind === 'partition_key' ? (keyParts[column.position] ?? null)
          : column.kind === 'clustering' ? (row.clustering[column.position] ?? null)
          : column.kind === 'regular' ? columnValue(row, column, now) : null);
      }
      const keys = [...view.partitionKey, ...view.clustering];
      if (keys.some(({ name }) => (values.get(name) ?? null) === null) || !definition.matches(values)) continue;
      const key = joinKey(view.partitionKey.map(({ name }) => values.get(name) ?? ''));
      const clustering = view.clustering.map(({ name }) => values.get(name) ?? '');
      entries.push({ key, baseRow: row, row: { clustering, liveness: livenessOf(definition, view, row, now), deletion: undefined, cells: cellsFor(view, row), complexDeletions: NO_COMPLEX_DELETIONS } });
    }
    return entries;
  }

  #mutation(view: TableMetadata, key: Bytes, rows: readonly Row[]): Mutation {
    const sorted = [...rows].sort((a, b) => view.compare(a.clustering, b.clustering));
    const data: PartitionData = mergeAnswers(view, sorted.map((row) => ({ ...emptyData(key), rows: [row] })));
    return makeMutation(view.keyspace, key, [{ table: view.id, data }]);
  }

  /** To the view's replica with this node's place among the base's replicas. */
  #sendOne(update: Mutation, base: TableMetadata, baseKey: Bytes): void {
    const { topology } = this.#membership;
    const { replication } = placementOf(this.#view, base.keyspace);
    const local = endpointOf(this.#view, this.#host.id);
    const near = (list: readonly Endpoint[]): readonly Endpoint[] => list.filter(({ datacenter }) => datacenter === local.datacenter);
    const baseReplicas = near(topology.ring.endpointsFor(replication, baseKey));
    const viewReplicas = near(topology.ring.endpointsFor(replication, update.key));
    // A node that is a replica of both keeps its own entries: no message, and no pair that is down.
    const target = viewReplicas.includes(local) ? local : unpaired(viewReplicas, baseReplicas)[unpaired(baseReplicas, viewReplicas).indexOf(local)];
    if (target === undefined) return;
    const token = this.#view.partitioner.tokenOf(update.key);
    const replicas = [target, ...topology.pending(replication, token)];
    const alive = replicas.filter(({ id }) => this.#membership.isAlive(id));
    const plan = { replicas, alive: alive.length === replicas.length ? replicas : alive, requirement: { blockFor: alive.length } };
    this.#writes.write(update, plan, 'ONE', 'VIEW', this.#view.parameters.writeRequestTimeout, () => undefined);
  }
}

const NONE: readonly TableMetadata[] = [];
const viewsBySchema = new WeakMap<Schema, Map<string, readonly TableMetadata[]>>();

function unpaired(list: readonly Endpoint[], others: readonly Endpoint[]): readonly Endpoint[] {
  return list.filter((endpoint) => !others.includes(endpoint));
}

function entryName({ key, row }: Entry): string {
  return JSON.stringify([key, row.clustering]);
}

/**
 * The marker of an entry: that of the regular column that stands in the view's key, or of the base row. Columns of the base that
 * the view has not got keep its row alive, too (`ViewUpdateGenerator.computeLivenessInfoForEntry`).
 */
function livenessOf({ valueInKey, includeAllColumns }: ViewDefinition, view: TableMetadata, row: Row, now: number): Liveness | undefined {
  const cell = valueInKey === undefined ? undefined : row.cells.find(({ column }) => column === valueInKey);
  if (cell !== undefined) return { timestamp: cell.timestamp, ttl: cell.ttl, localDeletionTime: cell.localDeletionTime };
  const marker = row.liveness;
  const others = includeAllColumns ? [] : row.cells.filter((candidate) => !view.columns.has(candidate.column) && isLive(candidate, now));
  if (others.length === 0) return marker;
  const timestamp = Math.max(marker?.timestamp ?? -Infinity, ...others.map((other) => other.timestamp));
  const isMarked = marker !== undefined && isLive(marker, now);
  if ((isMarked && marker.ttl === 0) || others.some(({ ttl }) => ttl === 0)) return { timestamp, ttl: 0, localDeletionTime: NEVER };
  const longest = others.reduce((most, other) => (other.localDeletionTime > most.localDeletionTime ? other : most));
  return isMarked && marker.localDeletionTime >= longest.localDeletionTime ? marker : { timestamp, ttl: longest.ttl, localDeletionTime: longest.localDeletionTime };
}

function cellsFor(view: TableMetadata, row: Row): readonly Cell[] {
  return row.cells.filter(({ column }) => view.columns.get(column)?.kind === 'regular');
}

/**
 * What takes an entry away: its marker dies at the time it had. Its cells stay where the base's do, so that they show again when
 * the value in its key comes back (Cassandra's shadowable tombstones do the same). A deletion of the base row goes along as it is.
 *
 * @param merged - the base row after the write
 */
function goneRow(view: TableMetadata, base: TableMetadata, data: PartitionData, { row, baseRow }: Entry, merged: Row | undefined, now: number): Row {
  const own = data.rows.find((other) => base.compare(other.clustering, baseRow.clustering) === 0)?.deletion;
  const deletion: Deletion | undefined = resolveDeletions(deletionAt(base, data.deletion, data.ranges, baseRow.clustering), own);
  const definition = view.view;
  // Whatever may have given the marker its time: dead or alive.
  const givers = definition === undefined || definition.valueInKey !== undefined || definition.includeAllColumns ? []
    : baseRow.cells.filter(({ column }) => !view.columns.has(column)).map(({ timestamp }) => timestamp);
  const timestamp = Math.max(row.liveness?.timestamp ?? -Infinity, ...givers);
  const dead: Liveness | undefined = timestamp === -Infinity ? undefined : { timestamp, ttl: EXPIRED_LIVENESS_TTL, localDeletionTime: now };
  const cells = differentCells(row.cells, merged === undefined ? [] : cellsFor(view, merged), now);
  return { clustering: row.clustering, liveness: dead, deletion, cells, complexDeletions: NO_COMPLEX_DELETIONS };
}

/** What changes in an entry: its new cells, and tombstones for those that are gone. */
function differentCells(before: readonly Cell[], after: readonly Cell[], now: number): readonly Cell[] {
  const gone = before.filter((cell) => isLive(cell, now) && cell.value !== null && !after.some((other) => other.column === cell.column && other.path === cell.path));
  const tombstones = gone.map((cell): Cell => ({ ...cell, value: null, ttl: 0, localDeletionTime: cell.localDeletionTime === NEVER ? now : Math.min(now, cell.localDeletionTime) }));
  return [...after, ...tombstones].sort((a, b) => (a.column < b.column ? -1 : a.column > b.column ? 1 : (a.path ?? '') < (b.path ?? '') ? -1 : 1));
}
