import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

function connect(port: number, options: object = {}): Redis {
  const client = new Redis({ port, retryStrategy: () => 20, ...options });
  client.on('error', () => undefined);
  open.push({ close: () => { client.disconnect(); } });
  return client;
}

describe('time under real clients', () => {
  test('is moved ahead by hand, and goes on from there', async () => {
    const { port, simulation } = await serve();
    const client = connect(port);
    await client.set('session', 'ann', 'EX', 3600);
    const before = Number((await client.time())[0]);
    await simulation.advance('59m');
    expect(await client.get('session')).toBe('ann');
    await simulation.advance('2m');
    expect(await client.get('session')).toBeNull();
    expect(Number((await client.time())[0]) - before).toBeGreaterThanOrEqual(3660);
    // It does not stand still until real time has caught up.
    await client.set('short', 'x', 'PX', 20);
    await vi.waitFor(async () => { expect(await client.get('short')).toBeNull(); });
  });

  test('ends what waits', async () => {
    const { port, simulation } = await serve();
    const client = connect(port);
    const waiting = client.blpop('queue', 3600);
    await vi.waitFor(async () => { expect(await connect(port).client('LIST')).toContain('cmd=blpop'); });
    await simulation.advance('1h');
    expect(await waiting).toBeNull();
  });
});

describe('machines under real clients', () => {
  test('a replica is behind while its link is cut, and catches up', async () => {
    const { addresses, simulation } = await serve({ replicas: 1 });
    const [primary, replica] = addresses.map(({ port }) => connect(port)) as [Redis, Redis];
    await primary.set('k', 'old');
    expect(await primary.wait(1, 1000)).toBe(1);
    const cut = simulation.faults.partition('redis-1', 'redis-2');
    await primary.set('k', 'new');
    expect([await primary.wait(1, 50), await replica.get('k')]).toEqual([0, 'old']);
    cut.heal();
    await vi.waitFor(async () => { expect(await replica.get('k')).toBe('new'); }, { timeout: 5000 });
    await expect(replica.set('k', 'x')).rejects.toThrow("READONLY You can't write against a read only replica.");
  });

  test('a crash breaks connections; what was not on the disk is gone, and clients come back', async () => {
    const { port, simulation, engine } = await serve();
    const client = connect(port);
    await client.set('k', 'v');
    simulation.faults.crash('redis-1').for('100ms');
    await vi.waitFor(() => { expect(engine.connections.size).toBeLessThan(2); });
    expect(await client.get('k')).toBeNull();
  });

  test('an append-only file brings it back', async () => {
    const { port, simulation } = await serve({ appendonly: true, appendfsync: 'always' });
    const client = connect(port);
    await client.set('k', 'v');
    simulation.faults.crash('redis-1').for('50ms');
    expect(await client.get('k')).toBe('v');
  });

  test('a pause is a timeout for who does not wait long enough, and the command happens afterwards', async () => {
    const { port, simulation } = await serve();
    const client = connect(port, { commandTimeout: 40 });
    await client.ping();
    const pause = simulation.faults.pause('redis-1');
    await expect(client.incr('n')).rejects.toThrow('Command timed out');
    pause.heal();
    expect(await client.get('n')).toBe('1');
  });

  test('a failover promotes a replica that real clients can write to', async () => {
    const { addresses, simulation, deployment } = await serve({ replicas: 1 });
    const [first, second] = addresses.map(({ port }) => connect(port, { maxRetriesPerRequest: 1 })) as [Redis, Redis];
    await first.set('k', 'v');
    await first.wait(1, 1000);
    const crash = simulation.faults.crash('redis-1');
    deployment.promote('redis-2');
    expect([await second.get('k'), await second.set('k', 'w')]).toEqual(['v', 'OK']);
    await expect(first.get('k')).rejects.toThrow(/Connection is closed|Reached the max retries/);
    crash.heal();
  });
});

test('a command fault befalls the client it names', async () => {
  const { port, faults } = await serve();
  faults.add({ client: 'worker', command: 'GET', fault: { kind: 'error', error: 'LOADING' } });
  const [worker, other] = [connect(port, { connectionName: 'worker', maxLoadingRetryTime: 10 }), connect(port)];
  expect(await other.get('k')).toBeNull();
  await expect(worker.get('k')).rejects.toThrow('LOADING');
});

test('node-redis connects through a Unix socket', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'redis-')), 'redis.sock');
  await serve({ path });
  const client = createClient({ socket: { path, tls: false } });
  await client.connect();
  open.push({ close: () => { client.destroy(); } });
  await client.set('k', 'v');
  expect(await client.get('k')).toBe('v');
});

test('options that make no sense are one clear line', async () => {
  await expect(serveRedis({ prot: 1 } as ServeRedisOptions)).rejects.toThrow("a Redis deployment has no option 'prot'");
});

test('a delayed command holds up its own connection only, in real time or when the clock is moved', async () => {
  const { port, faults, simulation } = await serve();
  const [slow, other] = [connect(port, { connectionName: 'slow' }), connect(port)];
  await Promise.all([slow.ping(), other.ping()]);
  faults.add({ client: 'slow', command: 'INCR', times: 1, fault: { kind: 'delay', by: '20ms' } });
  const late = slow.incr('n');
  expect(await other.incr('n')).toBe(1);
  expect(await late).toBe(2);
  faults.add({ client: 'slow', command: 'INCR', times: 1, fault: { kind: 'delay', by: '1h', when: 'after' } });
  const later = slow.incr('n');
  await vi.waitFor(async () => { expect(await other.get('n')).toBe('3'); });
  await simulation.advance('1h');
  expect(await later).toBe(3);
});
