import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinKey } from '../../src/cassandra/cql/select/keys.ts';
import { byteOrderedPartitioner, murmur3Partitioner, randomPartitioner } from '../../src/cassandra/partitioner.ts';
import { compareTokens, rangeContains } from '../../src/cassandra/token.ts';
import { encode } from '../../src/cassandra/types/encode.ts';
import { native } from '../../src/cassandra/types/type-name.ts';
import type { NativeTypeName } from '../../src/cassandra/types/data-type.ts';

const bytesOf = (type: NativeTypeName, value: unknown): string => encode(native(type), value, 'k') ?? '';
const tokenOf = (...parts: readonly (readonly [NativeTypeName, unknown])[]): string =>
  murmur3Partitioner.format(murmur3Partitioner.tokenOf(joinKey(parts.map(([type, value]) => bytesOf(type, value)))));

const mask = (1n << 64n) - 1n;
const rotl = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;

/** The same hash written plainly over BigInt, as a second opinion. */
function plainToken(key: string): bigint {
  if (key === '') return -(1n << 63n);
  const [c1, c2] = [0x87c37b91114253d5n, 0x4cf5ad432745937fn];
  const mix1 = (k: bigint): bigint => (rotl((k * c1) & mask, 31n) * c2) & mask;
  const mix2 = (k: bigint): bigint => (rotl((k * c2) & mask, 33n) * c1) & mask;
  const fmix = (k: bigint): bigint => {
    let x = k ^ (k >> 33n);
    x = (x * 0xff51afd7ed558ccdn) & mask;
    x = ((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n) & mask;
    return x ^ (x >> 33n);
  };
  const bytes = Array.from(key, (unit) => BigInt(unit.charCodeAt(0)));
  const whole = bytes.length - (bytes.length % 16);
  let [h1, h2] = [0n, 0n];
  const word = (at: number): bigint => bytes.slice(at, at + 8).reduce((sum, byte, i) => sum | (byte << BigInt(8 * i)), 0n);
  for (let at = 0; at < whole; at += 16) {
    h1 = (((rotl(h1 ^ mix1(word(at)), 27n) + h2) & mask) * 5n + 0x52dce729n) & mask;
    h2 = (((rotl(h2 ^ mix2(word(at + 8)), 31n) + h1) & mask) * 5n + 0x38495ab5n) & mask;
  }
  const tail = (from: number, to: number): bigint =>
    bytes.slice(from, to).reduce((sum, byte, i) => (sum ^ (BigInt.asIntN(8, byte) << BigInt(8 * i))) & mask, 0n);
  h2 ^= mix2(tail(whole + 8, bytes.length));
  h1 ^= mix1(tail(whole, Math.min(whole + 8, bytes.length)));
  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = (h1 + h2) & mask;
  h2 = (h2 + h1) & mask;
  const token = BigInt.asIntN(64, fmix(h1) + fmix(h2));
  return token === -(1n << 63n) ? (1n << 63n) - 1n : token;
}

const byteStrings = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 70 }).map((bytes) => String.fromCharCode(...bytes));

describe('Murmur3Partitioner tokens', () => {
  it.each<[string, readonly (readonly [NativeTypeName, unknown])[], string]>([
    ['int 0', [['int', 0]], '-3485513579396041028'],
    ['int 1', [['int', 1]], '-4069959284402364209'],
    ['int 2', [['int', 2]], '-3248873570005575792'],
    ['int 3', [['int', 3]], '9010454139840013625'],
    ['int -1', [['int', -1]], '7297452126230313552'],
    ['int 2147483647', [['int', 2147483647]], '-765994672030311617'],
    ['bigint 1', [['bigint', 1]], '6292367497774912474'],
    ['composite int 1, text a', [['int', 1], ['text', 'a']], '6516349416904725244'],
    ['text a', [['text', 'a']], '-8839064797231613815'],
    ['text hello', [['text', 'hello']], '-3758069500696749310'],
    ['text hello, world', [['text', 'hello, world']], '3760413751763713166'],
    ['text test', [['text', 'test']], '-6017608668500074083'],
    ['text beyond ASCII', [['text', 'é 😀']], '2101706549538898224'],
    ['uuid', [['uuid', '550e8400-e29b-41d4-a716-446655440000']], '4277286421682315655'],
    ['boolean true', [['boolean', true]], '8849112093580131862'],
    ['17 bytes above 127', [['blob', new Uint8Array(17).fill(0xfe)]], '-1672437813826982685'],
    ['a byte above 127 in the tail', [['blob', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x80])]], '78142285821850151'],
  ])('are those of a real server: %s', (_name, parts, token) => {
    expect(tokenOf(...parts)).toBe(token);
  });

  it('put int 0 to 9 in the order a full scan of a real server returned them', () => {
    const keys = Array.from({ length: 10 }, (_, i) => i);
    keys.sort((a, b) => compareTokens(murmur3Partitioner.tokenOf(bytesOf('int', a)), murmur3Partitioner.tokenOf(bytesOf('int', b))));
    expect(keys).toEqual([5, 1, 8, 0, 2, 4, 7, 6, 9, 3]);
  });

  it('give the empty key the minimum token', () => {
    expect(murmur3Partitioner.tokenOf('')).toBe(murmur3Partitioner.minimum);
    expect(murmur3Partitioner.format(murmur3Partitioner.minimum)).toBe('-9223372036854775808');
  });

  it('equal the hash computed plainly with BigInt, for any bytes of any length', () => {
    fc.assert(fc.property(byteStrings, (key) => {
      expect(murmur3Partitioner.format(murmur3Partitioner.tokenOf(key))).toBe(String(plainToken(key)));
    }), { numRuns: 2000 });
  });

  it('order and convert as signed 64-bit integers', () => {
    const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    fc.assert(fc.property(int64, int64, (a, b) => {
      const [x, y] = [murmur3Partitioner.parse(String(a)), murmur3Partitioner.parse(String(b))];
      expect(murmur3Partitioner.format(x)).toBe(String(a));
      expect(Math.sign(compareTokens(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }));
  });

  it('measure the share of the ring between two of them, and cut it', () => {
    const at = (value: bigint): string => murmur3Partitioner.parse(String(value));
    expect(murmur3Partitioner.share(at(0n), at(1n << 62n))).toBe(0.25);
    expect(murmur3Partitioner.share(at(1n << 62n), at(-(1n << 62n)))).toBe(0.5);
    expect(murmur3Partitioner.share(at(5n), at(5n))).toBe(1);
    expect(murmur3Partitioner.between(at(0n), at(1n << 62n), 0.5)).toBe(at(1n << 61n));
    expect(murmur3Partitioner.between(at(1n << 62n), at(-(1n << 62n)), 0.5)).toBe(at(-(1n << 63n)));
  });

  it('refuse what is no token', () => {
    for (const text of ['', 'x', '1.5', '9223372036854775808']) expect(() => murmur3Partitioner.parse(text)).toThrow(/a token is a whole number of 64 bits/);
  });
});

describe('the other partitioners', () => {
  it('RandomPartitioner takes the absolute value of MD5 (RFC 1321: of "a" 0cc175b9c0f1b6a831c399e269772661)', () => {
    expect(randomPartitioner.format(randomPartitioner.tokenOf('a'))).toBe(String(0x0cc175b9c0f1b6a831c399e269772661n));
    // "abc": 900150983cd24fb0d6963f7d28e17f72, whose first bit is set.
    expect(randomPartitioner.format(randomPartitioner.tokenOf('abc'))).toBe(String((1n << 128n) - 0x900150983cd24fb0d6963f7d28e17f72n));
    expect(randomPartitioner.format(randomPartitioner.tokenOf(''))).toBe('-1');
  });

  it('ByteOrderedPartitioner keeps the order of keys', () => {
    expect(byteOrderedPartitioner.tokenOf('abc')).toBe('abc');
    expect(byteOrderedPartitioner.format('ab\xff')).toBe('6162ff');
    expect(byteOrderedPartitioner.parse('6162ff')).toBe('ab\xff');
  });
});

describe('a range of tokens', () => {
  it('holds its end and not its start, and wraps around where its end is not greater', () => {
    expect(['b', 'c', 'd'].map((token) => rangeContains('b', 'c', token))).toEqual([false, true, false]);
    expect(['a', 'b', 'c', 'd'].map((token) => rangeContains('c', 'a', token))).toEqual([true, false, false, true]);
    expect(rangeContains('c', 'c', 'a')).toBe(true);
  });
});
