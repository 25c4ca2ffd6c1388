/**
 * Values to JSON text and back as Cassandra's `SELECT JSON`, `toJson`, `INSERT JSON` and `fromJson` do it (CQL, "JSON Support";
 * `AbstractType.toJSONString` and `fromJSONObject` of Apache Cassandra 5.0), with its messages.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { InvalidRequestError } from '../errors.ts';
import { bigint64, float32, float64, fromHex, int32, readFloat32, readFloat64, varint } from './bytes.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';
import { sortedDistinct, sortedEntries } from './encode.ts';
import { decimalBytes, javaDecimal, parseDecimal, readDecimal } from './java-number.ts';
import { isList, isMap, javaClass, javaText, parseJson, type JsonValue } from './json-value.ts';
import { bytesOfText, textOfBytes } from './native-text.ts';
import { listElements, listOf, mapEntries, mapOf, tupleElements, tupleOf, tupleSize, vectorElements, vectorOf } from './structure.ts';

/** A value's JSON text. */
export function toJsonText(type: DataType, bytes: Bytes | null): string {
  if (bytes === null) return 'null';
  switch (type.kind) {
    case 'native': return nativeToJson(type.name, bytes);
    case 'list':
    case 'set': return `[${listElements(bytes).map((element) => toJsonText(type.element, element)).join(', ')}]`;
    case 'map': return `{${mapEntries(bytes).map(([key, value]) => `${jsonKey(type.key, key)}: ${toJsonText(type.value, value)}`).join(', ')}}`;
    case 'tuple': {
      const elements = tupleElements(bytes, Math.min(type.elements.length, tupleSize(bytes)));
      return `[${elements.map((element, i) => elementText(type.elements[i], element)).join(', ')}]`;
    }
    case 'user': {
      const values = tupleElements(bytes, type.fields.length);
      return `{${type.fields.map((field, i) => `${jsonName(field.name)}: ${toJsonText(field.type, values[i] ?? null)}`).join(', ')}}`;
    }
    case 'vector': return `[${(vectorElements(type, bytes) ?? []).map((element) => toJsonText(type.element, element)).join(', ')}]`;
    default: return assertNever(type);
  }
}

function elementText(type: DataType | undefined, element: Bytes | null): string {
  return type === undefined ? 'null' : toJsonText(type, element);
}

function jsonKey(type: DataType, key: Bytes): string {
  const text = toJsonText(type, key);
  return text.startsWith('"') ? text : JSON.stringify(text);
}

/** A column's or field's name as JSON: names with capitals keep their double quotes. */
export function jsonName(name: string): string {
  return /[A-Z]/.test(name) ? JSON.stringify(`"${name}"`) : JSON.stringify(name);
}

function nativeToJson(name: NativeTypeName, bytes: Bytes): string {
  switch (name) {
    case 'bigint':
    case 'boolean':
    case 'counter':
    case 'int':
    case 'smallint':
    case 'tinyint':
    case 'varint': return bytes === '' ? '""' : textOfBytes(name, bytes);
    case 'decimal': return bytes === '' ? '""' : javaDecimal(readDecimal(bytes));
    case 'double': return bytes === '' ? '""' : finite(readFloat64(bytes), name, bytes);
    case 'float': return bytes === '' ? '""' : finite(readFloat32(bytes), name, bytes);
    case 'ascii':
    case 'blob':
    case 'date':
    case 'duration':
    case 'inet':
    case 'text':
    case 'time':
    case 'timestamp':
    case 'timeuuid':
    case 'uuid': return JSON.stringify(textOfBytes(name, bytes));
    default: return assertNever(name);
  }
}

/** JSON knows no NaN: Cassandra writes null. */
function finite(value: number, name: NativeTypeName, bytes: Bytes): string {
  return Number.isFinite(value) ? textOfBytes(name, bytes) : 'null';
}

/**
 * The value that JSON stands for.
 *
 * @param type - the receiver's type
 * @param value - parsed JSON; null gives null
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function fromJson(type: DataType, value: JsonValue): Bytes | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'native': return NATIVE[type.name](value);
    case 'list': {
      const items = listFrom(value, 'a list');
      return listOf(items.map((item) => present(type.element, item, 'Invalid null element in list')));
    }
    case 'set': {
      const items = listFrom(value, 'a list (representing a set)');
      return listOf(sortedDistinct(items.map((item) => present(type.element, item, 'Invalid null element in set')), type.element));
    }
    case 'map': {
      const entries = [...mapFrom(value)].map(([key, item]) => [present(type.key, key, 'Invalid null key in map'), present(type.value, item, 'Invalid null value in map')] as const);
      return mapOf(sortedEntries(entries, type.key));
    }
    case 'tuple': {
      const items = listFrom(value, 'a list representation of a tuple');
      const size = type.elements.length;
      if (items.length > size) throw new InvalidRequestError(`Tuple contains extra items (expected ${size}): ${javaText(items)}`);
      if (items.length < size) throw new InvalidRequestError(`Tuple is missing items (expected ${size}): ${javaText(items)}`);
      return tupleOf(type.elements.map((element, i) => fromJson(element, items[i] ?? null)));
    }
    case 'user': return userFrom(type, value);
    case 'vector': {
      const items = listFrom(value, 'a list');
      if (items.length !== type.dimension) throw new InvalidRequestError(`List had incorrect size: expected ${type.dimension} but given ${items.length}; ${javaText(items)}`);
      return vectorOf(type.element, items.map((item) => present(type.element, item, 'Invalid null element in list')));
    }
    default: return assertNever(type);
  }
}

function present(type: DataType, value: JsonValue, message: string): Bytes {
  const bytes = fromJson(type, value);
  if (bytes === null) throw new InvalidRequestError(message);
  return bytes;
}

function expected(what: string, value: Exclude<JsonValue, null>): never {
  throw new InvalidRequestError(`Expected ${what}, but got a ${javaClass(value)}: ${javaText(value)}`);
}

/** Strings that hold JSON stand for what they hold, so that collections may be keys of a map. */
function decoded(value: Exclude<JsonValue, null>): Exclude<JsonValue, null> {
  return typeof value === 'string' ? (parseJson(value) ?? value) : value;
}

function listFrom(value: Exclude<JsonValue, null>, what: string): readonly JsonValue[] {
  const list = decoded(value);
  return isList(list) ? list : expected(what, list);
}

function mapFrom(value: Exclude<JsonValue, null>): ReadonlyMap<string, JsonValue> {
  const map = decoded(value);
  return isMap(map) ? map : expected('a map', map);
}

function userFrom(type: DataType & { readonly kind: 'user' }, value: Exclude<JsonValue, null>): Bytes {
  const given = new Map([...mapFrom(value)].map(([name, item]) => [foldName(name), item]));
  for (const name of given.keys()) {
    if (!type.fields.some((field) => field.name === name)) throw new InvalidRequestError(`Unknown field '${name}' in value of user defined type ${type.name}`);
  }
  return tupleOf(type.fields.map((field) => fromJson(field.type, given.get(field.name) ?? null)));
}

/** A name in JSON as CQL folds names: lower case unless it stands between double quotes of its own. */
export function foldName(name: string): string {
  return /^".*"$/s.test(name) && name.length > 2 ? name.slice(1, -1) : name.toLowerCase();
}

type FromJson = (value: Exclude<JsonValue, null>) => Bytes;

const fromText = (name: NativeTypeName, what: string): FromJson => (value) => (typeof value === 'string' ? bytesOfText(name, value) : expected(what, value));

const whole = (name: NativeTypeName, bits: number, what: string): FromJson => (value) => {
  if (typeof value === 'string') return bytesOfText(name, value);
  if (typeof value === 'bigint' && BigInt.asIntN(bits, value) === value) return bits === 32 ? int32(Number(value)) : bigint64(value);
  return expected(what, value);
};

const small = (name: NativeTypeName, what: string): FromJson => (value) => {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number') return bytesOfText(name, javaText(value));
  return expected(what, value);
};

const floating = (name: NativeTypeName, write: (value: number) => Bytes): FromJson => (value) => {
  if (typeof value === 'string') return bytesOfText(name, value);
  return typeof value === 'bigint' || typeof value === 'number' ? write(Number(value)) : expected(`a ${name} value`, value);
};

const NATIVE: Readonly<Record<NativeTypeName, FromJson>> = {
  ascii: fromText('ascii', 'an ascii string'),
  bigint: whole('bigint', 64, 'a bigint value'),
  blob: (value) => {
    if (typeof value !== 'string') throw new InvalidRequestError(`Value '${javaText(value)}' is not a valid blob representation: String representation of blob is missing 0x prefix: ${javaText(value)}`);
    if (!value.startsWith('0x')) throw new InvalidRequestError(`Value '${value}' is not a valid blob representation: String representation of blob is missing 0x prefix: ${value}`);
    const bytes = fromHex(value.slice(2));
    if (bytes === undefined) throw new InvalidRequestError(`Value '${value}' is not a valid blob representation: cannot parse '${value.slice(2)}' as hex bytes`);
    return bytes;
  },
  boolean: (value) => {
    if (typeof value === 'string') return bytesOfText('boolean', value);
    return typeof value === 'boolean' ? (value ? '\x01' : '\x00') : expected('a boolean value', value);
  },
  counter: () => {
    throw new InvalidRequestError('fromJSONObject on a counter is not supported');
  },
  date: fromText('date', 'a string representation of a date value'),
  decimal: (value) => {
    const decimal = parseDecimal(javaText(value));
    if (decimal === undefined) throw new InvalidRequestError(`Value '${javaText(value)}' is not a valid representation of a decimal value`);
    return decimalBytes(decimal);
  },
  double: floating('double', float64),
  duration: fromText('duration', 'a string representation of a duration'),
  float: floating('float', float32),
  inet: fromText('inet', 'a string representation of an inet value'),
  int: whole('int', 32, 'an int value'),
  smallint: small('smallint', 'a short value'),
  text: fromText('text', 'a UTF-8 string'),
  time: fromText('time', 'a string representation of a time value'),
  timestamp: (value) => {
    // A number that Java reads as an Integer is no Long to it.
    if (typeof value === 'bigint' && BigInt.asIntN(32, value) !== value) return bigint64(value);
    return typeof value === 'string' ? bytesOfText('timestamp', value) : expected('a long or a datestring representation of a timestamp value', value);
  },
  timeuuid: fromText('timeuuid', 'a string representation of a timeuuid'),
  tinyint: small('tinyint', 'a byte value'),
  uuid: fromText('uuid', 'a string representation of a uuid'),
  varint: (value) => {
    const text = javaText(value);
    if (!/^-?\d+$/.test(text)) throw new InvalidRequestError(`Value '${text}' is not a valid representation of a varint value`);
    return varint(BigInt(text));
  },
};
