import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../src/kernel/simulation.ts';
import { createRedis, type RedisStandalone } from '../../../src/redis/index.ts';
import { readRdb, writeRdb } from '../../../src/redis/persistence/rdb-file.ts';

function filled(): RedisStandalone {
  const redis = createRedis();
  redis.reply('SET', 'text', 'hello '.repeat(40));
  redis.reply('SET', 'number', -70_000, 'EX', 100);
  redis.reply('RPUSH', 'list', '1', 'two', '');
  redis.reply('HSET', 'hash', 'f', 'v');
  redis.reply('ZADD', 'zset', 1.5, 'a', '-inf', 'b');
  redis.reply('SADD', 'set', 'x', 'y');
  redis.reply('SELECT', 3);
  redis.reply('XADD', 'stream', '5-1', 'f', 'v');
  redis.reply('SELECT', 0);
  return redis;
}

const text = (redis: RedisStandalone, ...args: readonly (string | number)[]): string => {
  const reply = redis.reply(...args);
  return 'text' in reply ? reply.text : reply.kind;
};

describe('a snapshot', () => {
  it('brings everything back, deadlines too', () => {
    const redis = filled();
    const digest = text(redis, 'DEBUG', 'DIGEST');
    expect(text(redis, 'DEBUG', 'RELOAD')).toBe('OK');
    expect(text(redis, 'DEBUG', 'DIGEST')).toBe(digest);
    expect(redis.reply('TTL', 'number')).toEqual({ kind: 'integer', value: 100 });
    redis.reply('SET', 'text', 'other');
    expect(text(redis, 'DEBUG', 'DIGEST')).not.toBe(digest);
    expect(text(redis, 'DEBUG', 'RELOAD', 'NOSAVE')).toBe('OK');
    expect(text(redis, 'DEBUG', 'DIGEST')).toBe(digest);
  });

  it('leaves out what had expired when it is loaded by a primary', () => {
    const redis = filled();
    redis.reply('SAVE');
    redis.advance('101s');
    redis.reply('DEBUG', 'RELOAD', 'NOSAVE');
    expect(redis.reply('EXISTS', 'number', 'text')).toEqual({ kind: 'integer', value: 1 });
  });

  it('is refused as a whole when a byte of it is wrong', () => {
    const redis = filled();
    const bytes = writeRdb(redis.engine);
    const damaged = `${bytes.slice(0, -20)}${String.fromCharCode(bytes.charCodeAt(bytes.length - 20) ^ 1)}${bytes.slice(-19)}`;
    for (const file of [damaged, bytes.slice(0, -30), 'REDIS9999', 'something else']) {
      expect(readRdb(createRedis().engine, file, { expiredBy: undefined, merges: false }).kind).toBe('refused');
    }
  });

  it('is counted: how much has changed since, and when it was', () => {
    const redis = filled();
    const info = (): string => {
      const reply = redis.reply('INFO', 'persistence');
      return 'bytes' in reply ? reply.bytes : '';
    };
    expect(info()).not.toContain('rdb_changes_since_last_save:0');
    redis.advance('10s');
    expect(text(redis, 'BGSAVE')).toBe('Background saving started');
    expect(info()).toContain('rdb_changes_since_last_save:0');
    expect(redis.reply('LASTSAVE')).toEqual({ kind: 'integer', value: Math.floor(redis.now / 1000) });
  });
});

describe('a node without an append-only file', () => {
  const restarted = (save: string): Promise<readonly (string | null)[]> => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim, {});
    return sim.run(async () => {
      const client = redis.client({ name: 'c' });
      redis.server(redis.primary)?.engine.configuration.set(['save', save]);
      await client.set('early', '1');
      await sim.sleep('3s');
      await client.set('late', '2');
      redis.primary.crash('power');
      await sim.sleep('1s');
      redis.primary.restart();
      return [await client.get('early'), await client.get('late')];
    });
  };

  it('comes back with what its last save point kept, and no more', async () => {
    expect(await restarted('2 1')).toEqual(['1', null]);
    expect(await restarted('')).toEqual([null, null]);
  });
});
