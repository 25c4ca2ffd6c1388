import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStore } from 'connect-redis';
import session, { type Session } from 'express-session';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

test('sessions of express-session live in it, and end with their keys', async () => {
  const served = await serveRedis();
  open.push(served);
  const client = createClient({ url: `redis://127.0.0.1:${served.port}` });
  await client.connect();
  open.push(client);
  const middleware = session({ store: new RedisStore({ client, ttl: 100 }), secret: 'known', resave: false, saveUninitialized: true });
  const server = createServer((request, response) => {
    middleware(request as never, response as never, () => {
      const mine = (request as unknown as { session: Session & { visits?: number } }).session;
      mine.visits = (mine.visits ?? 0) + 1;
      response.end(String(mine.visits));
    });
  }).listen(0);
  open.push({ close: () => { server.closeAllConnections(); server.close(); } });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const first = await fetch(base);
  const headers = { cookie: first.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const visit = async (): Promise<string> => (await fetch(base, { headers })).text();
  expect([await first.text(), await visit(), await visit()]).toEqual(['1', '2', '3']);
  const [key = ''] = await client.keys('sess:*');
  expect(await client.ttl(key)).toBeGreaterThan(90);
  await client.del(key);
  expect(await visit()).toBe('1');
});
