/**
 * Conditions on `token(…)` as ranges of the ring (`TokenRestriction` of Apache Cassandra 5.0): a range begins behind its start and ends with
 * its end, so `>=` and `<` need the token before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenRestriction } from '../../../../src/cassandra/cql/select/relations.ts';
import { covers, tokenRange } from '../../../../src/cassandra/cql/select/token-range.ts';
import { tokenBytes } from '../../../../src/cassandra/cql/functions/token.ts';
import { partitionerOf, type PartitionerName } from '../../../../src/cassandra/partitioner.ts';
import { Random } from '../../../../src/kernel/random.ts';

const CONTEXT = { values: [], proxy: { random: Random.fromSeed(1), timestamp: () => 0, nowSeconds: () => 0 } };

const HOLDS = {
  '<': (a: bigint, b: bigint) => a < b, '<=': (a: bigint, b: bigint) => a <= b, '>': (a: bigint, b: bigint) => a > b, '>=': (a: bigint, b: bigint) => a >= b,
  '=': (a: bigint, b: bigint) => a === b,
} as const;

describe('a range of tokens', () => {
  it.each<readonly [PartitionerName, bigint]>([['Murmur3Partitioner', -(2n ** 63n)], ['RandomPartitioner', 0n]])('covers what its conditions hold for: %s', (name, least) => {
    const partitioner = partitionerOf(name);
    // Few tokens, those at the beginning of the ring among them, so that bounds and tokens meet.
    const number = fc.oneof(fc.bigInt({ min: least + 1n, max: least + 4n }), fc.bigInt({ min: 254n, max: 258n }));
    const condition = fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '=' as const), number);
    fc.assert(fc.property(fc.array(condition, { minLength: 1, maxLength: 2 }), number, (conditions, token) => {
      const [first, second] = conditions;
      fc.pre(second === undefined || (first !== undefined && first[0] !== '=' && second[0] !== '=' && first[0][0] !== second[0][0]));
      const restrictions = conditions.map(([operator, bound]): TokenRestriction => ({ operator, bind: () => tokenBytes(partitioner, partitioner.parse(String(bound))) }));
      const range = tokenRange(partitioner, restrictions, CONTEXT);
      const expected = conditions.every(([operator, bound]) => HOLDS[operator](token, bound));
      expect(range !== undefined && covers(range, partitioner.parse(String(token)))).toBe(expected);
    }));
  });

  it('of the ByteOrderedPartitioner is one of keys', () => {
    const partitioner = partitionerOf('ByteOrderedPartitioner');
    const from = tokenRange(partitioner, [{ operator: '>=', bind: () => 'b' }, { operator: '<', bind: () => 'd' }], CONTEXT);
    expect(['a', 'azz', 'b', 'b\0', 'c', 'czz', 'd'].filter((key) => from !== undefined && covers(from, key))).toEqual(['b', 'b\0', 'c', 'czz']);
  });
});
