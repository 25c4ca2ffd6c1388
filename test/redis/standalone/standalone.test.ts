import { describe, expect, it } from 'vitest';
import { createRedis, RedisReplyError } from '../../../src/redis/index.ts';

describe('createRedis()', () => {
  it('answers at once, in ordinary text', () => {
    const redis = createRedis();
    expect(redis.set('ключ', 'çà')).toBe('OK');
    expect([redis.get('ключ'), redis.strlen('ключ'), redis.get('none')]).toEqual(['çà', 4, null]);
  });

  it('expires keys as its own clock is moved, and reading moves nothing', () => {
    const redis = createRedis();
    redis.set('session', 'x', { EX: 10 });
    expect([redis.ttl('session'), redis.ttl('session')]).toEqual([10, 10]);
    redis.advance('9s');
    expect([redis.pttl('session'), redis.get('session')]).toEqual([1000, 'x']);
    redis.advance('1001ms');
    expect([redis.get('session'), redis.dbsize()]).toEqual([null, 0]);
  });

  it('has removed all that expired when hours have passed, however many they were', () => {
    const redis = createRedis();
    for (let i = 0; i < 20_000; i++) redis.command('SET', `key:${i}`, 'v', 'EX', 60);
    redis.advance('1h');
    expect(redis.dbsize()).toBe(0);
  });

  it('removes expired keys by itself, without anybody looking at them', () => {
    const redis = createRedis();
    for (let i = 0; i < 1000; i++) redis.set(`k${i}`, 'x', { PX: 5 });
    redis.set('stays', 'x');
    for (let i = 0; i < 100; i++) redis.advance('100ms');
    expect(redis.dbsize()).toBe(1);
  });

  it('throws an error reply with its exact text and code, and the command did nothing', () => {
    const redis = createRedis();
    redis.set('k', 'text');
    expect(() => redis.incr('k')).toThrow(RedisReplyError);
    const message = 'WRONGTYPE Operation against a key holding the wrong kind of value';
    expect(() => redis.zadd('k', 1, 'a')).toThrow(expect.objectContaining({ code: 'WRONGTYPE', definite: true, message }));
  });

  it('keeps a leaderboard with ranks', () => {
    const redis = createRedis();
    redis.zadd('board', 10, 'ann');
    redis.zadd('board', 30, 'bob');
    redis.zincrby('board', 25, 'ann');
    expect([redis.zrank('board', 'ann'), redis.zrevrank('board', 'bob'), redis.zrank('board', 'eve')]).toEqual([1, 1, null]);
    expect(redis.zrangeWithScores('board', 0, -1, { REV: true })).toEqual([{ member: 'ann', score: 35 }, { member: 'bob', score: 30 }]);
    expect(redis.zrange('board', '(30', '+inf', { BY: 'SCORE' })).toEqual(['ann']);
  });

  it('keeps lists and sets', () => {
    const redis = createRedis();
    redis.rpush('jobs', 'a', 'b', 'c');
    expect([redis.lmove('jobs', 'doing', 'LEFT', 'RIGHT'), redis.lpop('jobs'), redis.rpop('jobs'), redis.llen('jobs'), redis.exists('jobs')]).toEqual(['a', 'b', 'c', 0, 0]);
    redis.sadd('tags', 10, 9, 2);
    expect([redis.smembers('tags'), redis.sismember('tags', 9), redis.srem('tags', 9, 8), redis.scard('tags')]).toEqual([['2', '9', '10'], true, 1, 2]);
    expect(redis.lrange('doing', 0, -1)).toEqual(['a']);
  });

  it('measures the earth as Redis does', () => {
    const redis = createRedis();
    redis.geoadd('Sicily', { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' }, { longitude: 15.087269, latitude: 37.502669, member: 'Catania' });
    expect(redis.geodist('Sicily', 'Palermo', 'Catania')).toBe(166274.1516);
    expect(redis.command('GEOHASH', 'Sicily', 'Palermo', 'Catania')).toEqual(['sqc8b49rny0', 'sqdtr74hyu0']);
    expect(redis.geosearch('Sicily', { from: { longitude: 15, latitude: 37 }, by: { radius: 200 }, unit: 'km', order: 'ASC' })).toEqual(['Catania', 'Palermo']);
  });

  it('gives each connection its own transaction, watch and database', () => {
    const redis = createRedis();
    const other = redis.connect();
    redis.watch('stock');
    other.set('stock', 0);
    expect(redis.multi([['SET', 'stock', 5]])).toBeNull();
    expect(redis.multi([['INCR', 'stock'], ['GET', 'stock']])).toEqual([1, '1']);
    other.select(1);
    expect([other.get('stock'), redis.get('stock')]).toEqual([null, '1']);
  });

  it('undoes nothing when a command inside a transaction fails (R24)', () => {
    const redis = createRedis();
    redis.set('a', 'text');
    const replies = redis.multi([['SET', 'b', 1], ['INCR', 'a'], ['SET', 'c', 1]]);
    expect(replies).toEqual(['OK', new RedisReplyError('ERR value is not an integer or out of range'), 'OK']);
    expect(redis.exists('b', 'c')).toBe(2);
  });

  it('publishes to channels and patterns, and to nobody who came later (R27)', () => {
    const redis = createRedis();
    const heard: string[] = [];
    expect(redis.publish('news.art', 'lost')).toBe(0);
    redis.connect().subscribe('news.art', (message) => heard.push(`channel ${message}`));
    redis.connect().psubscribe('news.*', (message, channel, pattern) => heard.push(`${pattern ?? ''} ${channel} ${message}`));
    expect(redis.publish('news.art', 'hello')).toBe(2);
    expect(heard).toEqual(['channel hello', 'news.* news.art hello']);
  });

  it('gives the same answers of chance for the same seed', () => {
    const draw = (seed: number): unknown[] => {
      const redis = createRedis({ seed });
      for (let i = 0; i < 50; i++) redis.set(`k${i}`, 'x');
      return Array.from({ length: 10 }, () => redis.randomkey());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('refuses a clock or a count of databases that makes no sense', () => {
    expect(() => createRedis({ now: 1.5 })).toThrow('now must be whole milliseconds');
    expect(() => createRedis({ databases: 0 })).toThrow('databases must be 1 to 100000');
  });
});

it('a closed connection takes no more commands, at once or by promise, and closing it again changes nothing', async () => {
  const redis = createRedis();
  const other = redis.connect();
  other.close();
  other.close();
  expect(() => other.set('k', 'v')).toThrow(expect.objectContaining({ code: 'CONNECTION_CLOSED' }) as Error);
  await expect(other.promises.set('k', 'v')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(redis.get('k')).toBeNull();
});

it('a listener may command and publish while it is told something, and a message within a message arrives', () => {
  const redis = createRedis();
  const listening = redis.connect();
  const heard: string[] = [];
  listening.subscribe('news', (message) => {
    heard.push(message);
    redis.rpush('log', message);
    if (heard.length < 4) redis.publish('news', `${message}!`);
    else listening.unsubscribe('news');
  });
  expect(redis.multi([['SET', 'k', 'v'], ['PUBLISH', 'news', 'a'], ['GET', 'k']])).toEqual(['OK', 1, 'v']);
  expect(heard).toEqual(['a', 'a!', 'a!!', 'a!!!']);
  expect(redis.lrange('log', 0, -1)).toEqual(heard);
  expect(redis.publish('news', 'b')).toBe(0);
  expect(listening.listenerErrors).toEqual([]);
});
