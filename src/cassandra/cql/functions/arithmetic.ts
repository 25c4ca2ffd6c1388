/**
 * The operators `+ - * / %` and negation between numbers, `+` between texts, and dates and times plus and minus durations
 * (`OperationFcts` of Apache Cassandra 5.0; CQL, "Arithmetic Operators"). The result of two numbers has the wider type.
 *
 * @module
 */
import { FunctionFailureError } from '../../errors.ts';
import { int64, readInt64 } from '../../types/bytes.ts';
import { DAY_MILLIS } from '../../types/calendar.ts';
import type { Bytes } from '../../types/data-type.ts';
import { Duration, readDuration } from '../../types/duration.ts';
import type { Decimal } from '../../types/java-number.ts';
import { dateBytes, daysOfDate } from '../../types/native-text.ts';
import { native } from '../../types/type-name.ts';
import type { ArithmeticOperator } from '../ast.ts';
import { addMonths } from './durations.ts';
import { strict, type ScalarFunction } from './function.ts';
import { align, divideRounded, NUMERIC_TYPES, precisionOf, readNumber, stripZeros, toDecimal, toFloating, toWhole, writeNumber, type NumberValue, type NumericTypeName } from './numbers.ts';

/** The operators. */
export const OPERATORS: ReadonlySet<string> = new Set<ArithmeticOperator>(['+', '-', '*', '/', '%']);

/** A failure of the arithmetic itself. */
class ArithmeticFailure extends FunctionFailureError {}

const SIZES: Readonly<Record<NumericTypeName, number>> = {
  tinyint: 1, smallint: 2, int: 4, bigint: 8, counter: 8, float: 4, double: 8, varint: Infinity, decimal: Infinity,
};

/** The type that holds what two types make. */
export function resultType(left: NumericTypeName, right: NumericTypeName): NumericTypeName {
  const size = Math.max(SIZES[left], SIZES[right]);
  if (FLOATING.has(left) || FLOATING.has(right)) return size <= 4 ? 'float' : size === 8 ? 'double' : 'decimal';
  return size === 1 ? 'tinyint' : size === 2 ? 'smallint' : size === 4 ? 'int' : size === 8 ? 'bigint' : 'varint';
}

const FLOATING: ReadonlySet<NumericTypeName> = new Set<NumericTypeName>(['float', 'double', 'decimal']);

function compute(operator: ArithmeticOperator, type: NumericTypeName, from: readonly [NumericTypeName, NumericTypeName], left: NumberValue, right: NumberValue): Bytes {
  if (type === 'float' || type === 'double') return writeNumber(type, floating(operator, toFloating(left), toFloating(right)));
  if (type === 'decimal') return writeNumber(type, decimal(operator, decimalOperand(from[0], left), decimalOperand(from[1], right)));
  return writeNumber(type, whole(operator, toWhole(left, 64), toWhole(right, 64), type === 'varint'));
}

/** Whole numbers of fixed size become decimals by way of a double: 2 is 2.0, which shows in the result's scale. */
function decimalOperand(type: NumericTypeName, value: NumberValue): Decimal {
  return toDecimal(type === 'varint' || typeof value !== 'bigint' ? value : Number(value));
}

function whole(operator: ArithmeticOperator, a: bigint, b: bigint, isBig: boolean): bigint {
  if (b === 0n && (operator === '/' || operator === '%')) throw new ArithmeticFailure(isBig ? 'BigInteger divide by zero' : '/ by zero');
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
  }
}

function floating(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
  }
}

function decimal(operator: ArithmeticOperator, left: Decimal, right: Decimal): Decimal {
  if (operator === '*') return { unscaled: left.unscaled * right.unscaled, scale: left.scale + right.scale };
  if (operator === '/') return divide(left, right);
  const { a, b, scale } = align(left, right);
  if (operator === '%') {
    if (b === 0n) throw new ArithmeticFailure('Division by zero');
    return { unscaled: a % b, scale };
  }
  return { unscaled: operator === '+' ? a + b : a - b, scale };
}

/** At least 32 significant digits, halves away from zero, without zeros at the end. */
function divide(left: Decimal, right: Decimal): Decimal {
  if (right.unscaled === 0n) throw new ArithmeticFailure(left.unscaled === 0n ? 'Division undefined' : 'Division by zero');
  const firstDigit = precisionOf(left) - left.scale - (precisionOf(right) - right.scale);
  const scale = Math.min(Math.max(32 - firstDigit, left.scale, right.scale, 32), 1000);
  const shift = scale - left.scale + right.scale;
  const dividend = shift >= 0 ? left.unscaled * 10n ** BigInt(shift) : left.unscaled;
  const divisor = shift >= 0 ? right.unscaled : right.unscaled * 10n ** BigInt(-shift);
  return stripZeros({ unscaled: divideRounded(dividend, divisor, 'HALF_UP'), scale });
}

function failing(operation: string, run: () => Bytes): Bytes {
  try {
    return run();
  } catch (error) {
    if (error instanceof ArithmeticFailure) throw new FunctionFailureError(`the operation '${operation}' failed: ${error.message}`);
    throw error;
  }
}

function numeric(operator: ArithmeticOperator): ScalarFunction[] {
  return NUMERIC_TYPES.flatMap((left) => NUMERIC_TYPES.map((right) => {
    const type = resultType(left, right);
    return strict(operator, [native(left), native(right)], native(type), (a = '', b = '') => (
      failing(`${left} ${operator} ${right}`, () => compute(operator, type, [left, right], readNumber(left, a), readNumber(right, b)))
    ));
  }));
}

function texts(): ScalarFunction[] {
  return (['text', 'ascii'] as const).flatMap((left) => (['text', 'ascii'] as const).map((right) => (
    strict('+', [native(left), native(right)], native(left === 'ascii' && right === 'ascii' ? 'ascii' : 'text'), (a = '', b = '') => a + b)
  )));
}

function temporal(operator: '+' | '-'): ScalarFunction[] {
  const sign = operator === '+' ? 1 : -1;
  return [
    strict(operator, [native('timestamp'), native('duration')], native('timestamp'), (time = '', bytes = '') => failing(`timestamp ${operator} duration`, () => {
      const duration = readDuration(bytes) ?? new Duration(0, 0, 0n);
      if (duration.nanoseconds % 1_000_000n !== 0n) throw new ArithmeticFailure(`The duration must have a millisecond precision. Was: ${duration.toString()}`);
      const millis = addMonths(readInt64(time), sign * duration.months) + sign * (duration.days * DAY_MILLIS + Number(duration.nanoseconds / 1_000_000n));
      return int64(millis);
    })),
    strict(operator, [native('date'), native('duration')], native('date'), (date = '', bytes = '') => failing(`date ${operator} duration`, () => {
      const duration = readDuration(bytes) ?? new Duration(0, 0, 0n);
      if (duration.nanoseconds !== 0n) throw new ArithmeticFailure(`The duration must have a day precision. Was: ${duration.toString()}`);
      return dateBytes(addMonths(daysOfDate(date) * DAY_MILLIS, sign * duration.months) / DAY_MILLIS + sign * duration.days);
    })),
  ];
}

/** The functions behind each operator. */
export const ARITHMETIC: ReadonlyMap<string, readonly ScalarFunction[]> = new Map<string, readonly ScalarFunction[]>([
  ['+', [...numeric('+'), ...texts(), ...temporal('+')]],
  ['-', [...numeric('-'), ...temporal('-')]],
  ['*', numeric('*')],
  ['/', numeric('/')],
  ['%', numeric('%')],
]);

/** Negation, in the order that Cassandra's message lists it. */
export const NEGATIONS: readonly ScalarFunction[] = (['int', 'double', 'varint', 'float', 'counter', 'bigint', 'smallint', 'decimal', 'tinyint'] as const).map((type) => (
  strict('_negate', [native(type)], native(type), (bytes = '') => {
    const value = readNumber(type, bytes);
    return writeNumber(type, typeof value === 'object' ? { unscaled: -value.unscaled, scale: value.scale } : -value);
  })
));
