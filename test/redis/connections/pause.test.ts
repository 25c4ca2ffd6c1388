import { describe, expect, it } from 'vitest';
import { createRedis } from '../../../src/redis/index.ts';

describe('a pause', () => {
  it('of writes lets reads pass, and executes what was put off when it is over', async () => {
    const redis = createRedis();
    const [reader, writer] = [redis.connect(), redis.connect()];
    redis.reply('CLIENT', 'PAUSE', 1000, 'WRITE');
    const late = writer.wait('INCR', 'n');
    expect(reader.reply('GET', 'n')).toEqual({ kind: 'nil' });
    expect(redis.info('clients')).toContain('blocked_clients:1');
    redis.advance('1s');
    expect(await late).toBe(1);
    expect(reader.get('n')).toBe('1');
  });

  it('ends with UNPAUSE, and holds transactions that write but not those that read', async () => {
    const redis = createRedis();
    const [reader, writer] = [redis.connect(), redis.connect()];
    redis.reply('CLIENT', 'PAUSE', 100_000, 'WRITE');
    expect(reader.multi([['GET', 'a']])).toEqual([null]);
    writer.reply('MULTI');
    const queued = writer.wait('SET', 'a', '1');
    redis.reply('CLIENT', 'UNPAUSE');
    expect(await queued).toBe('QUEUED');
    writer.reply('DISCARD');
  });

  it('keeps keys that expire meanwhile, hidden', () => {
    const redis = createRedis();
    redis.command('SET', 'a', '1', 'PX', 10);
    redis.reply('CLIENT', 'PAUSE', 1000, 'WRITE');
    redis.engine.waiting.pause('write', redis.now + 1_000_000);
    redis.advance('1s');
    expect(redis.get('a')).toBeNull();
    expect(redis.command('DBSIZE')).toBe(1);
    redis.reply('CLIENT', 'UNPAUSE');
    expect(redis.get('a')).toBeNull();
    expect(redis.command('DBSIZE')).toBe(0);
  });
});
