/**
 * What a SELECT's selectors are once they are ready: functions of a row.
 *
 * @module
 */
import type { ColumnMetadata } from '../../schema/metadata.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import type { AggregateFunction } from '../functions/function.ts';
import type { BindContext } from '../term/scope.ts';
import type { RowView } from './row-view.ts';

/** A row, what was bound, and what aggregates have gathered. */
export interface SelectionInput {
  readonly view: RowView;
  readonly context: BindContext;
  /** Results of aggregates, by their number; undefined while rows are still gathered. */
  readonly gathered: readonly (Bytes | null)[];
}

/** Something selected, ready. */
export interface Selector {
  readonly type: DataType;
  /** As result columns and messages show it. */
  readonly text: string;
  /** Whether it stands for a column as it is. */
  readonly column: ColumnMetadata | undefined;
  get(input: SelectionInput): Bytes | null;
}

/** An aggregate of a selection: its arguments are had of each row. */
export interface AggregateCall {
  readonly function: AggregateFunction;
  readonly args: readonly Selector[];
}
