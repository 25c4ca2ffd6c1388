/**
 * Tokens against the tokenizer of npm's cassandra-driver 4.10.0, which places keys as a real cluster does. Skipped, and said
 * so, where that package is not installed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinKey } from '../../src/cassandra/cql/select/keys.ts';
import { murmur3Partitioner } from '../../src/cassandra/partitioner.ts';

interface Tokenizer {
  hash(key: Buffer | readonly number[]): { toString(): string };
}

interface TokenizerModule {
  readonly Murmur3Tokenizer: new () => Tokenizer;
}

const ORACLE = 'cassandra-driver/lib/tokenizer.js';

const driver = await (import(ORACLE) as Promise<TokenizerModule | { readonly default: TokenizerModule }>).then(
  (loaded) => ('default' in loaded ? loaded.default : loaded),
  () => undefined,
);

describe("tokens of the Node.js driver's tokenizer", () => {
  it('equal ours on 10,000 random keys of 1 to 80 bytes, single and composite', (context) => {
    if (driver === undefined) return context.skip("the oracle is missing: npm's cassandra-driver is not installed");
    const tokenizer = new driver.Murmur3Tokenizer();
    const part = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const keys = fc.array(part, { minLength: 1, maxLength: 3 }).map(joinKey);
    let compared = 0;
    fc.assert(fc.property(keys, (key) => {
      compared++;
      expect(murmur3Partitioner.format(murmur3Partitioner.tokenOf(key))).toBe(tokenizer.hash(Buffer.from(key, 'latin1')).toString());
    }), { numRuns: 10_000 });
    expect(compared).toBe(10_000);
  });
});
