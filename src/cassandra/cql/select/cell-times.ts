/**
 * `writetime`, `maxwritetime` and `ttl` (CQL, "Selection": the times of cells; `WritetimeOrTTLSelector` of Apache Cassandra 5.0).
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { ColumnMetadata } from '../../schema/metadata.ts';
import type { Cell } from '../../storage/cell.ts';
import { bigint64, int16, int32, readUint16 } from '../../types/bytes.ts';
import { comparatorOf } from '../../types/compare.ts';
import { isMultiCell, type Bytes } from '../../types/data-type.ts';
import { tupleOf } from '../../types/structure.ts';
import { native, typeName } from '../../types/type-name.ts';
import type { Selectable } from '../ast.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, TermScope } from '../term/scope.ts';
import { collectionParts, sliceOfCollection } from './collection-parts.ts';
import { cellsIn, type RowView } from './row-view.ts';
import type { Selector } from './selector.ts';

/** A selector of `writetime`, `maxwritetime` or `ttl`: of a column that keeps its elements apart, one time for each. @throws {@link InvalidRequestError} for columns of the key */
export function timeSelector(
  selectable: Selectable & { readonly kind: 'writetime' | 'maxwritetime' | 'ttl' }, column: ColumnMetadata, text: string, scope: TermScope,
): Selector {
  if (column.kind === 'partition_key' || column.kind === 'clustering') {
    throw new InvalidRequestError(`Cannot use selection function ${selectable.kind} on PRIMARY KEY part ${column.name}`);
  }
  const { kind, of } = selectable;
  const single = kind === 'ttl' ? native('int') : native('bigint');
  const measure = (cell: Cell, nowSeconds: number): Bytes | null => {
    if (kind !== 'ttl') return bigint64(BigInt(cell.timestamp));
    return cell.ttl > 0 ? int32(cell.localDeletionTime - nowSeconds) : null;
  };
  const { cells, isSingle, size } = cellsOf(of, column, scope);
  if (isSingle || kind === 'maxwritetime') {
    return {
      type: single, text, column: undefined,
      get({ view, context }) {
        let latest: Cell | undefined;
        for (const cell of cells(view, context)) if (cell !== undefined && (latest === undefined || cell.timestamp > latest.timestamp)) latest = cell;
        return latest === undefined ? null : measure(latest, view.nowSeconds);
      },
    };
  }
  return {
    type: { kind: 'list', element: single, frozen: true }, text, column: undefined,
    get({ view, context }) {
      const found = cells(view, context);
      if (size === undefined ? found.length === 0 : found.every((cell) => cell === undefined)) return null;
      // A null within a list: only results may hold it.
      const measured = found.map((cell) => (cell === undefined ? null : measure(cell, view.nowSeconds)));
      return int32(measured.length) + tupleOf(measured);
    },
  };
}

  /** The cells that a time is asked of: all of a column, or those of an element, a slice or a field. */
  function cellsOf(of: Selectable, column: ColumnMetadata, scope: TermScope): { cells: (view: RowView, context: BindContext) => readonly (Cell | undefined)[]; isSingle: boolean; size: number | undefined } {
    const { type } = column;
    if (!isMultiCell(type)) return { cells: (view) => cellsIn(view, column), isSingle: true, size: undefined };
    if (of.kind === 'element') {
      const inner = { type, text: column.name };
      const { key: keyType } = collectionParts(inner);
      const key = prepareTerm(of.key, { name: `key(${inner.text})`, type: keyType }, scope);
      const compare = comparatorOf(keyType);
      return { isSingle: true, size: undefined, cells: (view, context) => {
        const wanted = key.bind(context);
        return typeof wanted === 'string' ? cellsIn(view, column).filter((cell) => compare(cell.path ?? '', wanted) === 0) : [];
      } };
    }
    if (of.kind === 'slice') {
      const inner = { type, text: column.name };
      const within = sliceOfCollection(of, inner, collectionParts(inner).key, scope);
      return { isSingle: false, size: undefined, cells: (view, context) => {
        const covers = within(context);
        return cellsIn(view, column).filter((cell) => covers(cell.path ?? ''));
      } };
    }
    if (type.kind === 'user') {
      if (of.kind === 'field') {
        const index = type.fields.findIndex(({ name }) => name === of.field);
        if (index < 0) throw new InvalidRequestError(`${column.name} of type ${typeName(type)} has no field ${of.field}`);
        return { isSingle: true, size: undefined, cells: (view) => cellsIn(view, column).filter((cell) => cell.path === int16(index)) };
      }
      return { isSingle: false, size: type.fields.length, cells: (view) => {
        const found = cellsIn(view, column);
        return type.fields.map((_, i) => found.find((cell) => readUint16(cell.path ?? '\0\0') === i));
      } };
    }
    return { isSingle: false, size: undefined, cells: (view) => cellsIn(view, column) };
  }
