import { describe, expect, it } from 'vitest';
import { AnswerCount, requirementOf, shortage, type ConsistencyLevel, type ReplicaLayout } from '../../src/cassandra/consistency.ts';

const replicas = ['dc1', 'dc1', 'dc1', 'dc2', 'dc2', 'dc2'].map((datacenter) => ({ datacenter }));
const twoDatacenters: ReplicaLayout = { factors: new Map([['dc1', 3], ['dc2', 3]]), local: 'dc1' };
const oneRing: ReplicaLayout = { factors: new Map([['', 3]]), local: 'dc1' };
const levels: readonly ConsistencyLevel[] = ['ANY', 'ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_ONE', 'LOCAL_QUORUM', 'EACH_QUORUM'];

const answered = (level: ConsistencyLevel, ...datacenters: readonly string[]): boolean => {
  const count = new AnswerCount(requirementOf(level, twoDatacenters));
  for (const datacenter of datacenters) count.add(datacenter);
  return count.isMet;
};

describe('consistency levels', () => {
  it('block for as many replicas as the documentation says', () => {
    expect(levels.map((level) => requirementOf(level, oneRing).blockFor)).toEqual([1, 1, 2, 3, 2, 3, 1, 2, 2]);
    expect(levels.map((level) => requirementOf(level, twoDatacenters).blockFor)).toEqual([1, 1, 2, 3, 4, 6, 1, 2, 4]);
  });

  it('count answers where they count', () => {
    expect(answered('LOCAL_QUORUM', 'dc1', 'dc2', 'dc2', 'dc2')).toBe(false);
    expect(answered('LOCAL_QUORUM', 'dc1', 'dc1')).toBe(true);
    expect(answered('LOCAL_ONE', 'dc2')).toBe(false);
    expect(answered('QUORUM', 'dc1', 'dc1', 'dc1', 'dc2')).toBe(true);
    expect(answered('EACH_QUORUM', 'dc1', 'dc1', 'dc1', 'dc2')).toBe(false);
    expect(answered('EACH_QUORUM', 'dc1', 'dc1', 'dc2', 'dc2')).toBe(true);
  });

  it('are short where too few are alive, in the figures of the error', () => {
    const alive = (...places: readonly string[]) => places.map((datacenter) => ({ datacenter }));
    const short = (level: ConsistencyLevel, ...places: readonly string[]) => shortage(requirementOf(level, twoDatacenters), alive(...places));
    expect(short('QUORUM', 'dc1', 'dc1', 'dc1')).toEqual({ required: 4, alive: 3 });
    expect(short('LOCAL_QUORUM', 'dc1', 'dc2', 'dc2', 'dc2')).toEqual({ required: 2, alive: 1 });
    expect(short('EACH_QUORUM', 'dc1', 'dc1', 'dc1', 'dc2')).toEqual({ required: 2, alive: 1, datacenter: 'dc2' });
    expect(short('ONE', 'dc2')).toBeUndefined();
    expect(short('LOCAL_ONE', 'dc2')).toEqual({ required: 1, alive: 0 });
    expect(short('ALL', 'dc1', 'dc1', 'dc1', 'dc2', 'dc2')).toEqual({ required: 6, alive: 5 });
  });

  /** Probability of success when each of the replicas is up with probability p, summed over all states. */
  const availability = (level: ConsistencyLevel, layout: ReplicaLayout, p: number): number => {
    const all = replicas.slice(0, 3 * layout.factors.size);
    let sum = 0;
    for (let state = 0; state < 2 ** all.length; state++) {
      const up = all.filter((_, i) => (state >> i) & 1);
      if (shortage(requirementOf(level, layout), up) === undefined) sum += p ** up.length * (1 - p) ** (all.length - up.length);
    }
    return sum;
  };

  it.each<[ConsistencyLevel, ReplicaLayout, number, number]>([
    ['ONE', oneRing, 0.99, 0.999999], ['QUORUM', oneRing, 0.99, 0.999702], ['ALL', oneRing, 0.99, 0.970299],
    ['ONE', oneRing, 0.9, 0.999], ['QUORUM', oneRing, 0.9, 0.972], ['ALL', oneRing, 0.9, 0.729],
    ['EACH_QUORUM', twoDatacenters, 0.99, 0.999404], ['QUORUM', twoDatacenters, 0.99, 0.99998045],
  ])('give the availability that arithmetic promises: %s', (level, layout, p, expected) => {
    expect(availability(level, layout, p)).toBeCloseTo(expected, 6);
  });
});
