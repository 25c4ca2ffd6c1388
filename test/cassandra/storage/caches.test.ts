import { expect, it } from 'vitest';
import { KeyCache, RecentCache } from '../../../src/cassandra/storage/caches.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { cell, Rig, row, rows } from '../../support/storage-rig.ts';

it('the row cache drops what was not used for longest', () => {
  const cache = new RecentCache<number>(30);
  for (const [i, key] of ['a', 'b', 'c'].entries()) cache.set(key, i, 10);
  expect(cache.get('a')).toBe(0);
  cache.set('d', 3, 10);
  expect([cache.get('a'), cache.get('b'), cache.get('d')]).toEqual([0, undefined, 3]);
  expect(cache.stats).toEqual({ hits: 3, requests: 4, size: 30 });
  cache.set('e', 4, 31);
  expect(cache.get('e')).toBeUndefined();
});

it('the key cache keeps to its size and forgets an sstable that is gone', () => {
  const cache = new KeyCache(3 * 65);
  for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) cache.set(1, key, i);
  expect([cache.get(1, 'a'), cache.get(1, 'd')]).toEqual([undefined, 3]);
  expect(cache.stats.size).toBeLessThanOrEqual(3 * 65);
  cache.forget(1);
  expect(cache.get(1, 'd')).toBeUndefined();
  expect(cache.stats.size).toBe(0);
});

it('a repeated read of a flushed partition hits the key cache, with rows_per_partition the row cache, and never shows what was overwritten', () => {
  for (const rowsPerPartition of ['NONE', 'ALL', '1']) {
    const table = tableOf({ options: { caching: { keys: 'ALL', rows_per_partition: rowsPerPartition } }, regulars: { a: native('int') } });
    const rig = new Rig({ tables: [table], rowCacheSize: 10_000, autoCompaction: false });
    const value = (): string | null | undefined => rig.read(int(1)).partitions[0]?.rows[0]?.cells[0]?.value;
    for (let i = 1; i <= 3; i++) {
      rig.write(rows(int(1), row([int(1)], i, [cell('a', int(i), i)])));
      expect(value()).toBe(int(i));
      rig.engine.flush();
      for (let again = 0; again < 3; again++) expect(value()).toBe(int(i));
    }
    const stats = rig.engine.stats(table.id);
    expect(stats?.rowCache.hits ?? 0).toBe(rowsPerPartition === 'NONE' ? 0 : 8);
    expect(stats?.keyCache.hits ?? 0).toBeGreaterThan(0);
  }
});
