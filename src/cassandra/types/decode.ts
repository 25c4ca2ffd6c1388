/**
 * Cassandra's bytes to JavaScript values in the shapes of the Node driver, with native `bigint` where the driver has classes of
 * its own; and to plain JSON data for tools.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { readBigint64, readFloat32, readFloat64, readInt32, readInt64, readUint16, readVarint } from './bytes.ts';
import { formatTimestamp } from './calendar.ts';
import { dateOfMillis } from './date.ts';
import type { Bytes, DataType, Field, NativeTypeName } from './data-type.ts';
import { readDuration, type Duration } from './duration.ts';
import { formatInetShort } from './inet.ts';
import { textOfBytes } from './native-text.ts';
import { listElements, mapEntries, tupleElements, tupleSize, vectorElements } from './structure.ts';

/** A value as a program gets it. */
export type CqlValue =
  | null | string | number | bigint | boolean | Date | Uint8Array | Duration
  | readonly CqlValue[] | ReadonlyMap<CqlValue, CqlValue> | { readonly [name: string]: CqlValue };

/** Plain data for JSON. */
export type JsonData = null | string | number | boolean | readonly JsonData[] | { readonly [name: string]: JsonData };

/**
 * A value for a program: whole numbers of 64 bits and more are `bigint`; decimals, UUIDs, addresses, dates and times text;
 * timestamps `Date`s; blobs `Uint8Array`s; lists, sets, tuples and vectors arrays; maps plain objects when their keys are text,
 * otherwise `Map`s; user types plain objects.
 */
export function decode(type: DataType, bytes: Bytes | null): CqlValue {
  if (bytes === null) return null;
  switch (type.kind) {
    case 'native': return bytes === '' && !MAY_BE_EMPTY.has(type.name) ? null : DECODERS[type.name](bytes);
    case 'list':
    case 'set': return listElements(bytes).map((element) => decode(type.element, element));
    case 'map': {
      const entries = mapEntries(bytes);
      if (hasTextKeys(type.key)) return objectOf(entries.map(([key, value]) => [keyText(type.key, key), decode(type.value, value)]));
      return new Map(entries.map(([key, value]) => [decode(type.key, key), decode(type.value, value)]));
    }
    case 'tuple': return tupleElements(bytes, type.elements.length).map((element, i) => decodeAt(type.elements, i, element));
    case 'user': {
      const values = tupleElements(bytes, tupleSize(bytes));
      return objectOf(fieldsIn(type, values).map((field, i) => [field.name, decode(field.type, values[i] ?? null)]));
    }
    case 'vector': return (vectorElements(type, bytes) ?? []).map((element) => decode(type.element, element));
    default: return assertNever(type);
  }
}

function decodeAt(types: readonly DataType[], i: number, element: Bytes | null): CqlValue {
  const type = types[i];
  return type === undefined ? null : decode(type, element);
}

/** A value's plain data: bigints and decimals as text, blobs `0x…`, timestamps in ISO form, NaN and the infinities as text, maps as objects. */
export function jsonOf(type: DataType, bytes: Bytes | null): JsonData {
  if (bytes === null) return null;
  switch (type.kind) {
    case 'native': return jsonOfNative(type.name, bytes);
    case 'list':
    case 'set': return listElements(bytes).map((element) => jsonOf(type.element, element));
    case 'map': return objectOf(mapEntries(bytes).map(([key, value]) => [keyText(type.key, key), jsonOf(type.value, value)]));
    case 'tuple': return tupleElements(bytes, type.elements.length).map((element, i) => {
      const elementType = type.elements[i];
      return elementType === undefined ? null : jsonOf(elementType, element);
    });
    case 'user': {
      const values = tupleElements(bytes, tupleSize(bytes));
      return objectOf(fieldsIn(type, values).map((field, i) => [field.name, jsonOf(field.type, values[i] ?? null)]));
    }
    case 'vector': return (vectorElements(type, bytes) ?? []).map((element) => jsonOf(type.element, element));
    default: return assertNever(type);
  }
}

/** The fields that a value has: one that was written before a field was added to the type does not have it, and drivers leave it out. */
function fieldsIn(type: DataType & { readonly kind: 'user' }, values: readonly unknown[]): readonly Field[] {
  return values.length < type.fields.length ? type.fields.slice(0, values.length) : type.fields;
}

function jsonOfNative(name: NativeTypeName, bytes: Bytes): JsonData {
  if (bytes === '' && !MAY_BE_EMPTY.has(name)) return null;
  if (name === 'timestamp') return formatTimestamp(readInt64(bytes), 'T');
  if (name === 'inet') return formatInetShort(bytes);
  if (!PLAIN.has(name)) return textOfBytes(name, bytes);
  const value = DECODERS[name](bytes);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'boolean' || typeof value === 'string' ? value : textOfBytes(name, bytes);
}

function keyText(type: DataType, key: Bytes): string {
  const value = jsonOf(type, key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hasTextKeys(type: DataType): boolean {
  return type.kind === 'native' && !NO_TEXT_KEYS.has(type.name);
}

/** Keys of these types stay what they are, in a `Map`. */
const NO_TEXT_KEYS: ReadonlySet<NativeTypeName> = new Set<NativeTypeName>([
  'bigint', 'blob', 'boolean', 'counter', 'double', 'duration', 'float', 'int', 'smallint', 'timestamp', 'tinyint', 'varint',
]);

const MAY_BE_EMPTY: ReadonlySet<NativeTypeName> = new Set<NativeTypeName>(['ascii', 'text', 'blob']);

/** The types whose plain data is not their text. */
const PLAIN: ReadonlySet<NativeTypeName> = new Set<NativeTypeName>(['boolean', 'double', 'float', 'int', 'smallint', 'tinyint', 'text', 'ascii']);

/** A plain object whose keys may be anything, `__proto__` too. */
function objectOf<T>(entries: readonly (readonly [string, T])[]): { readonly [name: string]: T } {
  return Object.fromEntries(entries);
}

/** Bytes as an array. */
export function arrayOfBytes(bytes: Bytes): Uint8Array {
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

const text = (name: NativeTypeName) => (bytes: Bytes): string => textOfBytes(name, bytes);

const DECODERS: Readonly<Record<NativeTypeName, (bytes: Bytes) => CqlValue>> = {
  ascii: (bytes) => bytes,
  bigint: (bytes) => readBigint64(bytes),
  blob: arrayOfBytes,
  boolean: (bytes) => bytes !== '\x00',
  counter: (bytes) => readBigint64(bytes),
  date: text('date'),
  decimal: text('decimal'),
  double: (bytes) => readFloat64(bytes),
  duration: (bytes) => readDuration(bytes) ?? null,
  float: (bytes) => readFloat32(bytes),
  inet: formatInetShort,
  int: (bytes) => readInt32(bytes),
  smallint: (bytes) => (readUint16(bytes) << 16) >> 16,
  text: text('text'),
  time: text('time'),
  timestamp: (bytes) => dateOfMillis(readInt64(bytes)),
  timeuuid: text('timeuuid'),
  tinyint: (bytes) => (bytes.charCodeAt(0) << 24) >> 24,
  uuid: text('uuid'),
  varint: (bytes) => readVarint(bytes),
};
