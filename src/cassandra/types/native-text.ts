/**
 * Values of native types from text and as text: how Cassandra reads the literals of CQL and the strings of JSON
 * (`AbstractType.fromString`), with its messages, and how it prints values (`TypeSerializer.toString`).
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import { bigint64, float32, float64, fromHex, fromUtf8, int16, int32, int64, readBigint64, readFloat32, readFloat64, readInt32, readInt64, readUint16, readVarint, toHex, utf8, varint } from './bytes.ts';
import { formatDate, formatTime, formatTimestamp, parseDate, parseTime, parseTimestamp } from './calendar.ts';
import type { Bytes, NativeTypeName } from './data-type.ts';
import { durationBytes, parseDuration, readDuration } from './duration.ts';
import { formatInet, parseInet } from './inet.ts';
import { decimalBytes, javaDouble, javaFloat, parseDecimal, plainDecimal, readDecimal } from './java-number.ts';

/**
 * The value that a text stands for.
 *
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function bytesOfText(name: NativeTypeName, text: string): Bytes {
  return FROM_TEXT[name](text);
}

/** A value of a native type as text: numbers in decimal, dates as `YYYY-MM-DD`, blobs as `0x…`. */
export function textOfBytes(name: NativeTypeName, bytes: Bytes): string {
  if (bytes === '') return name === 'blob' ? '0x' : '';
  return TO_TEXT[name](bytes);
}

/** A UUID's usual text. */
export function formatUuid(bytes: Bytes): string {
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A UUID's bytes; undefined when the text is none. */
export function parseUuid(text: string): Bytes | undefined {
  return UUID.test(text) ? fromHex(text.replaceAll('-', '')) : undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A date's bytes: days since the epoch, which is 2^31. */
export function dateBytes(days: number): Bytes {
  return int32((days + 0x8000_0000) >>> 0);
}

/** The days since the epoch of a date. */
export function daysOfDate(bytes: Bytes): number {
  return (readInt32(bytes) >>> 0) - 0x8000_0000;
}

function invalid(message: string): never {
  throw new InvalidRequestError(message);
}

function integer(bits: number, kind: string): (text: string) => Bytes {
  const most = 2n ** BigInt(bits - 1);
  return (text) => {
    if (text === '') return '';
    const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
    if (value === undefined || value >= most || value < -most) invalid(`Unable to make ${kind} from '${text}'`);
    switch (bits) {
      case 8: return String.fromCharCode(Number(value) & 0xff);
      case 16: return int16(Number(value));
      case 32: return int32(Number(value));
      default: return bigint64(value);
    }
  };
}

/** `Double.valueOf`: digits with or without an exponent, NaN and Infinity. */
function floating(text: string, kind: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return Number(trimmed.replace(/[dDfF]$/, ''));
  if (/^[+-]?(NaN|Infinity)$/.test(trimmed)) return Number(trimmed.replace(/^[+-]NaN$/, 'NaN'));
  return invalid(`Unable to make ${kind} from '${text}'`);
}

function dateOfText(text: string): Bytes {
  if (/^-?\d+$/.test(text)) {
    const days = Number(text);
    if (days < 0 || days > 0xffff_ffff) invalid(`Unable to make unsigned int (for date) from: '${text}'`);
    return int32(days);
  }
  const days = parseDate(text) ?? invalid(`Unable to coerce '${text}' to a formatted date (long)`);
  if (days < -0x8000_0000) invalid(`Input date ${text} is less than min supported date -5877641-06-23T00:00Z`);
  if (days > 0x7fff_ffff) invalid(`Input date ${text} is greater than max supported date +5881580-07-11T00:00Z`);
  return dateBytes(days);
}

function timeOfText(text: string): Bytes {
  if (text === '') return '';
  const isCount = /^-?\d+$/.test(text);
  const nanos = isCount ? Number(text) : parseTime(text);
  if (isCount && nanos !== undefined && (nanos < 0 || nanos >= 86_400e9)) invalid(`Unable to make long (for time) from: '${text}'`);
  if (nanos === undefined || nanos < 0 || nanos >= 86_400e9) invalid(`(TimeType) Unable to coerce '${text}' to a formatted time (long)`);
  return int64(nanos);
}

function timeuuidOfText(text: string): Bytes {
  if (text === '') return '';
  const bytes = parseUuid(text) ?? invalid(`Unknown timeuuid representation: ${text}`);
  if (bytes.charCodeAt(6) >>> 4 !== 1) invalid('TimeUUID supports only version 1 UUIDs');
  return bytes;
}

function asciiOfText(text: string): Bytes {
  if (/[^\0-\x7f]/.test(text)) invalid('Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = 1');
  return text;
}

function booleanOfText(text: string): Bytes {
  if (/^true$/i.test(text)) return '\x01';
  if (text === '' || /^false$/i.test(text)) return '\x00';
  return invalid(`Unable to make boolean from '${text}'`);
}

const FROM_TEXT: Readonly<Record<NativeTypeName, (text: string) => Bytes>> = {
  ascii: asciiOfText,
  bigint: integer(64, 'long'),
  blob: (text) => fromHex(text) ?? invalid(`cannot parse '${text}' as hex bytes`),
  boolean: booleanOfText,
  counter: integer(64, 'long'),
  date: dateOfText,
  decimal: (text) => (text === '' ? '' : decimalBytes(parseDecimal(text) ?? invalid(`unable to make BigDecimal from '${text}'`))),
  double: (text) => (text === '' ? '' : float64(floating(text, 'double'))),
  duration: (text) => {
    if (text === '') return '';
    const { months, days, nanoseconds } = parseDuration(text);
    return durationBytes(months, days, nanoseconds);
  },
  float: (text) => (text === '' ? '' : float32(floating(text, 'float'))),
  inet: (text) => (text === '' ? '' : parseInet(text) ?? invalid(`Unable to make inet address from '${text}'`)),
  int: integer(32, 'int'),
  smallint: integer(16, 'short'),
  text: utf8,
  time: timeOfText,
  timestamp: (text) => {
    if (text === '') return '';
    const millis = parseTimestamp(text);
    if (millis === undefined || BigInt.asIntN(64, millis) !== millis) invalid(`Unable to parse a date/time from '${text}'`);
    return bigint64(millis);
  },
  timeuuid: timeuuidOfText,
  tinyint: integer(8, 'byte'),
  uuid: (text) => (text === '' ? '' : parseUuid(text) ?? invalid(`Unable to make UUID from '${text}'`)),
  varint: (text) => {
    if (text === '') return '';
    if (!/^[+-]?\d+$/.test(text)) invalid(`unable to make BigInteger from '${text}'`);
    return varint(BigInt(text.replace('+', '')));
  },
};

const asText = (bytes: Bytes): string => fromUtf8(bytes) ?? bytes;

const TO_TEXT: Readonly<Record<NativeTypeName, (bytes: Bytes) => string>> = {
  ascii: (bytes) => bytes,
  bigint: (bytes) => readBigint64(bytes).toString(),
  blob: (bytes) => `0x${toHex(bytes)}`,
  boolean: (bytes) => (bytes === '\x00' ? 'false' : 'true'),
  counter: (bytes) => readBigint64(bytes).toString(),
  date: (bytes) => formatDate(daysOfDate(bytes)),
  decimal: (bytes) => plainDecimal(readDecimal(bytes)),
  double: (bytes) => javaDouble(readFloat64(bytes)),
  duration: (bytes) => String(readDuration(bytes) ?? ''),
  float: (bytes) => javaFloat(readFloat32(bytes)),
  inet: formatInet,
  int: (bytes) => String(readInt32(bytes)),
  smallint: (bytes) => String((readUint16(bytes) << 16) >> 16),
  text: asText,
  time: (bytes) => formatTime(readInt64(bytes)),
  timestamp: (bytes) => formatTimestamp(readInt64(bytes), ' '),
  timeuuid: formatUuid,
  tinyint: (bytes) => String((bytes.charCodeAt(0) << 24) >> 24),
  uuid: formatUuid,
  varint: (bytes) => readVarint(bytes).toString(),
};
