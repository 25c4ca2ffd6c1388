import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameTable } from '../../src/structures/name-table.ts';

// Few lengths and few last letters: most of these names fall on the same places.
const name = fc.oneof(fc.constantFrom('', 'a', 'aa', 'ba', '\u0001a'), fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 4 }), fc.string());

test('gives what a map gives, however many names meet at one place', () => {
  fc.assert(fc.property(fc.array(fc.tuple(name, fc.option(fc.nat(9), { nil: undefined })), { maxLength: 80 }), (steps) => {
    const table = new NameTable<number>();
    const map = new Map<string, number>();
    for (const [text, value] of steps) {
      if (value !== undefined) {
        table.set(text, value);
        map.set(text, value);
      }
      expect(table.get(text)).toBe(map.get(text));
    }
    for (const [text, value] of map) expect(table.get(text)).toBe(value);
  }));
});
