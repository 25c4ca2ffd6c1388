import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalPartitionAt, equalPartitionFrom } from '../../../src/dynamo/partitioning/equal-partitions.ts';
import { POSITIONS } from '../../../src/dynamo/position.ts';

test('ranges are equal to the bit, and each begins where the one before it ends', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_048_576 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1))), fc.maxSafeNat(), ([count, partition], any) => {
    const position = any % POSITIONS;
    expect(equalPartitionAt(position, count)).toBe(Number((BigInt(position) * BigInt(count)) >> 52n));
    const from = equalPartitionFrom(partition, count);
    expect(equalPartitionAt(from, count)).toBe(partition);
    expect(equalPartitionAt(Math.max(0, from - 1), count)).toBe(Math.max(0, partition - 1));
  }), { numRuns: 2000 });
});
