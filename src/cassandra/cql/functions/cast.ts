/**
 * `CAST(… AS …)` (`CastFcts` of Apache Cassandra 5.0; CQL, "Cast"): numbers to numbers as Java narrows and widens them, most
 * things to text, days and instants to each other.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import { int64, readInt64, utf8 } from '../../types/bytes.ts';
import { DAY_MILLIS, formatTimestamp } from '../../types/calendar.ts';
import type { Bytes, DataType, NativeTypeName } from '../../types/data-type.ts';
import { dateBytes, daysOfDate, textOfBytes } from '../../types/native-text.ts';
import { microsOfTimeuuid } from '../../types/timeuuid.ts';
import { native, sameType, typeName } from '../../types/type-name.ts';
import { strict, type CqlFunction, type ScalarFunction } from './function.ts';
import { decimalBytes, parseDecimal } from '../../types/java-number.ts';
import { isNumeric, NUMERIC_TYPES, readNumber, writeNumber } from './numbers.ts';

/** Sources in the order in which Cassandra's messages list them, where that is known. */
const LISTED: Readonly<Partial<Record<NativeTypeName, readonly NativeTypeName[]>>> = {
  ascii: ['time', 'bigint', 'decimal', 'timestamp', 'boolean', 'smallint', 'int', 'double', 'tinyint', 'float', 'date', 'counter', 'varint', 'uuid', 'timeuuid', 'inet'],
  int: ['bigint', 'float', 'decimal', 'counter', 'smallint', 'varint', 'tinyint', 'double'],
  text: ['boolean', 'bigint', 'double', 'ascii', 'timestamp', 'time', 'smallint', 'decimal', 'uuid', 'int', 'tinyint', 'float', 'varint', 'counter', 'timeuuid', 'inet', 'date'],
};

function sourcesOf(to: NativeTypeName): readonly NativeTypeName[] {
  const listed = LISTED[to];
  if (listed !== undefined) return listed;
  if (to === 'counter') return [];
  if (isNumeric(to)) return NUMERIC_TYPES.filter((from) => from !== to);
  if (to === 'date') return ['timestamp', 'timeuuid'];
  return to === 'timestamp' ? ['date', 'timeuuid'] : [];
}

function converter(from: NativeTypeName, to: NativeTypeName): (bytes: Bytes) => Bytes {
  // A float has the digits that it shows, not those of the double it becomes.
  if (from === 'float' && to === 'decimal') return (bytes) => decimalBytes(parseDecimal(textOfBytes('float', bytes)) ?? { unscaled: 0n, scale: 0 });
  if (isNumeric(from) && isNumeric(to)) return (bytes) => writeNumber(to, readNumber(from, bytes));
  if (to === 'text' || to === 'ascii') {
    if (from === 'timestamp') return (bytes) => formatTimestamp(readInt64(bytes), 'T');
    return (bytes) => utf8(textOfBytes(from, bytes));
  }
  if (to === 'date') return (bytes) => dateBytes(Math.floor((from === 'timestamp' ? readInt64(bytes) : millisOfTimeuuid(bytes)) / DAY_MILLIS));
  return (bytes) => int64(from === 'date' ? daysOfDate(bytes) * DAY_MILLIS : millisOfTimeuuid(bytes));
}

function millisOfTimeuuid(bytes: Bytes): number {
  return Math.floor(microsOfTimeuuid(bytes) / 1000);
}

const known = new Map<NativeTypeName, readonly ScalarFunction[]>();

/** The functions that cast to a type; none where nothing can be cast to it. */
export function castsTo(type: DataType): readonly ScalarFunction[] {
  if (type.kind !== 'native') return [];
  const to = type.name;
  let casts = known.get(to);
  if (casts === undefined) {
    casts = sourcesOf(to).map((from) => strict(`cast_as_${to}`, [native(from)], native(to), (bytes = '') => converter(from, to)(bytes)));
    known.set(to, casts);
  }
  return casts;
}

/**
 * The function that casts.
 *
 * @param to - the type wanted
 * @param text - the argument's, for messages
 * @param from - the argument's type; undefined when it has none by itself
 * @param pick - chooses among candidates
 * @throws {@link InvalidRequestError} when there is no such cast
 */
export function castTo(to: DataType, text: string, from: DataType | undefined, pick: (candidates: readonly ScalarFunction[]) => CqlFunction): CqlFunction {
  if (from !== undefined && sameType(from, to)) return strict('cast', [from], to, (bytes = '') => bytes);
  const casts = castsTo(to);
  if (casts.length === 0) throw new InvalidRequestError(`${text} cannot be cast to ${typeName(to)}`);
  return pick(casts);
}
