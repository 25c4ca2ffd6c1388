import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration, FAULT_KINDS, nemesis, Simulation, type Faultable, type NemesisOptions } from '../../../src/index.ts';
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
  expect([...all].sort()).toEqual(FAULT_KINDS.filter((kind) => !['wipe', 'disk-lost', 'disk-corrupt', 'hold', 'operate'].includes(kind)).toSorted());
});

test('routines: crash loops, rolling restarts and minorities come up when asked for, within horizon and budget', () => {
  const routines = ['crash-loop', 'rolling-restart', 'minority'] as const;
  const seen = { loop: 0, rolling: 0 };
  for (let seed = 0; seed < 60; seed++) {
    const plan = draw(seed, { kinds: ['crash', 'partition'], routines, until: '60s', every: '20s', length: '1s', maxDown: 1 });
    const crashes = plan.flatMap(({ at, for: lasts = 0, fault }) => (fault.kind === 'crash' ? [{ node: fault.node, from: duration(at), to: duration(at) + duration(lasts) }] : []));
    for (const [index, { from, to }] of crashes.entries()) {
      expect(to).toBeLessThanOrEqual(60_000_000);
      // One node at a time, and the plan is in order.
      expect(from).toBeGreaterThan(crashes[index - 1]?.to ?? -1);
    }
    const nodes = crashes.map(({ node }) => node);
    if (nodes.some((node, i) => node === nodes[i + 1] && node === nodes[i + 2])) seen.loop++;
    if (nodes.some((_, i) => new Set(nodes.slice(i, i + 5)).size === 5)) seen.rolling++;
  }
  expect(Math.min(seen.loop, seen.rolling)).toBeGreaterThan(5);
  // Of six nodes halves are three and three, a minority is two.
  const minorities = (options: Partial<NemesisOptions>): number => Array.from({ length: 40 }, (_, seed) => draw(seed, { nodes: [...NODES, 'n6'], kinds: ['partition'], ...options })).flat()
    .filter(({ fault }) => fault.kind === 'partition' && fault.oneWay !== true && fault.groups[0]?.length === 2 && fault.groups[1]?.length === 4).length;
  expect(minorities({ routines })).toBeGreaterThan(20);
  expect(minorities({})).toBe(0);
  expect(draw(5, { kinds: ['crash', 'loss'], routines: [] })).toEqual(draw(5, { kinds: ['crash', 'loss'] }));
  const without = Array.from({ length: 20 }, (_, seed) => draw(seed, { kinds: ['loss'], routines })).flat();
  expect(without.every(({ fault }) => fault.kind === 'loss')).toBe(true);
  expect(() => draw(0, { routines: ['earthquake' as never] })).toThrow("unknown routine 'earthquake'; known are crash-loop, rolling-restart, minority");
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

const store: Faultable = {
  nodes: NODES.map((id) => ({ id })), operations: ['join', 'leave', 'explode'],
  budget: { promise: 'it stands', kinds: ['pause', 'delay'], maxDown: 1, operations: ['join'] },
};

test("a store's budget is kept: its kinds, its operations, its number of nodes down", () => {
  const met = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const plan = nemesis({ seed, store, every: '500ms' });
    for (const { fault } of plan) met.add(fault.kind === 'operate' ? fault.operation : fault.kind);
    const paused = plan.filter(({ fault }) => fault.kind === 'pause').map(({ at, for: length = 0 }) => [duration(at), duration(at) + duration(length)] as const);
    for (const [from] of paused) expect(paused.filter(([begin, end]) => begin <= from && from < end)).toHaveLength(1);
  }
  expect([...met].sort()).toEqual(['delay', 'join', 'pause']);
});

test('beyond the budget every kind comes up, every operation, and any number of nodes is down', () => {
  const plans = Array.from({ length: 60 }, (_, seed) => nemesis({ seed, store, beyond: true, every: '100ms', length: '20s' }));
  const faults = plans.flat().map(({ fault }) => fault);
  expect([...new Set(faults.map(({ kind }) => kind))].sort()).toEqual([...FAULT_KINDS].sort());
  expect([...new Set(faults.map((fault) => (fault.kind === 'operate' ? fault.operation : 'explode')))].sort()).toEqual(['explode', 'join', 'leave']);
  const most = Math.max(...plans.map((plan) => {
    const down = plan.filter(({ fault }) => fault.kind === 'pause').map(({ at, for: length = 0, fault }) => [duration(at), duration(at) + duration(length), (fault as { node: string }).node] as const);
    return Math.max(0, ...down.map(([from]) => new Set(down.filter(([begin, end]) => begin <= from && from < end).map(([, , node]) => node)).size));
  }));
  expect(most).toBeGreaterThan(2);
});

test('what is asked for by name goes before the budget', () => {
  const plan = Array.from({ length: 30 }, (_, seed) => nemesis({ seed, store, nodes: ['n1'], kinds: ['crash'], maxDown: 1 })).flat();
  expect(plan.length).toBeGreaterThan(30);
  expect(plan.every(({ fault }) => fault.kind === 'crash' && fault.node === 'n1')).toBe(true);
});
