import net, { connect } from 'node:net';
import { createClient } from 'redis';
import { beforeEach, expect, test, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { reserveRedisHost, serveRedis } from '../../src/wire/index.ts';

// Real clients live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('node-redis reaches a Redis in this process by a host that exists nowhere else', async () => {
  const redis = createRedis();
  const release = reserveRedisHost('192.0.2.1', redis);
  const client = createClient({ url: 'redis://192.0.2.1', RESP: 3 });
  const listener = client.duplicate();
  await Promise.all([client.connect(), listener.connect()]);
  await client.hSet('user', { name: 'ann' });
  expect([redis.hgetall('user'), await client.ping()]).toEqual([{ name: 'ann' }, 'PONG']);
  const heard = new Promise((resolve) => { void listener.subscribe('news', (message) => { resolve(message); }); });
  await vi.waitFor(() => { expect(redis.publish('news', 'hello')).toBe(1); });
  expect(await heard).toBe('hello');
  redis.faults.add({ command: 'GET', times: 1, fault: { kind: 'error', error: 'LOADING' } });
  await expect(client.get('k')).rejects.toThrow('LOADING');
  client.destroy();
  listener.destroy();
  release();
  await vi.waitFor(() => { expect(redis.engine.connections.size).toBe(1); });
});

test('other hosts go where they always went, and so do all once it is given back', async () => {
  const real = net.createConnection;
  const server = await serveRedis();
  const release = reserveRedisHost('192.0.2.1', createRedis());
  expect(() => reserveRedisHost('192.0.2.1', createRedis())).toThrow('the host 192.0.2.1 is reserved already');
  const answer = (socket: net.Socket): Promise<string> => new Promise((resolve) => {
    socket.write('PING\r\n');
    socket.once('data', (chunk: Buffer) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });
  expect(await Promise.all([answer(connect(server.port, '127.0.0.1')), answer(net.createConnection({ port: 1, host: '192.0.2.1' }))])).toEqual(['+PONG\r\n', '+PONG\r\n']);
  release();
  expect(net.createConnection).toBe(real);
  await server.close();
});
