import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexedMap } from '../../src/structures/indexed-map.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'] as const;
const key = fc.constantFrom(...LETTERS);
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, value: fc.nat(99) }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('deleteInOrder' as const), key }),
);

describe('IndexedMap', () => {
  it('holds what a Map holds, at dense places', () => {
    fc.assert(fc.property(fc.array(change), (changes) => {
      const ours = new IndexedMap<number>();
      const model = new Map<string, number>();
      for (const step of changes) {
        const had = model.has(step.key);
        if (step.kind === 'set') model.set(step.key, step.value);
        else model.delete(step.key);
        const changed = step.kind === 'set' ? !ours.set(step.key, step.value) : ours[step.kind](step.key);
        expect(changed).toBe(had);
      }
      expect(ours.size).toBe(model.size);
      const places = Array.from({ length: ours.size }, (_, i) => [ours.keyAt(i), ours.valueAt(i)]);
      expect(new Map(places as [string, number][])).toEqual(model);
      for (const [name, value] of model) expect(ours.get(name)).toBe(value);
    }));
  });

  it('keeps the order of insertion when entries are only removed in order', () => {
    const map = new IndexedMap<number>();
    for (const name of 'abcde') map.set(name, 0);
    map.deleteInOrder('b');
    expect(map.keys()).toEqual(['a', 'c', 'd', 'e']);
  });

  it('meets every entry that stays during a scan, whatever else comes and goes', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.array(change.filter((step) => step.kind !== 'deleteInOrder'), { maxLength: 4 })), (count, turns) => {
      const map = new IndexedMap<number>();
      const stays = Array.from({ length: 12 }, (_, i) => `stay${i}`);
      for (const name of [...stays.slice(0, 6), ...LETTERS, ...stays.slice(6)]) map.set(name, 0);
      const met = new Set<string>();
      let cursor = 0;
      let turn = 0;
      do {
        cursor = map.scan(cursor, count, (name) => { met.add(name); });
        for (const step of turns[turn++] ?? []) {
          if (step.kind === 'set') map.set(step.key, step.value);
          else map.delete(step.key);
        }
      } while (cursor !== 0);
      expect(stays.filter((name) => !met.has(name))).toEqual([]);
    }));
  });
});
