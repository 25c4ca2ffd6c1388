import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkValue, compareValues, inferType, serialise, serialiseKey, utf8, type CqlType } from '../../src/cassandra/value.ts';

const hex = (bytes: string): string => Array.from(bytes, (unit) => unit.charCodeAt(0).toString(16).padStart(2, '0')).join('');

describe('serialisation (native protocol v4, section 6)', () => {
  it.each<[CqlType, string | number | boolean, string]>([
    ['int', 1, '00000001'],
    ['int', -1, 'ffffffff'],
    ['bigint', 4294967297, '0000000100000001'],
    ['bigint', -2, 'fffffffffffffffe'],
    ['timestamp', 1500000000000, '0000015d3ef79800'],
    ['double', 1.5, '3ff8000000000000'],
    ['boolean', false, '00'],
    ['text', 'é😀', 'c3a9f09f9880'],
    ['uuid', '550e8400-e29b-41d4-a716-446655440000', '550e8400e29b41d4a716446655440000'],
    ['blob', '\xff\x00', 'ff00'],
  ])('%s %s is 0x%s', (type, value, expected) => {
    expect(hex(serialise(type, value))).toBe(expected);
  });

  it('joins the parts of a composite key with their lengths and a zero', () => {
    expect(hex(serialiseKey(['\x01', 'ab']))).toBe('000101000002616200');
    expect(serialiseKey(['alone'])).toBe('alone');
  });

  it('writes text as UTF-8, as the platform does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8(text)).toBe(Buffer.from(text, 'utf8').toString('latin1'));
    }));
  });

  it('infers a type where none was declared', () => {
    expect(['a', true, 5, 2 ** 40, 1.5, -0].map(inferType)).toEqual(['text', 'boolean', 'int', 'bigint', 'double', 'double']);
  });
});

describe('order of clustering values', () => {
  it('puts text in the order of its UTF-8 bytes, not of its code units', () => {
    expect(compareValues('\u{1F600}', '\uFF5E')).toBeGreaterThan(0);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareValues(a, b))).toBe(Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')));
    }));
  });

  it('puts numbers by size', () => {
    expect([10, -1, 9, 2].sort(compareValues)).toEqual([-1, 2, 9, 10]);
  });
});

describe('checkValue', () => {
  it.each<[CqlType | undefined, unknown]>([
    ['int', 1.5], ['int', 2 ** 31], ['text', 1], ['boolean', 'true'], ['double', NaN], ['uuid', 'x'], ['blob', 'é😀'], ['bigint', 2 ** 53],
    [undefined, null], [undefined, {}], [undefined, Infinity],
  ])('refuses a value that does not fit %s', (type, value) => {
    expect(() => checkValue('c', type, value)).toThrow(expect.objectContaining({ code: 'INVALID', definite: true }));
  });
});
