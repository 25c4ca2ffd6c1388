/**
 * What a row shows of a column at a second: a simple column's live cell, a collection or user type put together from its cells.
 *
 * @module
 */
import type { ColumnMetadata } from '../schema/metadata.ts';
import { int64, readUint16 } from '../types/bytes.ts';
import { isMultiCell, type Bytes } from '../types/data-type.ts';
import { listOf, mapOf, tupleOf } from '../types/structure.ts';
import { isLive, type Cell } from './cell.ts';
import { counterValue } from './counter.ts';
import type { Row } from './row.ts';

/** The live cells of a column, in the order of their paths. */
export function liveCellsOf(row: Row, column: string, nowSeconds: number): readonly Cell[] {
  return row.cells.filter((cell) => cell.column === column && cell.value !== null && isLive(cell, nowSeconds));
}

/** The serialised value of a column, null when it has none. */
export function columnValue(row: Row | undefined, { name, type }: ColumnMetadata, nowSeconds: number): Bytes | null {
  if (row === undefined) return null;
  if (!isMultiCell(type)) {
    for (const cell of row.cells) {
      if (cell.column !== name) continue;
      if (cell.value === null || !isLive(cell, nowSeconds)) return null;
      return type.kind === 'native' && type.name === 'counter' ? int64OfBigint(counterValue(cell.value)) : cell.value;
    }
    return null;
  }
  const cells = liveCellsOf(row, name, nowSeconds);
  if (cells.length === 0) return null;
  switch (type.kind) {
    case 'list': return listOf(cells.map(({ value }) => value ?? ''));
    case 'set': return listOf(cells.map(({ path }) => path ?? ''));
    case 'map': return mapOf(cells.map(({ path, value }) => [path ?? '', value ?? ''] as const));
    case 'user': {
      const fields: (Bytes | null)[] = type.fields.map(() => null);
      for (const { path, value } of cells) fields[readUint16(path ?? '\0\0')] = value;
      return tupleOf(fields);
    }
    case 'native':
    case 'tuple':
    case 'vector': return null;
    default: return type satisfies never;
  }
}

function int64OfBigint(value: bigint): Bytes {
  const whole = Number(value);
  if (Number.isSafeInteger(whole)) return int64(whole);
  let bytes = '';
  for (let left = BigInt.asUintN(64, value), i = 0; i < 8; i++, left >>= 8n) bytes = String.fromCharCode(Number(left & 0xffn)) + bytes;
  return bytes;
}
