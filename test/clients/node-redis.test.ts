import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

test('the cache on the side of node-redis is told of what others change', async () => {
  const served = await serveRedis();
  open.push(served);
  const url = `redis://127.0.0.1:${served.port}`;
  const cached = createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 10, evictPolicy: 'LRU' } });
  const other = createClient({ url });
  for (const client of [cached, other]) {
    await client.connect();
    open.push(client);
  }
  await other.mSet({ price: '1', stock: '9' });
  const reads = async (): Promise<number> => Number(/cmdstat_get:calls=(\d+)/.exec(await other.info('commandstats'))?.[1] ?? 0);
  expect([await cached.get('price'), await cached.get('price'), await cached.get('stock'), await reads()]).toEqual(['1', '1', '9', 2]);
  await other.set('price', '2');
  await vi.waitFor(async () => { expect(await cached.get('price')).toBe('2'); });
  expect([await cached.get('price'), await cached.get('stock'), await reads()]).toEqual(['2', '9', 3]);
  await other.flushAll();
  await vi.waitFor(async () => { expect([await cached.get('price'), await cached.get('stock')]).toEqual([null, null]); });
});
