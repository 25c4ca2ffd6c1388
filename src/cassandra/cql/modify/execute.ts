/**
 * Executing one INSERT, UPDATE or DELETE: plain, with a read before it, as a lightweight transaction, or on counters.
 *
 * @module
 */
import { isSerial, type ConsistencyLevel } from '../../consistency.ts';
import { CassandraError, InvalidRequestError } from '../../errors.ts';
import type { TableMetadata } from '../../schema/metadata.ts';
import type { Clustering, Slice } from '../../storage/clustering.ts';
import { makeMutation } from '../../storage/codec.ts';
import type { Mutation } from '../../storage/mutation.ts';
import type { PartitionData } from '../../storage/partition.ts';
import { jsonOf } from '../../types/decode.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import type { HistoryValue } from '../../../kernel/history.ts';
import type { BoundValue, ExecuteOptions, HistoryOperation, PreparedStatement, StatementResult } from '../statement.ts';
import type { BindVariable } from '../statement.ts';
import type { Callback, StorageProxy } from '../storage-proxy.ts';
import { splitKey } from '../../storage/filter.ts';
import type { BindContext } from '../term/scope.ts';
import { casResult } from './cas-result.ts';
import { buildUpdate, conditionsHold, isConditional, joinUpdates, looksAtRows, type PreparedModification, readFor, TimeuuidPaths } from './modification.ts';
import type { ListPaths, UpdateParameters } from './row-builder.ts';

/** A modification as a statement. */
export function modificationStatement(text: string, keyspace: string | undefined, modification: PreparedModification, variables: readonly BindVariable[]): PreparedStatement {
  return {
    text, keyspace, variables,
    table: modification.table,
    routing: modification.targets.routing,
    isIdempotent: modification.isIdempotent && !isConditional(modification) && !modification.table.isCounter,
    isWrite: true,
    columns: undefined,
    operation: (values) => operationOf(modification, values),
    execute: (options, proxy, done) => executeModification(modification, options, proxy, done),
  };
}

/** The clocks of one execution of a modification. */
export function parametersOf(modification: PreparedModification, context: BindContext, timestamp: number, nowSeconds: number, listPaths: ListPaths): UpdateParameters {
  const { attributes, table } = modification;
  return {
    timestamp: attributes.timestamp(context) ?? timestamp,
    ttl: attributes.ttl(context) ?? table.options.defaultTimeToLive,
    nowSeconds,
    listPaths,
  };
}

function executeModification(modification: PreparedModification, options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>): void {
  const context: BindContext = { values: options.values, proxy };
  if (isConditional(modification)) {
    executeConditional([modification], [context], options, proxy, false, done);
    return;
  }
  // What is wrong with it is said before what is wrong with the key.
  modification.attributes.timestamp(context);
  const keys = modification.targets.keys(context);
  const timestamp = options.timestamp ?? proxy.timestamp();
  const nowSeconds = proxy.nowSeconds();
  const parameters = parametersOf(modification, context, timestamp, nowSeconds, new TimeuuidPaths(timestamp, proxy));
  if (!modification.requiresRead) {
    write(modification, keys, parameters, context, NOTHING_READ, options, proxy, done);
    return;
  }
  const reads = keys.map((key) => readFor(modification, key, nowSeconds, context));
  const level = options.consistency === 'ANY' ? 'ONE' : options.consistency;
  proxy.read(reads, level, false, (error, current) => {
    if (error !== undefined) done(error);
    else attempt(done, () => write(modification, keys, parameters, context, current ?? NOTHING_READ, options, proxy, done));
  });
}

const NOTHING_READ: readonly PartitionData[] = [];

function write(
  modification: PreparedModification, keys: readonly Bytes[], parameters: UpdateParameters, context: BindContext, current: readonly PartitionData[],
  { consistency }: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>,
): void {
  const { table } = modification;
  refuseLevel(table, consistency);
  const mutations: Mutation[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? '';
    const data = buildUpdate(modification, key, parameters, context, current[i]);
    mutations.push(makeMutation(table.keyspace, key, [{ table: table.id, data }]));
  }
  // `IN ()` names no partition.
  if (mutations.length === 0) finish(undefined, parameters, done);
  else if (table.isCounter) proxy.mutateCounters(mutations, consistency, (error) => finish(error, parameters, done));
  else proxy.mutate(mutations, consistency, (error) => finish(error, parameters, done));
}

/** Levels that a single statement may not have; batches are not asked, as in the real one. */
function refuseLevel({ isCounter, name }: TableMetadata, consistency: ConsistencyLevel): void {
  if (!isCounter && isSerial(consistency)) throw new InvalidRequestError('You must use conditional updates for serializable writes');
  if (!isCounter) return;
  if (consistency === 'ANY') throw new InvalidRequestError(`Consistency level ANY is not yet supported for counter table ${name}`);
  if (isSerial(consistency)) throw new InvalidRequestError('Counter operations are inherently non-serializable');
}

/** Levels that what a transaction decided may not be written at (`ConsistencyLevel.validateForCasCommit`). */
function refuseCommitLevel(consistency: ConsistencyLevel, { keyspace }: TableMetadata, proxy: StorageProxy): void {
  if (isSerial(consistency)) {
    throw new InvalidRequestError(
      `${consistency} is not supported as conditional update commit consistency. Use ANY if you mean "make sure it is accepted but I don't care how many replicas commit it for non-SERIAL reads"`,
    );
  }
  const strategy = proxy.schema.keyspaces.get(keyspace)?.replication.class;
  if (consistency === 'EACH_QUORUM' && strategy === 'SimpleStrategy') {
    throw new InvalidRequestError('consistency level EACH_QUORUM not compatible with replication strategy (org.apache.cassandra.locator.SimpleStrategy)');
  }
}

function finish(error: CassandraError | undefined, { timestamp }: UpdateParameters, done: Callback<StatementResult>): void {
  if (error === undefined) done(undefined, { kind: 'void', version: timestamp });
  else done(error);
}

/** Executes conditional modifications of one partition as one lightweight transaction. */
export function executeConditional(
  modifications: readonly PreparedModification[], contexts: readonly BindContext[], options: ExecuteOptions, proxy: StorageProxy, isBatch: boolean, done: Callback<StatementResult>,
): void {
  const [first] = modifications;
  const [context] = contexts;
  if (first === undefined || context === undefined) {
    done(undefined, { kind: 'void' });
    return;
  }
  const { table } = first;
  const serialConsistency = options.serialConsistency ?? 'SERIAL';
  if (!isSerial(serialConsistency)) throw new InvalidRequestError('Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL');
  const [key] = first.targets.keys(context);
  if (key === undefined) throw new InvalidRequestError('Key may not be empty');
  const nowSeconds = proxy.nowSeconds();
  refuseMixed(modifications, contexts, table.compare);
  refuseCommitLevel(options.consistency, table, proxy);
  // Conditions on static columns alone look at the first row: it tells a partition without static values from none at all.
  const isAboutStatics = !modifications.some((modification) => looksAtRows(modification) || modification.requiresRead);
  const reads = modifications.map((modification, i) => readFor(isAboutStatics ? { ...modification, isStaticOnly: true } : modification, key, nowSeconds, contexts[i] ?? context));
  const slices = reads.flatMap((read) => read.slices);
  let written = 0;
  proxy.compareAndSet({
    table, key,
    read: { ...(reads[0] as (typeof reads)[number]), slices: distinctSlices(table.compare, slices) },
    evaluate(current, timestamp) {
      const holds = modifications.every((modification, i) => !isConditional(modification) || conditionsHold(modification, current, nowSeconds, contexts[i] ?? context));
      if (!holds) return undefined;
      written = timestamp;
      const paths = new TimeuuidPaths(timestamp, proxy);
      const parts = modifications.map((modification, i) => {
        const own = contexts[i] ?? context;
        return buildUpdate(modification, key, { ...parametersOf(modification, own, timestamp, nowSeconds, paths), timestamp }, own, current);
      });
      return makeMutation(table.keyspace, key, [{ table: table.id, data: joinUpdates(table, parts) }]);
    },
  }, serialConsistency, options.consistency, (error, result) => {
    if (error !== undefined || result === undefined) done(error);
    else {
      const answer = casResult(modifications, result.applied, result.current, nowSeconds, contexts, isBatch);
      done(undefined, result.applied && answer.kind === 'rows' ? { ...answer, version: written } : answer);
    }
  });
}

/** Refuses conditions on one row that cannot hold together. @throws {@link InvalidRequestError} */
function refuseMixed(modifications: readonly PreparedModification[], contexts: readonly BindContext[], compare: (a: Clustering, b: Clustering) => number): void {
  if (modifications.length < 2) return;
  const present: { readonly place: Clustering | undefined; readonly what: 'IF EXISTS' | 'IF NOT EXISTS' | 'IF conditions' }[] = [];
  const add = (place: Clustering | undefined, what: 'IF EXISTS' | 'IF NOT EXISTS' | 'IF conditions'): void => {
    const before = present.find((other) => (place === undefined || other.place === undefined ? place === other.place : compare(place, other.place) === 0))?.what;
    if (before === undefined) present.push({ place, what });
    else if (before !== what && what === 'IF conditions') throw new InvalidRequestError('Cannot mix IF conditions and IF NOT EXISTS for the same row');
    else if (before !== what) throw new InvalidRequestError(before === 'IF conditions' ? `Cannot mix IF conditions and ${what} for the same row` : 'Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row');
  };
  modifications.forEach((modification, i) => {
    const context = contexts[i];
    if (context === undefined || !isConditional(modification)) return;
    const found = modification.isStaticOnly ? undefined : modification.targets.targets(context);
    const place = found?.kind === 'rows' ? found.clusterings[0] : undefined;
    if (modification.existence !== undefined) add(place, modification.existence);
    else for (const kind of new Set(modification.conditions.map(({ column }) => column.kind))) add(kind === 'static' ? undefined : place, 'IF conditions');
  });
}

/** Slices in order, each once. */
function distinctSlices(compare: (a: Clustering, b: Clustering) => number, slices: readonly Slice[]): readonly Slice[] {
  const sorted = [...slices].sort((a, b) => compare(a.start.prefix, b.start.prefix));
  return sorted.filter((slice, i) => {
    const before = sorted[i - 1];
    return before === undefined || compare(before.start.prefix, slice.start.prefix) !== 0;
  });
}

/** What a history says of a modification. */
function operationOf(modification: PreparedModification, values: readonly BoundValue[]): HistoryOperation {
  const { kind, table } = modification;
  const name = `${table.keyspace}.${table.name}`;
  const plain = kind.toLowerCase();
  const context: BindContext = { values, proxy: SILENT };
  try {
    const keys = modification.targets.keys(context);
    const key = keys.length === 1 && keys[0] !== undefined ? `${name}/${keyText(table.partitionKey.map(({ type }) => type), splitKey(table, keys[0]))}` : undefined;
    const targets = modification.isStaticOnly ? undefined : modification.targets.targets(context);
    const clustering = targets?.kind === 'rows' && targets.clusterings.length === 1 ? targets.clusterings[0] : undefined;
    const [operation, ...more] = modification.operations(context);
    const { conditions, existence } = modification;
    if (key === undefined || clustering === undefined || more.length > 0 || existence !== undefined) {
      return { f: plain, key, value: kind === 'DELETE' ? null : writtenValues(modification, keys[0] ?? '', clustering, context) };
    }
    const register = (column: string): string => [key, ...clustering.map((value, i) => valueText(table.clustering[i]?.type, value)), column].join('/');
    const [only] = table.regulars;
    if (operation === undefined) {
      // Deleting a row of one column is deleting that column.
      if (kind === 'DELETE' && table.regulars.length === 1 && only !== undefined && table.statics.length === 0) return { f: 'write', key: register(only.name), value: null };
      return { f: plain, key, value: null };
    }
    const { column } = operation;
    if (kind === 'DELETE') return { f: 'write', key: register(column.name), value: null };
    if (operation.value === undefined || column.kind === 'static') return { f: plain, key, value: null };
    const value = historyValue(column.type, operation.value.bind(context) ?? null);
    const [condition, ...others] = conditions;
    if (condition === undefined) return { f: 'write', key: register(column.name), value };
    if (others.length > 0 || condition.column !== column || condition.equals === undefined) return { f: plain, key, value: null };
    return { f: 'cas', key: register(column.name), value: [historyValue(column.type, condition.equals.bind(context) ?? null), value] };
  } catch (error) {
    // Whatever is wrong with the values the coordinator will say.
    if (error instanceof CassandraError) return { f: plain, key: name, value: null };
    throw error;
  }
}

/** The columns that are written, by name, with those of the key. */
function writtenValues(modification: PreparedModification, key: Bytes, clustering: readonly Bytes[] | undefined, context: BindContext): HistoryValue {
  const { table } = modification;
  const parts = splitKey(table, key);
  const values: [string, HistoryValue][] = table.partitionKey.map(({ name, type }, i) => [name, historyValue(type, parts[i] ?? null)]);
  table.clustering.forEach(({ name, type }, i) => {
    const value = clustering?.[i];
    if (value !== undefined) values.push([name, historyValue(type, value)]);
  });
  for (const { column, value } of modification.operations(context)) {
    if (value !== undefined) values.push([column.name, historyValue(column.type, value.bind(context) ?? null)]);
  }
  return Object.fromEntries(values);
}

/** For looking at values beforehand: what depends on a clock or on chance is not looked at. */
const SILENT: BindContext['proxy'] = {
  get random(): never {
    throw new InvalidRequestError('not known beforehand');
  },
  timestamp() {
    throw new InvalidRequestError('not known beforehand');
  },
  nowSeconds() {
    throw new InvalidRequestError('not known beforehand');
  },
};

/** A partition key as histories write it. */
export function keyText(types: readonly DataType[], parts: readonly Bytes[]): string {
  return parts.map((part, i) => valueText(types[i], part)).join(':');
}

/** One value as histories write it in keys. */
export function valueText(type: DataType | undefined, value: Bytes): string {
  if (type === undefined) return value;
  const json = jsonOf(type, value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** One value as histories write it. */
export function historyValue(type: DataType, value: Bytes | null): HistoryValue {
  return jsonOf(type, value) as HistoryValue;
}

/** Runs something whose errors of the product are an answer. */
export function attempt<T>(done: Callback<T>, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof CassandraError)) throw error;
    done(error);
  }
}
