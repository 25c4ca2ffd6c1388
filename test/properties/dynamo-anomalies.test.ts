/**
 * The rows of the catalogue of anomalies that belong to the paper's store, each as a pair: the configuration that shows it, with how many
 * of 100 seeds do, and the one that does not, in none. Story 14 (D2) and story 07 (D8) of `examples/` are two of the rows.
 */
import { describe, expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo, type Dynamo } from '../../src/dynamo/index.ts';
import type { HistoryEntry, Simulation } from '../../src/index.ts';
import { loadScenario } from '../../src/cli/load-scenario.ts';
import { scenario } from '../../src/scenarios/index.ts';
import { judged, setClient, violations } from '../support/dynamo-story.ts';

const SEEDS = 100;

const home = (dynamo: Dynamo, key = 'k'): string[] => dynamo.homeNodes(key).map(({ id }) => id);
const strangers = (dynamo: Dynamo, key = 'k'): string[] => dynamo.nodes.map(({ id }) => id as string).filter((id) => !home(dynamo, key).includes(id));
const linearizable = (sim: Simulation): ReturnType<typeof checkLinearizability> => checkLinearizability(sim.history, { model: 'register' });
const quiet = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);

test('D1: a sloppy quorum misses, with R + W > N; primary quorums do not (DeCandia et al., SOSP 2007, section 4.6; Riak\'s PR and PW)', async () => {
  const story = scenario({
    name: 'd1',
    configurations: { sloppy: { expect: 'violation', settings: {} }, primary: { expect: 'ok', settings: { pr: 2, pw: 2 } }, strict: { expect: 'ok', settings: { sloppy: false } } },
    setup: (sim, settings) => createDynamo(sim, { nodes: 5, conflict: 'lww', ...settings }),
    plan: (_, dynamo) => {
      const [first = '', ...rest] = home(dynamo);
      return [{ at: '1s', for: '10s', fault: { kind: 'partition', groups: [[first, ...strangers(dynamo)], rest] } }];
    },
    async workload(sim, dynamo) {
      const [first = '', second = ''] = home(dynamo);
      const random = sim.random.fork('workload');
      const [alice, bob] = [dynamo.client({ name: 'alice', coordinator: first }), dynamo.client({ name: 'bob', coordinator: second })];
      await alice.put('k', 'old');
      await sim.sleep(1500 + random.between(0, 1000));
      await quiet(alice.put('k', 'new'));
      await sim.sleep(random.between(0, 1000));
      await quiet(bob.get('k'));
    },
    check: linearizable,
  });
  expect(await violations(story, SEEDS)).toEqual({ sloppy: SEEDS, primary: 0, strict: 0 });
});

test('D2: carts merged by union bring a deleted item back; as OR-sets they do not (SOSP 2007, section 4.4)', async () => {
  expect(await violations(await loadScenario('examples/14-dynamo-deleted-item-returns.ts'), SEEDS)).toEqual({ 'cart-union': SEEDS, 'or-set': 0 });
});

// Siblings by dots: vector clocks with an entry a coordinator lose some, too, where two clients meet at one coordinator.
describe('D3: last write wins drops acknowledged writes under contention (Jepsen: Riak, 2013)', () => {
  const lost = { writes: 0, dropped: 0 };
  const story = scenario({
    name: 'd3',
    configurations: {
      'lww': { expect: 'violation', settings: { conflict: 'lww' } }, 'vector clocks': { expect: 'violation', settings: { versions: 'vector-clock' } },
      'siblings': { expect: 'ok', settings: { versions: 'dotted' } },
    },
    setup: (sim, settings) => createDynamo(sim, { nodes: 5, ...settings }),
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (name) => {
        const client = setClient(dynamo.client({ name }));
        for (let i = 0; i < 4; i++) {
          await client.add(`${name}${i}`);
          await sim.sleep(random.between(0, 4));
        }
      }));
      await sim.sleep('1s');
      await setClient(dynamo.client({ name: 'reader' })).read();
    },
    check: (sim, dynamo) => {
      const read = sim.history.entries.findLast(({ f, type }) => f === 'read' && type === 'ok')?.value as readonly string[];
      if (dynamo.config.conflict === 'lww') {
        lost.writes += 20;
        lost.dropped += 20 - read.length;
      }
      return judged('no lost write', read.length === 20 ? undefined : `${20 - read.length} of 20 acknowledged writes are gone`);
    },
  });

  test('in every seed, and none with siblings; 30 to 70 % of the writes', async () => {
    expect(await violations(story, SEEDS)).toMatchObject({ lww: SEEDS, siblings: 0 });
    expect(lost.dropped / lost.writes).toBeGreaterThan(0.3);
    expect(lost.dropped / lost.writes).toBeLessThan(0.7);
  });
});

test('D4: writes without a context make siblings without bound; with one, dots keep as many as there are writers (Preguica et al., 2010)', async () => {
  const WRITERS = ['a', 'b', 'c'];
  const story = scenario({
    name: 'd4',
    configurations: { blind: { expect: 'violation', settings: true }, context: { expect: 'ok', settings: false } },
    setup: (sim) => createDynamo(sim, { nodes: 5, versions: 'dotted' }),
    async workload(sim, dynamo, blind) {
      const random = sim.random.fork('workload');
      await Promise.all(WRITERS.map(async (name) => {
        const client = dynamo.client({ name });
        for (let i = 0; i < 10; i++) {
          const { context } = await client.get('k', { record: false });
          await client.put('k', `${name}${i}`, { context: blind ? null : context });
          await sim.sleep(random.between(0, 10));
        }
      }));
      await dynamo.client({ name: 'reader' }).get('k', { r: 3 });
    },
    check: (sim) => {
      const value = sim.history.entries.findLast(({ f, type }) => f === 'read' && type === 'ok')?.value;
      const siblings = Array.isArray(value) ? value.length : 1;
      return judged('siblings', siblings <= WRITERS.length ? undefined : `${siblings} siblings of ${WRITERS.length} writers`);
    },
  });
  expect(await violations(story, SEEDS)).toEqual({ blind: SEEDS, context: 0 });
});

test('D5: an eleventh coordinator has a vector clock drop its oldest pair, and a false sibling appears; dots do not (SOSP 2007, section 4.4)', async () => {
  const story = scenario({
    name: 'd5',
    configurations: {
      'ten pairs': { expect: 'violation', settings: { clockLimit: 10 } }, 'more pairs': { expect: 'ok', settings: { clockLimit: 100 } },
      'dotted': { expect: 'ok', settings: { versions: 'dotted' } },
    },
    setup: (sim, settings) => createDynamo(sim, { nodes: 12, n: 12, r: 6, w: 6, sloppy: false, readRepair: 'none', antiEntropy: false, ...settings }),
    plan: (_, dynamo) => [{ at: '1s', for: '60s', fault: { kind: 'isolate', node: home(dynamo)[0] ?? '', clients: true } }],
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      const coordinators = home(dynamo);
      const client = dynamo.client({ name: 'a' });
      await client.put('k', 'v0', { coordinator: coordinators[0] ?? '' });
      await sim.sleep('2s');
      for (let i = 1; i < coordinators.length; i++) {
        await client.put('k', `v${i}`, { coordinator: coordinators[i] ?? '' });
        await sim.sleep(random.between(0, 100));
      }
      await sim.sleep('70s');
      await client.get('k', { r: 12 });
    },
    // One client, one write after the other: nothing is concurrent, so no read may find siblings.
    check: (sim) => {
      const value = sim.history.entries.findLast(({ f }) => f === 'read')?.value;
      return judged('no false sibling', Array.isArray(value) ? `siblings ${JSON.stringify(value)} of writes one after the other` : undefined);
    },
  });
  expect(await violations(story, SEEDS)).toEqual({ 'ten pairs': SEEDS, 'more pairs': 0, 'dotted': 0 });
});

test('D6: a write without the context of its read is a sibling of what it has seen (SOSP 2007, section 4.4)', async () => {
  const story = scenario({
    name: 'd6',
    configurations: { 'context lost': { expect: 'violation', settings: true }, 'context passed': { expect: 'ok', settings: false } },
    setup: (sim) => createDynamo(sim, { nodes: 5 }),
    async workload(sim, dynamo, blind) {
      const random = sim.random.fork('workload');
      for (const name of ['a', 'b', 'c']) {
        const [readFrom, writeTo] = [random.pick(home(dynamo)), random.pick(home(dynamo))];
        const client = dynamo.client({ name });
        const { context } = await client.get('k', { coordinator: readFrom, record: false });
        await client.put('k', name, { coordinator: writeTo, context: blind ? null : context });
        await sim.sleep('1s');
      }
      await dynamo.client({ name: 'reader' }).get('k', { r: 3 });
    },
    check: linearizable,
  });
  const counts = await violations(story, SEEDS);
  // In one of nine seeds all three writes meet at one coordinator, which takes the later for newer.
  expect(counts['context lost']).toBeGreaterThan(75);
  expect(counts['context lost']).toBeLessThan(SEEDS);
  expect(counts['context passed']).toBe(0);
});

test('D7: a hint that dies with its holder was the only copy at W=1; W=2 is refused (SOSP 2007, section 4.6)', async () => {
  const story = scenario({
    name: 'd7',
    configurations: { 'W=1': { expect: 'violation', settings: 1 }, 'W=2': { expect: 'ok', settings: 2 } },
    setup: (sim, w) => createDynamo(sim, { nodes: 5, r: 1, w, conflict: 'lww' }),
    plan(_, dynamo) {
      const [standIn = ''] = strangers(dynamo);
      const others = dynamo.nodes.map(({ id }) => id as string).filter((id) => id !== standIn);
      return [
        { at: '1s', for: '20s', fault: { kind: 'partition', groups: [[standIn], others] } },
        { at: '8s', for: '1s', fault: { kind: 'crash', node: standIn } }, { at: '8.5s', fault: { kind: 'disk-lost', node: standIn } },
      ];
    },
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      const [standIn = ''] = strangers(dynamo);
      const alice = dynamo.client({ name: 'alice', coordinator: standIn });
      await sim.sleep(1500 + random.between(0, 500));
      // The first request finds out that nobody answers.
      await quiet(alice.get('other', { record: false }));
      await quiet(alice.get('k', { record: false }));
      await quiet(alice.put('k', 'v'));
      await sim.sleep('60s');
      await dynamo.client({ name: 'bob' }).get('k', { r: 3 });
    },
    check: linearizable,
  });
  expect(await violations(story, SEEDS)).toEqual({ 'W=1': SEEDS, 'W=2': 0 });
});

test('D8: a strict quorum shows new, then old; a read that writes back does not (Attiya, Bar-Noy, Dolev, JACM 1995)', async () => {
  const counts = await violations(await loadScenario('examples/07-dynamo-quorum-not-linearizable.ts'), SEEDS);
  expect(counts['no-read-repair']).toBeGreaterThan(55);
  expect(counts['no-read-repair']).toBeLessThan(80);
  expect(counts['write-back']).toBe(0);
});

test('D9: a write that failed left a value that flickers; a read that writes back settles it (Kleppmann, Designing Data-Intensive Applications)', async () => {
  const story = scenario({
    name: 'd9',
    configurations: { 'none': { expect: 'violation', settings: 'none' }, 'before-reply': { expect: 'ok', settings: 'before-reply' } },
    setup: (sim, readRepair) => createDynamo(sim, { nodes: 3, sloppy: false, conflict: 'lww', antiEntropy: false, readRepair }),
    plan: (_, dynamo) => {
      const [first = '', ...rest] = home(dynamo);
      return [{ at: '1s', for: '3s', fault: { kind: 'partition', groups: [[first], rest] } }];
    },
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      const nodes = home(dynamo);
      const writer = dynamo.client({ name: 'writer', coordinator: nodes[0] ?? '' });
      await writer.put('k', 'old', { w: 3 });
      await sim.sleep('1.5s');
      await quiet(writer.put('k', 'new'));
      await sim.sleep('5s');
      for (let i = 0; i < 4; i++) await dynamo.client({ name: `reader${i}`, coordinator: random.pick(nodes) }).get('k');
    },
    check: linearizable,
  });
  const counts = await violations(story, SEEDS);
  expect(counts['none']).toBeGreaterThan(SEEDS / 3);
  expect(counts['before-reply']).toBe(0);
});

test('D22: two readers see two writes in opposite orders at R=W=1; linearizable reads do not (Jepsen: long fork)', async () => {
  const last = (entries: readonly HistoryEntry[], process: string): (string | null)[] =>
    entries.filter((entry) => entry.process === process && entry.type === 'ok').map(({ value }) => value as string | null);
  const story = scenario({
    name: 'd22',
    configurations: { 'one': { expect: 'violation', settings: { r: 1, w: 1 } }, 'linearizable': { expect: 'ok', settings: { r: 2, w: 2, readRepair: 'before-reply' } } },
    simulation: { topology: { sameZone: 'LNKD-SSD' } },
    setup: (sim, settings) => createDynamo(sim, { nodes: 3, sloppy: false, conflict: 'lww', readRepair: 'none', antiEntropy: false, writes: 'buffered', ...settings }),
    plan: (_, dynamo) => {
      const nodes = dynamo.nodes.map(({ id }) => id);
      // Two replicas are far from each other.
      return [{ at: 0, fault: { kind: 'delay', by: '40ms', between: [[nodes[0] ?? ''], [nodes[1] ?? '']] } }];
    },
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      const [d1 = '', d2 = ''] = dynamo.nodes.map(({ id }) => id);
      const client = (name: string, coordinator: string): ReturnType<Dynamo['client']> => dynamo.client({ name, coordinator });
      await Promise.all([
        client('writer-x', d1).put('x', 'x'), client('writer-y', d2).put('y', 'y'),
        ...([['reader-1', d1, ['x', 'y']], ['reader-2', d2, ['y', 'x']]] as const).map(async ([name, node, keys]) => {
          const reader = client(name, node);
          await sim.sleep(random.between(0, 30));
          for (const key of keys) await reader.get(key);
        }),
      ]);
    },
    check: (sim) => {
      const { entries } = sim.history;
      const isFork = last(entries, 'reader-1').join() === 'x,' && last(entries, 'reader-2').join() === 'y,';
      return [judged('no long fork', isFork ? 'reader 1 saw x and not y, reader 2 y and not x' : undefined), linearizable(sim)];
    },
  });
  const counts = await violations(story, SEEDS);
  expect(counts['one']).toBeGreaterThan(SEEDS / 3);
  expect(counts['linearizable']).toBe(0);
});
