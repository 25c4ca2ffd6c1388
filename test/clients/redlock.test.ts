import { Redis } from 'ioredis';
import Redlock from 'redlock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRedis, type RedisStandalone } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

const clients: Redis[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(() => { for (const client of clients.splice(0)) client.disconnect(); });

function lockOver(...stores: readonly RedisStandalone[]): Redlock {
  const mine = stores.map((redis) => new Redis({ Connector: redisConnector(redis) }));
  clients.push(...mine);
  return new Redlock(mine, { retryCount: 1, retryDelay: 1, retryJitter: 0 });
}

test('one holds the lock until it lets go or its time is up', async () => {
  const redis = createRedis();
  vi.spyOn(Date, 'now').mockImplementation(() => redis.now);
  const [ann, bob] = [lockOver(redis), lockOver(redis)];
  const first = await ann.lock('locks:report', 1000);
  await expect(bob.lock('locks:report', 1000)).rejects.toThrow('Exceeded 1 attempts to lock');
  await first.unlock();
  const second = await bob.lock('locks:report', 1000);
  await second.extend(5000);
  redis.advance('4s');
  await expect(ann.lock('locks:report', 1000)).rejects.toThrow('Exceeded 1 attempts to lock');
  redis.advance('2s');
  await ann.lock('locks:report', 1000);
  // It has expired and is another's now: to unlock it would be a mistake, and Redlock says so.
  await expect(second.unlock()).rejects.toThrow('Unable to fully release the lock');
});

test('of five servers three are enough, and two are not', async () => {
  const stores = Array.from({ length: 5 }, () => createRedis());
  const down = (redis: RedisStandalone | undefined): void => {
    for (const command of ['EVAL', 'EVALSHA']) redis?.faults.add({ command, fault: { kind: 'error', error: 'LOADING' } });
  };
  for (const redis of stores.slice(0, 2)) down(redis);
  vi.spyOn(Date, 'now').mockReturnValue(1_767_225_600_000);
  const lock = await lockOver(...stores).lock('locks:report', 1000);
  expect(stores.map((redis) => redis.exists('locks:report'))).toEqual([0, 0, 1, 1, 1]);
  await lock.unlock();
  down(stores[2]);
  await expect(lockOver(...stores).lock('locks:report', 1000)).rejects.toThrow('Exceeded 1 attempts to lock');
});
