/**
 * Shrinking, three ways, over the same failing seeds: our own descent (`shrinkCase`), the same descent under fast-check's runner (its
 * arbitraries with the failing case as an example), and fast-check's own arrays, records and integers.
 *
 * @module
 */
import fc, { type Arbitrary, type Stream, type Value } from 'fast-check';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import { faultPlan, workload as workloads } from '../../src/fast-check/index.ts';
import { duration, formatDuration, nemesis, type Fault, type FaultPlan } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import {
  countOperations, drawWorkload, redisClients, runScenario, scenario, shrinkCase, type RunResult, type Scenario, type Workload, type WorkloadOperation,
} from '../../src/scenarios/index.ts';
import { slowDiskRegister } from '../support/slow-disk-register.ts';

const BUDGET = 2000;
const SEEDS = 8;

const failover = scenario({
  name: 'redis-failover',
  setup: (sim) => createRedis(sim, { replicas: 1 }),
  plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['isolate', 'delay', 'loss'], swarm: false, until: '2s', every: '300ms', length: '300ms', maxDown: 1 }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 80, keys: 2, thinkTime: '100ms' }),
    clients(sim, redis, workload) {
      const [, replica] = redis.nodes;
      sim.after('1s', () => { if (replica?.isUp === true) redis.promote(replica); });
      return redisClients(sim, redis, workload, { timeout: '200ms' });
    },
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
}) as unknown as Scenario;

interface Way {
  readonly name: string;
  shrink(of: Scenario, original: RunResult): Promise<{ readonly result: RunResult; readonly runs: number }>;
}

const WAYS: readonly Way[] = [
  { name: 'our descent', shrink: (of, { seed }) => shrinkCase(of, { seed, budget: BUDGET }) },
  {
    name: "our descent under fast-check's runner",
    async shrink(of, original) {
      const tried = new Tried(of, original);
      const property = fc.asyncProperty(faultPlan({ nodes: ['n'], until: '100h' }), workloads(), (plan, work) => tried.holds(plan, work));
      await fc.check<[FaultPlan, Workload]>(property, { examples: [[original.plan, tied(original)]], numRuns: 1 });
      return tried;
    },
  },
  {
    name: "fast-check's arrays and integers",
    async shrink(of, original) {
      const tried = new Tried(of, original);
      const micros = fc.nat(2 ** 31 - 1);
      const faults = fc.array(fc.record({ fault: whole<Fault>(), at: micros, length: micros }), { maxLength: 100 });
      const operations = fc.array(fc.record({ client: fc.nat(100), operation: whole<WorkloadOperation>(), at: micros }), { maxLength: 1000 });
      const { kind, clients } = tied(original);
      type Planned = { readonly fault: Fault; readonly at: number; readonly length: number };
      type Asked = { readonly client: number; readonly operation: WorkloadOperation; readonly at: number };
      const property = fc.asyncProperty(faults, operations, (some: Planned[], asked: Asked[]) => tried.holds(
        some.map(({ fault, at, length }) => ({ at: formatDuration(at as never), for: formatDuration(length as never), fault })),
        {
          kind,
          clients: clients.map(({ name }, place) => ({
            name, operations: asked.filter(({ client }) => client === place).map(({ operation, at }) => ({ ...operation, ...(at === 0 ? {} : { at: at / 1000 }) })),
          })).filter((client) => client.operations.length > 0),
        },
      ));
      const plan = original.plan.map(({ at, for: length = 0, fault }): Planned => ({ fault, at: duration(at), length: duration(length) }));
      const asked = clients.flatMap((client, place) => client.operations.map(({ at = 0, ...operation }): Asked => ({ client: place, operation, at: Math.round(at * 1000) })));
      await fc.check<[Planned[], Asked[]]>(property, { examples: [[plan, asked]], numRuns: 1 });
      return tried;
    },
  },
];

/** A property's runs, and the last that failed. */
class Tried {
  runs = 0;
  result: RunResult;
  readonly #of: Scenario;

  constructor(of: Scenario, original: RunResult) {
    this.#of = of;
    this.result = original;
  }

  async holds(plan: FaultPlan, workload: Workload): Promise<boolean> {
    if (this.runs >= BUDGET) return true;
    this.runs++;
    try {
      const result = await runScenario(this.#of, { seed: this.result.seed, plan, workload, trace: 'digest' });
      if (result.verdict === 'violation') this.result = result;
      return result.verdict !== 'violation';
    } catch {
      return true;
    }
  }
}

/** Each operation at the instant at which it was asked, as `shrinkCase` has them. */
function tied({ workload, simulation }: RunResult): Workload {
  const { kind, clients } = workload as Workload;
  return {
    kind,
    clients: clients.map((client) => {
      const asked = simulation.history.entries.filter(({ type, process }) => type === 'invoke' && process === client.name);
      return { ...client, operations: client.operations.map(({ f, key, value }, place) => ({ f, key, ...(value === undefined ? {} : { value }), at: (asked[place]?.time ?? 0) / 1000 })) };
    }),
  };
}

/** Values that do not shrink themselves. */
function whole<T>(): Arbitrary<T> {
  return new (class extends fc.Arbitrary<T> {
    generate(): Value<T> { return new fc.Value(undefined as T, undefined); }
    canShrinkWithoutContext(_value: unknown): _value is T { return true; }
    shrink(): Stream<Value<T>> { return fc.Stream.nil(); }
  })();
}

/** Prints, for each scenario and way, how small the case is and how many runs it took. */
export async function benchShrink(print: (line: string) => void): Promise<void> {
  for (const of of [slowDiskRegister, failover]) {
    const failing: RunResult[] = [];
    for (let seed = 1; failing.length < SEEDS; seed++) {
      const result = await runScenario(of, { seed, trace: 'digest' });
      if (result.verdict === 'violation') failing.push(result);
    }
    for (const way of WAYS) {
      let [runs, operations, clients] = [0, 0, 0];
      for (const original of failing) {
        const shrunk = await way.shrink(of, original);
        runs += shrunk.runs / SEEDS;
        operations += countOperations(shrunk.result.workload as Workload) / SEEDS;
        clients += (shrunk.result.workload?.clients.length ?? 0) / SEEDS;
      }
      print(`shrink: ${of.name}, ${SEEDS} failing seeds, ${way.name}: ${operations.toFixed(1)} operations of ${clients.toFixed(1)} clients are left after ${runs.toFixed(0)} runs`);
    }
  }
}
