import { expect, it } from 'vitest';
import { BloomFilter, hashKey } from '../../../src/cassandra/storage/bloom-filter.ts';
import { int } from '../../support/cassandra-table.ts';

// Broder and Mitzenmacher's optimum: -ln p / ln² 2 bits a key; CASSANDRA-FACTS has 9.6 bits and 7 hashes for 1 %.
it.each([[0.01, 9.6, 7], [0.1, 4.8, 3], [0.001, 14.4, 10]])('a filter for %f takes %f bits a key and %i hashes, and errs about so often, never the other way', (chance, bits, hashes) => {
  const filter = new BloomFilter(20_000, chance);
  expect(filter.hashes).toBe(hashes);
  expect((filter.bytes * 8) / 20_000).toBeCloseTo(bits, 1);
  for (let i = 0; i < 20_000; i++) filter.add(int(i));
  let missed = 0;
  let mistaken = 0;
  for (let i = 0; i < 20_000; i++) {
    if (!filter.mayContain(hashKey(int(i)))) missed++;
    if (filter.mayContain(hashKey(int(i + 1_000_000)))) mistaken++;
  }
  expect(missed).toBe(0);
  expect(mistaken / 20_000).toBeGreaterThan(chance * 0.7);
  expect(mistaken / 20_000).toBeLessThan(chance * 1.3);
});

it('a chance of 1 is no filter', () => {
  const filter = new BloomFilter(10, 1);
  expect(filter.bytes).toBe(0);
  expect(filter.mayContain(hashKey(int(1)))).toBe(true);
});
