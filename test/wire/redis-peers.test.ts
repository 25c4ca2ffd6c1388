import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis } from '../../src/wire/index.ts';

// Sockets and real clients live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const open: { close(): unknown }[] = [];
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

async function serve(requirepass?: string): Promise<{ port: number; client: Redis }> {
  const served = await serveRedis(requirepass === undefined ? {} : { requirepass });
  const client = new Redis(served.port, requirepass === undefined ? {} : { password: requirepass });
  open.push(served, { close: () => { client.disconnect(); } });
  return { port: served.port, client };
}

test('keys move to another port with their types and times to live, and are gone here', async () => {
  const [from, to] = [await serve(), await serve()];
  await from.client.rpush('list', 'a', 'b');
  await from.client.set('session', 'x', 'EX', 100);
  expect(await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 3, 1000, 'KEYS', 'list', 'session', 'none')).toBe('OK');
  await to.client.select(3);
  expect([await to.client.lrange('list', 0, -1), await to.client.ttl('session'), await from.client.dbsize()]).toEqual([['a', 'b'], 100, 0]);
});

test('a key that the other side has stays where it is, unless it may be replaced; a copy stays too', async () => {
  const [from, to] = [await serve(), await serve()];
  await from.client.set('k', 'new');
  await to.client.set('k', 'old');
  await expect(from.client.call('MIGRATE', '127.0.0.1', to.port, 'k', 0, 1000)).rejects.toThrow('ERR Target instance replied with error: BUSYKEY Target key name already exists.');
  expect(await from.client.call('MIGRATE', '127.0.0.1', to.port, 'k', 0, 1000, 'COPY', 'REPLACE')).toBe('OK');
  expect([await from.client.get('k'), await to.client.get('k')]).toEqual(['new', 'new']);
});

test('a password is sent, and without it nothing moves', async () => {
  const [from, to] = [await serve(), await serve('secret')];
  await from.client.set('k', 'v');
  await expect(from.client.call('MIGRATE', '127.0.0.1', to.port, 'k', 0, 1000)).rejects.toThrow(/NOAUTH/);
  expect(await from.client.call('MIGRATE', '127.0.0.1', to.port, 'k', 0, 1000, 'AUTH', 'secret')).toBe('OK');
  expect(await to.client.get('k')).toBe('v');
});
