import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { rawBytes } from '../../../src/redis/bytes/bytes.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { crc64 } from '../../../src/redis/persistence/crc64.ts';
import { decodeListpack, encodeListpack } from '../../../src/redis/persistence/listpack.ts';
import { dump, isWhole, restore } from '../../../src/redis/persistence/rdb-object.ts';

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 300 });

describe('a CRC-64', () => {
  it('has the check value that Redis names', () => {
    const check = Array.from(rawBytes(crc64('123456789')), (byte) => byte.toString(16).padStart(2, '0')).toReversed().join('');
    expect(check).toBe('e9c6d914c4b8d9ca');
  });
});

describe('a listpack', () => {
  it('gives back the elements it was made of', () => {
    const element = fc.oneof(bytes, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.integer({ min: -5000, max: 5000 }).map(String), fc.constantFrom(64, 4095, 4096, 17_000, 2_100_000).map((n) => 'x'.repeat(n)));
    fc.assert(fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
      expect(decodeListpack(encodeListpack(elements))).toEqual(elements);
    }), { numRuns: 200, seed: 3 });
  });

  it('that is cut or spoilt is refused, and nothing is thrown', () => {
    fc.assert(fc.property(bytes, (text) => { decodeListpack(text); }), { numRuns: 500, seed: 3 });
    expect(decodeListpack(encodeListpack(['a', 'b']).slice(0, -1))).toBeUndefined();
  });
});

describe('a dumped value', () => {
  it('is restored as it was, whatever its type and size', () => {
    const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
    const connection = engine.connect();
    const many = Array.from({ length: 600 }, (_, i) => `m${i}`);
    const commands = [
      ['SET', 'text', 'hello'], ['SET', 'number', '-70000'], ['RPUSH', 'list', '1', '', 'x'.repeat(9000), 'end'], ['SADD', 'integers', '1', '-70000', '9223372036854775807'], ['SADD', 'set', ...many],
      ['HSET', 'hash', 'f', 'v', 'g', '12'], ['HSET', 'big-hash', ...many], ['XADD', 'stream', '1-1', 'f', 'v'], ['XADD', 'stream', '1-2', 'f', 'v', 'g', '-70000'], ['XADD', 'stream', '18446744073709551615-1', 'f', 'w'],
      ['XGROUP', 'CREATE', 'stream', 'group', '0'], ['XREADGROUP', 'GROUP', 'group', 'ann', 'COUNT', '1', 'STREAMS', 'stream', '>'], ['ZADD', 'zset', '-inf', 'a', '1.5', 'b', '3', 'c'], ['ZADD', 'big-zset', ...many.flatMap((member, i) => [String(i / 7), member])],
    ];
    for (const args of commands) engine.execute(connection, args);
    const database = engine.database(0);
    for (const key of database.keys()) {
      const value = database.get(key) ?? '';
      const payload = dump(value);
      expect([key, isWhole(payload)]).toEqual([key, true]);
      const copy = restore(payload) ?? '';
      expect(dump(copy).length).toBe(payload.length);
      expect(typeof copy === 'string' ? copy : [copy.type, copy.size]).toEqual(typeof value === 'string' ? value : [value.type, value.size]);
    }
  });

  it('that is nonsense is refused, and nothing is thrown', () => {
    fc.assert(fc.property(bytes, fc.nat(20), (text, type) => {
      const payload = `${String.fromCharCode(type)}${text}\x0a\x00`;
      const value = restore(payload + crc64(payload));
      expect(value === undefined || typeof value === 'string' || value.size > 0).toBe(true);
    }), { numRuns: 3000, seed: 3 });
  });
});
