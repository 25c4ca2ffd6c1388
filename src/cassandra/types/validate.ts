/**
 * Whether bytes that a client sent are a value of a type (`TypeSerializer.validate` of Apache Cassandra 5.0), with its messages.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { InvalidRequestError } from '../errors.ts';
import { fromUtf8, readElements, readInt32 } from './bytes.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';
import { readDuration } from './duration.ts';
import { fixedLength, vectorElements } from './structure.ts';

/**
 * Requires that bytes are a value of a type.
 *
 * @throws {@link InvalidRequestError} when they are not
 */
export function validate(type: DataType, bytes: Bytes): void {
  switch (type.kind) {
    case 'native': {
      const message = CHECKS[type.name](bytes);
      if (message !== undefined) throw new InvalidRequestError(message);
      return;
    }
    case 'list':
    case 'set': {
      for (const element of collection(type.kind, bytes, 1)) validate(type.element, element);
      return;
    }
    case 'map': {
      for (const [i, part] of collection('map', bytes, 2).entries()) validate(i % 2 === 0 ? type.key : type.value, part);
      return;
    }
    case 'tuple': {
      validateTuple(bytes, type.elements, 'tuple');
      return;
    }
    case 'user': {
      validateTuple(bytes, type.fields.map((field) => field.type), type.name);
      return;
    }
    case 'vector': {
      validateVector(type, bytes);
      return;
    }
    default: assertNever(type);
  }
}

function collection(kind: 'list' | 'set' | 'map', bytes: Bytes, parts: number): readonly Bytes[] {
  if (bytes.length < 4) throw new InvalidRequestError(`Not enough bytes to read a ${kind}`);
  const elements = readElements(bytes, readInt32(bytes) * parts, 4);
  if (elements === undefined) throw new InvalidRequestError(`Not enough bytes to read a ${kind}`);
  const values: Bytes[] = [];
  let size = 4;
  for (const element of elements) {
    if (element === null) throw new InvalidRequestError('null is not supported inside collections');
    values.push(element);
    size += 4 + element.length;
  }
  if (size < bytes.length) throw new InvalidRequestError(`Unexpected extraneous bytes after ${kind} value`);
  return values;
}

function validateTuple(bytes: Bytes, types: readonly DataType[], name: string): void {
  let offset = 0;
  for (const [i, type] of types.entries()) {
    if (offset === bytes.length) return;
    if (offset + 4 > bytes.length) throw new InvalidRequestError(`Not enough bytes to read size of ${i}th component`);
    const length = readInt32(bytes, offset);
    offset += 4;
    if (length < 0) continue;
    if (offset + length > bytes.length) throw new InvalidRequestError(`Not enough bytes to read ${i}th component`);
    validate(type, bytes.slice(offset, offset + length));
    offset += length;
  }
  if (offset < bytes.length) throw new InvalidRequestError(name === 'tuple' ? 'Invalid remaining data after end of tuple value' : 'Invalid remaining data after end of UDT value');
}

function validateVector(type: DataType & { readonly kind: 'vector' }, bytes: Bytes): void {
  const elements = vectorElements(type, bytes);
  if (elements === undefined) {
    const length = fixedLength(type);
    if (length !== undefined) throw new InvalidRequestError(`Invalid vector: expected ${length} bytes but got ${bytes.length}`);
    throw new InvalidRequestError('Not enough bytes to read a vector');
  }
  for (const element of elements) validate(type.element, element);
}

type Check = (bytes: Bytes) => string | undefined;

const sized = (size: number, what: string): Check => (bytes) => (bytes.length === size || bytes.length === 0 ? undefined : `Expected ${size} or 0 byte ${what} (${bytes.length})`);
const exactly = (size: number, what: string): Check => (bytes) => (bytes.length === size ? undefined : `Expected ${size} byte ${what} (${bytes.length})`);

const CHECKS: Readonly<Record<NativeTypeName, Check>> = {
  ascii: (bytes) => (/[\u0080-\u00ff]/.test(bytes) ? `Invalid byte for ascii: ${(bytes.charCodeAt(bytes.search(/[\u0080-\u00ff]/)) << 24) >> 24}` : undefined),
  bigint: sized(8, 'long'),
  blob: () => undefined,
  boolean: (bytes) => (bytes.length > 1 ? `Expected 1 or 0 byte value (${bytes.length})` : undefined),
  counter: sized(8, 'long'),
  date: (bytes) => (bytes.length === 4 ? undefined : `Expected 4 byte long for date (${bytes.length})`),
  decimal: (bytes) => (bytes.length === 0 || bytes.length > 4 ? undefined : `Expected 0 or at least 4 bytes (${bytes.length})`),
  double: (bytes) => (bytes.length === 8 || bytes.length === 0 ? undefined : `Expected 8 or 0 byte value for a double (${bytes.length})`),
  duration: (bytes) => {
    if (bytes.length < 3) return `Expected at least 3 bytes for a duration (${bytes.length})`;
    return readDuration(bytes) === undefined ? 'Expected vints for a duration' : undefined;
  },
  float: (bytes) => (bytes.length === 4 || bytes.length === 0 ? undefined : `Expected 4 or 0 byte value for a float (${bytes.length})`),
  inet: (bytes) => (bytes.length === 4 || bytes.length === 16 || bytes.length === 0 ? undefined : `Expected 4 or 16 byte inetaddress; got ${bytes.length}`),
  int: sized(4, 'int'),
  smallint: exactly(2, 'short'),
  text: (bytes) => (fromUtf8(bytes) === undefined ? 'String didn\'t validate.' : undefined),
  time: (bytes) => (bytes.length === 8 ? undefined : `Expected 8 byte long for time (${bytes.length})`),
  timestamp: sized(8, 'long'),
  timeuuid: (bytes) => {
    if (bytes.length !== 16 && bytes.length !== 0) return `Expected 16 or 0 byte UUID (${bytes.length})`;
    return bytes !== '' && bytes.charCodeAt(6) >>> 4 !== 1 ? 'Invalid version for TimeUUID type.' : undefined;
  },
  tinyint: exactly(1, 'byte'),
  uuid: (bytes) => (bytes.length === 16 || bytes.length === 0 ? undefined : `UUIDs must be exactly 16 bytes`),
  varint: () => undefined,
};
