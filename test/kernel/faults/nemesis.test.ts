import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration, FAULT_KINDS, nemesis, Simulation, type NemesisOptions } from '../../../src/index.ts';
import { echoes } from '../../support/cluster.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const draw = (seed: number, options: Partial<NemesisOptions> = {}): ReturnType<typeof nemesis> => nemesis({ seed, nodes: NODES, ...options });

test('the same seed draws the same plan, another seed another', () => {
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('every plan fits its nodes, ends by the horizon, and keeps to the budget of nodes down', () => {
  fc.assert(fc.property(fc.nat(5000), (seed) => {
    const plan = draw(seed, { kinds: FAULT_KINDS, until: '60s', every: '1s', length: '6s' });
    const sim = new Simulation();
    echoes(sim, ...NODES);
    sim.faults.add(plan);
    const down = plan.filter(({ fault }) => ['crash', 'pause', 'wipe'].includes(fault.kind))
      .map((entry) => [duration(entry.at), duration(entry.at) + duration(entry.for ?? 0)] as const);
    for (const [from, to] of down) {
      expect(to).toBeLessThanOrEqual(60_001_000);
      expect(down.filter(([a, b]) => a <= from && from < b).length).toBeLessThanOrEqual(2);
    }
  }), { numRuns: 60 });
});

test('swarm: each seed uses a subset of the kinds, and all kinds come up over many seeds', () => {
  const kindsOf = (seed: number): Set<string> => new Set(draw(seed, { until: '600s' }).map(({ fault }) => fault.kind));
  const all = new Set<string>();
  let fewer = 0;
  for (let seed = 0; seed < 40; seed++) {
    const kinds = kindsOf(seed);
    if (kinds.size < 14) fewer++;
    for (const kind of kinds) all.add(kind);
  }
  expect(fewer).toBeGreaterThan(20);
  expect([...all].sort()).toEqual(FAULT_KINDS.filter((kind) => !['wipe', 'disk-lost', 'disk-corrupt', 'hold'].includes(kind)).toSorted());
});

test('only what was asked for', () => {
  for (let seed = 0; seed < 20; seed++) {
    expect(draw(seed, { kinds: ['pause', 'loss'] }).every(({ fault }) => ['pause', 'loss'].includes(fault.kind))).toBe(true);
  }
  expect(() => draw(0, { kinds: ['meteor' as never] })).toThrow("unknown fault 'meteor'");
  expect(() => nemesis({ seed: 0, nodes: [] })).toThrow('needs nodes');
  expect(() => draw(0, { every: 0 })).toThrow("needs 'every' and 'length' above 0");
});

test('begins and ends within its horizon to the microsecond, however short or long that is', () => {
  fc.assert(fc.property(fc.nat(5000), fc.constantFrom(['0s', '1.5ms'], ['1500us', '20ms'], ['0s', '9.9995s'], ['0s', '100d']), (seed, [from = '', until = '']) => {
    const spans = until === '100d' ? { every: '10h', length: '30h' } : { every: '300us', length: '1ms' };
    const plan = draw(seed, { kinds: FAULT_KINDS, from, until, ...spans, maxDown: 1 }).slice(0, 200);
    for (const entry of plan) {
      expect(duration(entry.at)).toBeGreaterThanOrEqual(duration(from));
      expect(duration(entry.at) + duration(entry.for ?? 0)).toBeLessThanOrEqual(duration(until));
    }
    const down = plan.filter(({ fault }) => ['crash', 'pause', 'wipe'].includes(fault.kind)).map((entry) => [duration(entry.at), duration(entry.at) + duration(entry.for ?? 0)] as const);
    down.toSorted(([a], [b]) => a - b).reduce((end, [begin, next]) => {
      expect(begin).toBeGreaterThan(end);
      return next;
    }, -1);
  }), { numRuns: 80 });
});
