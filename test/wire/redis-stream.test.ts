import { Redis } from 'ioredis';
import { beforeEach, expect, test, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('ioredis runs on an engine in this process, and time is moved by hand', async () => {
  const redis = createRedis();
  const client = new Redis({ Connector: redisConnector(redis) as never });
  await client.set('session', 'ann', 'EX', 60);
  expect(await client.get('session')).toBe('ann');
  redis.advance('61s');
  expect(await client.get('session')).toBeNull();
  await client.hset('h', { a: '1' });
  expect(redis.hgetall('h')).toEqual({ a: '1' });
  expect(await client.quit()).toBe('OK');
});

test('several clients share the data, not the connection', async () => {
  const redis = createRedis();
  const [a, b] = [new Redis({ Connector: redisConnector(redis) as never }), new Redis({ Connector: redisConnector(redis) as never })];
  await a.watch('k');
  await b.set('k', 'theirs');
  expect(await a.multi().set('k', 'mine').exec()).toBeNull();
  const heard = new Promise((resolve) => { b.on('message', (...event) => { resolve(event); }); });
  await b.subscribe('news');
  await a.publish('news', 'x'.repeat(200_000));
  expect(((await heard) as string[])[1]).toHaveLength(200_000);
  a.disconnect();
  b.disconnect();
  await vi.waitFor(() => { expect(redis.engine.connections.size).toBe(1); });
});
