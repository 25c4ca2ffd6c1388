/**
 * JavaScript values to Cassandra's bytes, as liberal as the Node driver (cassandra-driver 4, "CQL data types to JavaScript
 * types"): numbers and bigints for whole numbers, `Date`s and milliseconds for timestamps, arrays and sets, maps and plain
 * objects, text for whatever has a text form.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { CassandraError, InvalidRequestError } from '../errors.ts';
import { bigint64, float32, float64, fromHex, int16, int32, int64, utf8, varint } from './bytes.ts';
import { DAY_MILLIS } from './calendar.ts';
import { comparatorOf } from './compare.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';
import { durationBytes } from './duration.ts';
import { decimalBytes, parseDecimal } from './java-number.ts';
import { bytesOfText, dateBytes } from './native-text.ts';
import { listOf, mapOf, tupleOf, vectorOf } from './structure.ts';
import { typeName } from './type-name.ts';


/**
 * A value's bytes; null for null and undefined.
 *
 * @param type - the column's or the marker's type
 * @param value - what a program gave
 * @param what - the column's name, for the message
 * @throws {@link InvalidRequestError} when the value is none of the type
 */
export function encode(type: DataType, value: unknown, what: string): Bytes | null {
  if (value === null || value === undefined) return null;
  if (type.kind === 'native') return NATIVE[type.name](value, what, type);
  return encodeStructure(type, value, what);
}

function encodeStructure(type: Exclude<DataType, { readonly kind: 'native' }>, value: unknown, what: string): Bytes {
  switch (type.kind) {
    case 'list': return listOf(elementsOf(value, what, type).map((element) => present(type.element, element, what)));
    case 'set': return listOf(sortedDistinct(elementsOf(value, what, type).map((element) => present(type.element, element, what)), type.element));
    case 'map': return mapOf(sortedEntries(entriesOf(value, what, type).map(([key, item]) => [present(type.key, key, what), present(type.value, item, what)]), type.key));
    case 'tuple': {
      const elements = elementsOf(value, what, type);
      if (elements.length > type.elements.length) throw invalid(what, type, value);
      return tupleOf(type.elements.slice(0, elements.length).map((element, i) => encode(element, elements[i], what)));
    }
    case 'user': {
      const fields = new Map(entriesOf(value, what, type));
      return tupleOf(type.fields.map((field) => encode(field.type, fields.get(field.name), `${what}.${field.name}`)));
    }
    case 'vector': {
      const elements = elementsOf(value, what, type);
      if (elements.length !== type.dimension) throw invalid(what, type, value);
      return vectorOf(type.element, elements.map((element) => present(type.element, element, what)));
    }
    default: return assertNever(type);
  }
}

function present(type: DataType, value: unknown, what: string): Bytes {
  const bytes = encode(type, value, what);
  if (bytes === null) throw new InvalidRequestError('null is not supported inside collections');
  return bytes;
}

/** A set's elements as Cassandra keeps them: in order, each once. */
export function sortedDistinct(elements: readonly Bytes[], type: DataType): Bytes[] {
  const compare = comparatorOf(type);
  return [...elements].sort(compare).filter((element, i, all) => i === 0 || compare(all[i - 1] ?? '', element) !== 0);
}

/** A map's entries as Cassandra keeps them: in the order of their keys; of two with one key the later. */
export function sortedEntries(entries: readonly (readonly [Bytes, Bytes])[], type: DataType): (readonly [Bytes, Bytes])[] {
  const compare = comparatorOf(type);
  return [...entries].sort(([a], [b]) => compare(a, b)).filter(([key], i, all) => compare(all[i + 1]?.[0] ?? key, key) !== 0 || i === all.length - 1);
}

function elementsOf(value: unknown, what: string, type: DataType): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (value instanceof Set || value instanceof Float32Array || value instanceof Float64Array) return [...value as Iterable<unknown>];
  if (value instanceof Int8Array || value instanceof Int16Array || value instanceof Int32Array || value instanceof Uint8Array) return [...value];
  throw invalid(what, type, value);
}

function entriesOf(value: unknown, what: string, type: DataType): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value] as (readonly [unknown, unknown])[];
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) return Object.entries(value);
  throw invalid(what, type, value);
}

function invalid(what: string, type: DataType, value: unknown): InvalidRequestError {
  return new InvalidRequestError(`Invalid value for "${what}" of type ${typeName(type)}: ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  try {
    const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}

type Encoder = (value: unknown, what: string, type: DataType) => Bytes;

/** Bytes as a byte string. */
export function bytesOfArray(array: Uint8Array): Bytes {
  let bytes = '';
  // In pieces: a call takes some tens of thousands of arguments at most.
  for (let i = 0; i < array.length; i += 8192) bytes += String.fromCharCode(...array.subarray(i, i + 8192));
  return bytes;
}

/** Bytes given as such, or a text that the type understands. */
function fromTextOr(value: unknown, what: string, type: DataType & { readonly kind: 'native' }): Bytes {
  if (typeof value === 'string') return worded(value, what, type);
  if (value instanceof Uint8Array) return bytesOfArray(value);
  if (hasText(value)) return worded(String(value), what, type);
  throw invalid(what, type, value);
}

function worded(text: string, what: string, type: DataType & { readonly kind: 'native' }): Bytes {
  try {
    return bytesOfText(type.name, text);
  } catch (error) {
    if (error instanceof CassandraError) throw new InvalidRequestError(`${error.message} (value of "${what}")`);
    throw error;
  }
}

/** Objects of a driver's own (Uuid, Long, BigDecimal, InetAddress, LocalDate) know their text; a plain object's says nothing. */
function hasText(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value.toString === 'function' && value.toString !== Object.prototype.toString;
}

function whole(bits: 8 | 16 | 32, write: (value: number) => Bytes): Encoder {
  const most = 2 ** (bits - 1);
  return (value, what, type) => {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && value < most && value >= -most) return write(value);
      throw invalid(what, type, value);
    }
    if (typeof value === 'bigint') {
      if (value < BigInt(most) && value >= BigInt(-most)) return write(Number(value));
      throw invalid(what, type, value);
    }
    return fromTextOr(value, what, type as DataType & { readonly kind: 'native' });
  };
}

const encodeLong: Encoder = (value, what, type) => {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return int64(value);
    throw invalid(what, type, value);
  }
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) === value) return bigint64(value);
    throw invalid(what, type, value);
  }
  return fromTextOr(value, what, type as DataType & { readonly kind: 'native' });
};

function floating(write: (value: number) => Bytes): Encoder {
  return (value, what, type) => {
    if (typeof value === 'number') return write(value);
    if (typeof value === 'bigint') return write(Number(value));
    return fromTextOr(value, what, type as DataType & { readonly kind: 'native' });
  };
}

const encodeAsText: Encoder = (value, what, type) => fromTextOr(value, what, type as DataType & { readonly kind: 'native' });

const encodeText: Encoder = (value, what, type) => {
  if (typeof value === 'string') return utf8(value);
  if (value instanceof Uint8Array) return bytesOfArray(value);
  throw invalid(what, type, value);
};

const encodeBlob: Encoder = (value, what, type) => {
  if (value instanceof Uint8Array) return bytesOfArray(value);
  if (value instanceof ArrayBuffer) return bytesOfArray(new Uint8Array(value));
  if (typeof value === 'string') {
    if (value.startsWith('0x')) {
      const bytes = fromHex(value.slice(2));
      if (bytes !== undefined) return bytes;
    } else if (!/[\u0100-\uffff]/.test(value)) return value;
  }
  throw invalid(what, type, value);
};

function millisOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null && 'getTime' in value && typeof value.getTime === 'function') return Number((value as { getTime(): number }).getTime());
  return undefined;
}

const NATIVE: Readonly<Record<NativeTypeName, Encoder>> = {
  ascii: (value, what, type) => (typeof value === 'string' ? encodeAsText(value, what, type) : encodeText(value, what, type)),
  bigint: encodeLong,
  blob: encodeBlob,
  boolean: (value, what, type) => {
    if (typeof value === 'boolean') return value ? '\x01' : '\x00';
    throw invalid(what, type, value);
  },
  counter: encodeLong,
  date: (value, what, type) => {
    const millis = millisOf(value);
    return millis === undefined ? encodeAsText(value, what, type) : dateBytes(Math.floor(millis / DAY_MILLIS));
  },
  decimal: (value, what, type) => {
    if (typeof value === 'bigint') return decimalBytes({ unscaled: value, scale: 0 });
    if (typeof value !== 'number') return encodeAsText(value, what, type);
    const decimal = parseDecimal(String(value));
    if (decimal === undefined) throw invalid(what, type, value);
    return decimalBytes(decimal);
  },
  double: floating(float64),
  duration: (value, what, type) => {
    if (typeof value === 'object' && value !== null && 'months' in value && 'days' in value && 'nanoseconds' in value) {
      return durationBytes(Number(value.months), Number(value.days), BigInt(String(value.nanoseconds)));
    }
    return encodeAsText(value, what, type);
  },
  float: floating(float32),
  inet: encodeAsText,
  int: whole(32, int32),
  smallint: whole(16, int16),
  text: encodeText,
  time: (value, what, type) => (typeof value === 'bigint' || typeof value === 'number' ? bytesOfText('time', String(value)) : encodeAsText(value, what, type)),
  timestamp: (value, what, type) => {
    const millis = millisOf(value);
    if (millis === undefined) return typeof value === 'bigint' ? bigint64(value) : encodeAsText(value, what, type);
    if (!Number.isSafeInteger(millis)) throw invalid(what, type, value);
    return int64(millis);
  },
  timeuuid: encodeAsText,
  tinyint: whole(8, (value) => String.fromCharCode(value & 0xff)),
  uuid: encodeAsText,
  varint: (value, what, type) => {
    if (typeof value === 'bigint') return varint(value);
    if (typeof value === 'number') {
      if (!Number.isInteger(value)) throw invalid(what, type, value);
      return varint(BigInt(value));
    }
    return encodeAsText(value, what, type);
  },
};
