import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRedis, type RedisStandalone } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

type Adapter = typeof createAdapter;

async function serve(redis: RedisStandalone, adapter: Adapter): Promise<{ readonly server: Server; readonly url: string }> {
  const [publisher, subscriber] = [1, 2].map(() => {
    const client = new Redis({ Connector: redisConnector(redis) });
    open.push({ close: () => { client.disconnect(); } });
    return client;
  });
  const http = createServer();
  const server = new Server(http, { adapter: adapter(publisher, subscriber) });
  open.push(server);
  server.on('connection', (socket) => {
    socket.on('join', async (room: string, done: () => void) => {
      await socket.join(room);
      done();
    });
  });
  await new Promise<void>((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return { server, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

async function connected(url: string, name: string, heard: string[]): Promise<Socket> {
  const client = io(url, { transports: ['websocket'] });
  open.push(client);
  client.on('news', (text: string) => { heard.push(`${name}: ${text}`); });
  await new Promise<void>((resolve) => { client.on('connect', resolve); });
  return client;
}

test.each<readonly [string, Adapter]>([
  ['PUBLISH and SUBSCRIBE', createAdapter],
  ['SPUBLISH and SSUBSCRIBE', createShardedAdapter as unknown as Adapter],
])('two servers of socket.io reach each other\'s clients through %s', async (_, adapter) => {
  const redis = createRedis();
  const [a, b] = [await serve(redis, adapter), await serve(redis, adapter)];
  const heard: string[] = [];
  await connected(a.url, 'ann', heard);
  const bob = await connected(b.url, 'bob', heard);
  await new Promise<void>((resolve) => { bob.emit('join', 'room', resolve); });
  a.server.emit('news', 'to all');
  await vi.waitFor(() => { expect(heard.toSorted()).toEqual(['ann: to all', 'bob: to all']); });
  a.server.to('room').emit('news', 'to the room');
  await vi.waitFor(() => { expect(heard.at(-1)).toBe('bob: to the room'); });
  expect(await a.server.fetchSockets()).toHaveLength(2);
  b.server.on('question', (n: number, answer: (reply: string) => void) => { answer(`${n} it is`); });
  expect(await a.server.serverSideEmitWithAck('question', 42)).toEqual(['42 it is']);
  a.server.in('room').disconnectSockets(true);
  await vi.waitFor(() => { expect(bob.connected).toBe(false); });
});
