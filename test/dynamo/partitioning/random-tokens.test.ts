import { expect, test } from 'vitest';
import { RandomTokens } from '../../../src/dynamo/partitioning/random-tokens.ts';
import type { NodeId } from '../../../src/index.ts';

test('a key at a token belongs to the range that begins there', () => {
  const tokens = RandomTokens.of([{ node: 'd1' as NodeId, zone: 'a', capacity: 1 }, { node: 'd2' as NodeId, zone: 'a', capacity: 1 }], { tokens: 8, seed: 0 });
  for (let partition = 0; partition < tokens.partitionCount; partition++) {
    expect(tokens.partitionAt(tokens.from(partition))).toBe(partition);
    expect(tokens.partitionAt(tokens.from(partition) - 1)).toBe((partition + 15) % 16);
  }
});
