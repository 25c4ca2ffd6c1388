import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Member } from '../../../src/dynamo/partitioning/partitioning.ts';
import { Walk } from '../../../src/dynamo/partitioning/walk.ts';
import type { NodeId } from '../../../src/index.ts';

const layouts = fc.record({
  zones: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 }),
  tokens: fc.array(fc.nat(7), { minLength: 1, maxLength: 30 }),
  start: fc.nat(29),
  wanted: fc.integer({ min: 1, max: 8 }),
});

/** Says it in the words of the definition: all machines as met, then sorted by how many of their zone were met before. */
function specification(zones: readonly string[], owners: readonly number[], start: number): number[] {
  const met = [...new Set([...owners.slice(start), ...owners.slice(0, start)])];
  const round = (member: number): number => met.slice(0, met.indexOf(member)).filter((other) => zones[other] === zones[member]).length;
  return met.toSorted((a, b) => round(a) - round(b));
}

test('a walk, however early it ends, is the head of the whole one; one walk does not disturb the next', () => {
  fc.assert(fc.property(fc.array(layouts, { minLength: 1, maxLength: 3 }), ([first, ...others]) => {
    const { zones, tokens } = first ?? { zones: [], tokens: [] };
    const owners = Int32Array.from(tokens, (token) => token % zones.length);
    const walk = new Walk(zones.map((zone, i): Member => ({ node: `d${i}` as NodeId, zone, capacity: 1 })));
    for (const { start, wanted } of [first, ...others].filter((layout) => layout !== undefined)) {
      const at = start % owners.length;
      expect(walk.from(owners, at, wanted)).toEqual(specification(zones, [...owners], at).slice(0, wanted));
    }
  }));
});

test('a walk of a thousand machines ends when it knows enough', () => {
  const members = Array.from({ length: 1000 }, (_, i): Member => ({ node: `d${i}` as NodeId, zone: `z${i % 3}`, capacity: 1 }));
  const walk = new Walk(members);
  walk.from(Int32Array.from(members, (_, i) => i), 0, 32);
  expect(walk.steps).toBeLessThan(40);
});
