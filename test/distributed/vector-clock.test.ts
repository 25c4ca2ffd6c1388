import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clockToRecord, compareClocks, descends, EMPTY_CLOCK, formatClock, incrementClock, maximalVersions, mergeClocks, truncateClock, type VectorClock,
} from '../../src/distributed/vector-clock.ts';

const clockOf = (counters: Readonly<Record<string, number>>): VectorClock =>
  Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)).map(([node, counter]) => ({ node, counter, time: 0 }));

const clocks = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 3 })).map(clockOf);

describe('Dynamo, SOSP 2007, figure 3: the evolution of an object', () => {
  const d1 = incrementClock(EMPTY_CLOCK, 'Sx');
  const d2 = incrementClock(d1, 'Sx');
  const d3 = incrementClock(d2, 'Sy');
  const d4 = incrementClock(d2, 'Sz');
  const d5 = incrementClock(mergeClocks(d3, d4), 'Sx');

  it('stamps D1 to D5 as the paper does', () => {
    expect([d1, d2, d3, d4, d5].map(formatClock)).toEqual([
      '[(Sx, 1)]', '[(Sx, 2)]', '[(Sx, 2), (Sy, 1)]', '[(Sx, 2), (Sz, 1)]', '[(Sx, 3), (Sy, 1), (Sz, 1)]',
    ]);
  });

  it('sees D2 overwrite D1, D3 and D4 conflict, and D5 reconcile them', () => {
    expect(compareClocks(d2, d1)).toBe('after');
    expect(compareClocks(d3, d4)).toBe('concurrent');
    expect(descends(d5, d3) && descends(d5, d4)).toBe(true);
    expect(maximalVersions([d1, d2, d3, d4], (clock) => clock)).toEqual([d3, d4]);
    expect(maximalVersions([d3, d5, d4, d5], (clock) => clock)).toEqual([d5]);
  });
});

describe('truncation, Dynamo section 4.4', () => {
  it('drops the pair that counted longest ago, and thereby makes a descendant look concurrent', () => {
    let clock = EMPTY_CLOCK;
    for (let i = 0; i < 10; i++) clock = incrementClock(clock, `s${i}`, 100 - i);
    const ancestor = clock;
    clock = incrementClock(clock, 's10', 200);
    const cut = truncateClock(clock, 10);
    expect(cut.map((entry) => entry.node)).toEqual(['s0', 's1', 's10', 's2', 's3', 's4', 's5', 's6', 's7', 's8']);
    expect(compareClocks(clock, ancestor)).toBe('after');
    expect(compareClocks(cut, ancestor)).toBe('concurrent');
  });

  it('leaves a clock within the limit alone', () => {
    const clock = clockOf({ a: 1, b: 2 });
    expect(truncateClock(clock, 2)).toBe(clock);
  });
});

describe('laws', () => {
  it('merging is commutative, associative, idempotent, and gives the least upper bound', () => {
    fc.assert(fc.property(clocks, clocks, clocks, (a, b, c) => {
      expect(mergeClocks(a, b)).toEqual(mergeClocks(b, a));
      expect(mergeClocks(mergeClocks(a, b), c)).toEqual(mergeClocks(a, mergeClocks(b, c)));
      expect(mergeClocks(a, a)).toEqual(a);
      expect(descends(mergeClocks(a, b), a)).toBe(true);
      expect(descends(c, mergeClocks(a, b))).toBe(descends(c, a) && descends(c, b));
    }));
  });

  it('an increment is a strict descendant, and entries stay sorted', () => {
    fc.assert(fc.property(clocks, fc.constantFrom('0', 'a', 'bb', 'z'), (clock, node) => {
      const next = incrementClock(clock, node, 5);
      expect(compareClocks(next, clock)).toBe('after');
      expect(compareClocks(clock, next)).toBe('before');
      const nodes = next.map((entry) => entry.node);
      expect(nodes).toEqual([...nodes].sort());
    }));
  });

  it('agrees with the definition by records', () => {
    fc.assert(fc.property(clocks, clocks, (a, b) => {
      const [left, right] = [clockToRecord(a), clockToRecord(b)];
      const nodes = [...Object.keys(left), ...Object.keys(right)];
      const covers = (x: typeof left, y: typeof left) => nodes.every((node) => (x[node] ?? 0) >= (y[node] ?? 0));
      expect(descends(a, b)).toBe(covers(left, right));
    }));
  });

  it('merging keeps the later time of an equal counter', () => {
    const early = [{ node: 'a', counter: 1, time: 3 }];
    const late = [{ node: 'a', counter: 1, time: 8 }];
    expect(mergeClocks(early, late)).toEqual(late);
    expect(mergeClocks(late, early)).toEqual(late);
  });
});
