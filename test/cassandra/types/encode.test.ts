/**
 * JavaScript values to bytes and back (native protocol v4, section 6; the Node driver's "CQL data types to JavaScript types").
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/cassandra/types/bytes.ts';
import type { DataType } from '../../../src/cassandra/types/data-type.ts';
import { decode, jsonOf } from '../../../src/cassandra/types/decode.ts';
import { Duration } from '../../../src/cassandra/types/duration.ts';
import { encode } from '../../../src/cassandra/types/encode.ts';
import { native } from '../../../src/cassandra/types/type-name.ts';
import { validate } from '../../../src/cassandra/types/validate.ts';

const user: DataType = { kind: 'user', keyspace: 'ks', name: 'addr', frozen: true, fields: [{ name: 'street', type: native('text') }, { name: 'zip', type: native('int') }] };
const intList: DataType = { kind: 'list', element: native('int'), frozen: true };
const textSet: DataType = { kind: 'set', element: native('text'), frozen: true };

describe('bytes as the protocol has them', () => {
  it.each<readonly [string, DataType, unknown, string]>([
    ['int', native('int'), -2, 'fffffffe'],
    ['bigint', native('bigint'), 2n ** 40n, '0000010000000000'],
    ['smallint', native('smallint'), 258, '0102'],
    ['varint of the specification', native('varint'), -129, 'ff7f'],
    ['varint 128', native('varint'), 128n, '0080'],
    ['decimal', native('decimal'), '1.50', '000000020096'],
    ['double', native('double'), 1.5, '3ff8000000000000'],
    ['boolean', native('boolean'), true, '01'],
    ['text', native('text'), 'é😀', 'c3a9f09f9880'],
    ['date: 2^31 is the epoch', native('date'), '1970-01-01', '80000000'],
    ['time in nanoseconds', native('time'), '00:00:01', '000000003b9aca00'],
    ['inet', native('inet'), '127.0.0.1', '7f000001'],
    ['inet of 16 bytes', native('inet'), '::1', '00000000000000000000000000000001'],
    ['duration: three variable integers', native('duration'), '1mo2d3ns', '020406'],
    ['duration of a large part', native('duration'), '1h', '0000fc068c61714000'],
    ['list', intList, [1, 2], '00000002000000040000000100000004' + '00000002'],
    ['set: sorted, each once', textSet, ['b', 'a', 'b'], '00000002' + '0000000161' + '0000000162'],
    ['tuple with a null', { kind: 'tuple', elements: [native('int'), native('text')] }, [1, null], '0000000400000001ffffffff'],
    ['user type from an object', user, { zip: 5 }, 'ffffffff0000000400000005'],
    ['vector of fixed elements: no lengths', { kind: 'vector', element: native('float'), dimension: 2 }, [1, 2], '3f80000040000000'],
    ['vector of texts: a length each', { kind: 'vector', element: native('text'), dimension: 2 }, ['a', 'bc'], '0161026263'],
  ])('%s', (_name, type, value, hex) => {
    const bytes = encode(type, value, 'v') ?? '';
    expect(toHex(bytes)).toBe(hex);
    expect(() => validate(type, bytes)).not.toThrow();
  });
});

describe('what comes back', () => {
  it.each<readonly [string, DataType, unknown, unknown]>([
    ['bigint as bigint', native('bigint'), 5, 5n],
    ['varint as bigint', native('varint'), '123456789012345678901234567890', 123_456_789_012_345_678_901_234_567_890n],
    ['decimal as text', native('decimal'), 1.5, '1.5'],
    ['uuid as text', native('uuid'), '123E4567-E89B-12D3-A456-426655440000', '123e4567-e89b-12d3-a456-426655440000'],
    ['IPv6 in its short form', native('inet'), '2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['IPv4 within IPv6 as IPv4', native('inet'), '::ffff:1.2.3.4', '1.2.3.4'],
    ['blob as bytes', native('blob'), '0xcafe', Uint8Array.of(0xca, 0xfe)],
    ['timestamp as a Date', native('timestamp'), '2011-02-03T04:05:06.789Z', new Date(1_296_705_906_789)],
    ['date', native('date'), new Date(1_296_705_906_789), '2011-02-03'],
    ['time with nine digits', native('time'), '08:12:54.1', '08:12:54.100000000'],
    ['duration', native('duration'), '1y2mo3d4h5m6s7ms8us9ns', new Duration(14, 3, 14_706_007_008_009n)],
    ['map with text keys as an object', { kind: 'map', key: native('text'), value: native('int'), frozen: true }, new Map([['b', 1], ['a', 2]]), { a: 2, b: 1 }],
    ['map with other keys as a Map', { kind: 'map', key: native('int'), value: native('int'), frozen: true }, new Map([[2, 1], [-1, 2]]), new Map([[-1, 2], [2, 1]])],
    ['user type', user, { street: 's' }, { street: 's', zip: null }],
    ['null', native('int'), null, null],
  ])('%s', (_name, type, value, expected) => {
    expect(decode(type, encode(type, value, 'v'))).toEqual(expected);
  });

  it('of doubles, bigints and texts is what went in', () => {
    fc.assert(fc.property(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string({ unit: 'binary' }), fc.integer(), (double, bigint, text, int) => {
      expect(decode(native('double'), encode(native('double'), double, 'v'))).toBe(double);
      expect(decode(native('bigint'), encode(native('bigint'), bigint, 'v'))).toBe(bigint);
      expect(decode(native('varint'), encode(native('varint'), bigint, 'v'))).toBe(bigint);
      expect(decode(native('text'), encode(native('text'), text, 'v'))).toBe(text);
      expect(decode(native('int'), encode(native('int'), int, 'v'))).toBe(int);
    }));
  });

  it('of a user type written before it had a field: without that field', () => {
    const older = { ...user, fields: user.fields.slice(0, 1) } as DataType;
    expect(decode(user, encode(older, { street: 's' }, 'v'))).toEqual({ street: 's' });
  });

  it('as plain data: numbers that JSON cannot hold as text', () => {
    expect(jsonOf(native('bigint'), encode(native('bigint'), 2n ** 62n, 'v'))).toBe('4611686018427387904');
    expect(jsonOf(native('double'), encode(native('double'), NaN, 'v'))).toBe('NaN');
    expect(jsonOf(native('blob'), encode(native('blob'), '0xCAFE', 'v'))).toBe('0xcafe');
    expect(jsonOf(native('timestamp'), encode(native('timestamp'), 0, 'v'))).toBe('1970-01-01T00:00:00.000Z');
    expect(jsonOf(native('float'), encode(native('float'), 0.1, 'v'))).toBe(Math.fround(0.1));
  });
});

describe('what is refused names the column and the type', () => {
  it.each<readonly [DataType, unknown, string]>([
    [native('int'), 'x', 'Unable to make int from \'x\' (value of "v")'],
    [native('int'), 2 ** 31, 'Invalid value for "v" of type int: 2147483648'],
    [native('int'), 1.5, 'Invalid value for "v" of type int: 1.5'],
    [native('text'), 5, 'Invalid value for "v" of type text: 5'],
    [native('boolean'), 'true', 'Invalid value for "v" of type boolean: "true"'],
    [native('bigint'), 2n ** 63n, 'Invalid value for "v" of type bigint: 9223372036854775808n'],
    [native('timeuuid'), '123e4567-e89b-42d3-a456-426655440000', 'TimeUUID supports only version 1 UUIDs (value of "v")'],
    [intList, 5, 'Invalid value for "v" of type frozen<list<int>>: 5'],
    [intList, [null], 'null is not supported inside collections'],
    [{ kind: 'vector', element: native('float'), dimension: 3 }, [1], 'Invalid value for "v" of type vector<float, 3>: [1]'],
  ])('%j %s', (type, value, message) => {
    expect(() => encode(type, value, 'v')).toThrow(message);
  });
});

describe('bytes of a client that are no value', () => {
  it.each<readonly [DataType, string, string]>([
    [native('int'), '\x01', 'Expected 4 or 0 byte int (1)'],
    [native('text'), '\xff', 'String didn\'t validate.'],
    [native('ascii'), 'a\xe9', 'Invalid byte for ascii: -23'],
    [native('boolean'), '\x00\x00', 'Expected 1 or 0 byte value (2)'],
    [native('uuid'), '\x00', 'UUIDs must be exactly 16 bytes'],
    [intList, '\0\0\0\x01', 'Not enough bytes to read a list'],
    [intList, '\0\0\0\0\0', 'Unexpected extraneous bytes after list value'],
  ])('%j', (type, bytes, message) => {
    expect(() => validate(type, bytes)).toThrow(message);
  });
});
