import { describe, expect, it } from 'vitest';
import { createRedis } from '../../../src/redis/index.ts';

describe('OBJECT IDLETIME', () => {
  it('counts the seconds since a key was used; looking at its type or its time to live is no use', () => {
    const redis = createRedis();
    redis.reply('SET', 'k', 'v');
    redis.advance('90s');
    for (const name of ['TYPE', 'TTL', 'EXISTS', 'OBJECT ENCODING']) redis.reply(...name.split(' '), 'k');
    expect(redis.reply('OBJECT', 'IDLETIME', 'k')).toEqual({ kind: 'integer', value: 90 });
    redis.reply('TOUCH', 'k');
    expect(redis.reply('OBJECT', 'IDLETIME', 'k')).toEqual({ kind: 'integer', value: 0 });
  });

  it('is no question under an LFU policy, and FREQ is none under another', () => {
    const redis = createRedis();
    redis.reply('SET', 'k', 'v');
    expect(redis.reply('OBJECT', 'FREQ', 'k')).toMatchObject({ kind: 'error' });
    redis.reply('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    expect(redis.reply('OBJECT', 'IDLETIME', 'k')).toMatchObject({ kind: 'error' });
  });
});

describe('OBJECT FREQ', () => {
  it('begins at 5, grows with use ever more slowly, and decays by the minute', () => {
    const redis = createRedis();
    redis.reply('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
    const frequency = (): number => {
      const reply = redis.reply('OBJECT', 'FREQ', 'k');
      return reply.kind === 'integer' ? Number(reply.value) : -1;
    };
    redis.reply('SET', 'k', 'v');
    expect(frequency()).toBe(5);
    for (let i = 0; i < 1000; i++) redis.reply('GET', 'k');
    const after = frequency();
    expect(after).toBeGreaterThan(8);
    expect(after).toBeLessThan(60);
    redis.advance('3m');
    expect(frequency()).toBe(after - 3);
    redis.advance('10h');
    expect(frequency()).toBe(0);
  });
});
