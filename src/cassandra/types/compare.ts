/**
 * The order of serialised values, type by type, as Apache Cassandra 5.0 compares them (`AbstractType.compare` and its
 * subclasses): it orders clustering columns, the elements of sets and the keys of maps, and decides `<` and `>` in filters.
 *
 * Values of one byte order (text, blob, inet, date, time, boolean) compare as strings. Signed integers do so too once their
 * signs agree. An empty value, which most types allow, comes first.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { readFloat32, readFloat64, readInt32, readUint16, readVarint } from './bytes.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';
import { listElements, mapEntries, vectorElements } from './structure.ts';

/** Orders two values of one type: negative, zero or positive. */
export type ValueComparator = (a: Bytes, b: Bytes) => number;

/** The order of a type's values. */
export function comparatorOf(type: DataType): ValueComparator {
  switch (type.kind) {
    case 'native': return NATIVE[type.name];
    case 'list':
    case 'set': return elementwise(comparatorOf(type.element), listElements);
    case 'map': return mapComparator(comparatorOf(type.key), comparatorOf(type.value));
    case 'tuple': return tupleComparator(type.elements.map((element) => comparatorOf(element)));
    case 'user': return tupleComparator(type.fields.map((field) => comparatorOf(field.type)));
    case 'vector': return elementwise(comparatorOf(type.element), (bytes) => vectorElements(type, bytes) ?? []);
    default: return assertNever(type);
  }
}

/** The order of the cells of a column that keeps its elements apart, by their paths. */
export function pathComparatorOf(type: DataType): ValueComparator {
  switch (type.kind) {
    case 'list': return compareTimeuuids;
    case 'set': return comparatorOf(type.element);
    case 'map': return comparatorOf(type.key);
    case 'user':
    case 'native':
    case 'tuple':
    case 'vector': return compareBytes;
    default: return assertNever(type);
  }
}

/** Unsigned bytes, the shorter first. */
export function compareBytes(a: Bytes, b: Bytes): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Two's complement of one length. */
function compareSigned(a: Bytes, b: Bytes): number {
  if (a === b) return 0;
  if (((a.charCodeAt(0) ^ b.charCodeAt(0)) & 0x80) !== 0 && a.length > 0 && b.length > 0) return a.charCodeAt(0) >= 0x80 ? -1 : 1;
  return a < b ? -1 : 1;
}

/** Two's complement of any length. Same sign, same length: as bytes. */
function compareVarints(a: Bytes, b: Bytes): number {
  if (a === b) return 0;
  if (a.length === b.length || a === '' || b === '') return compareSigned(a, b);
  const x = readVarint(a);
  const y = readVarint(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** `Double.compare`: -0 before 0, NaN last and equal to itself. */
function compareFloats(x: number, y: number): number {
  if (x < y) return -1;
  if (x > y) return 1;
  if (Object.is(x, y)) return 0;
  if (Number.isNaN(x)) return 1;
  if (Number.isNaN(y)) return -1;
  return Object.is(x, -0) ? -1 : 1;
}

function unlessEmpty(compare: ValueComparator): ValueComparator {
  return (a, b) => (a === b ? 0 : a === '' ? -1 : b === '' ? 1 : compare(a, b));
}

/** `BigDecimal.compareTo`: 1.0 and 1.00 are equal. */
function compareDecimals(a: Bytes, b: Bytes): number {
  const scaleA = readInt32(a);
  const scaleB = readInt32(b);
  const x = readVarint(a, 4);
  const y = readVarint(b, 4);
  const signX = x < 0n ? -1 : x > 0n ? 1 : 0;
  const signY = y < 0n ? -1 : y > 0n ? 1 : 0;
  if (signX !== signY || signX === 0) return signX - signY;
  // Scales may differ by billions: first by the magnitude, so that no power of ten is made that is not of use.
  const magnitude = digits(x) - scaleA - (digits(y) - scaleB);
  if (magnitude !== 0) return magnitude * signX;
  const difference = scaleA - scaleB;
  const left = difference < 0 ? x * 10n ** BigInt(-difference) : x;
  const right = difference > 0 ? y * 10n ** BigInt(difference) : y;
  return left < right ? -1 : left > right ? 1 : 0;
}

function digits(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

/** Time first: high and version, middle, low; then the other half, each byte signed. */
function compareTimeuuids(a: Bytes, b: Bytes): number {
  if (a === b) return 0;
  if (a.length !== 16 || b.length !== 16) return a.length - b.length;
  const order = compareTimes(a, b);
  if (order !== 0) return order;
  for (let i = 8; i < 16; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return (x << 24) - (y << 24);
  }
  return 0;
}

function compareTimes(a: Bytes, b: Bytes): number {
  return readUint16(a, 6) - readUint16(b, 6) || readUint16(a, 4) - readUint16(b, 4) || (readInt32(a) >>> 0) - (readInt32(b) >>> 0);
}

/** By version; version 1 by time; the rest as bytes. */
function compareUuids(a: Bytes, b: Bytes): number {
  if (a === b) return 0;
  if (a.length !== 16 || b.length !== 16) return a.length - b.length;
  const version = a.charCodeAt(6) >>> 4;
  const other = b.charCodeAt(6) >>> 4;
  if (version !== other) return version - other;
  if (version !== 1) return a < b ? -1 : 1;
  return compareTimes(a, b) || compareBytes(a.slice(8), b.slice(8));
}

const NATIVE: Readonly<Record<NativeTypeName, ValueComparator>> = {
  ascii: compareBytes,
  bigint: compareSigned,
  blob: compareBytes,
  boolean: compareBytes,
  counter: compareSigned,
  date: compareBytes,
  decimal: unlessEmpty(compareDecimals),
  double: unlessEmpty((a, b) => compareFloats(readFloat64(a), readFloat64(b))),
  duration: compareBytes,
  float: unlessEmpty((a, b) => compareFloats(readFloat32(a), readFloat32(b))),
  inet: compareBytes,
  int: compareSigned,
  smallint: compareSigned,
  text: compareBytes,
  time: compareBytes,
  timestamp: compareSigned,
  timeuuid: compareTimeuuids,
  tinyint: compareSigned,
  uuid: compareUuids,
  varint: compareVarints,
};

function elementwise(compare: ValueComparator, elementsOf: (bytes: Bytes) => readonly Bytes[]): ValueComparator {
  return unlessEmpty((a, b) => {
    const left = elementsOf(a);
    const right = elementsOf(b);
    const length = Math.min(left.length, right.length);
    for (let i = 0; i < length; i++) {
      const order = compare(left[i] ?? '', right[i] ?? '');
      if (order !== 0) return order;
    }
    return left.length - right.length;
  });
}

function mapComparator(compareKeys: ValueComparator, compareValues: ValueComparator): ValueComparator {
  return unlessEmpty((a, b) => {
    const left = mapEntries(a);
    const right = mapEntries(b);
    for (const [i, [key, value]] of left.entries()) {
      const other = right[i];
      if (other === undefined) break;
      const order = compareKeys(key, other[0]) || compareValues(value, other[1]);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  });
}

/** Null before any value; what a shorter tuple does not have equals null. */
function tupleComparator(comparators: readonly ValueComparator[]): ValueComparator {
  return unlessEmpty((a, b) => {
    let i = 0;
    let j = 0;
    for (const compare of comparators) {
      if (i + 4 > a.length || j + 4 > b.length) break;
      const lengthA = readInt32(a, i);
      const lengthB = readInt32(b, j);
      const startA = i + 4;
      const startB = j + 4;
      i = startA + Math.max(0, lengthA);
      j = startB + Math.max(0, lengthB);
      if (lengthA < 0 || lengthB < 0) {
        if (lengthA < 0 && lengthB < 0) continue;
        return lengthA < 0 ? -1 : 1;
      }
      const order = compare(a.slice(startA, i), b.slice(startB, j));
      if (order !== 0) return order;
    }
    if (onlyNulls(a, i) && onlyNulls(b, j)) return 0;
    return i >= a.length ? -1 : 1;
  });
}

function onlyNulls(bytes: Bytes, start: number): boolean {
  for (let i = start; i + 4 <= bytes.length; i += 4) {
    if (readInt32(bytes, i) >= 0) return false;
  }
  return true;
}
