import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTokens, formatToken, MINIMUM_TOKEN, murmur3Token, ringShare, tokenFromBigInt, tokenToBigInt } from '../../src/cassandra/token.ts';
import { serialise, serialiseKey, type CqlType, type CqlValue } from '../../src/cassandra/value.ts';

const tokenOf = (...parts: readonly (readonly [CqlType, CqlValue])[]): string =>
  formatToken(murmur3Token(serialiseKey(parts.map(([type, value]) => serialise(type, value)))));

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
  it.each<[string, readonly (readonly [CqlType, CqlValue])[], string]>([
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
    ['17 bytes above 127', [['blob', '\xfe'.repeat(17)]], '-1672437813826982685'],
    ['a byte above 127 in the tail', [['blob', '\0\0\0\0\0\0\0\x80']], '78142285821850151'],
  ])('are those of a real server: %s', (_name, parts, token) => {
    expect(tokenOf(...parts)).toBe(token);
  });

  it('put int 0 to 9 in the order a full scan of a real server returned them', () => {
    const keys = Array.from({ length: 10 }, (_, i) => i);
    keys.sort((a, b) => compareTokens(murmur3Token(serialise('int', a)), murmur3Token(serialise('int', b))));
    expect(keys).toEqual([5, 1, 8, 0, 2, 4, 7, 6, 9, 3]);
  });

  it('give the empty key the minimum token', () => {
    expect(murmur3Token('')).toEqual(MINIMUM_TOKEN);
    expect(formatToken(MINIMUM_TOKEN)).toBe('-9223372036854775808');
  });

  it('equal the hash computed plainly with BigInt, for any bytes of any length', () => {
    fc.assert(fc.property(byteStrings, (key) => {
      expect(tokenToBigInt(murmur3Token(key))).toBe(plainToken(key));
    }), { numRuns: 2000 });
  });

  it('order and convert as signed 64-bit integers', () => {
    const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    fc.assert(fc.property(int64, int64, (a, b) => {
      expect(tokenToBigInt(tokenFromBigInt(a))).toBe(a);
      expect(Math.sign(compareTokens(tokenFromBigInt(a), tokenFromBigInt(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }));
  });

  it('measure the share of the ring between two of them', () => {
    const at = (value: bigint) => tokenFromBigInt(value);
    expect(ringShare(at(0n), at(1n << 62n))).toBe(0.25);
    expect(ringShare(at(1n << 62n), at(-(1n << 62n)))).toBe(0.5);
    expect(ringShare(at(5n), at(5n))).toBe(1);
  });
});
