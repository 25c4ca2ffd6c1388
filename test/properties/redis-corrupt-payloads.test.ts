import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import type { Connection } from '../../src/redis/connections/connection.ts';
import { Engine } from '../../src/redis/engine.ts';
import { crc64 } from '../../src/redis/persistence/crc64.ts';
import type { Reply } from '../../src/redis/reply.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';

const many = Array.from({ length: 600 }, (_, i) => `m${i}`);

/** A value of every type and encoding. */
const VALUES: readonly (readonly string[])[] = [
  ['SET', 'text', 'hello'], ['SET', 'number', '-70000'], ['RPUSH', 'list', '1', '', 'x'.repeat(100), '-70000', 'end'], ['RPUSH', 'long-list', ...many, 'y'.repeat(9000)],
  ['SADD', 'integers', '1', '-70000', '9223372036854775807'], ['SADD', 'set', ...many.slice(0, 20)], ['HSET', 'hash', 'f', 'v', 'g', '12'], ['HSET', 'table', ...many.slice(0, 20), 'k', 'z'.repeat(100)],
  ['ZADD', 'zset', '-inf', 'a', '1.5', 'b', '3', 'c'], ['ZADD', 'skiplist', '1', 'q'.repeat(100), '2.25', 'r'], ['XADD', 'stream', '1-1', 'f', 'v'], ['XADD', 'stream', '1-2', 'f', 'v', 'g', '-70000'],
  ['XADD', 'stream', '5-1', 'f', 'w'], ['XGROUP', 'CREATE', 'stream', 'group', '0'], ['XREADGROUP', 'GROUP', 'group', 'ann', 'COUNT', '2', 'STREAMS', 'stream', '>'], ['PFADD', 'sketch', ...many],
];

/** Commands that look at every part of a value, and change it. */
const USES: readonly (readonly string[])[] = [
  ['TYPE', 'k'], ['OBJECT', 'ENCODING', 'k'], ['DEBUG', 'OBJECT', 'k'], ['DEBUG', 'DIGEST-VALUE', 'k'], ['MEMORY', 'USAGE', 'k', 'SAMPLES', '0'], ['DUMP', 'k'], ['COPY', 'k', 'k2'], ['GET', 'k'], ['APPEND', 'k', 'x'],
  ['PFCOUNT', 'k'], ['BITCOUNT', 'k'], ['LRANGE', 'k', '0', '-1'], ['LPOP', 'k'], ['RPUSH', 'k', 'x'], ['LINDEX', 'k', '-1'], ['SMEMBERS', 'k'], ['SADD', 'k', '7'], ['SPOP', 'k'], ['HGETALL', 'k'], ['HSET', 'k', 'f', 'x'],
  ['HRANDFIELD', 'k', '3'], ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'], ['ZADD', 'k', '1', 'x'], ['ZPOPMIN', 'k'], ['ZRANK', 'k', 'x'], ['XINFO', 'STREAM', 'k', 'FULL'], ['XRANGE', 'k', '-', '+'], ['XREVRANGE', 'k', '+', '-'],
  ['XPENDING', 'k', 'group', '-', '+', '10'], ['XREADGROUP', 'GROUP', 'group', 'bob', 'STREAMS', 'k', '>'], ['XACK', 'k', 'group', '1-1'], ['XADD', 'k', '*', 'a', 'b'], ['XTRIM', 'k', 'MAXLEN', '1'], ['XAUTOCLAIM', 'k', 'group', 'cyd', '0', '0'],
];

function started(): { readonly run: (...args: readonly string[]) => Reply; readonly payloads: readonly string[] } {
  const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
  const connection: Connection = engine.connect();
  const run = (...args: readonly string[]): Reply => engine.execute(connection, args);
  for (const args of VALUES) run(...args);
  const payloads = engine.database(0).keys().map((key) => {
    const reply = run('DUMP', key);
    return reply.kind === 'bulk' ? reply.bytes : '';
  });
  return { run, payloads };
}

/** Changes some bytes of a payload and gives it a checksum that is right. */
function spoilt(payload: string, changes: readonly { readonly place: number; readonly byte: number; readonly how: 'set' | 'cut' | 'insert' | 'flip' }[]): string {
  let body = payload.slice(0, -10);
  for (const { place, byte, how } of changes) {
    const at = place % (body.length + 1);
    const character = how === 'flip' ? String.fromCharCode((body.charCodeAt(at) | 0) ^ (1 << (byte % 8))) : String.fromCharCode(byte);
    body = how === 'cut' ? body.slice(0, at) : body.slice(0, at) + character + body.slice(how === 'insert' ? at : at + 1);
  }
  const versioned = `${body}\x0a\x00`;
  return versioned + crc64(versioned);
}

const change = fc.record({ place: fc.nat(20_000), byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0x81, 0xc3, 0xff), fc.nat(255)), how: fc.constantFrom('set', 'flip', 'set', 'flip', 'insert', 'cut') });

test('a payload of any type with any bytes spoilt is refused or becomes a value that every command copes with', () => {
  const { run, payloads } = started();
  let [refused, taken] = [0, 0];
  fc.assert(fc.property(fc.nat(payloads.length - 1), fc.array(change, { minLength: 1, maxLength: 3 }), (which, changes) => {
    const reply = run('RESTORE', 'k', '0', spoilt(payloads[which] ?? '', changes), 'REPLACE');
    expect(reply.kind === 'error' ? reply.text : reply.kind).toBe(reply.kind === 'error' ? 'ERR Bad data format' : 'simple');
    if (reply.kind === 'error') {
      refused++;
      return;
    }
    taken++;
    for (const args of USES) encodeReply(run(...args), 3);
    // What was made of it can be restored in its turn.
    const dumped = run('DUMP', 'k2');
    expect(dumped.kind === 'bulk' ? run('RESTORE', 'again', '0', dumped.bytes, 'REPLACE').kind : 'simple').toBe('simple');
    run('FLUSHALL');
  }), { numRuns: 4000, seed: 5, endOnFailure: true });
  expect([refused > 500, taken > 500]).toEqual([true, true]);
});

test('a payload whose checksum or version is wrong is refused by name', () => {
  const { run, payloads } = started();
  for (const payload of payloads) {
    expect(run('RESTORE', 'k', '0', `${payload.slice(0, -1)}${payload.endsWith('a') ? 'b' : 'a'}`)).toMatchObject({ kind: 'error', text: 'ERR DUMP payload version or checksum are wrong' });
  }
});

test.each([
  ['a list of four thousand million elements', '\x01\x80\xff\xff\xff\xff'],
  ['a set of 2^63 members', '\x02\x81\x7f\xff\xff\xff\xff\xff\xff\xff'],
  ['a hash of so many fields', '\x04\x80\xff\xff\xff\xff\x01a\x01b'],
  ['a packed string that claims a gigabyte', '\x00\xc3\x01\x80\x40\x00\x00\x00\x00'],
  ['an intset of four thousand million', '\x0b\x08\x02\x00\x00\x00\xff\xff\xff\xff'],
  ['a stream of 2^62 nodes', '\x13\x81\x3f\xff\xff\xff\xff\xff\xff\xff'],
  ['a string longer than what is there', '\x00\x80\xff\xff\xff\xff'],
])('%s is refused without taking up memory', (_, body) => {
  const { run } = started();
  expect(run('RESTORE', 'k', '0', `${body}\x0a\x00${crc64(`${body}\x0a\x00`)}`)).toMatchObject({ kind: 'error', text: 'ERR Bad data format' });
});
