import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeCommand } from '../../../src/redis/resp/encode.ts';
import { RequestReader } from '../../../src/redis/resp/request-reader.ts';

function read(chunks: readonly string[], authenticated = true): (readonly string[] | string)[] {
  const reader = new RequestReader();
  const found: (readonly string[] | string)[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(authenticated); next.kind !== 'incomplete'; next = reader.next(authenticated)) {
      found.push(next.kind === 'error' ? next.text : next.args);
      if (next.kind === 'error') return found;
    }
  }
  return found;
}

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes));

test('any number of requests in any chunks, with any bytes in them', () => {
  const request = fc.array(bytes, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(fc.array(request, { maxLength: 6 }), fc.array(fc.nat(40), { maxLength: 20 }), (requests, cuts) => {
    let rest = requests.map(encodeCommand).join('');
    const chunks: string[] = [];
    for (const cut of cuts) {
      chunks.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    expect(read([...chunks, rest])).toEqual(requests);
  }));
});

test('whatever arrives, it ends in requests, an error, or waiting for more', () => {
  fc.assert(fc.property(fc.array(fc.oneof(bytes, fc.constantFrom('*1\r\n', '$3\r\n', '*-1\r\n', '\r\n', '"', '$', '*')), { maxLength: 20 }), (chunks) => {
    for (const found of read(chunks)) expect(typeof found === 'string' ? found : 'request').toMatch(/^(request|ERR Protocol error: )/);
  }), { numRuns: 500 });
});

test.each([
  ['PING\r\n', [['PING']]],
  ['  SET  a   b \n', [['SET', 'a', 'b']]],
  ['SET k "a b\\x41\\n\\"" \'it\\\'s\'\r\n', [['SET', 'k', 'a bA\n"', "it's"]]],
  ['\r\n\r\nPING\r\n', [['PING']]],
  ['*0\r\n*-1\r\nPING\r\n', [['PING']]],
  ['SET k "unclosed\r\n', ['ERR Protocol error: unbalanced quotes in request']],
  ['SET k "a"b\r\n', ['ERR Protocol error: unbalanced quotes in request']],
  ['*abc\r\n', ['ERR Protocol error: invalid multibulk length']],
  ['*3000000000\r\n', ['ERR Protocol error: invalid multibulk length']],
  ['*1\r\n:5\r\n', ["ERR Protocol error: expected '$', got ':'"]],
  ['*1\r\n$-1\r\n', ['ERR Protocol error: invalid bulk length']],
  ['*1\r\n$536870913\r\n', ['ERR Protocol error: invalid bulk length']],
  [`${'x'.repeat(70_000)}`, ['ERR Protocol error: too big inline request']],
  [`*${'1'.repeat(70_000)}`, ['ERR Protocol error: too big mbulk count string']],
  [`*1\r\n$${'1'.repeat(70_000)}`, ['ERR Protocol error: too big bulk count string']],
])('%j', (input, expected) => { expect(read([input])).toEqual(expected); });

test('before a password is given, requests must be small', () => {
  expect(read(['*11\r\n'], false)).toEqual(['ERR Protocol error: unauthenticated multibulk length']);
  expect(read(['*1\r\n$16385\r\n'], false)).toEqual(['ERR Protocol error: unauthenticated bulk length']);
});

/** Bytes that look like the protocol, and go wrong anywhere. */
const nonsense = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('*', '$', '\r\n', '\r', '\n', '0', '1', '3', '-1', '12', '"', "'", '\\x4', ' ', '*1\r\n', '$3\r\nfoo\r\n', '*2\r\n$1\r\na\r\n', 'PING\r\n', '99999999999') },
  { weight: 1, arbitrary: bytes },
), { maxLength: 25 }).map((parts) => parts.join(''));

test('any bytes in any chunks are read as they are in one, and nothing throws', () => {
  fc.assert(fc.property(nonsense, fc.array(fc.nat(12), { maxLength: 40 }), fc.boolean(), (stream, lengths, authenticated) => {
    const chunks: string[] = [];
    let at = 0;
    for (const length of lengths) {
      chunks.push(stream.slice(at, at + length));
      at += length;
    }
    chunks.push(stream.slice(at));
    expect(read(chunks, authenticated)).toEqual(read([stream], authenticated));
  }), { numRuns: 3000 });
});

test('what has been read is not kept', () => {
  const reader = new RequestReader();
  for (let i = 0; i < 1000; i++) {
    reader.push(encodeCommand(['SET', 'key', 'x'.repeat(100)]));
    expect(reader.next().kind).toBe('request');
    reader.compact();
    expect(reader.buffered).toBe(0);
  }
});

test('an argument that is kept does not keep the pipeline it came in', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const reader = new RequestReader();
  const kept: (string | undefined)[] = [];
  const before = heap();
  for (let i = 0; i < 200; i++) {
    reader.push(Buffer.from(`*1\r\n$20\r\n${String(i).padStart(20, 'k')}\r\n${'PING\r\n'.repeat(10_000)}`).toString('latin1'));
    for (let next = reader.next(); next.kind === 'request'; next = reader.next()) if (next.args[0] !== 'PING') kept.push(next.args[0]);
  }
  expect(kept).toHaveLength(200);
  expect((heap() - before) / 200).toBeLessThan(6000);
});
