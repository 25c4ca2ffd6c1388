/**
 * `MIGRATE` between our port and a real redis-server 7.0, both ways: what arrives, and what is refused. Tolerances: none.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serveRedis, type RedisPort } from '../../src/wire/index.ts';
import { hasRedisServer, RedisOracle } from './redis-oracle.ts';

// Sockets and real clients live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

describe.skipIf(!hasRedisServer())(`MIGRATE, between ours and redis-server${hasRedisServer() ? '' : ' (not installed: nothing was compared)'}`, () => {
  let oracle: RedisOracle;
  let served: RedisPort;
  const clients: Redis[] = [];
  beforeAll(async () => {
    oracle = await RedisOracle.start();
    served = await serveRedis();
    clients.push(new Redis(served.port), new Redis(oracle.port));
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await served.close();
    await oracle.stop();
  });

  it.each([['from ours to the real one', 0, 1], ['from the real one to ours', 1, 0]])('moves values of every type, %s', async (_, source, target) => {
    const [from, to] = [clients[source] as Redis, clients[target] as Redis];
    await Promise.all([from.flushall(), to.flushall()]);
    await from.set('string', 'x', 'EX', 1000);
    await from.rpush('list', 'a', 'b');
    await from.sadd('set', '1', '2');
    await from.hset('hash', 'f', 'v');
    await from.zadd('board', 1.5, 'm');
    await from.xadd('stream', '1-1', 'f', 'v');
    const keys = ['string', 'list', 'set', 'hash', 'board', 'stream'];
    const digests = await Promise.all(keys.map((key) => from.dump(key)));
    const port = target === 0 ? served.port : oracle.port;
    expect(await from.call('MIGRATE', '127.0.0.1', port, '', 0, 1000, 'KEYS', ...keys)).toBe('OK');
    expect([await from.dbsize(), await to.dbsize(), await to.ttl('string')]).toEqual([0, keys.length, 1000]);
    expect(await Promise.all(keys.map((key) => to.dump(key)))).toEqual(digests);
  });

  it('refuses with the same words', async () => {
    const lines = [
      ['MIGRATE', '127.0.0.1', '1', 'k', '0', '100'], ['MIGRATE', '127.0.0.1', 'x', 'k', '0', '100'], ['MIGRATE', '127.0.0.1', '1', 'none', '0', '100'],
      ['MIGRATE', '127.0.0.1', '1', 'k', 'x', '100'], ['MIGRATE', '127.0.0.1', '1', 'k', '0', 'x'], ['MIGRATE', '127.0.0.1', '1', 'k', '0', '100', 'AUTH'],
      ['MIGRATE', '127.0.0.1', '1', 'k', '0', '100', 'KEYS', 'a'], ['MIGRATE', '127.0.0.1', '1', 'k', '0', '100', 'FOO'],
    ];
    const answers = await Promise.all(clients.map(async (client) => {
      await client.set('k', 'v');
      const said: string[] = [];
      for (const [name = '', ...args] of lines) said.push(await client.call(name, ...args).then(String, (error: Error) => error.message));
      return said;
    }));
    expect(answers[0]).toEqual(answers[1]);
  });
});
