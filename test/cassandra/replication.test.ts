import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur3Partitioner as partitioner } from '../../src/cassandra/partitioner.ts';
import { checkReplication, TokenRing, type Endpoint, type Replication } from '../../src/cassandra/replication.ts';
import type { Token } from '../../src/cassandra/token.ts';
import { allocateTokens, randomTokens } from '../../src/cassandra/token-allocation.ts';
import { int32 } from '../../src/cassandra/types/bytes.ts';
import { Random } from '../../src/kernel/random.ts';
import { nodeId } from '../../src/kernel/units.ts';

const endpoint = (id: string, datacenter = 'dc1', rack = 'r1'): Endpoint => ({ id: nodeId(id), datacenter, rack });
const simple = (replicationFactor: number): Replication => ({ class: 'SimpleStrategy', replicationFactor });
const ids = (endpoints: readonly Endpoint[]): string[] => endpoints.map(({ id }) => id);

/** A ring with one token a node, at given hundredths of the token range. */
function ringAt(...nodes: readonly (readonly [Endpoint, ...number[]])[]): TokenRing {
  const at = (percent: number): Token => partitioner.parse(String(-(1n << 63n) + (BigInt(percent) << 64n) / 100n));
  return new TokenRing(partitioner, new Map(nodes.map(([node, ...places]) => [node, places.map(at)])));
}

/** A key whose token lies in a hundredth of the token range. */
function keyAt(percent: number): string {
  for (let i = 0; ; i++) {
    const key = int32(i);
    if (Number(((BigInt(partitioner.format(partitioner.tokenOf(key))) + (1n << 63n)) * 100n) >> 64n) === percent) return key;
  }
}

function randomRing(seed: number, layout: Readonly<Record<string, readonly string[]>>, tokens: number): TokenRing {
  const random = Random.fromSeed(seed);
  const taken = new Set<string>();
  const endpoints = Object.entries(layout).flatMap(([datacenter, racks]) => racks.map((rack, i) => endpoint(`${datacenter}-${i}`, datacenter, rack)));
  return new TokenRing(partitioner, new Map(endpoints.map((node) => [node, randomTokens(partitioner, random, tokens, taken)])));
}

describe('SimpleStrategy', () => {
  const ring = ringAt([endpoint('a'), 10, 60], [endpoint('b'), 20], [endpoint('c', 'dc1', 'r2'), 40], [endpoint('d', 'dc2'), 80]);

  it('takes the owner of the range and the next distinct nodes clockwise', () => {
    expect(ids(ring.endpointsFor(simple(2), keyAt(5)))).toEqual(['a', 'b']);
    expect(ids(ring.endpointsFor(simple(3), keyAt(50)))).toEqual(['a', 'd', 'b']);
    expect(ids(ring.endpointsFor(simple(3), keyAt(90)))).toEqual(['a', 'b', 'c']);
  });

  it('has no more replicas than nodes', () => {
    expect(ids(ring.endpointsFor(simple(9), keyAt(30)))).toEqual(['c', 'a', 'd', 'b']);
  });
});

describe('NetworkTopologyStrategy', () => {
  it('prefers a new rack to the next node, and takes a second of a rack as soon as it is met when racks are too few', () => {
    const ring = ringAt([endpoint('a', 'dc1', 'r1'), 10], [endpoint('b', 'dc1', 'r1'), 20], [endpoint('c', 'dc1', 'r2'), 30], [endpoint('d', 'dc1', 'r2'), 40]);
    const two: Replication = { class: 'NetworkTopologyStrategy', datacenters: { dc1: 2 } };
    const three: Replication = { class: 'NetworkTopologyStrategy', datacenters: { dc1: 3 } };
    expect(ids(ring.endpointsFor(two, keyAt(5)))).toEqual(['a', 'c']);
    expect(ids(ring.endpointsFor(three, keyAt(5)))).toEqual(['a', 'b', 'c']);
  });

  it('places the factor of each datacentre, on distinct nodes, over as many racks as there are', () => {
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer(), (seed, first, second, value) => {
      const layout = { dc1: ['r1', 'r2', 'r3', 'r1', 'r2', 'r3'], dc2: ['r1', 'r2', 'r1', 'r1'] };
      const ring = randomRing(seed, layout, 8);
      const replicas = ring.endpointsFor({ class: 'NetworkTopologyStrategy', datacenters: { dc1: first, dc2: second } }, int32(value | 0));
      expect(new Set(replicas).size).toBe(first + second);
      for (const [datacenter, factor, racks] of [['dc1', first, 3], ['dc2', second, 2]] as const) {
        const here = replicas.filter((replica) => replica.datacenter === datacenter);
        expect(here.length).toBe(factor);
        expect(new Set(here.map(({ rack }) => rack)).size).toBe(Math.min(factor, racks));
      }
    }));
  });

  it('refuses a datacentre that does not exist and a factor that is no number', () => {
    const known = new Set(['dc1']);
    expect(() => checkReplication({ class: 'NetworkTopologyStrategy', datacenters: { dc9: 3 } }, known)).toThrow(expect.objectContaining({ code: 'CONFIG_ERROR' }));
    for (const given of [3, null, {}, { class: 'Simple' }, { class: 'NetworkTopologyStrategy' }]) {
      expect(() => checkReplication(given as unknown as Replication, known)).toThrow(expect.objectContaining({ code: 'CONFIG_ERROR' }));
    }
    expect(() => checkReplication(simple(-1), known)).toThrow(expect.objectContaining({ code: 'CONFIG_ERROR' }));
  });
});

describe('ring balance with random tokens (200 rings of 6 nodes)', () => {
  const spread = (tokens: number, factor: number): { maximum: number; deviation: number } => {
    let [maximum, deviation] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const shares = [...randomRing(seed, { dc1: Array.from({ length: 6 }, () => 'r1') }, tokens).ownership(simple(factor)).values()].map((share) => (share * 6) / factor);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(6, 6);
      maximum += Math.max(...shares) / 200;
      deviation += Math.sqrt(shares.reduce((sum, share) => sum + (share - 1) ** 2, 0) / 6) / 200;
    }
    return { maximum, deviation };
  };

  it.each([[1, 1, 2.41, 0.8], [4, 1, 1.7, 0.42], [16, 1, 1.35, 0.22], [16, 3, 1.2, 0.14]])(
    'is that of a reference simulation: %i tokens, RF %i: max/mean %f, deviation %f', (tokens, factor, maximum, deviation) => {
      const measured = spread(tokens, factor);
      expect(Math.abs(measured.maximum / maximum - 1)).toBeLessThan(0.1);
      expect(Math.abs(measured.deviation / deviation - 1)).toBeLessThan(0.15);
    });
});

describe('chosen tokens (allocate_tokens_for_local_replication_factor: 3, CASSANDRA-7032)', () => {
  const deviation = (nodes: number, racks: number): number => {
    let sum = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = Random.fromSeed(seed);
      const holders: { readonly id: string; readonly rack: string; readonly tokens: readonly Token[] }[] = [];
      for (let i = 0; i < nodes; i++) {
        const node = { id: `n${i}`, rack: `r${i % racks}` };
        holders.push({ ...node, tokens: allocateTokens(partitioner, random, holders, node, 16, 3) });
      }
      const ring = new TokenRing(partitioner, new Map(holders.map(({ id, rack, tokens }) => [endpoint(id, 'dc1', rack), tokens])));
      const shares = [...ring.ownership({ class: 'NetworkTopologyStrategy', datacenters: { dc1: 3 } }).values()].map((share) => (share * nodes) / 3);
      sum += Math.sqrt(shares.reduce((total, share) => total + (share - 1) ** 2, 0) / nodes) / 20;
    }
    return sum;
  };

  it('spread replicated ownership of 16 tokens a node with a deviation of at most 0.05, against 0.14 at random', () => {
    expect(deviation(6, 1)).toBeLessThan(0.05);
    expect(deviation(12, 1)).toBeLessThan(0.05);
    expect(deviation(12, 3)).toBeLessThan(0.05);
  });
});
