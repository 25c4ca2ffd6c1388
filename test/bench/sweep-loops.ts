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

async function rate(from: number, count: number): Promise<string> {
  const start = process.cpuUsage();
  let [events, ok, other] = [0, 0, 0];
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSeed(quorum, 'default', seed);
    events += result.events;
    ok += result.statistics.ok;
    other += result.statistics.fail + result.statistics.info;
  }
  // Of processor time, which other programs on the machine do not lengthen.
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  return `${Math.round(count / seconds)} seeds a second of one core (${Math.round(events / count)} events, ${Math.round(ok / count)} operations ok, ${Math.round(other / count)} not, a seed; ${Math.round(events / seconds / 1000)}k events a second)`;
}

await rate(0, 200);
console.log(`sweep: 600 operations, 5 nodes, N=3 R=W=2, faults and check: ${await rate(1000, 1000)}`);
// V8 compiles for some two thousand seeds; a sweep over a night has a hundred thousand.
await rate(2000, 800);
console.log(`sweep: the same, two thousand seeds later: ${await rate(3000, 1000)}`);
