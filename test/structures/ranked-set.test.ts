import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { RankedSet } from '../../src/structures/ranked-set.ts';

type Pair = readonly [score: number, member: string];
const before = (a: Pair, b: Pair): number => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);

function walked(set: RankedSet, from: number, count: number, back = false): Pair[] {
  const pairs: Pair[] = [];
  const visit = (member: string, score: number): void => { pairs.push([score, member]); };
  if (back) set.walkBack(from, count, visit);
  else set.walk(from, count, visit);
  return pairs;
}

describe('RankedSet', () => {
  it('agrees with a sorted array on ranks, walks and borders', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.string({ maxLength: 2 })), { maxLength: 40 }), fc.nat(50), fc.nat(50), (pairs, from, count) => {
      const model = [...new Map(pairs.map((pair) => [`${pair[0]} ${pair[1]}`, pair as Pair])).values()];
      const set = new RankedSet();
      for (const [score, member] of model) set.add(score, member);
      model.sort(before);
      expect(walked(set, 0, 99)).toEqual(model);
      expect(walked(set, from, count)).toEqual(model.slice(from, from + count));
      expect(walked(set, from, count, true)).toEqual(from >= model.length ? [] : model.slice(Math.max(0, from + 1 - count), from + 1).toReversed());
      model.forEach(([score, member], rank) => {
        expect(set.rankOf(score, member)).toBe(rank);
        expect(set.memberAt(rank)).toBe(member);
      });
      expect(set.firstRank((score) => score < 3)).toBe(model.filter(([score]) => score < 3).length);
    }));
  });

  it('stays right through a hundred thousand additions and removals', () => {
    const random = Random.fromSeed(5);
    const set = new RankedSet();
    const scores = new Map<string, number>();
    for (let i = 0; i < 100_000; i++) {
      const member = `m${random.below(5000)}`;
      const known = scores.get(member);
      // Growing, then shrinking to nothing, so that leaves split and merge on every level.
      if (known === undefined ? i < 60_000 : random.chance(0.5) || i >= 60_000) {
        if (known === undefined) {
          const score = random.below(300);
          scores.set(member, score);
          set.add(score, member);
        } else {
          scores.delete(member);
          set.delete(known, member);
        }
      }
    }
    const model = [...scores].map(([member, score]): Pair => [score, member]).toSorted(before);
    expect(set.size).toBe(model.length);
    expect(walked(set, 0, Infinity)).toEqual(model);
    for (const [score, member] of model) set.delete(score, member);
    expect([set.size, set.memberAt(0), set.delete(1, 'x')]).toEqual([0, undefined, false]);
  });
});
