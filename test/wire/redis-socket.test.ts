import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis, type RedisPort } from '../../src/wire/index.ts';

// Sockets live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const open: { close(): unknown }[] = [];
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

async function serve(): Promise<RedisPort> {
  const served = await serveRedis();
  open.push(served);
  return served;
}

/** A client that may break off; whatever the server makes of that is no error of the test. */
function client(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  open.push({ close: () => { socket.destroy(); } });
  return socket;
}

/** What comes back until it ends as it should, or the server hangs up. */
function answer(socket: Socket, end: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const hear = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (received.endsWith(end)) finish();
    };
    const finish = (): void => {
      socket.off('data', hear);
      socket.off('close', finish);
      resolve(received);
    };
    socket.on('data', hear);
    socket.on('close', finish);
  });
}

function command(...args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
}

/** Asks for something that is known, and so finds out whether the server is well. */
async function isWell(port: number): Promise<boolean> {
  const socket = client(port);
  socket.write(command('ECHO', 'well'));
  const heard = await answer(socket, 'well\r\n');
  socket.destroy();
  return heard === '$4\r\nwell\r\n';
}

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 40 });
const word = fc.constantFrom(
  'GET', 'SET', 'k', '0', '1', '-1', '9223372036854775807', 'MULTI', 'EXEC', 'SUBSCRIBE', 'HELLO', '3', 'EVAL', 'return 1', 'BLPOP', 'RESTORE', 'SORT', 'CLIENT', 'CONFIG', 'OBJECT', 'XADD', '*', 'ZADD',
  'inf', 'nan', 'MONITOR', 'RESET', 'QUIT', 'COMMAND', 'DEBUG', 'ACL', 'SETUSER', 'default', 'PSYNC', 'REPLCONF', 'LATENCY', 'MEMORY', 'FUNCTION', 'XREAD', 'BLOCK', 'STREAMS',
);
const number = fc.oneof(fc.integer({ min: -3, max: 12 }).map(String), fc.constantFrom('', '+1', '01', ' 1', '1048577', '2147483648', '536870913', '9223372036854775808', '1e3', 'x', '\0'));
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.oneof(word, bytes), { minLength: 1, maxLength: 6 }).map((args) => command(...args)) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('*', '$', ':', '+', '-', '%', '~', '_', ''), number, fc.constantFrom('\r\n', '\n', '\r', '')).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 5 }).map((words) => `${words.join(' ')}\r\n`) },
  { weight: 2, arbitrary: bytes },
);

test('whatever clients send, however it is cut, others are served', async () => {
  const { port, engine } = await serve();
  await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 4 }), fc.boolean(), async (pieces, cuts, breaksOff) => {
    const socket = client(port);
    let rest = pieces.join('');
    for (const cut of cuts) {
      socket.write(rest.slice(0, cut), 'latin1');
      rest = rest.slice(cut);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    socket.write(rest, 'latin1');
    if (breaksOff) socket.destroy();
    // A user may have been shut out, and everybody may be paused.
    for (const change of [['ACL', 'SETUSER', 'default', 'on', 'nopass', 'allkeys', 'allchannels', 'allcommands'], ['CLIENT', 'UNPAUSE']]) engine.execute(engine.connect(undefined, 'primary'), change);
    expect(await isWell(port)).toBe(true);
    socket.destroy();
  }), { numRuns: 250, seed: 11 });
}, 60_000);

test.each([
  ['a count of arguments that cannot be', '*2147483648\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
  ['a length that cannot be', '*1\r\n$536870913\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
  ['a length that is none', '*1\r\n$x\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
  ['an argument without a length', '*1\r\nPING\r\n', "-ERR Protocol error: expected '$', got 'P'\r\n"],
  ['a line without an end', 'x'.repeat(70_000), '-ERR Protocol error: too big inline request\r\n'],
  ['a count without an end', `*${'1'.repeat(70_000)}`, '-ERR Protocol error: too big mbulk count string\r\n'],
  ['a quote that is not closed', 'SET "k\r\n', '-ERR Protocol error: unbalanced quotes in request\r\n'],
])('%s ends the connection with an error', async (_, input, error) => {
  const { port } = await serve();
  const socket = client(port);
  socket.write(input);
  // There is no such end: it is the server that hangs up.
  expect(await answer(socket, 'never')).toBe(error);
});

test('a client that announces much and leaves takes nothing with it', async () => {
  const { port, engine } = await serve();
  for (let i = 0; i < 200; i++) client(port).end('*3\r\n$3\r\nSET\r\n$500000000\r\nx');
  expect(await isWell(port)).toBe(true);
  await vi.waitFor(() => { expect(engine.connections.size).toBe(0); });
});

test('a client that does not read is asked for no more than it takes, and gets all of it in the end', async () => {
  const { port, engine } = await serve();
  const socket = client(port);
  const value = 'x'.repeat(1_000_000);
  engine.execute(engine.connect(undefined, 'primary'), ['SET', 'big', value]);
  socket.pause();
  socket.write(command('GET', 'big').repeat(300) + command('ECHO', 'end'));
  await vi.waitFor(() => { expect([...engine.connections].some((connection) => connection.buffers().output > 1_000_000)).toBe(true); });
  expect(await isWell(port)).toBe(true);
  const held = Math.max(...[...engine.connections].map((connection) => connection.buffers().output));
  expect(held).toBeLessThan(100_000_000);
  let received = 0;
  let tail = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      tail = (tail + chunk.toString('latin1')).slice(-20);
      if (tail.endsWith('$3\r\nend\r\n')) resolve();
    });
    socket.resume();
  });
  expect(received).toBe(300 * (value.length + '$1000000\r\n\r\n'.length) + '$3\r\nend\r\n'.length);
});

test('a reply that is longer than any string goes out in pieces', async () => {
  const { port, engine } = await serve();
  const writer = engine.connect(undefined, 'primary');
  engine.execute(writer, ['SETRANGE', 'big', '99999999', 'x']);
  const socket = client(port);
  socket.write(command('MGET', 'big', 'big', 'big', 'big', 'big', 'big'));
  let received = 0;
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received >= 600_000_000) resolve();
    });
  });
  expect(await isWell(port)).toBe(true);
  expect(received).toBe('*6\r\n'.length + 6 * ('$100000000\r\n\r\n'.length + 100_000_000));
});

test('a string beyond what can be held is refused, and what was there stays', async () => {
  const { port } = await serve();
  const socket = client(port);
  socket.write(command('SET', 'k', 'v') + command('SETRANGE', 'k', '536870911', 'x') + command('SETBIT', 'k', '4294967295', '1') + command('GET', 'k'));
  const refused = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n';
  expect(await answer(socket, '$1\r\nv\r\n')).toBe(`+OK\r\n${refused}${refused}$1\r\nv\r\n`);
});

test('a subscriber that does not read is let go when it holds too much, and the publisher never knows', async () => {
  const { port, engine } = await serve();
  const [subscriber, publisher] = [client(port), client(port)];
  subscriber.write(command('SUBSCRIBE', 'news'));
  await answer(subscriber, ':1\r\n');
  subscriber.pause();
  publisher.write(command('EVAL', "local s = string.rep('x', 1000000) for i = 1, 100 do redis.call('PUBLISH', 'news', s) end return 'done'", '0'));
  expect(await answer(publisher, 'done\r\n')).toBe('$4\r\ndone\r\n');
  await vi.waitFor(() => { expect(engine.connections.size).toBe(1); });
});

test('a replica whose primary is not there answers reads with MASTERDOWN where it may not serve stale data', async () => {
  const { port } = await serve();
  const socket = client(port);
  const down = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n";
  socket.write([
    ['SET', 'k', 'v'], ['REPLICAOF', 'nobody', '1'], ['GET', 'k'], ['CONFIG', 'SET', 'replica-serve-stale-data', 'no'], ['GET', 'k'], ['MULTI'], ['REPLICAOF', 'NO', 'ONE'], ['EXEC'], ['GET', 'k'], ['ECHO', 'end'],
  ].map((args) => command(...args)).join(''));
  expect(await answer(socket, 'end\r\n')).toBe(`+OK\r\n+OK\r\n$1\r\nv\r\n+OK\r\n${down}+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n$1\r\nv\r\n$3\r\nend\r\n`);
});
