/**
 * The native functions with fixed signatures (Apache Cassandra 5.0: `TimeFcts`, `UuidFcts`, `BytesConversionFcts`, `MathFcts`), under
 * their names of 5.0 and, where they have one, their names of before.
 *
 * @module
 */
import { CassandraError, InvalidRequestError } from '../../errors.ts';
import { int16, int32, int64, readInt64, toHex } from '../../types/bytes.ts';
import { DAY_MILLIS } from '../../types/calendar.ts';
import { NATIVE_TYPES, type Bytes, type DataType, type NativeTypeName } from '../../types/data-type.ts';
import { Duration, readDuration } from '../../types/duration.ts';
import { dateBytes, daysOfDate } from '../../types/native-text.ts';
import { microsOfTimeuuid, timeuuid } from '../../types/timeuuid.ts';
import { native } from '../../types/type-name.ts';
import { validate } from '../../types/validate.ts';
import type { BindContext } from '../term/scope.ts';
import { floorToDuration } from './durations.ts';
import { scalar, strict, type ScalarFunction } from './function.ts';
import { readNumber, rescale, toDecimal, toFloating, writeNumber, type NumberValue, type NumericTypeName } from './numbers.ts';
import { decimalLogarithm, exponential, naturalLogarithm } from './precise-math.ts';

const TIMESTAMP = native('timestamp');
const TIMEUUID = native('timeuuid');
const DATE = native('date');
const BIGINT = native('bigint');
const DURATION = native('duration');
const TIME = native('time');

/** A time-UUID of this node's clock, of which there is no other. */
export function nextTimeuuid({ proxy }: BindContext): Bytes {
  const micros = proxy.timestamp();
  // The highest bit of the node says that it is drawn and no network card's.
  const rest = int16(0x8000 | (proxy.random.uint32() & 0x3fff)) + int16(0x0100 | (proxy.random.uint32() & 0xffff)) + int32(proxy.random.uint32());
  return timeuuid(micros, 0, rest);
}

function randomUuid({ proxy: { random } }: BindContext): Bytes {
  const bytes = int32(random.uint32()) + int16(random.uint32()) + int16(0x4000 | (random.uint32() & 0xfff));
  return bytes + int16(0x8000 | (random.uint32() & 0x3fff)) + int16(random.uint32()) + int32(random.uint32());
}

function drawn(name: string, returns: DataType, execute: (context: BindContext) => Bytes): ScalarFunction {
  return { kind: 'scalar', name: `system.${name}`, args: [], returns, isPure: false, execute: (_args, context) => execute(context) };
}

const millisNow = ({ proxy }: BindContext): number => Math.floor(proxy.timestamp() / 1000);
const millisOfUuid = (bytes: Bytes): number => Math.floor(microsOfTimeuuid(bytes) / 1000);
const dayOf = (millis: number): number => Math.floor(millis / DAY_MILLIS);

function timeFunctions(): ScalarFunction[] {
  const both = (modern: string, legacy: string, make: (name: string) => ScalarFunction[]): ScalarFunction[] => [...make(modern), ...make(legacy)];
  return [
    drawn('now', TIMEUUID, nextTimeuuid),
    drawn('uuid', native('uuid'), randomUuid),
    ...both('current_timeuuid', 'currenttimeuuid', (name) => [drawn(name, TIMEUUID, nextTimeuuid)]),
    ...both('current_timestamp', 'currenttimestamp', (name) => [drawn(name, TIMESTAMP, (context) => int64(millisNow(context)))]),
    ...both('current_date', 'currentdate', (name) => [drawn(name, DATE, (context) => dateBytes(dayOf(millisNow(context))))]),
    ...both('current_time', 'currenttime', (name) => [drawn(name, TIME, (context) => {
      const micros = context.proxy.timestamp();
      return int64((micros - Math.floor(micros / 86_400e6) * 86_400e6) * 1000);
    })]),
    ...both('min_timeuuid', 'mintimeuuid', (name) => [strict(name, [TIMESTAMP], TIMEUUID, (bytes = '') => timeuuid(readInt64(bytes) * 1000, 0, '\x80'.repeat(8)))]),
    ...both('max_timeuuid', 'maxtimeuuid', (name) => [strict(name, [TIMESTAMP], TIMEUUID, (bytes = '') => timeuuid(readInt64(bytes) * 1000 + 999, 9, '\x7f'.repeat(8)))]),
    ...both('to_date', 'todate', (name) => [
      strict(name, [TIMEUUID], DATE, (bytes = '') => dateBytes(dayOf(millisOfUuid(bytes)))),
      strict(name, [TIMESTAMP], DATE, (bytes = '') => dateBytes(dayOf(readInt64(bytes)))),
    ]),
    ...both('to_timestamp', 'totimestamp', (name) => [
      strict(name, [TIMEUUID], TIMESTAMP, (bytes = '') => int64(millisOfUuid(bytes))),
      strict(name, [DATE], TIMESTAMP, (bytes = '') => int64(daysOfDate(bytes) * DAY_MILLIS)),
    ]),
    // Cassandra lists the ambiguous ones by another order than all of them; this is the former's.
    ...both('to_unix_timestamp', 'tounixtimestamp', (name) => [
      strict(name, [DATE], BIGINT, (bytes = '') => int64(daysOfDate(bytes) * DAY_MILLIS)),
      strict(name, [TIMESTAMP], BIGINT, (bytes = '') => bytes),
      strict(name, [TIMEUUID], BIGINT, (bytes = '') => int64(millisOfUuid(bytes))),
    ]),
    ...floors(),
  ];
}

function floors(): ScalarFunction[] {
  const floor = (args: readonly DataType[], returns: DataType, execute: (...args: Bytes[]) => Bytes): ScalarFunction => strict('floor', args, returns, execute);
  const durationOf = (bytes: Bytes): Duration => readDuration(bytes) ?? new Duration(0, 0, 0n);
  const daily = (bytes: Bytes): Duration => {
    const duration = durationOf(bytes);
    if (duration.nanoseconds !== 0n) throw new InvalidRequestError(`The floor on date values cannot be computed for the ${duration.toString()} duration as precision is below 1 day`);
    return duration;
  };
  return [
    floor([TIME, DURATION], TIME, (time = '', bytes = '') => {
      const duration = durationOf(bytes);
      if (duration.months !== 0 || duration.days !== 0) throw new InvalidRequestError(`For time values, the floor can only be computed for durations smaller that a day`);
      const step = Number(duration.nanoseconds);
      return step === 0 ? time : int64(readInt64(time) - (readInt64(time) % step));
    }),
    floor([TIMEUUID, DURATION, TIMESTAMP], TIMESTAMP, (id = '', bytes = '', start = '') => int64(floorToDuration(millisOfUuid(id), durationOf(bytes), readInt64(start)))),
    floor([TIMESTAMP, DURATION], TIMESTAMP, (time = '', bytes = '') => int64(floorToDuration(readInt64(time), durationOf(bytes), 0))),
    floor([TIMEUUID, DURATION], TIMESTAMP, (id = '', bytes = '') => int64(floorToDuration(millisOfUuid(id), durationOf(bytes), 0))),
    floor([DATE, DURATION, DATE], DATE, (date = '', bytes = '', start = '') => (
      dateBytes(dayOf(floorToDuration(daysOfDate(date) * DAY_MILLIS, daily(bytes), daysOfDate(start) * DAY_MILLIS)))
    )),
    floor([DATE, DURATION], DATE, (date = '', bytes = '') => dateBytes(dayOf(floorToDuration(daysOfDate(date) * DAY_MILLIS, daily(bytes), 0)))),
    floor([TIMESTAMP, DURATION, TIMESTAMP], TIMESTAMP, (time = '', bytes = '', start = '') => int64(floorToDuration(readInt64(time), durationOf(bytes), readInt64(start)))),
  ];
}

function blobFunctions(): ScalarFunction[] {
  const blob = native('blob');
  const names: (readonly [string, NativeTypeName])[] = NATIVE_TYPES.filter((name) => name !== 'blob').map((name) => [name, name] as const);
  return [...names, ['varchar', 'text'] as const].flatMap(([name, type]) => {
    const from = (function_: string): ScalarFunction => scalar(function_, [blob], native(type), ([bytes = null]) => {
      if (bytes === null) return null;
      try {
        validate(native(type), bytes);
      } catch (error) {
        if (error instanceof CassandraError) {
          throw new InvalidRequestError(`In call to function system.${function_}, value 0x${toHex(bytes)} is not a valid binary representation for type ${type}`);
        }
        throw error;
      }
      return bytes;
    });
    const to = (function_: string): ScalarFunction => scalar(function_, [native(type)], blob, ([bytes = null]) => bytes);
    return [to(`${name}_as_blob`), to(`${name}asblob`), from(`blob_as_${name}`), from(`blobas${name}`)];
  });
}

/** Overloads in the order in which Cassandra's messages list them. */
const MATH_ORDER = {
  abs: ['tinyint', 'decimal', 'counter', 'smallint', 'bigint', 'float', 'int', 'double', 'varint'],
  exp: ['int', 'varint', 'double', 'float', 'decimal', 'tinyint', 'counter', 'smallint', 'bigint'],
  log: ['int', 'varint', 'double', 'float', 'decimal', 'tinyint', 'counter', 'smallint', 'bigint'],
  log10: ['int', 'varint', 'double', 'float', 'decimal', 'tinyint', 'counter', 'smallint', 'bigint'],
  round: ['counter', 'tinyint', 'decimal', 'float', 'double', 'int', 'varint', 'smallint', 'bigint'],
} as const satisfies Readonly<Record<string, readonly NumericTypeName[]>>;

const SIGNIFICANT = 32;

function absolute(value: NumberValue): NumberValue {
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'bigint') return value < 0n ? -value : value;
  return { unscaled: value.unscaled < 0n ? -value.unscaled : value.unscaled, scale: value.scale };
}

function raised(value: NumberValue): NumberValue {
  if (typeof value !== 'number') return exponential(toDecimal(value), SIGNIFICANT);
  if (Number.isNaN(value) || value === Infinity) return value;
  if (value < -746) return 0;
  return value > 710 ? Infinity : toFloating(exponential(toDecimal(value), 25));
}

function logarithm(of: (value: ReturnType<typeof toDecimal>, digits: number) => ReturnType<typeof toDecimal>): (value: NumberValue) => NumberValue {
  return (value) => {
    if (typeof value === 'number') {
      if (Number.isNaN(value) || value < 0) return NaN;
      return value === 0 || value === Infinity ? (value === 0 ? -Infinity : value) : toFloating(of(toDecimal(value), 25));
    }
    const decimal = toDecimal(value);
    if (decimal.unscaled <= 0n) throw new InvalidRequestError('Natural log of number zero or less');
    return of(decimal, SIGNIFICANT);
  };
}

function rounded(value: NumberValue): NumberValue {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' ? Math.floor(value + 0.5) : rescale(value, 0, 'HALF_UP');
}

const MATH: Readonly<Record<keyof typeof MATH_ORDER, (value: NumberValue) => NumberValue>> = {
  abs: absolute, exp: raised, log: logarithm(naturalLogarithm), log10: logarithm(decimalLogarithm), round: rounded,
};

function mathFunctions(): ScalarFunction[] {
  return (Object.keys(MATH) as (keyof typeof MATH_ORDER)[]).flatMap((name) => (
    MATH_ORDER[name].map((type) => strict(name, [native(type)], native(type), (bytes = '') => writeNumber(type, MATH[name](readNumber(type, bytes)))))
  ));
}

function byName(functions: readonly ScalarFunction[]): ReadonlyMap<string, readonly ScalarFunction[]> {
  const grouped = new Map<string, ScalarFunction[]>();
  for (const candidate of functions) {
    const name = candidate.name.slice('system.'.length);
    const group = grouped.get(name);
    if (group === undefined) grouped.set(name, [candidate]);
    else group.push(candidate);
  }
  return grouped;
}

/** All of them by name. */
export const SCALARS: ReadonlyMap<string, readonly ScalarFunction[]> = byName([...timeFunctions(), ...blobFunctions(), ...mathFunctions()]);
