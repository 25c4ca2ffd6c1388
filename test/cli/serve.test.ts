import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Client } from 'cassandra-driver';
import { beforeEach, expect, test, vi } from 'vitest';
import { serveCommand } from '../../src/cli/serve.ts';
import { runCommandLine } from '../support/terminal.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('prints one line when it is ready, serves, and ends cleanly on SIGTERM', async () => {
  const child = spawn('node', ['--import', 'tsx', 'src/cli/main.ts', 'serve', 'redis', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => { child.stdout.once('data', (chunk: Buffer) => { resolve(chunk.toString()); }); });
  const [, port] = /^listening on 127\.0\.0\.1:(\d+)\n$/.exec(line) ?? [];
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => { socket.write('PING\r\n'); });
    socket.once('data', (chunk) => { resolve(chunk.toString()); });
  });
  expect(answer).toBe('+PONG\r\n');
  const ended = new Promise((resolve) => { child.once('exit', (code) => { resolve(code); }); });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test.each([
  [[], 'serve: which store; known are redis, cassandra'],
  [['mongo'], "serve: unknown store 'mongo'; known are redis, cassandra"],
  [['redis', '--port', '70000'], 'serve: a port is 0 to 65535, got 70000'],
  [['redis', '--databases', '0'], 'serve: databases must be 1 to 100000'],
  [['redis', '--host', '203.0.113.1'], /^cannot listen on 203\.0\.113\.1:0: /],
])('refuses %j in one line', async (args, message) => {
  const { code, err, out } = await runCommandLine(serveCommand, ...args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toEqual([expect.stringMatching(message)]);
});

test('serves replicas, and faults of commands from a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'serve-'));
  const plan = join(directory, 'faults.json');
  writeFileSync(plan, JSON.stringify([{ command: 'PING', fault: { kind: 'error', error: 'LOADING' } }]));
  const child = spawn('node', ['--import', 'tsx', 'src/cli/main.ts', 'serve', 'redis', '--replicas', '1', '--command-faults', plan], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.split('\n').length === 3) resolve();
    });
  });
  const [, first, second] = /^listening on 127\.0\.0\.1:(\d+)\nreplica redis-2 listening on 127\.0\.0\.1:(\d+)\n$/.exec(printed) ?? [];
  const answers = await Promise.all([first, second].map((port) => new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => { socket.write('PING\r\nSET k v\r\n'); });
    socket.on('data', (chunk) => { resolve(chunk.toString()); });
  })));
  const loading = '-LOADING Redis is loading the dataset in memory\r\n';
  expect(answers).toEqual([`${loading}+OK\r\n`, `${loading}-READONLY You can't write against a read only replica.\r\n`]);
  child.kill('SIGTERM');
});

test('a file of faults with a mistake is one line', async () => {
  const plan = join(mkdtempSync(join(tmpdir(), 'serve-')), 'faults.json');
  writeFileSync(plan, '[{ "fault": { "kind": "explode" } }]');
  const { code, err } = await runCommandLine(serveCommand, 'redis', '--command-faults', plan);
  expect([code, err]).toEqual([2, [`${plan}: command fault 1: 'fault.kind' must be 'error', 'delay', 'drop-reply' or 'disconnect'`]]);
});

test('serves a Cassandra with a schema from a file, and refuses a mistake in it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'serve-'));
  const file = join(directory, 'schema.cql');
  writeFileSync(file, "CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\nCREATE TABLE app.t (k int PRIMARY KEY);");
  const child = spawn('node', ['--import', 'tsx', 'src/cli/main.ts', 'serve', 'cassandra', '--port', '0', '--file', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => { child.stdout.once('data', (chunk: Buffer) => { resolve(chunk.toString()); }); });
  const [, port] = /^n1 listening on 127\.0\.0\.1:(\d+)\n$/.exec(line) ?? [];
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter: 'datacenter1', protocolOptions: { port: Number(port) } });
  await client.connect();
  expect((await client.execute('SELECT * FROM app.t')).rows).toEqual([]);
  await client.shutdown();
  const ended = new Promise((resolve) => { child.once('exit', (code) => { resolve(code); }); });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);

  writeFileSync(file, 'CREATE TABLE t (k int PRIMARY KEY)');
  for (const [args, message] of [
    [['--port', '0', '--file', file], `${file}: No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename`],
    [['--file', join(directory, 'none.cql')], /none\.cql: ENOENT/],
    [['--nodes', '0'], 'serve: 1 to 100 nodes, got 0'],
    [['--datacenters', 'dc1'], "serve: --datacenters is written dc1:3,dc2:3, got 'dc1'"],
  ] as const) {
    const { code, err } = await runCommandLine(serveCommand, 'cassandra', ...args);
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  }
});
