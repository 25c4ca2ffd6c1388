/**
 * What becomes of the rows that a SELECT reads: each is shown, or they are gathered into groups (`ResultSetBuilder`, `GroupMaker` of Apache
 * Cassandra 5.0).
 *
 * @module
 */
import { utf8 } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';
import { jsonName, toJsonText } from '../../types/json.ts';
import type { Accumulator } from '../functions/function.ts';
import type { BindContext } from '../term/scope.ts';
import { byLikeness, wantedVector } from './nearest.ts';
import type { PreparedSelect } from './prepare-select.ts';
import type { RowView } from './row-view.ts';
import type { AggregateCall, SelectionInput } from './selector.ts';

/** What aggregates have gathered where there are none. */
export const NOTHING_GATHERED: readonly (Bytes | null)[] = Object.freeze([]);

/** Rows as JSON objects, one text each. */
export function jsonRows({ columns }: PreparedSelect, rows: readonly (readonly (Bytes | null)[])[]): readonly (readonly (Bytes | null)[])[] {
  return rows.map((row) => [utf8(`{${columns.map(({ name, type }, i) => `${jsonName(name)}: ${toJsonText(type, row[i] ?? null)}`).join(', ')}}`)]);
}

/** What becomes of rows. */
export interface Consumer {
  /** How many rows may still come. */
  readonly wanted: number;
  take(view: RowView): void;
  /** The rows to show, and how many LIMIT would still allow. */
  result(): { readonly rows: readonly (readonly (Bytes | null)[])[]; readonly remaining: number };
}

/** Shows each row. */
export class RowConsumer implements Consumer {
  readonly #select: PreparedSelect;
  readonly #context: BindContext;
  readonly #limit: number;
  readonly #most: number;
  /** Whether rows can be shown only when all are there. */
  readonly #keepsAll: boolean;
  /** The vector that rows shall be like. */
  readonly #wanted: Bytes;
  readonly #rows: (readonly (Bytes | null)[])[] = [];
  /** Kept where all partitions' rows are to be brought into one order. */
  readonly #views: RowView[] = [];

  constructor(select: PreparedSelect, context: BindContext, limit: number, pageSize: number = Infinity) {
    this.#select = select;
    this.#context = context;
    this.#limit = limit;
    this.#keepsAll = select.ordersPartitions || select.nearest !== undefined;
    this.#most = this.#keepsAll ? Infinity : Math.min(limit, pageSize);
    this.#wanted = select.nearest === undefined ? '' : wantedVector(select.nearest, context);
  }

  get wanted(): number {
    return this.#most - this.#rows.length;
  }

  take(view: RowView): void {
    if (this.#keepsAll) this.#views.push(view);
    else this.#rows.push(this.#show(view));
  }

  #show(view: RowView): readonly (Bytes | null)[] {
    const input: SelectionInput = { view, context: this.#context, gathered: NOTHING_GATHERED };
    return this.#select.selectors.map((selector) => selector.get(input));
  }

  #inOrder(): readonly RowView[] {
    const { table, isReversed, nearest } = this.#select;
    if (nearest !== undefined) return byLikeness(nearest, this.#wanted, this.#views);
    return this.#views.sort((a, b) => {
      const order = table.compare(a.row?.clustering ?? [], b.row?.clustering ?? []);
      return isReversed ? -order : order;
    });
  }

  result(): ReturnType<Consumer['result']> {
    if (this.#keepsAll) {
      const ordered = this.#inOrder();
      return { rows: (ordered.length > this.#limit ? ordered.slice(0, this.#limit) : ordered).map((view) => this.#show(view)), remaining: 0 };
    }
    return { rows: this.#rows, remaining: this.#limit - this.#rows.length };
  }
}

/** Gathers rows into groups, or into one. */
export class GroupConsumer implements Consumer {
  readonly #select: PreparedSelect;
  readonly #context: BindContext;
  readonly #limit: number;
  readonly #perPartition: number;
  readonly #rows: (readonly (Bytes | null)[])[] = [];
  #gathering: Gathering;
  #first: RowView | undefined;
  #by: Bytes | null = null;
  #groupsOfPartition = 0;

  constructor(select: PreparedSelect, context: BindContext, limit: number, perPartition: number) {
    this.#select = select;
    this.#context = context;
    this.#limit = limit;
    this.#perPartition = perPartition;
    this.#gathering = new Gathering(select.aggregates);
  }

  get wanted(): number {
    return this.#rows.length >= this.#limit ? 0 : Infinity;
  }

  take(view: RowView): void {
    const { grouping } = this.#select;
    if (grouping !== undefined) {
      const by = grouping.by?.get({ view, context: this.#context, gathered: NOTHING_GATHERED }) ?? null;
      if (this.#first !== undefined && !this.#isSameGroup(this.#first, view, by, grouping.clusteringPrefix)) this.#close();
      this.#by = by;
    }
    if (this.#first?.key !== view.key && this.#first === undefined && this.#lastKey !== view.key) this.#groupsOfPartition = 0;
    this.#lastKey = view.key;
    this.#first ??= view;
    this.#gathering.add(view, this.#context);
  }

  #lastKey: Bytes | undefined;

  #isSameGroup(first: RowView, view: RowView, by: Bytes | null, prefix: number): boolean {
    if (first.key !== view.key || this.#by !== by) return false;
    const { compare } = this.#select.table;
    return compare(first.row?.clustering.slice(0, prefix) ?? [], view.row?.clustering.slice(0, prefix) ?? []) === 0;
  }

  #close(): void {
    const view = this.#first ?? EMPTY_VIEW;
    const input: SelectionInput = { view, context: this.#context, gathered: this.#gathering.results() };
    if (this.#select.grouping === undefined || this.#groupsOfPartition < this.#perPartition || this.#select.isDistinct) {
      this.#rows.push(this.#select.selectors.map((selector) => selector.get(input)));
    }
    this.#groupsOfPartition++;
    this.#first = undefined;
    this.#gathering = new Gathering(this.#select.aggregates);
  }

  result(): ReturnType<Consumer['result']> {
    if (this.#first !== undefined || this.#select.grouping === undefined) this.#close();
    return { rows: this.#rows.length > this.#limit ? this.#rows.slice(0, this.#limit) : this.#rows, remaining: 0 };
  }
}

const EMPTY_VIEW: RowView = { key: '', keyParts: [], staticRow: undefined, row: undefined, nowSeconds: 0 };

/** What aggregates gather of the rows of one group. */
class Gathering {
  readonly #calls: readonly AggregateCall[];
  readonly #accumulators: readonly Accumulator[];

  constructor(calls: readonly AggregateCall[]) {
    this.#calls = calls;
    this.#accumulators = calls.map((call) => call.function.accumulator());
  }

  /** Takes a row in. */
  add(view: RowView, context: BindContext): void {
    const input: SelectionInput = { view, context, gathered: [] };
    for (const [i, { args }] of this.#calls.entries()) this.#accumulators[i]?.add(args.map((arg) => arg.get(input)));
  }

  /** The results. */
  results(): readonly (Bytes | null)[] {
    return this.#accumulators.map((accumulator) => accumulator.result());
  }
}
