import { describe, expect, it } from 'vitest';
import { createRedis, type RedisStandalone } from '../../../src/redis/index.ts';

const KEYS = 400;
const VALUE = 'x'.repeat(500);
const LIMIT = 1_050_000;

function filled(policy: string, expires: (i: number) => boolean = () => false): RedisStandalone {
  const redis = createRedis({ seed: 3 });
  redis.reply('CONFIG', 'SET', 'maxmemory-policy', policy);
  for (let i = 0; i < KEYS; i++) {
    redis.reply('SET', `key:${i}`, VALUE);
    if (expires(i)) redis.reply('PEXPIRE', `key:${i}`, String(1_000_000 + i * 1000));
  }
  return redis;
}

const size = (redis: RedisStandalone): number => redis.engine.database(0).size;

describe('maxmemory', () => {
  for (const policy of ['allkeys-random', 'allkeys-lru', 'allkeys-lfu', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl']) {
    it(`keeps to the limit with ${policy}`, () => {
      const redis = filled(policy, () => true);
      redis.reply('CONFIG', 'SET', 'maxmemory', LIMIT);
      expect(redis.engine.eviction.used).toBeLessThanOrEqual(LIMIT);
      for (let i = 0; i < KEYS; i++) {
        redis.reply('SET', `more:${i}`, VALUE);
        redis.reply('PEXPIRE', `more:${i}`, '5000000');
      }
      expect(redis.engine.eviction.used).toBeLessThan(LIMIT + 2 * VALUE.length);
      expect(redis.engine.eviction.evicted).toBeGreaterThan(KEYS / 2);
    });
  }

  it('removes nothing without a policy, and refuses what would need more', () => {
    const redis = filled('noeviction');
    redis.reply('CONFIG', 'SET', 'maxmemory', LIMIT);
    expect(size(redis)).toBe(KEYS);
    expect(redis.reply('SET', 'one', 'more')).toEqual({ kind: 'error', text: "OOM command not allowed when used memory > 'maxmemory'." });
    expect(redis.reply('GET', 'key:1')).toEqual({ kind: 'bulk', bytes: VALUE });
    for (let i = 0; i < KEYS / 2; i++) redis.reply('DEL', `key:${i}`);
    expect(redis.reply('SET', 'one', 'more')).toEqual({ kind: 'simple', text: 'OK' });
  });

  it('refuses a transaction that was collected before memory ran out', () => {
    const redis = filled('noeviction');
    redis.reply('MULTI');
    redis.reply('SET', 'one', 'more');
    redis.connect().reply('CONFIG', 'SET', 'maxmemory', LIMIT);
    expect(redis.reply('EXEC')).toMatchObject({ kind: 'error', text: expect.stringContaining('EXECABORT') as string });
  });

  it('leaves keys without a deadline alone where the policy says volatile', () => {
    const redis = filled('volatile-lru', (i) => i % 2 === 0);
    redis.reply('CONFIG', 'SET', 'maxmemory', LIMIT);
    for (let i = 1; i < KEYS; i += 2) expect(redis.engine.database(0).isStored(`key:${i}`)).toBe(true);
    expect(size(redis)).toBeLessThan(KEYS);
  });

  it('prefers what was not used for long, what is used seldom, what expires soon', () => {
    const kept = (policy: string, touch: (redis: RedisStandalone) => void): number => {
      const redis = filled(policy, () => true);
      redis.advance('10m');
      touch(redis);
      redis.reply('CONFIG', 'SET', 'maxmemory-samples', '10');
      redis.reply('CONFIG', 'SET', 'maxmemory', LIMIT);
      let upper = 0;
      for (let i = KEYS / 2; i < KEYS; i++) if (redis.engine.database(0).isStored(`key:${i}`)) upper++;
      return upper / size(redis);
    };
    const useUpperHalf = (redis: RedisStandalone): void => {
      for (let round = 0; round < 5; round++) for (let i = KEYS / 2; i < KEYS; i++) redis.reply('GET', `key:${i}`);
    };
    expect(kept('allkeys-lru', useUpperHalf)).toBeGreaterThan(0.7);
    expect(kept('allkeys-lfu', useUpperHalf)).toBeGreaterThan(0.7);
    expect(kept('volatile-ttl', () => undefined)).toBeGreaterThan(0.7);
  });

  it('removes the same keys with the same seed', () => {
    const left = (): readonly string[] => {
      const redis = filled('allkeys-lru');
      redis.reply('CONFIG', 'SET', 'maxmemory', LIMIT);
      return [...redis.engine.database(0).keys()].toSorted((a, b) => (a < b ? -1 : 1));
    };
    expect(left()).toEqual(left());
  });
});

describe('used_memory', () => {
  it('returns to where it was when everything that was added is gone', () => {
    const redis = createRedis();
    const { eviction } = redis.engine;
    const before = eviction.used;
    redis.reply('SET', 'text', 'hello');
    redis.reply('APPEND', 'text', 'x'.repeat(1000));
    for (let i = 0; i < 300; i++) {
      redis.reply('RPUSH', 'list', `element ${i}`);
      redis.reply('HSET', 'hash', `field ${i}`, 'y'.repeat(i));
      redis.reply('ZADD', 'zset', i, `member ${i}`);
      redis.reply('SADD', 'set', `member ${i}`);
      redis.reply('XADD', 'stream', '*', 'f', String(i));
    }
    redis.reply('EXPIRE', 'list', 100);
    expect(eviction.used).toBeGreaterThan(before + 50_000);
    redis.reply('RENAME', 'hash', 'other');
    redis.reply('MOVE', 'zset', 3);
    redis.reply('COPY', 'set', 'copy');
    redis.reply('SWAPDB', 0, 5);
    redis.reply('FLUSHALL');
    expect(eviction.used).toBe(before);
  });
});
