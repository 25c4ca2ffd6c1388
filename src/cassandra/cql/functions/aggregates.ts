/**
 * The native aggregates (`AggregateFcts` of Apache Cassandra 5.0): count, sum, avg; min and max of any type are made for the
 * type they are called with (`factories.ts`). Sums and averages of whole numbers are whole numbers; of nothing they are 0.
 *
 * @module
 */
import { bigint64 } from '../../types/bytes.ts';
import { comparatorOf } from '../../types/compare.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { native } from '../../types/type-name.ts';
import type { Accumulator, AggregateFunction } from './function.ts';
import { align, divideRounded, readNumber, toDecimal, toFloating, toWhole, writeNumber, type NumericTypeName } from './numbers.ts';

/** Adds numbers of one type up. */
export interface Sum {
  add(bytes: Bytes): void;
  sum(): Bytes;
  average(): Bytes;
}

/** A running sum of values of a numeric type. */
export function sumOf(type: NumericTypeName): Sum {
  if (type === 'float' || type === 'double') return floatingSum(type);
  let count = 0n;
  if (type === 'decimal') {
    let total = toDecimal(0n);
    return {
      add(bytes) {
        const { a, b, scale } = align(total, toDecimal(readNumber(type, bytes)));
        total = { unscaled: a + b, scale };
        count++;
      },
      sum: () => writeNumber(type, total),
      average: () => writeNumber(type, count === 0n ? 0n : { unscaled: divideRounded(total.unscaled, count, 'HALF_EVEN'), scale: total.scale }),
    };
  }
  let total = 0n;
  return {
    add(bytes) {
      total += toWhole(readNumber(type, bytes), 64);
      count++;
    },
    sum: () => writeNumber(type, total),
    average: () => writeNumber(type, count === 0n ? 0n : total / count),
  };
}

/** With Kahan's compensation, as Cassandra adds. */
function floatingSum(type: 'float' | 'double'): Sum {
  let total = 0;
  let compensation = 0;
  let plain = 0;
  let count = 0;
  const sum = (): number => (Number.isNaN(total) && !Number.isNaN(plain) ? plain : total);
  return {
    add(bytes) {
      const value = toFloating(readNumber(type, bytes));
      const corrected = value - compensation;
      const next = total + corrected;
      compensation = next - total - corrected;
      total = next;
      plain += value;
      count++;
    },
    sum: () => writeNumber(type, sum()),
    average: () => writeNumber(type, count === 0 ? 0 : sum() / count),
  };
}

function summing(name: 'sum' | 'avg', type: NumericTypeName): AggregateFunction {
  return {
    kind: 'aggregate',
    name: `system.${name}`,
    args: [native(type)],
    returns: native(type),
    accumulator() {
      const sum = sumOf(type);
      return {
        add([value]) {
          if (value !== null && value !== undefined && value !== '') sum.add(value);
        },
        result: () => (name === 'sum' ? sum.sum() : sum.average()),
      };
    },
  };
}

function counting(): Accumulator {
  let count = 0n;
  return {
    add(args) {
      if (args.every((arg) => arg !== null)) count++;
    },
    result: () => bigint64(count),
  };
}

/** `count(*)`. */
export const COUNT_ROWS: AggregateFunction = { kind: 'aggregate', name: 'system.countRows', args: [], returns: native('bigint'), accumulator: counting };

/** The least or the greatest value of a type. */
export function extreme(name: 'min' | 'max', type: DataType): AggregateFunction {
  const compare = comparatorOf(type);
  return {
    kind: 'aggregate',
    name: `system.${name}`,
    args: [type],
    returns: type,
    accumulator() {
      let best: Bytes | null = null;
      return {
        add([value]) {
          if (value === null || value === undefined) return;
          if (best === null || (name === 'min' ? compare(value, best) < 0 : compare(value, best) > 0)) best = value;
        },
        result: () => best,
      };
    },
  };
}

/** By name; overloads in the order that Cassandra's messages list them. */
export const AGGREGATES: ReadonlyMap<string, readonly AggregateFunction[]> = new Map<string, readonly AggregateFunction[]>([
  ['count', [{ kind: 'aggregate', name: 'system.count', args: [native('blob')], returns: native('bigint'), accumulator: counting }]],
  ['sum', (['smallint', 'bigint', 'float', 'double', 'int', 'varint', 'decimal', 'counter', 'tinyint'] as const).map((type) => summing('sum', type))],
  ['avg', (['decimal', 'counter', 'tinyint', 'float', 'double', 'smallint', 'int', 'varint', 'bigint'] as const).map((type) => summing('avg', type))],
]);
