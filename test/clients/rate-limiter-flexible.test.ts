import { Redis } from 'ioredis';
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

const clients: Redis[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(() => { for (const client of clients.splice(0)) client.disconnect(); });

test('points are used up, and come back when the clock is moved past the window', async () => {
  const redis = createRedis();
  vi.spyOn(Date, 'now').mockImplementation(() => redis.now);
  const storeClient = new Redis({ Connector: redisConnector(redis) });
  clients.push(storeClient);
  const limiter = new RateLimiterRedis({ storeClient, points: 3, duration: 60, blockDuration: 600 });
  const consume = (): Promise<number> => limiter.consume('ann').then(({ remainingPoints }) => remainingPoints, (refused: RateLimiterRes) => -refused.consumedPoints);
  expect([await consume(), await consume(), await consume()]).toEqual([2, 1, 0]);
  expect(await consume()).toBe(-4);
  redis.advance('61s');
  // Who asked for too much is blocked for longer than the window.
  expect(await consume()).toBe(-5);
  redis.advance('10m');
  expect(await consume()).toBe(2);
  expect((await limiter.get('ann'))?.msBeforeNext).toBe(60_000);
  await limiter.penalty('ann', 2);
  expect(await limiter.consume('ann').catch((refused: RateLimiterRes) => refused.msBeforeNext)).toBe(600_000);
});

test('a Redis that fails on cue makes way for the insurance limiter', async () => {
  const redis = createRedis();
  vi.spyOn(Date, 'now').mockImplementation(() => redis.now);
  const storeClient = new Redis({ Connector: redisConnector(redis) });
  clients.push(storeClient);
  const insurance = new RateLimiterRedis({ storeClient, points: 100, duration: 60, keyPrefix: 'insurance' });
  const limiter = new RateLimiterRedis({ storeClient, points: 3, duration: 60, insuranceLimiter: insurance });
  redis.faults.add({ key: 'rlflx:*', fault: { kind: 'error', error: 'LOADING' } });
  expect((await limiter.consume('ann')).remainingPoints).toBe(99);
});
