import { connect, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis, type RedisPort, type ServeRedisOptions } from '../../src/wire/index.ts';

// Sockets and real clients live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const open: { close(): unknown }[] = [];
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

async function serve(options?: ServeRedisOptions): Promise<RedisPort> {
  const served = await serveRedis(options);
  open.push(served);
  return served;
}

/** Sends bytes and gives what comes back until so many have, or the server hangs up. */
function exchange(port: number, input: string, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket: Socket = connect(port, '127.0.0.1', () => { socket.write(input, 'latin1'); });
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (received.length >= length) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => { resolve(received); });
  });
}

test('ioredis: commands, pipelines, transactions, pub/sub', async () => {
  const { port } = await serve();
  const client = new Redis(port);
  const listener = new Redis(port);
  open.push({ close: () => { client.disconnect(); listener.disconnect(); } });
  expect(await client.set('k', 'v', 'EX', 60)).toBe('OK');
  expect([await client.get('k'), await client.ttl('k')]).toEqual(['v', 60]);
  expect(await client.pipeline().incr('n').incr('n').lpush('n', 'x').exec()).toEqual([[null, 1], [null, 2], [expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) as string })]]);
  expect(await client.multi().set('a', '1').get('a').exec()).toEqual([[null, 'OK'], [null, '1']]);
  await listener.psubscribe('news.*');
  const heard = new Promise((resolve) => { listener.on('pmessage', (...event) => { resolve(event); }); });
  expect(await client.publish('news.today', 'hello')).toBe(1);
  expect(await heard).toEqual(['news.*', 'news.today', 'hello']);
});

test('node-redis speaks RESP3', async () => {
  const { port } = await serve();
  const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 3 });
  await client.connect();
  open.push({ close: () => { client.destroy(); } });
  await client.hSet('h', { a: '1', b: '2' });
  expect({ ...await client.hGetAll('h') }).toEqual({ a: '1', b: '2' });
  expect(await client.zAdd('z', [{ score: 1.5, value: 'x' }])).toBe(1);
  expect(await client.zScore('z', 'x')).toBe(1.5);
});

test('shard channels are a world of their own', async () => {
  const { port } = await serve();
  const [listener, publisher] = [new Redis(port), new Redis(port)];
  open.push({ close: () => { listener.disconnect(); publisher.disconnect(); } });
  const heard: unknown[] = [];
  listener.on('smessage', (...event) => heard.push(event));
  listener.on('message', (...event) => heard.push(event));
  expect(await listener.ssubscribe('news')).toBe(1);
  expect(await publisher.publish('news', 'not for shards')).toBe(0);
  expect(await publisher.spublish('news', 'hello')).toBe(1);
  expect([await publisher.pubsub('SHARDCHANNELS'), await publisher.pubsub('CHANNELS')]).toEqual([['news'], []]);
  await vi.waitFor(() => { expect(heard).toEqual([['news', 'hello']]); });
});

test('inline commands, pipelines in one write, and bytes that are no text', async () => {
  const { port } = await serve();
  expect(await exchange(port, 'PING\r\nSET k "a b"\r\nGET k\r\n', 21)).toBe('+PONG\r\n+OK\r\n$3\r\na b\r\n');
  const binary = '\x00\xff\r\n\x80';
  expect(await exchange(port, `*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$5\r\n${binary}\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n`, 15)).toBe(`+OK\r\n$5\r\n${binary}\r\n`);
});

test('malformed input gets its error and the door; the others are not disturbed', async () => {
  const { port } = await serve();
  const client = new Redis(port);
  open.push({ close: () => { client.disconnect(); } });
  expect(await exchange(port, '*1\r\n:1\r\nPING\r\n', 1000)).toBe("-ERR Protocol error: expected '$', got ':'\r\n");
  expect(await exchange(port, '*1\r\n$999999999999\r\n', 1000)).toBe('-ERR Protocol error: invalid bulk length\r\n');
  expect(await client.ping()).toBe('PONG');
});

test('half a command and a dropped connection leave nothing behind', async () => {
  const { port, engine } = await serve();
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => { socket.write('*2\r\n$3\r\nGET\r\n$5\r\nab', resolve); });
  await vi.waitFor(() => { expect(engine.connections.size).toBe(1); });
  socket.destroy();
  await vi.waitFor(() => { expect(engine.connections.size).toBe(0); });
});

test('a password is asked for', async () => {
  const { port } = await serve({ requirepass: 'secret' });
  expect(await exchange(port, 'GET k\r\nAUTH secret\r\nGET k\r\n', 44)).toBe('-NOAUTH Authentication required.\r\n+OK\r\n$-1\r\n');
});

test('blocking commands wait for what another client brings, or for their time', async () => {
  const { port } = await serve();
  const [worker, producer] = [new Redis(port), new Redis(port)];
  open.push({ close: () => { worker.disconnect(); producer.disconnect(); } });
  const job = worker.blpop('queue', 5);
  const afterwards = worker.set('done', '1');
  const id = await producer.client('ID');
  expect(typeof id).toBe('number');
  await producer.rpush('queue', 'job');
  expect([await job, await afterwards]).toEqual([['queue', 'job'], 'OK']);
  expect(await worker.blpop('queue', 0.05)).toBeNull();
  const stuck = worker.blpop('queue', 0).catch((error: Error) => error.message);
  const workerId = Number(/id=(\d+) (?=.*cmd=blpop)/.exec(String(await producer.client('LIST')))?.[1]);
  expect(await producer.client('UNBLOCK', workerId, 'ERROR')).toBe(1);
  expect(await stuck).toBe('UNBLOCKED client unblocked via CLIENT UNBLOCK');
});

test('keys expire by themselves', async () => {
  const { port, engine } = await serve();
  await exchange(port, 'SET k v PX 30\r\n', 5);
  await vi.waitFor(() => { expect(engine.database(0).size).toBe(0); }, { timeout: 2000 });
});

test('a port that is taken is one clear line', async () => {
  const { port } = await serve();
  await expect(serveRedis({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: `);
});
