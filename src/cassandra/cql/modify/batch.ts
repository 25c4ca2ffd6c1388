/**
 * BATCH (`BatchStatement` of Apache Cassandra 5.0): modifications of one timestamp. Those of one partition become one mutation, which
 * happens as a whole; a logged batch over several partitions goes by way of the batchlog; with conditions it is one lightweight
 * transaction on one partition.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { TableMetadata } from '../../schema/metadata.ts';
import { resolveDeletions } from '../../storage/cell.ts';
import { makeMutation } from '../../storage/codec.ts';
import type { Mutation } from '../../storage/mutation.ts';
import { normaliseData, type PartitionData } from '../../storage/partition.ts';
import type { Row } from '../../storage/row.ts';
import type { Bytes } from '../../types/data-type.ts';
import type { BindVariable, ExecuteOptions, PreparedStatement, StatementResult } from '../statement.ts';
import type { Callback, StorageProxy } from '../storage-proxy.ts';
import type { BindContext } from '../term/scope.ts';
import type { PreparedAttributes } from './attributes.ts';
import { attempt, executeConditional, parametersOf } from './execute.ts';
import { buildUpdate, isConditional, joinUpdates, readFor, TimeuuidPaths, type PreparedModification } from './modification.ts';
import { addCells } from './row-builder.ts';

/** What kind of batch. */
export type BatchKind = 'LOGGED' | 'UNLOGGED' | 'COUNTER';

/** Limits of batches, from the cluster's parameters. */
export interface BatchLimits {
  readonly warnBytes: number;
  readonly failBytes: number;
  readonly warnPartitions: number;
}

/** A batch, prepared: each statement with the values it takes. */
export interface PreparedBatch {
  readonly kind: BatchKind;
  readonly modifications: readonly PreparedModification[];
  readonly attributes: PreparedAttributes | undefined;
}

/** Refuses what does not go together. @throws {@link InvalidRequestError} */
export function checkBatch({ kind, modifications, attributes }: PreparedBatch): void {
  const hasConditions = modifications.some(isConditional);
  if (attributes?.hasTtl === true) throw new InvalidRequestError('Global TTL on the BATCH statement is not supported.');
  if (attributes?.hasTimestamp === true) {
    if (hasConditions) throw new InvalidRequestError('Cannot provide custom timestamp for conditional BATCH');
    if (kind === 'COUNTER') throw new InvalidRequestError('Cannot provide custom timestamp for counter BATCH');
    if (modifications.some((modification) => modification.attributes.hasTimestamp)) throw new InvalidRequestError('Timestamp must be set either on BATCH or individual statements');
  }
  const counters = modifications.filter(({ table }) => table.isCounter).length;
  if (kind === 'LOGGED' && counters > 0 && counters < modifications.length) throw new InvalidRequestError('Counter and non-counter mutations cannot exist in the same batch');
  if (kind === 'LOGGED' && counters > 0) throw new InvalidRequestError('Cannot include a counter statement in a logged batch');
  if (kind === 'COUNTER' && counters < modifications.length) throw new InvalidRequestError('Cannot include non-counter statement in a counter batch');
  if (kind === 'UNLOGGED' && counters > 0 && counters < modifications.length) throw new InvalidRequestError('Counter and non-counter mutations cannot exist in the same batch');
  if (!hasConditions) return;
  if (counters > 0) throw new InvalidRequestError('Conditional updates are not supported on counter tables');
  const [first] = modifications;
  if (modifications.some(({ table }) => table.id !== first?.table.id)) throw new InvalidRequestError('Batch with conditions cannot span multiple tables');
}

/** BEGIN BATCH … APPLY BATCH as a statement. */
export function batchStatement(text: string, keyspace: string | undefined, batch: PreparedBatch, variables: readonly BindVariable[], limits: BatchLimits): PreparedStatement {
  checkBatch(batch);
  return {
    text, keyspace, variables,
    routing: routingOf(batch.modifications),
    isIdempotent: batch.kind !== 'COUNTER' && batch.modifications.every((modification) => modification.isIdempotent && !isConditional(modification)),
    isWrite: true,
    columns: undefined,
    operation: () => ({ f: 'batch', key: undefined, value: null }),
    execute: (options, proxy, done) => executeBatch(batch, batch.modifications.map(() => options.values), options, limits, proxy, done),
  };
}

/** The markers of the partition key: of several statements on one table those of the last, on several tables nobody's. */
function routingOf(modifications: readonly PreparedModification[]): readonly number[] | undefined {
  const [first] = modifications;
  if (modifications.some(({ table }) => table.id !== first?.table.id)) return undefined;
  return modifications.findLast(({ targets }) => targets.routing !== undefined)?.targets.routing;
}

/** Executes a batch. @param values - each statement's bound values */
export function executeBatch(
  { kind, modifications, attributes }: PreparedBatch, values: readonly ExecuteOptions['values'][], options: ExecuteOptions, limits: BatchLimits, proxy: StorageProxy, done: Callback<StatementResult>,
): void {
  const contexts = values.map((bound): BindContext => ({ values: bound, proxy }));
  if (modifications.length === 0) {
    done(undefined, { kind: 'void' });
    return;
  }
  if (modifications.some(isConditional)) {
    const keys = new Set(modifications.flatMap((modification, i) => modification.targets.keys(contexts[i] as BindContext)));
    if (keys.size > 1) throw new InvalidRequestError('Batch with conditions cannot span multiple partitions');
    executeConditional(modifications, contexts, options, proxy, true, done);
    return;
  }
  const common = contexts[0] === undefined ? undefined : attributes?.timestamp(contexts[0]);
  const timestamp = common ?? options.timestamp ?? proxy.timestamp();
  const nowSeconds = proxy.nowSeconds();
  const reads = modifications.flatMap((modification, i) => (modification.requiresRead
    ? modification.targets.keys(contexts[i] as BindContext).map((key) => readFor(modification, key, nowSeconds, contexts[i] as BindContext))
    : []));
  const write = (current: readonly PartitionData[]): void => {
    const mutations = mutationsOf(modifications, contexts, timestamp, nowSeconds, proxy, current);
    if (mutations.length === 0) {
      done(undefined, { kind: 'void' });
      return;
    }
    const { warnings, error } = judge(kind, mutations, modifications, limits);
    if (error !== undefined) {
      done(error);
      return;
    }
    const finish: Callback<void> = (failure) => {
      if (failure === undefined) done(undefined, { kind: 'void', version: timestamp, ...(warnings.length > 0 ? { warnings } : {}) });
      else done(failure);
    };
    if (kind === 'COUNTER' || modifications[0]?.table.isCounter === true) proxy.mutateCounters(mutations, options.consistency, finish);
    else if (kind === 'LOGGED') proxy.mutateAtomically(mutations, options.consistency, finish);
    else proxy.mutate(mutations, options.consistency, finish);
  };
  if (reads.length === 0) {
    write([]);
    return;
  }
  proxy.read(reads, options.consistency === 'ANY' ? 'ONE' : options.consistency, false, (error, current) => {
    if (error !== undefined) done(error);
    else attempt(done, () => write(current ?? []));
  });
}

/** One mutation for each partition key of each keyspace. */
function mutationsOf(
  modifications: readonly PreparedModification[], contexts: readonly BindContext[], timestamp: number, nowSeconds: number, proxy: StorageProxy, current: readonly PartitionData[],
): readonly Mutation[] {
  const paths = new TimeuuidPaths(timestamp, proxy);
  const read = [...current];
  interface Group {
    readonly keyspace: string;
    readonly key: Bytes;
    readonly tables: Map<string, { readonly modification: PreparedModification; readonly parts: PartitionData[] }>;
  }
  const groups = new Map<string, Group>();
  modifications.forEach((modification, i) => {
    const context = contexts[i] as BindContext;
    const { table } = modification;
    const parameters = parametersOf(modification, context, timestamp, nowSeconds, paths);
    for (const key of modification.targets.keys(context)) {
      const name = `${table.keyspace}/${key}`;
      let group = groups.get(name);
      if (group === undefined) groups.set(name, (group = { keyspace: table.keyspace, key, tables: new Map() }));
      let entry = group.tables.get(table.id);
      if (entry === undefined) group.tables.set(table.id, (entry = { modification, parts: [] }));
      entry.parts.push(buildUpdate(modification, key, parameters, context, modification.requiresRead ? read.shift() : undefined));
    }
  });
  return [...groups.values()].map(({ keyspace, key, tables }) =>
    makeMutation(keyspace, key, [...tables].map(([table, { modification, parts }]) => ({ table, data: sumOrJoin(modification, parts) }))));
}

/** Additions to one counter add up; all else is merged as replicas would. */
function sumOrJoin({ table }: PreparedModification, parts: readonly PartitionData[]): PartitionData {
  if (!table.isCounter || parts.length === 1) return joinUpdates(table, parts);
  const [first, ...others] = parts;
  let sum = first as PartitionData;
  for (const part of others) sum = addCounters(table, sum, part);
  return sum;
}

function addCounters(table: TableMetadata, a: PartitionData, b: PartitionData): PartitionData {
  const rows = [...a.rows];
  for (const row of b.rows) {
    const at = rows.findIndex((present) => table.compare(present.clustering, row.clustering) === 0);
    const present = rows[at];
    if (present === undefined) rows.push(row);
    else rows[at] = addRows(present, row);
  }
  return normaliseData(table, {
    key: a.key,
    deletion: resolveDeletions(a.deletion, b.deletion),
    ranges: [...a.ranges, ...b.ranges],
    staticRow: a.staticRow === undefined || b.staticRow === undefined ? a.staticRow ?? b.staticRow : addRows(a.staticRow, b.staticRow),
    rows: rows.sort((x, y) => table.compare(x.clustering, y.clustering)),
  });
}

function addRows(a: Row, b: Row): Row {
  const cells = [...a.cells];
  for (const cell of b.cells) {
    const i = cells.findIndex(({ column }) => column === cell.column);
    const old = cells[i];
    if (old === undefined) cells.push(cell);
    else cells[i] = addCells(old, cell);
  }
  return { ...a, deletion: resolveDeletions(a.deletion, b.deletion), cells: cells.sort((x, y) => (x.column < y.column ? -1 : 1)) };
}

function judge(kind: BatchKind, mutations: readonly Mutation[], modifications: readonly PreparedModification[], limits: BatchLimits): { readonly warnings: readonly string[]; readonly error: InvalidRequestError | undefined } {
  const warnings: string[] = [];
  const [first] = mutations;
  // Batches of one partition are not what the limits are for.
  if (mutations.length <= 1 || first === undefined) return { warnings, error: undefined };
  const size = mutations.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const tables = [...new Set(modifications.map(({ table }) => `${table.keyspace}.${table.name}`))];
  if (size > limits.failBytes) return { warnings, error: new InvalidRequestError('Batch too large') };
  if (size > limits.warnBytes) {
    warnings.push(`Batch for [${tables.join(', ')}] is of size ${kibibytes(size)}, exceeding specified threshold of ${kibibytes(limits.warnBytes)} by ${kibibytes(size - limits.warnBytes)}.`);
  }
  if (kind === 'UNLOGGED' && mutations.length > limits.warnPartitions) {
    warnings.push(`Unlogged batch covering ${mutations.length} partitions detected against table${tables.length > 1 ? 's' : ''} [${tables.join(', ')}]. You should use a logged batch for atomicity, or asynchronous writes for performance.`);
  }
  return { warnings, error: undefined };
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(3)}KiB`;
}
