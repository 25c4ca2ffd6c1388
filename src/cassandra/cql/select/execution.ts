/**
 * One execution of a SELECT that reads more than one row: commands for the partitions or the range, and pages of what comes back
 * (`SelectStatement.execute`, `QueryPagers` of Apache Cassandra 5.0).
 *
 * A read may show fewer rows than it was allowed to count, where replicas differ or where a partition shows its static columns
 * only: then it goes on behind the last row it got, until the page is full or there is nothing more.
 *
 * Left out: pages of a GROUP BY, which comes as one.
 *
 * @module
 */
import { isSerial } from '../../consistency.ts';
import { CassandraError, InvalidRequestError } from '../../errors.ts';
import { WHOLE_PARTITION, type Slice } from '../../storage/clustering.ts';
import { liveRowCount, rowPasses, splitKey } from '../../storage/filter.ts';
import type { PartitionData } from '../../storage/partition.ts';
import { intersectSlices } from '../../storage/ranges.ts';
import type { FilterExpression, Position, TokenRange } from '../../storage/read-command.ts';
import { rowIsLive, type Row } from '../../storage/row.ts';
import { readInt32 } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';
import { native } from '../../types/type-name.ts';
import type { ExecuteOptions, ResultColumn, StatementResult } from '../statement.ts';
import type { Callback, StorageProxy } from '../storage-proxy.ts';
import type { BindContext, PreparedTerm } from '../term/scope.ts';
import { GroupConsumer, jsonRows, RowConsumer, type Consumer } from './consumers.ts';
import { checkedKey } from './keys.ts';
import { decodePagingState, encodePagingState } from './paging-state.ts';
import { checkNearestLimit } from './nearest.ts';
import type { PreparedSelect } from './prepare-select.ts';
import { covers, tokenRange } from './token-range.ts';

/** The columns of a SELECT's result. */
export function resultColumns({ isJson, table, columns }: PreparedSelect): readonly ResultColumn[] {
  return isJson ? [{ keyspace: table.keyspace, table: table.name, name: '[json]', type: native('text') }] : columns;
}

function limitOf(term: PreparedTerm | undefined, context: BindContext): number {
  const value = term?.bind(context);
  if (value === undefined) return Infinity;
  if (value === null) throw new InvalidRequestError('Invalid null value of limit');
  const limit = readInt32(value);
  if (limit <= 0) throw new InvalidRequestError('LIMIT must be strictly positive');
  return limit;
}

/** One execution of a SELECT that may need several reads. */
export class Execution {
  readonly #select: PreparedSelect;
  readonly #options: ExecuteOptions;
  readonly #proxy: StorageProxy;
  readonly #done: Callback<StatementResult>;
  readonly #nowSeconds: number;
  readonly #filter: readonly FilterExpression[];
  readonly #slices: readonly Slice[];
  readonly #perPartition: number;
  readonly #consumer: Consumer;
  /** Undefined: by tokens. */
  readonly #keys: readonly Bytes[] | undefined;
  readonly #range: TokenRange | undefined;
  #position: Position | undefined;
  #givenOfPartition = 0;
  readonly #readWarnings: string[] = [];

  constructor(select: PreparedSelect, options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>) {
    this.#select = select;
    this.#options = options;
    this.#proxy = proxy;
    this.#done = done;
    const context: BindContext = { values: options.values, proxy };
    const limit = limitOf(select.limit, context);
    this.#perPartition = select.isDistinct ? 1 : limitOf(select.perPartitionLimit, context);
    if (select.nearest !== undefined) checkNearestLimit(limit, options.pageSize);
    const { restrictions } = select;
    const pages = options.pageSize !== undefined && options.pageSize > 0;
    this.#nowSeconds = proxy.nowSeconds();
    const { partitioner } = select.scope;
    this.#range = tokenRange(partitioner, restrictions.tokens, context);
    const range = this.#range;
    const keys = restrictions.isKeyRange ? undefined : restrictions.keys(context);
    this.#keys = keys === undefined || restrictions.tokens.length === 0 ? keys : keys.filter((key) => range !== undefined && covers(range, partitioner.tokenOf(key)));
    this.#slices = restrictions.slices(context);
    this.#filter = restrictions.filter(context);
    // Where no row can be, nobody asks whether the key may be one.
    if (this.#slices.length > 0) for (const key of keys ?? []) checkedKey(key);
    // What fits one page, or is nothing, is not paged.
    const isPaged = pages && limit > (options.pageSize ?? 0) && this.#keys?.length !== 0 && this.#slices.length > 0;
    if (select.ordersPartitions && (select.isAggregate ? pages : isPaged)) {
      throw new InvalidRequestError(
        'Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the ORDER BY or the IN and sort client side, or disable paging for this query',
      );
    }
    let remaining = limit;
    if (options.pagingState !== undefined && !select.isAggregate) {
      const state = decodePagingState(options.pagingState);
      this.#position = state.position;
      this.#givenOfPartition = state.givenOfPartition;
      remaining = Math.min(limit, state.remaining);
    }
    this.#consumer = select.isAggregate
      ? new GroupConsumer(select, context, limit, this.#perPartition)
      : new RowConsumer(select, context, remaining, pages && !select.ordersPartitions && select.nearest === undefined ? options.pageSize : Infinity);
  }

  /** Begins to read. */
  start(): void {
    if (this.#keys === undefined) {
      if (this.#range === undefined) this.#finish();
      else this.#readRange(this.#range, this.#position);
    } else if (this.#slices.length === 0 && !this.#mayShowStatics()) this.#finish();
    else this.#resumeKeys(this.#keys, this.#position);
  }

  #mayShowStatics(): boolean {
    const { restrictions } = this.#select;
    return !restrictions.hasClusteringRestrictions && !restrictions.hasRegularRestrictions;
  }

  /** Rows that one read may count. */
  #limits(given: number): { readonly rows: number; readonly perPartition: number } {
    if (this.#select.isAggregate) return { rows: Infinity, perPartition: this.#select.isDistinct ? 1 : Infinity };
    return { rows: this.#consumer.wanted, perPartition: Math.max(1, this.#perPartition - given) };
  }

  #behind({ clustering }: Position): readonly Slice[] {
    if (clustering === undefined) return [];
    const rest: Slice = this.#select.isReversed
      ? { start: WHOLE_PARTITION.start, end: { prefix: clustering, side: -1 } }
      : { start: { prefix: clustering, side: 1 }, end: WHOLE_PARTITION.end };
    return intersectSlices(this.#select.table.compare, this.#slices, rest);
  }

  #resumeKeys(keys: readonly Bytes[], after: Position | undefined): void {
    if (after === undefined) {
      this.#readKeys(keys, undefined);
      return;
    }
    const left = keys.slice(Math.max(0, keys.indexOf(after.key)));
    const isDone = after.clustering === undefined || this.#givenOfPartition >= this.#perPartition || this.#behind(after).length === 0;
    if (!isDone) {
      this.#readKeys(left, after);
      return;
    }
    this.#givenOfPartition = 0;
    this.#readKeys(left.slice(1), undefined);
  }

  /** Reads partitions by key; the first one behind a position. */
  #readKeys(keys: readonly Bytes[], after: Position | undefined): void {
    if (keys.length === 0 || this.#consumer.wanted <= 0) {
      this.#finish();
      return;
    }
    const { table, isReversed } = this.#select;
    const commands = keys.map((key, i) => ({
      kind: 'partition' as const, table: table.id, key,
      slices: i === 0 && after !== undefined ? this.#behind(after) : this.#slices,
      reversed: isReversed, columns: undefined, filter: this.#filter,
      limits: this.#limits(i === 0 ? this.#givenOfPartition : 0), nowSeconds: this.#nowSeconds,
    }));
    const { consistency } = this.#options;
    this.#proxy.read(commands, consistency, isSerial(consistency), (error, answers = [], warnings = []) => {
      this.#readWarnings.push(...warnings);
      this.#guard(error, () => {
        for (const [i, data] of answers.entries()) {
          const asked = commands[i]?.limits;
          const isFull = this.#take(data, i === 0 && after !== undefined);
          if (isFull) break;
          const counted = asked === undefined || asked.rows === Infinity ? 0 : liveRowCount(table, data, this.#filter, this.#nowSeconds);
          const last = this.#lastOf(data);
          if (asked !== undefined && counted >= asked.rows && last?.clustering !== undefined && this.#givenOfPartition < this.#perPartition) {
            this.#resumeKeys(keys.slice(i), last);
            return;
          }
          this.#givenOfPartition = 0;
        }
        this.#finish();
      });
    });
  }

  #readRange(range: TokenRange, after: Position | undefined): void {
    if (this.#consumer.wanted <= 0) {
      this.#finish();
      return;
    }
    const { table, isReversed, restrictions } = this.#select;
    const limits = this.#limits(0);
    const command = {
      kind: 'range' as const, table: table.id, range, after, slices: this.#slices, reversed: isReversed, columns: undefined, filter: this.#filter, limits,
      nowSeconds: this.#nowSeconds, index: restrictions.index?.name,
    };
    this.#proxy.readRange(command, this.#options.consistency, (error, answers = []) => {
      this.#guard(error, () => {
        let counted = 0;
        for (const data of answers) {
          counted += limits.rows === Infinity ? 0 : Math.min(limits.perPartition, liveRowCount(table, data, this.#filter, this.#nowSeconds));
          if (data.key !== after?.key) this.#givenOfPartition = 0;
          if (this.#take(data, data.key === after?.key)) {
            this.#finish();
            return;
          }
        }
        const last = answers.at(-1);
        const position = last === undefined ? undefined : this.#lastOf(last);
        if (counted >= limits.rows && position !== undefined) this.#readRange(range, position);
        else this.#finish();
      });
    });
  }

  /** Errors of reading and of selecting go the same way. */
  #guard(error: CassandraError | undefined, act: () => void): void {
    if (error !== undefined) {
      this.#done(error);
      return;
    }
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof CassandraError)) throw thrown;
      this.#done(thrown);
    }
  }

  #lastOf(data: PartitionData): Position | undefined {
    const row = this.#select.isReversed ? data.rows[0] : data.rows.at(-1);
    return { key: data.key, clustering: row?.clustering };
  }

  /** Shows a partition's rows. @returns whether the page is full */
  #take(data: PartitionData, isRest: boolean): boolean {
    const { table, isReversed } = this.#select;
    const now = this.#nowSeconds;
    const keyParts = splitKey(table, data.key);
    const { staticRow, key } = data;
    let live = 0;
    const show = (row: Row | undefined): boolean => {
      this.#consumer.take({ key, keyParts, staticRow, row, nowSeconds: now });
      this.#givenOfPartition++;
      this.#position = { key, clustering: row?.clustering };
      return this.#consumer.wanted <= 0;
    };
    const perPartition = this.#select.isAggregate && !this.#select.isDistinct ? Infinity : this.#perPartition;
    const { rows } = data;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[isReversed ? rows.length - 1 - i : i];
      if (row === undefined || !rowIsLive(row, now, table.view?.valueInKey !== undefined)) continue;
      live++;
      if (this.#filter.length > 0 && !rowPasses(table, key, staticRow, row, this.#filter, now)) continue;
      if (this.#givenOfPartition >= perPartition) return false;
      if (show(row)) return true;
    }
    if (live > 0 || isRest || staticRow === undefined || !this.#mayShowStatics() || !rowIsLive(staticRow, now)) return false;
    if (this.#filter.length > 0 && !rowPasses(table, key, staticRow, undefined, this.#filter, now)) return false;
    return show(undefined);
  }

  #finish(): void {
    const { rows, remaining } = this.#consumer.result();
    const isPageFull = !this.#select.isAggregate && this.#consumer.wanted <= 0 && remaining > 0;
    const pagingState = isPageFull && this.#position !== undefined
      ? encodePagingState({ position: this.#position, remaining, givenOfPartition: this.#givenOfPartition })
      : undefined;
    const warnings = this.#warnings();
    this.#done(undefined, {
      kind: 'rows', columns: resultColumns(this.#select), rows: this.#select.isJson ? jsonRows(this.#select, rows) : rows, pagingState,
      ...(warnings === undefined ? {} : { warnings }),
    });
  }

  #warnings(): readonly string[] | undefined {
    const { isAggregate, restrictions } = this.#select;
    const warnings = this.#readWarnings;
    if (isAggregate && !restrictions.hasKeyRestrictions) return ['Aggregation query used without partition key', ...warnings];
    if (isAggregate && restrictions.keyIsIn) return ['Aggregation query used on multiple partition keys (IN restriction)', ...warnings];
    return warnings.length === 0 ? undefined : warnings;
  }
}
