/**
 * Column values and types: how a value is serialised (which decides tokens and who wins a tie) and how the values of a
 * clustering column are ordered. Formats: Cassandra's native protocol specification v4, section 6.
 *
 * A column whose type was not declared takes each value's own: text, boolean, int, bigint beyond 32 bits, double otherwise.
 * Left out for now: collections, tuples, user types, counters, decimal, varint, inet, date, time, duration; version-1 UUIDs
 * order by their bytes here, not by their time.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import { InvalidRequestError } from './errors.ts';

/** The types a column may be declared with. */
export const CQL_TYPES = ['text', 'int', 'bigint', 'double', 'boolean', 'timestamp', 'uuid', 'blob'] as const;

/** A column's type. */
export type CqlType = (typeof CQL_TYPES)[number];

/**
 * A value of a column. `bigint` and `timestamp` (milliseconds since the Unix epoch) are whole numbers up to 2^53; a `blob` is
 * a string with one byte in each code unit; a `uuid` its usual text.
 */
export type CqlValue = string | number | boolean;

/** The type a value has by itself, for columns without a declared one. */
export function inferType(value: CqlValue): CqlType {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return 'double';
  return value === (value | 0) ? 'int' : 'bigint';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Requires that a value may stand in a column.
 *
 * @throws {@link InvalidRequestError} when it may not
 */
export function checkValue(column: string, type: CqlType | undefined, value: unknown): asserts value is CqlValue {
  if (!fits(type, value)) {
    throw new InvalidRequestError(`Invalid value for column ${column}${type === undefined ? '' : ` of type ${type}`}: ${JSON.stringify(value) ?? String(value)}`);
  }
}

function fits(type: CqlType | undefined, value: unknown): boolean {
  switch (type) {
    case undefined: return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    case 'text': return typeof value === 'string';
    case 'boolean': return typeof value === 'boolean';
    case 'int': return typeof value === 'number' && value === (value | 0);
    case 'bigint':
    case 'timestamp': return Number.isSafeInteger(value);
    case 'double': return Number.isFinite(value);
    case 'uuid': return typeof value === 'string' && UUID.test(value);
    case 'blob': return typeof value === 'string' && !/[\u0100-\uffff]/.test(value);
    default: return assertNever(type);
  }
}

/** The value's bytes, one in each code unit. It must fit the type. */
export function serialise(type: CqlType | undefined, value: CqlValue): string {
  const is = type ?? inferType(value);
  switch (is) {
    case 'text': return utf8(String(value));
    case 'blob': return String(value);
    case 'boolean': return value === true ? '\x01' : '\x00';
    case 'int': return int32(Number(value));
    case 'bigint':
    case 'timestamp': return int32(Math.floor(Number(value) / 0x1_0000_0000)) + int32(Number(value) | 0);
    case 'double': return float64(Number(value));
    case 'uuid': return String(value).replaceAll('-', '').replaceAll(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
    default: return assertNever(is);
  }
}

/**
 * The bytes of a partition key: the value's own when it is one, otherwise for each part its length in two bytes, the bytes,
 * and a zero (CompositeType).
 *
 * @param parts - the serialised values of the key's columns
 */
export function serialiseKey(parts: readonly string[]): string {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return parts.map((part) => `${String.fromCharCode(part.length >>> 8, part.length & 0xff)}${part}\x00`).join('');
}

/** Orders two values of one clustering column, ascending. Text goes by its UTF-8 bytes, which is by code point. */
export function compareValues(a: CqlValue, b: CqlValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a !== typeof b) return rank(a) - rank(b);
  return Number(a) - Number(b);
}

/** Orders texts by code point. Code units differ from that only where one side has a surrogate and the other is above them. */
function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return aboveSurrogates(x) - aboveSurrogates(y);
  }
  return a.length - b.length;
}

function aboveSurrogates(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function rank(value: CqlValue): number {
  return typeof value === 'boolean' ? 0 : typeof value === 'number' ? 1 : 2;
}

/** The UTF-8 bytes of a text, one in each code unit; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  let bytes = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const code = point >= 0xd800 && point < 0xe000 ? 0xfffd : point;
    if (code < 0x80) bytes += String.fromCharCode(code);
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x1_0000) bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes += String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return bytes;
}

function int32(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function float64(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return int32(view.getInt32(0)) + int32(view.getInt32(4));
}
