/**
 * After any faults within the store's budget and a heal, all replicas of all keys are equal, on their home nodes, and no acknowledged
 * write is lost that a merge should keep (DeCandia et al., SOSP 2007, sections 4.4, 4.6 and 4.7): whatever the options.
 */
import { expect, test } from 'vitest';
import { createDynamo, MERGERS, type Dynamo, type DynamoClient, type DynamoOptions } from '../../src/dynamo/index.ts';
import { nemesis, Simulation, type FaultKind, type Random } from '../../src/index.ts';

const KINDS: readonly FaultKind[] = [
  'partition', 'isolate', 'cut', 'loss', 'duplicate', 'reorder', 'delay', 'crash', 'pause', 'disk-slow', 'disk-full', 'clock-skew', 'clock-jump',
];
const KEYS = ['a', 'b', 'c', 'd'];

/** Options of every kind, but those that are meant to lose acknowledged writes. */
function drawn(random: Random): DynamoOptions {
  return {
    nodes: random.between(5, 7), zones: random.chance(0.5) ? ['x', 'y', 'z'] : ['x'],
    partitioning: random.pick(['random-tokens', 'equal-partitions-random-tokens', 'equal-partitions'] as const), partitions: 64, virtualNodes: 8,
    sloppy: random.chance(0.5), r: random.between(1, 3), w: random.between(2, 3), dw: random.pick([0, 0, 2]),
    readRepair: random.pick(['none', 'after-reply', 'before-reply'] as const),
    ...random.pick([{ versions: 'dotted' }, { conflict: 'g-set' }] as const),
    antiEntropy: '5s', handoffInterval: '2s',
  };
}

/** Adds to a set that is kept as siblings, or by the built-in merger. */
async function add(client: DynamoClient, key: string, item: string, isMerged: boolean): Promise<boolean> {
  const set = MERGERS['g-set'];
  const options = { record: false };
  try {
    await client.update(key, (siblings) => {
      if (isMerged) return set.encode(set.add(set.decode(siblings[0] ?? null), item));
      return [...new Set([...siblings.flatMap((sibling) => sibling.split(' ')), item])].join(' ');
    }, options);
    return true;
  } catch {
    return false;
  }
}

function itemsOf(values: readonly (string | null)[], isMerged: boolean): Set<string> {
  const set = MERGERS['g-set'];
  return new Set(values.flatMap((value) => (value === null ? [] : isMerged ? set.value(set.decode(value)) : value.split(' '))));
}

interface Outcome { readonly lost: readonly string[]; readonly unequal: readonly string[]; readonly astray: readonly string[] }

async function run(seed: number, change?: (dynamo: Dynamo, sim: Simulation) => Promise<unknown>): Promise<Outcome> {
  const sim = new Simulation({ seed, trace: 'digest' });
  const random = sim.random.fork('workload');
  const options = drawn(random);
  const isMerged = options.conflict !== undefined;
  const dynamo = createDynamo(sim, options);
  const nodes = dynamo.nodes.map(({ id }) => id);
  sim.faults.add(nemesis({ seed: sim.random.fork('nemesis'), nodes, kinds: KINDS, until: '20s', every: '1s' }));
  const acknowledged = new Map<string, Set<string>>(KEYS.map((key) => [key, new Set()]));
  await sim.run(async () => {
    const changed = change?.(dynamo, sim);
    await Promise.all(['alice', 'bob', 'carol'].map(async (name) => {
      const client = dynamo.client({ name });
      for (let i = 0; i < 25; i++) {
        const key = random.pick(KEYS);
        if (await add(client, key, `${name}${i}`, isMerged)) acknowledged.get(key)?.add(`${name}${i}`);
        await sim.sleep(random.between(0, 1200));
      }
    }));
    sim.heal();
    await changed;
    await sim.sleep('120s');
  });
  const lost: string[] = [];
  const unequal: string[] = [];
  const astray: string[] = [];
  for (const [key, items] of acknowledged) {
    const home = dynamo.homeNodes(key);
    const held = home.map((node) => dynamo.versions(node, key));
    const found = itemsOf(held[0]?.map(({ value }) => value) ?? [], isMerged);
    lost.push(...[...items].filter((item) => !found.has(item)).map((item) => `${key}: ${item}`));
    if (new Set(held.map((versions) => JSON.stringify(versions))).size > 1) unequal.push(key);
    for (const node of dynamo.nodes) if (!home.includes(node) && dynamo.versions(node, key).length > 0) astray.push(`${key} on ${node.id}`);
  }
  return { lost, unequal, astray };
}

const CLEAN: Outcome = { lost: [], unequal: [], astray: [] };

test('with machines that stay', async () => {
  for (let seed = 0; seed < 200; seed++) expect({ seed, ...await run(seed) }).toEqual({ seed, ...CLEAN });
}, 120_000);

test('with machines that join and leave meanwhile', async () => {
  for (let seed = 0; seed < 120; seed++) {
    const outcome = await run(seed, async (dynamo, sim) => {
      await dynamo.join({ name: 'new' });
      // Who leaves must be up to be told so.
      while (!sim.node('d2').isUp) await sim.sleep('1s');
      await dynamo.leave('d2');
    });
    expect({ seed, ...outcome }).toEqual({ seed, ...CLEAN });
  }
}, 120_000);
