/**
 * The Dynamo-like store's ring at work: how many copies a join moves, against the fewest that could do; and a thousand machines with a
 * hundred thousand keys.
 *
 * @module
 */
import { createDynamo, type Partitioning } from '../../src/dynamo/index.ts';
import { Simulation, type Message } from '../../src/index.ts';

type Print = (line: string) => void;

const said = (value: number): string => Math.round(value).toLocaleString('en');

/** Puts and gets each key once, 256 at a time. */
function touch(sim: Simulation, dynamo: ReturnType<typeof createDynamo>, keys: number, kind: 'get' | 'put', name: string): void {
  const client = dynamo.client({ name }).callbacks;
  sim.runSync<void>((_, done) => {
    let begun = 0;
    let over = 0;
    const next = (error?: Error): void => {
      if (error !== undefined) throw error;
      if (begun === keys) return;
      const key = `key${begun++}`;
      const end = (failure: Error | undefined): void => {
        if (++over === keys) done();
        next(failure);
      };
      if (kind === 'put') client.put(key, 'value', end, { record: false });
      else client.get(key, end, { record: false });
    };
    for (let i = 0; i < Math.min(256, keys); i++) next();
  });
}

const KEYS = 20_000;
const MACHINES = 9;

async function join(partitioning: Partitioning, print: Print): Promise<void> {
  const sim = new Simulation({ seed: 1, trace: 'digest' });
  const dynamo = createDynamo(sim, { nodes: MACHINES, partitioning, writes: 'buffered', antiEntropy: false, virtualNodes: 256 });
  touch(sim, dynamo, KEYS, 'put', 'filler');
  let toNewcomer = 0;
  let toOthers = 0;
  sim.network.rule(({ to, message }) => {
    const { type, objects } = message as Message & { readonly objects?: readonly unknown[] };
    if (type === 'transfer') {
      if (to === 'new') toNewcomer += objects?.length ?? 0;
      else toOthers += objects?.length ?? 0;
    }
    return 'pass';
  });
  await sim.run(async () => {
    await dynamo.join({ name: 'new' });
    await sim.sleep('60s');
  });
  const owned = dynamo.keyCount('new');
  // A newcomer among as large ones is due that share of all copies; no join can do with fewer.
  const least = (KEYS * dynamo.config.n) / (MACHINES + 1);
  print(`dynamo: a join to ${MACHINES} machines (${partitioning}) moves ${said(toNewcomer + toOthers)} copies: ${((toNewcomer + toOthers) / owned).toFixed(3)} of those the newcomer owns, ${((toNewcomer + toOthers) / least).toFixed(3)} of an even share`);
}

/** Prints the ring's figures. */
export async function benchDynamoRing(print: Print): Promise<void> {
  for (const partitioning of ['random-tokens', 'equal-partitions-random-tokens', 'equal-partitions'] as const) await join(partitioning, print);
  const start = performance.now();
  const sim = new Simulation({ seed: 1, trace: 'digest' });
  const dynamo = createDynamo(sim, { nodes: 1000 });
  const made = performance.now();
  touch(sim, dynamo, 100_000, 'put', 'writer');
  const written = performance.now();
  touch(sim, dynamo, 100_000, 'get', 'reader');
  const read = performance.now();
  const copies = dynamo.nodes.reduce((sum, node) => sum + dynamo.keyCount(node), 0);
  print(`dynamo: 1,000 nodes start in ${said(made - start)} ms, take 100,000 puts in ${said(written - made)} ms and give them back in ${said(read - written)} ms; ${said(copies)} copies`);
}
