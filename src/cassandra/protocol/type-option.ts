/**
 * Types as the native protocol writes them (`[option]`; specification v4, section 4.2.5.2, and `DataType` of Apache Cassandra 5.0). A type
 * that a version has no number for goes as a custom one, under the name of the server's class.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { int16, toHex, utf8 } from '../types/bytes.ts';
import type { Bytes, DataType, NativeTypeName } from '../types/data-type.ts';
import { string } from './notation.ts';

interface NativeRow {
  readonly code: number;
  /** The first version that has the number. */
  readonly since: number;
  /** The server's class. */
  readonly marshal: string;
}

const NATIVE: Readonly<Record<NativeTypeName, NativeRow>> = {
  ascii: { code: 0x01, since: 1, marshal: 'AsciiType' },
  bigint: { code: 0x02, since: 1, marshal: 'LongType' },
  blob: { code: 0x03, since: 1, marshal: 'BytesType' },
  boolean: { code: 0x04, since: 1, marshal: 'BooleanType' },
  counter: { code: 0x05, since: 1, marshal: 'CounterColumnType' },
  decimal: { code: 0x06, since: 1, marshal: 'DecimalType' },
  double: { code: 0x07, since: 1, marshal: 'DoubleType' },
  float: { code: 0x08, since: 1, marshal: 'FloatType' },
  int: { code: 0x09, since: 1, marshal: 'Int32Type' },
  timestamp: { code: 0x0b, since: 1, marshal: 'TimestampType' },
  uuid: { code: 0x0c, since: 1, marshal: 'UUIDType' },
  text: { code: 0x0d, since: 1, marshal: 'UTF8Type' },
  varint: { code: 0x0e, since: 1, marshal: 'IntegerType' },
  timeuuid: { code: 0x0f, since: 1, marshal: 'TimeUUIDType' },
  inet: { code: 0x10, since: 1, marshal: 'InetAddressType' },
  date: { code: 0x11, since: 4, marshal: 'SimpleDateType' },
  time: { code: 0x12, since: 4, marshal: 'TimeType' },
  smallint: { code: 0x13, since: 4, marshal: 'ShortType' },
  tinyint: { code: 0x14, since: 4, marshal: 'ByteType' },
  duration: { code: 0x15, since: 5, marshal: 'DurationType' },
};
const CUSTOM = 0x00;
const LIST = 0x20;
const MAP = 0x21;
const SET = 0x22;
const USER = 0x30;
const TUPLE = 0x31;
const PACKAGE = 'org.apache.cassandra.db.marshal.';

/** A type in a message. @param version - of the protocol */
export function typeOption(type: DataType, version: number): Bytes {
  switch (type.kind) {
    case 'native': {
      const { code, since, marshal } = NATIVE[type.name];
      return version < since ? int16(CUSTOM) + string(PACKAGE + marshal) : int16(code);
    }
    case 'list': return int16(LIST) + typeOption(type.element, version);
    case 'set': return int16(SET) + typeOption(type.element, version);
    case 'map': return int16(MAP) + typeOption(type.key, version) + typeOption(type.value, version);
    case 'tuple': return int16(TUPLE) + int16(type.elements.length) + type.elements.map((element) => typeOption(element, version)).join('');
    case 'user': {
      const fields = type.fields.map((field) => string(field.name) + typeOption(field.type, version));
      return int16(USER) + string(type.keyspace) + string(type.name) + int16(fields.length) + fields.join('');
    }
    case 'vector': return int16(CUSTOM) + string(className(type));
    default: return assertNever(type);
  }
}

/** A type by the names of the server's classes (`AbstractType.toString`). */
function className(type: DataType): string {
  switch (type.kind) {
    case 'native': return PACKAGE + NATIVE[type.name].marshal;
    case 'list': return frozenIf(type.frozen, `${PACKAGE}ListType(${className(type.element)})`);
    case 'set': return frozenIf(type.frozen, `${PACKAGE}SetType(${className(type.element)})`);
    case 'map': return frozenIf(type.frozen, `${PACKAGE}MapType(${className(type.key)},${className(type.value)})`);
    case 'tuple': return `${PACKAGE}TupleType(${type.elements.map(className).join(',')})`;
    case 'user': return frozenIf(type.frozen, `${PACKAGE}UserType(${type.keyspace},${hex(type.name)},${type.fields.map((field) => `${hex(field.name)}:${className(field.type)}`).join(',')})`);
    case 'vector': return `${PACKAGE}VectorType(${className(type.element)} , ${type.dimension})`;
    default: return assertNever(type);
  }
}

function frozenIf(frozen: boolean, name: string): string {
  return frozen ? `${PACKAGE}FrozenType(${name})` : name;
}

function hex(text: string): string {
  return toHex(utf8(text));
}
