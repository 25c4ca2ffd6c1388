import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashRing, type RingToken } from '../../src/distributed/hash-ring.ts';

type Ring = HashRing<number, string>;
const byNumber = (a: number, b: number): number => a - b;
const ring = (tokens: Readonly<Record<string, readonly number[]>>): Ring =>
  new HashRing(byNumber, Object.entries(tokens).flatMap(([node, positions]) => positions.map((position) => ({ node, position }))));

const rings = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.constantFrom('a', 'b', 'c', 'd')), { selector: ([p]) => p, minLength: 1 })
  .map((pairs) => new HashRing<number, string>(byNumber, pairs.map(([position, node]): RingToken<number, string> => ({ position, node }))));

describe('HashRing', () => {
  it('gives a key to the first token at or past it, wrapping at the end', () => {
    const three = ring({ a: [10], b: [20], c: [30] });
    expect([5, 10, 11, 20, 29, 30, 31].map((position) => three.owner(position))).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'a']);
  });

  it('names no node twice in a preference list even when it holds adjacent tokens (Dynamo, section 4.3)', () => {
    const vnodes = ring({ a: [10, 11, 12], b: [13], c: [40] });
    expect(vnodes.preferenceList(10, 3)).toEqual(['a', 'b', 'c']);
    expect(vnodes.preferenceList(12, 2)).toEqual(['a', 'b']);
  });

  it('passes over nodes that are not accepted', () => {
    expect(ring({ a: [1], b: [2], c: [3], d: [4] }).preferenceList(1, 2, (node) => node !== 'b')).toEqual(['a', 'c']);
  });

  it('is empty without tokens, and short when nodes are fewer than asked', () => {
    const empty: Ring = new HashRing(byNumber);
    expect(empty.owner(1)).toBeUndefined();
    expect(empty.preferenceList(1, 3)).toEqual([]);
    expect(ring({ a: [1] }).preferenceList(9, 3)).toEqual(['a']);
    expect(ring({ a: [1] }).preferenceList(9, 0)).toEqual([]);
  });

  it('refuses one position held twice', () => {
    expect(() => ring({ a: [1], b: [1] })).toThrow(expect.objectContaining({ code: 'DUPLICATE_TOKEN' }));
  });

  it('agrees with a linear walk', () => {
    fc.assert(fc.property(rings, fc.integer({ min: -5, max: 105 }), fc.integer({ min: 1, max: 4 }), (any, position, count) => {
      const start = any.tokens.findIndex((token) => token.position >= position);
      const turned = start < 0 ? any.tokens : [...any.tokens.slice(start), ...any.tokens.slice(0, start)];
      const distinct = [...new Set(turned.map((token) => token.node))];
      expect(any.preferenceList(position, count)).toEqual(distinct.slice(0, count));
      expect(any.owner(position)).toBe(distinct[0]);
    }));
  });

  it('moves only keys of the node that joins or leaves', () => {
    fc.assert(fc.property(rings, fc.uniqueArray(fc.integer({ min: 100, max: 199 }), { minLength: 1, maxLength: 5 }), (before, positions) => {
      const after = before.with('new', positions);
      const moved = Array.from({ length: 200 }, (_, position) => position).filter((position) => after.owner(position) !== before.owner(position));
      expect(moved.filter((position) => after.owner(position) !== 'new')).toEqual([]);
      expect(after.without('new').tokens).toEqual(before.tokens);
    }));
  });
});
