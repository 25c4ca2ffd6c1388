/**
 * INSERT, UPDATE and DELETE prepared (`ModificationStatement` of Apache Cassandra 5.0): which rows, what is done to them, under which
 * conditions; and from that the updates of each partition for one execution.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import type { Random } from '../../../kernel/random.ts';
import { InvalidRequestError } from '../../errors.ts';
import { columnOf, type ColumnMetadata, type TableMetadata } from '../../schema/metadata.ts';
import type { Clustering } from '../../storage/clustering.ts';
import { sliceOf, WHOLE_PARTITION } from '../../storage/clustering.ts';
import { emptyData, mergeAnswers, normaliseData, type PartitionData } from '../../storage/partition.ts';
import type { PartitionRead } from '../../storage/read-command.ts';
import { isEmptyRow, rowIsLive, type Row } from '../../storage/row.ts';
import { foldName, fromJson } from '../../types/json.ts';
import { parseJsonObject, type JsonValue } from '../../types/json-value.ts';
import { fromUtf8, int32 } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';
import { timeuuid } from '../../types/timeuuid.ts';
import { native } from '../../types/type-name.ts';
import type { InsertJsonStatement, InsertStatement, ModificationStatement } from '../ast.ts';
import { joinKey } from '../select/keys.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';
import { prepareAttributes, type PreparedAttributes } from './attributes.ts';
import { prepareCondition, type PreparedCondition } from './conditions.ts';
import { prepareAssignment, prepareDeletion, setColumn, setPrepared, type Operation } from './operations.ts';
import { RowBuilder, type ListPaths, type UpdateParameters } from './row-builder.ts';
import { prepareTargets, type PreparedTargets, type RowTargets } from './where.ts';

/** What must be true before it is done. */
export type Existence = 'IF EXISTS' | 'IF NOT EXISTS' | undefined;

/** A modification, ready to be executed. */
export interface PreparedModification {
  readonly kind: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: TableMetadata;
  readonly targets: PreparedTargets;
  readonly operations: (context: BindContext) => readonly Operation[];
  /** The operations as far as they do not depend on an execution: all but those of INSERT JSON. */
  readonly fixed: readonly Operation[];
  readonly attributes: PreparedAttributes;
  readonly existence: Existence;
  readonly conditions: readonly PreparedCondition[];
  readonly requiresRead: boolean;
  readonly isIdempotent: boolean;
  /** Whether it writes or looks at static columns only. */
  readonly isStaticOnly: boolean;
}

/** Whether a modification has a condition. */
export function isConditional({ existence, conditions }: PreparedModification): boolean {
  return existence !== undefined || conditions.length > 0;
}

/** Prepares a modification of a table. @throws {@link InvalidRequestError} as Cassandra words it */
export function prepareModification(statement: ModificationStatement, table: TableMetadata, scope: TermScope): PreparedModification {
  if (table.view !== undefined) throw new InvalidRequestError('Cannot directly modify a materialized view');
  const attributes = prepareAttributes(statement.attributes, scope);
  const modification = prepareKind(statement, table, attributes, scope);
  if (table.isCounter && isConditional(modification)) throw new InvalidRequestError('Conditional updates are not supported on counter tables');
  if (table.isCounter) {
    if (attributes.hasTimestamp) throw new InvalidRequestError('Cannot provide custom timestamp for counter updates');
    if (attributes.hasTtl) throw new InvalidRequestError('Cannot provide custom TTL for counter updates');
  }
  if (isConditional(modification)) {
    if (attributes.hasTimestamp) throw new InvalidRequestError('Cannot provide custom timestamp for conditional updates');
    if (modification.targets.hasPartitionIn) throw new InvalidRequestError(`IN on the partition key is not supported with conditional ${modification.kind === 'DELETE' ? 'deletions' : 'updates'}`);
    if (modification.targets.hasClusteringIn) throw new InvalidRequestError(`IN on the clustering key columns is not supported with conditional ${modification.kind === 'DELETE' ? 'deletions' : 'updates'}`);
  }
  return modification;
}

function prepareKind(statement: ModificationStatement, table: TableMetadata, attributes: PreparedAttributes, scope: TermScope): PreparedModification {
  switch (statement.kind) {
    case 'insert': return prepareInsert(statement, table, attributes, scope);
    case 'insertJson': return prepareInsertJson(statement, table, attributes, scope);
    case 'update': {
      const conditions = statement.conditions.map((condition) => prepareCondition(table, condition, scope));
      const operations = statement.assignments.map((assignment) => {
        const column = columnOf(table, assignment.column);
        if (isKey(column)) throw new InvalidRequestError(`PRIMARY KEY part ${column.name} found in SET part`);
        return prepareAssignment(column, assignment, scope);
      });
      const isStaticOnly = writesOnlyStatics(operations, conditions);
      const targets = prepareTargets(table, statement.where, 'UPDATE', scope, isStaticOnly);
      return {
        kind: 'UPDATE', table, targets, attributes, conditions, isStaticOnly,
        fixed: operations, operations: () => operations,
        existence: statement.ifExists ? 'IF EXISTS' : undefined,
        requiresRead: operations.some(({ requiresRead }) => requiresRead),
        isIdempotent: operations.every(({ isIdempotent }) => isIdempotent),
      };
    }
    case 'delete': {
      const conditions = statement.conditions.map((condition) => prepareCondition(table, condition, scope));
      const operations = statement.deletions.map((deletion) => {
        const column = columnOf(table, deletion.column);
        if (isKey(column)) throw new InvalidRequestError(`Invalid identifier ${column.name} for deletion (should not be a PRIMARY KEY part)`);
        return prepareDeletion(column, deletion, scope);
      });
      const isStaticOnly = writesOnlyStatics(operations, conditions) && operations.length > 0;
      const targets = prepareTargets(table, statement.where, 'DELETE', scope, isStaticOnly);
      if ((statement.ifExists || conditions.length > 0) && !targets.namesRows) {
        const refuse = (what: string): never => {
          throw new InvalidRequestError(`DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to ${what} non static columns`);
        };
        if (operations.length === 0 || operations.some(({ column }) => column.kind !== 'static')) refuse('delete');
        if (conditions.some(({ column }) => column.kind !== 'static')) refuse('use IF condition on');
      }
      if (!isStaticOnly && operations.length > 0 && !targets.namesRows) throw new InvalidRequestError('Range deletions are not supported for specific columns');
      return {
        kind: 'DELETE', table, targets, attributes, conditions, isStaticOnly,
        fixed: operations, operations: () => operations,
        existence: statement.ifExists ? 'IF EXISTS' : undefined,
        requiresRead: operations.some(({ requiresRead }) => requiresRead),
        isIdempotent: operations.every(({ isIdempotent }) => isIdempotent),
      };
    }
    default: return assertNever(statement);
  }
}

/** Then the row does not matter. */
function writesOnlyStatics(operations: readonly Operation[], conditions: readonly PreparedCondition[]): boolean {
  return operations.every(({ column }) => column.kind === 'static') && conditions.every(({ column }) => column.kind === 'static');
}

function prepareInsert(statement: InsertStatement, table: TableMetadata, attributes: PreparedAttributes, scope: TermScope): PreparedModification {
  const { columns, values, ifNotExists } = statement;
  if (table.isCounter) throw new InvalidRequestError('INSERT statements are not allowed on counter tables, use UPDATE instead');
  if (columns.length === 0) throw new InvalidRequestError('No columns provided to INSERT');
  if (columns.length !== values.length) throw new InvalidRequestError('Unmatched column names/values');
  if (new Set(columns).size < columns.length) throw new InvalidRequestError('The column names contains duplicates');
  const keys = new Map<string, PreparedTerm>();
  const operations: Operation[] = [];
  columns.forEach((name, i) => {
    const column = columnOf(table, name);
    const term = values[i];
    if (term === undefined) return;
    if (!isKey(column)) operations.push(setColumn(column, term, scope));
  });
  // The key is read as the WHERE that other statements have: after what is set.
  columns.forEach((name, i) => {
    const column = columnOf(table, name);
    const term = values[i];
    if (term !== undefined && isKey(column)) keys.set(name, prepareTerm(term, { name, type: column.type }, scope));
  });
  const isStaticOnly = isStaticInsert(table, keys.keys(), operations);
  return {
    kind: 'INSERT', table, attributes, isStaticOnly,
    targets: insertTargets(table, (name) => keys.get(name), isStaticOnly),
    fixed: operations, operations: () => operations,
    existence: ifNotExists ? 'IF NOT EXISTS' : undefined,
    conditions: [], requiresRead: false,
    isIdempotent: operations.every(({ isIdempotent }) => isIdempotent),
  };
}

function prepareInsertJson(statement: InsertJsonStatement, table: TableMetadata, attributes: PreparedAttributes, scope: TermScope): PreparedModification {
  if (table.isCounter) throw new InvalidRequestError('INSERT statements are not allowed on counter tables, use UPDATE instead');
  const marker = typeof statement.json === 'string' ? undefined : prepareTerm(statement.json, { name: '[json]', type: native('text') }, scope);
  const text = typeof statement.json === 'string' ? statement.json : undefined;
  let last: { readonly text: string; readonly values: ReadonlyMap<string, Bytes | null | undefined> } | undefined;
  const valuesOf = (context: BindContext): ReadonlyMap<string, Bytes | null | undefined> => {
    const given = text ?? fromUtf8(marker?.bind(context) ?? '') ?? '';
    if (last?.text !== given) last = { text: given, values: jsonValues(table, given, statement.defaultUnset) };
    return last.values;
  };
  if (text !== undefined) valuesOf({ values: [], proxy: NO_PROXY });
  const keyTerm = (column: ColumnMetadata): PreparedTerm => ({
    type: column.type, isConstant: text !== undefined, marker: undefined, bind: (context) => valuesOf(context).get(column.name),
  });
  return {
    kind: 'INSERT', table, attributes,
    isStaticOnly: false,
    targets: insertTargets(table, (name) => {
      const column = table.columns.get(name);
      return column === undefined ? undefined : keyTerm(column);
    }, false),
    fixed: [],
    operations: (context) => {
      const values = valuesOf(context);
      return [...table.statics, ...table.regulars].filter(({ name }) => values.has(name)).map((column) =>
        setPrepared(column, { type: column.type, isConstant: true, marker: undefined, bind: () => values.get(column.name) }));
    },
    existence: statement.ifNotExists ? 'IF NOT EXISTS' : undefined,
    conditions: [], requiresRead: false, isIdempotent: true,
  };
}

/** Literals of JSON need no clock and no chance. */
const NO_PROXY: BindContext['proxy'] = {
  get random(): Random {
    throw new InvalidRequestError('JSON holds no functions');
  },
  timestamp: () => 0,
  nowSeconds: () => 0,
};

function jsonValues(table: TableMetadata, text: string, defaultUnset: boolean): ReadonlyMap<string, Bytes | null | undefined> {
  const object = new Map([...parseJsonObject(text)].map(([name, value]) => [foldName(name), value]));
  const values = new Map<string, Bytes | null | undefined>();
  for (const column of table.columns.values()) {
    const value: JsonValue | undefined = object.get(column.name);
    object.delete(column.name);
    if (value === undefined) {
      if (!defaultUnset) values.set(column.name, null);
      continue;
    }
    try {
      values.set(column.name, fromJson(column.type, value));
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      throw new InvalidRequestError(`Error decoding JSON value for ${column.name}: ${error.message}`);
    }
  }
  const [unknown] = object.keys();
  if (unknown !== undefined) throw new InvalidRequestError(`JSON values map contains unrecognized column: ${unknown}`);
  return values;
}

function isStaticInsert(table: TableMetadata, keys: Iterable<string>, operations: readonly Operation[]): boolean {
  const given = new Set(keys);
  return operations.length > 0 && operations.every(({ column }) => column.kind === 'static') && !table.clustering.some(({ name }) => given.has(name));
}

function insertTargets(table: TableMetadata, term: (name: string) => PreparedTerm | undefined, isStaticOnly: boolean): PreparedTargets {
  const parts = table.partitionKey.map(({ name }) => ({ name, term: term(name) }));
  const absent = parts.filter((part) => part.term === undefined).map(({ name }) => name);
  if (absent.length > 0) throw new InvalidRequestError(`Some partition key parts are missing: ${absent.join(', ')}`);
  const rows = isStaticOnly ? [] : table.clustering.map(({ name }) => ({ name, term: term(name) }));
  const missing = rows.filter((part) => part.term === undefined).map(({ name }) => name);
  if (missing.length > 0) throw new InvalidRequestError(`Some clustering keys are missing: ${missing.join(', ')}`);
  const bound = (part: { readonly name: string; readonly term: PreparedTerm | undefined }, context: BindContext): Bytes => {
    const value = part.term?.bind(context);
    if (value === null) throw new InvalidRequestError(`Invalid null value in condition for column ${part.name}`);
    if (value === undefined) throw new InvalidRequestError(`Invalid unset value for column ${part.name}`);
    return value;
  };
  const [only] = parts;
  const single = parts.length === 1 ? only : undefined;
  return {
    namesRows: !isStaticOnly || table.clustering.length === 0,
    restrictsClustering: rows.length > 0,
    hasPartitionIn: false,
    hasClusteringIn: false,
    routing: parts.every((part) => part.term?.marker !== undefined) ? parts.map((part) => part.term?.marker ?? 0) : undefined,
    keys(context) {
      const key = single === undefined ? joinKey(parts.map((part) => bound(part, context))) : bound(single, context);
      if (key === '') throw new InvalidRequestError('Key may not be empty');
      if (key.length > 0xffff) throw new InvalidRequestError(`Key length of ${key.length} is longer than maximum of 65535`);
      return [key];
    },
    targets: (context) => (rows.length === 0 ? THE_ONE_ROW : { kind: 'rows', clusterings: [rows.map((part) => bound(part, context))] }),
  };
}

const NO_CLUSTERING: Clustering = Object.freeze([]);

/** The row of a partition without clustering. */
const THE_ONE_ROW: RowTargets = { kind: 'rows', clusterings: [NO_CLUSTERING] };

/** What a list's new elements are called: time-UUIDs by the given clock. */
export class TimeuuidPaths implements ListPaths {
  readonly #micros: number;
  readonly #proxy: BindContext['proxy'];
  #count = 0;
  #rest: Bytes | undefined;

  /**
   * @param micros - the write's timestamp
   * @param proxy - for what tells two coordinators' apart
   */
  constructor(micros: number, proxy: BindContext['proxy']) {
    this.#micros = micros;
    this.#proxy = proxy;
  }

  next(before: boolean): Bytes {
    const { random } = this.#proxy;
    this.#rest ??= `${int32((random.uint32() & 0x3fff_ffff) | 0x8000_0000)}${int32(random.uint32())}`;
    const i = this.#count++;
    if (!before) return timeuuid(this.#micros + Math.floor(i / 10), i % 10, this.#rest);
    // Mirrored at a moment long past, so that what is put in front later comes before what was put there earlier.
    return timeuuid(2 * PREPEND_MIRROR - this.#micros - 1 - Math.floor(i / 10), 9 - (i % 10), this.#rest);
  }
}

/** 1 January 2010 in microseconds: where the paths of prepended elements are mirrored. */
const PREPEND_MIRROR = 1_262_304_000_000_000;

/**
 * The content that a modification writes to one partition.
 *
 * @param current - the partition as it is, when the modification needs to know
 */
export function buildUpdate(modification: PreparedModification, key: Bytes, parameters: UpdateParameters, context: BindContext, current: PartitionData | undefined): PartitionData {
  const { kind, table, targets } = modification;
  const operations = modification.operations(context);
  if (kind === 'DELETE' && operations.length === 0) return deletionOf(modification, emptyData(key), parameters, context);
  let staticRow: Row | undefined;
  if (table.statics.length > 0 && operations.some(({ column }) => column.kind === 'static')) {
    const builder = new RowBuilder(table, NO_CLUSTERING, parameters);
    for (const operation of operations) if (operation.column.kind === 'static') operation.apply(builder, context, current?.staticRow);
    staticRow = builder.build();
  }
  if (modification.isStaticOnly) return { key, deletion: undefined, ranges: NO_RANGES, staticRow, rows: NO_ROWS };
  const found = targets.targets(context);
  if (found.kind === 'slices') return { key, deletion: undefined, ranges: NO_RANGES, staticRow, rows: NO_ROWS };
  const [first] = found.clusterings;
  if (found.clusterings.length === 1 && first !== undefined) {
    const row = buildRow(modification, first, operations, parameters, context, current);
    return { key, deletion: undefined, ranges: NO_RANGES, staticRow, rows: isEmptyRow(row) ? NO_ROWS : [row] };
  }
  const rows = found.clusterings.map((clustering) => buildRow(modification, clustering, operations, parameters, context, current)).filter((row) => !isEmptyRow(row));
  return { key, deletion: undefined, ranges: NO_RANGES, staticRow, rows };
}

const NO_RANGES: PartitionData['ranges'] = Object.freeze([]);
const NO_ROWS: readonly Row[] = Object.freeze([]);

function buildRow(
  { kind, table, requiresRead }: PreparedModification, clustering: Clustering, operations: readonly Operation[], parameters: UpdateParameters, context: BindContext, current: PartitionData | undefined,
): Row {
  const builder = new RowBuilder(table, clustering, parameters);
  const row = requiresRead ? current?.rows.find((candidate) => table.compare(candidate.clustering, clustering) === 0) : undefined;
  if (kind === 'INSERT') builder.mark();
  for (const operation of operations) if (operation.column.kind !== 'static') operation.apply(builder, context, row);
  return builder.build();
}

function deletionOf({ table, targets }: PreparedModification, empty: PartitionData, parameters: UpdateParameters, context: BindContext): PartitionData {
  const deletion = { timestamp: parameters.timestamp, localDeletionTime: parameters.nowSeconds };
  if (!targets.restrictsClustering) return { ...empty, deletion };
  const found = targets.targets(context);
  if (found.kind === 'slices') return normaliseData(table, { ...empty, ranges: found.slices.map((slice) => ({ slice, deletion })) });
  return {
    ...empty,
    rows: found.clusterings.map((clustering) => {
      const builder = new RowBuilder(table, clustering, parameters);
      builder.deleteRow();
      return builder.build();
    }),
  };
}

/** What must be read of a partition before the modification can be built or its condition decided. */
export function readFor(modification: PreparedModification, key: Bytes, nowSeconds: number, context: BindContext): PartitionRead {
  const { table, targets } = modification;
  const found = modification.isStaticOnly ? undefined : targets.targets(context);
  // The first row, if there is one, shows where a static row stands.
  const slices = found === undefined ? [WHOLE_PARTITION] : found.kind === 'rows' ? found.clusterings.map((clustering) => sliceOf(clustering)) : found.slices;
  return {
    kind: 'partition', table: table.id, key, slices, reversed: false, columns: undefined, filter: [],
    limits: { rows: found === undefined ? 1 : Infinity, perPartition: Infinity },
    nowSeconds,
  };
}

/** Whether the conditions hold for a partition as it is. */
export function conditionsHold(modification: PreparedModification, current: PartitionData, nowSeconds: number, context: BindContext): boolean {
  const row = conditionRow(modification, current, nowSeconds, context);
  const { existence, conditions, isStaticOnly } = modification;
  const staticRow = current.staticRow;
  const exists = isStaticOnly ? staticRow !== undefined && rowIsLive(staticRow, nowSeconds) : row !== undefined;
  if (existence === 'IF NOT EXISTS') return !exists;
  if (existence === 'IF EXISTS') return exists;
  // Each is looked at, for what its values say amiss.
  return conditions.map((condition) => condition.holds(condition.column.kind === 'static' ? staticRow : row, context, nowSeconds)).every((holds) => holds);
}

/** Whether a condition is about the rows that are named, and not about static columns alone. */
export function looksAtRows({ existence, conditions, isStaticOnly }: PreparedModification): boolean {
  return (existence !== undefined && !isStaticOnly) || conditions.some(({ column }) => column.kind !== 'static');
}

/** The live row that conditions look at. */
export function conditionRow({ table, targets, isStaticOnly }: PreparedModification, current: PartitionData, nowSeconds: number, context: BindContext): Row | undefined {
  if (isStaticOnly) return undefined;
  const found = targets.targets(context);
  const [clustering] = found.kind === 'rows' ? found.clusterings : [];
  if (clustering === undefined) return undefined;
  return current.rows.find((row) => table.compare(row.clustering, clustering) === 0 && rowIsLive(row, nowSeconds));
}

/** Joins contents of one partition that one statement or batch writes. */
export function joinUpdates(table: TableMetadata, parts: readonly PartitionData[]): PartitionData {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : mergeAnswers(table, parts.map((part) => normaliseData(table, part)));
}


function isKey({ kind }: ColumnMetadata): boolean {
  return kind === 'partition_key' || kind === 'clustering';
}

