import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberedMap } from '../../src/structures/numbered-map.ts';

it('a NumberedMap does what a Map does, whatever numbers collide', () => {
  // Multiples of the size of the table want one place; a long run of neighbours wraps around its end.
  const key = fc.oneof(fc.nat(40), fc.nat(8).map((n) => n * 16 + 13), fc.nat(5).map((n) => 2 ** 40 + n * 64));
  const step = fc.tuple(fc.constantFrom('set', 'set', 'take', 'get'), key, fc.nat(9));
  fc.assert(fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
    const map = new NumberedMap<number>();
    const model = new Map<number, number>();
    for (const [kind, at, value] of steps) {
      if (kind === 'set') {
        map.set(at, value);
        model.set(at, value);
      } else {
        const ours = kind === 'get' ? map.get(at) : map.take(at);
        if (ours !== model.get(at)) throw new RangeError(`${kind} ${at} gave ${String(ours)}, not ${String(model.get(at))}`);
        if (kind === 'take') model.delete(at);
      }
    }
    expect(map.size).toBe(model.size);
    expect(map.entries()).toEqual([...model].sort(([a], [b]) => a - b));
    for (const [at, value] of model) expect(map.get(at)).toBe(value);
  }), { numRuns: 300 });
});
