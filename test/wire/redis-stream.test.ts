import { Redis } from 'ioredis';
import { beforeEach, expect, test, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('ioredis runs on an engine in this process, and time is moved by hand', async () => {
  const redis = createRedis();
  const client = new Redis({ Connector: redisConnector(redis) });
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
  const [a, b] = [new Redis({ Connector: redisConnector(redis) }), new Redis({ Connector: redisConnector(redis) })];
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

test('ioredis retries over a connection that breaks on cue, and sees error replies on cue', async () => {
  const redis = createRedis();
  const client = new Redis({ Connector: redisConnector(redis), connectionName: 'shop', retryStrategy: () => 1 });
  await client.set('n', 1);
  const fault = redis.faults.add({ client: 'shop', command: 'INCR', times: 1, fault: { kind: 'disconnect', when: 'after' } });
  // Executed twice: the client cannot know that the first one was.
  expect([await client.incr('n'), fault.hits]).toEqual([3, 1]);
  redis.faults.add({ command: 'GET', times: 1, fault: { kind: 'error', error: 'READONLY' } });
  await expect(client.get('n')).rejects.toThrow("READONLY You can't write against a read only replica.");
  redis.faults.add({ command: 'INCR', times: 1, fault: { kind: 'delay', by: '10s', when: 'after' } });
  const slow = client.incr('n');
  await vi.waitFor(() => { expect(redis.get('n')).toBe('4'); });
  redis.advance('10s');
  expect(await slow).toBe(4);
  client.disconnect();
});

test('a dropped reply is a timeout for ioredis', async () => {
  const redis = createRedis();
  redis.faults.add({ command: 'INCR', times: 1, fault: { kind: 'drop-reply' } });
  const client = new Redis({ Connector: redisConnector(redis), commandTimeout: 30, retryStrategy: () => 1 });
  client.on('error', () => undefined);
  await expect(client.incr('n')).rejects.toThrow('Command timed out');
  expect(redis.get('n')).toBe('1');
  client.disconnect();
});
