import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gossipTargets, HeartbeatTable } from '../../src/distributed/gossip.ts';
import { Random } from '../../src/kernel/random.ts';

/** Rounds until every node has heard one new heartbeat of every other. */
function roundsToAgree(count: number, seed: number): number {
  const random = Random.fromSeed(seed);
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  const tables = new Map(names.map((name) => [name, new HeartbeatTable(name, 1, undefined)]));
  for (const table of tables.values()) table.beat();
  for (let round = 1; round < 100; round++) {
    for (const [name, table] of tables) {
      for (const target of gossipTargets(random, names.filter((other) => other !== name), [])) {
        const reply = tables.get(target)?.merge(table.all());
        table.merge(reply?.newerHere ?? []);
      }
    }
    if ([...tables.values()].every((table) => table.all().filter(({ version }) => version > 0).length === count)) return round;
  }
  return Infinity;
}

describe('gossip', () => {
  it('reaches all nodes in a number of rounds that grows with the logarithm of their number (Dynamo, section 4.8)', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 64 }), fc.nat(), (count, seed) => {
      expect(roundsToAgree(count, seed)).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 3);
    }), { numRuns: 50 });
  });

  it('lets a later generation beat a higher version', () => {
    const table = new HeartbeatTable('a', 1, undefined);
    table.merge([{ node: 'b', generation: 1, version: 50, state: undefined }]);
    const reborn = { node: 'b', generation: 2, version: 0, state: undefined };
    expect(table.merge([reborn]).news).toEqual([reborn]);
    const late = table.merge([{ node: 'a', generation: 1, version: 0, state: undefined }, { node: 'b', generation: 1, version: 60, state: undefined }]);
    expect(late).toEqual({ news: [], newerHere: [reborn] });
  });

  it('does not let others speak for a node itself', () => {
    const table = new HeartbeatTable('a', 1, undefined);
    expect(table.merge([{ node: 'a', generation: 9, version: 9, state: undefined }]).news).toEqual([]);
  });

  it('tells a dead node now and then, and surely when no one else is left', () => {
    const random = Random.fromSeed(1);
    const draws = Array.from({ length: 1000 }, () => gossipTargets(random, ['a', 'b', 'c'], ['d']));
    const tellingDead = draws.filter((targets) => targets.includes('d')).length;
    expect(tellingDead).toBeGreaterThan(200);
    expect(tellingDead).toBeLessThan(300);
    expect(gossipTargets(random, [], ['d'])).toEqual(['d']);
  });
});
