/**
 * How fast a sweep is: seeds per second of one core, each with 600 operations on a 5-node quorum store under faults, checked for
 * linearizability. The floor is 300.
 *
 * @module
 */
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { nemesis } from '../../src/index.ts';
import { drawWorkload, dynamoClients, runSeed, scenario, type Scenario } from '../../src/scenarios/index.ts';

const quorum = scenario({
  name: 'sweep-bench',
  setup: (sim) => createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2, sloppy: false, conflict: 'lww', readRepair: 'before-reply' }),
  plan: (sim, dynamo) => nemesis({ seed: sim.seed, nodes: dynamo.nodes.map(({ id }) => id), until: '2s', every: '300ms', length: '400ms', kinds: ['partition', 'isolate', 'pause', 'crash', 'loss', 'delay'] }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 10, operations: 600, keys: 10, thinkTime: '25ms' }),
    clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload, { timeout: '200ms' }),
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
}) as unknown as Scenario;

/** Seeds to a measurement: some tenths of a second, in which a shared core is mostly shared all the time or not at all. */
const SLICE = 40;

interface Slice {
  readonly events: number;
  readonly ok: number;
  readonly other: number;
  /** Of processor time, which other programs on this machine do not lengthen; others on the machine beneath it do. */
  readonly seconds: number;
}

async function slice(from: number): Promise<Slice> {
  const start = process.cpuUsage();
  let [events, ok, other] = [0, 0, 0];
  for (let seed = from; seed < from + SLICE; seed++) {
    const result = await runSeed(quorum, 'default', seed);
    events += result.events;
    ok += result.statistics.ok;
    other += result.statistics.fail + result.statistics.info;
  }
  const { user, system } = process.cpuUsage(start);
  return { events, ok, other, seconds: (user + system) / 1e6 };
}

async function rate(from: number, count: number): Promise<string> {
  const slices: Slice[] = [];
  for (let seed = from; seed < from + count; seed += SLICE) slices.push(await slice(seed));
  const sum = (of: (one: Slice) => number): number => slices.reduce((total, one) => total + of(one), 0);
  const each = (of: (one: Slice) => number): number => Math.round(sum(of) / count);
  const rates = slices.map(({ seconds }) => SLICE / seconds).sort((a, b) => a - b);
  const at = (share: number): number => Math.round(rates[Math.floor((rates.length - 1) * share)] as number);
  return `${Math.round(count / sum(({ seconds }) => seconds))} seeds a second of one core (of slices of ${SLICE}: median ${at(0.5)}, a tenth ${at(0.9)} or more; `
    + `${each(({ events }) => events)} events, ${each(({ ok }) => ok)} operations ok, ${each(({ other }) => other)} not, a seed)`;
}

await rate(0, 200);
console.log(`sweep: 600 operations, 5 nodes, N=3 R=W=2, faults and check: ${await rate(1000, 1000)}`);
// V8 compiles for some two thousand seeds; a sweep over a night has a hundred thousand.
await rate(2000, 800);
console.log(`sweep: the same, two thousand seeds later: ${await rate(3000, 2000)}`);
