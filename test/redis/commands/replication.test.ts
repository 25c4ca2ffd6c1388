import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis, type RedisPort } from '../../../src/wire/index.ts';

// Sockets live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const open: RedisPort[] = [];
afterEach(async () => { for (const served of open.splice(0)) await served.close(); });

/** Says something and gives what comes back until it matches. */
function ask(port: number, input: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => { socket.write(input, 'latin1'); });
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (until.test(received)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => { resolve(received); });
  });
}

async function withDataset(): Promise<number> {
  const served = await serveRedis();
  open.push(served);
  await ask(served.port, 'SET the-key v\r\n', /OK/);
  await ask(served.port, String.raw`FUNCTION LOAD "#!lua name=the_library\nredis.register_function('f', function() return 1 end)"` + '\r\n', /\r\n/);
  return served.port;
}

test('SYNC gives keys and functions, and then every change', async () => {
  const port = await withDataset();
  const heard = ask(port, 'SYNC\r\n', /later/);
  await vi.waitFor(async () => { expect(await ask(port, 'INFO replication\r\n', /repl_backlog_histlen/)).toContain('connected_slaves:1'); });
  await ask(port, 'SET later 1\r\n', /OK/);
  expect(await ask(port, 'INFO replication\r\n', /repl_backlog_histlen/)).toMatch(/second_repl_offset:-1\r\nrepl_backlog_active:1\r\nrepl_backlog_size:1048576\r\nrepl_backlog_first_byte_offset:1\r\nrepl_backlog_histlen:[1-9]/);
  const received = await heard;
  expect(received).toContain('the-key');
  expect(received).toContain('the_library');
  expect(received).toContain('$5\r\nlater\r\n');
});

test.each([
  ['functions', false, true],
  ['', false, false],
])('a replica that asks for "%s" only gets a snapshot of that', async (filter, hasKeys, hasFunctions) => {
  const port = await withDataset();
  const received = await ask(port, `REPLCONF rdb-only 1 rdb-filter-only "${filter}"\r\nSYNC\r\n`, /aof-base/);
  expect([received.includes('the-key'), received.includes('the_library')]).toEqual([hasKeys, hasFunctions]);
});

test('a part of snapshots that nobody knows is refused', async () => {
  const port = await withDataset();
  expect(await ask(port, 'REPLCONF rdb-filter-only nonsense\r\n', /\r\n/)).toBe('-ERR Unsupported rdb-filter-only option: nonsense\r\n');
});

test('MIGRATE tells that its target does not listen', async () => {
  const port = await withDataset();
  expect(await ask(port, 'MIGRATE 127.0.0.1 1 the-key 0 100\r\n', /\r\n/)).toBe('-IOERR error or timeout writing to target instance\r\n');
  expect(await ask(port, 'MIGRATE 127.0.0.1 1 none 0 100\r\n', /\r\n/)).toBe('+NOKEY\r\n');
});
