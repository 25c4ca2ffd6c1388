/**
 * Running a scenario once, and over many seeds. A run is a function of (scenario, configuration, seed, plan) and nothing
 * else: the same four give the same digest in every process and every engine.
 *
 * @module
 */
import type { Verdict } from '../checkers/index.ts';
import { isDynamo } from '../dynamo/index.ts';
import { UsageError } from '../kernel/errors.ts';
import { faultNodes } from '../kernel/faults/fault.ts';
import { readPlan, type FaultPlan, type PlannedFault } from '../kernel/faults/plan.ts';
import { Simulation } from '../kernel/simulation.ts';
import type { TraceLevel } from '../kernel/trace.ts';
import { RedisDeployment } from '../redis/index.ts';
import { watchCoverage } from './fault-coverage.ts';
import { dynamoClients } from './workloads/dynamo-clients.ts';
import { redisClients } from './workloads/redis-clients.ts';
import { beginWorkload, runWorkload } from './workloads/run-workload.ts';
import { configurationOf, type DataWorkload, type Scenario } from './scenario.ts';
import type { Workload } from './workloads/workload.ts';

/** What a run can be told. */
export interface RunOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Which configuration; the first when left out. */
  readonly configuration?: string;
  /** Replaces the scenario's own fault plan. */
  readonly plan?: FaultPlan;
  /** Where that plan is from, for errors. */
  readonly planSource?: string;
  /** Replaces what the scenario draws, where its workload is data, or can be done again as such (`redo`). */
  readonly workload?: Workload;
  /** Replaces the configuration's settings: those of a smaller system, as the scenario's `smaller` gives them. */
  readonly settings?: unknown;
  /** How much of the trace is kept, in place of what the scenario says. */
  readonly trace?: TraceLevel;
}

/** What came of a run. */
export interface RunResult {
  readonly scenario: string;
  readonly configuration: string;
  readonly seed: number;
  /** Sixteen hexadecimal digits over everything that happened. */
  readonly digest: string;
  /** How many events happened. */
  readonly events: number;
  readonly verdicts: readonly Verdict[];
  /** The worst of the verdicts. */
  readonly verdict: Verdict['verdict'];
  /** The fault plan that was in force, which reproduces the run. */
  readonly plan: FaultPlan;
  /** What the clients were told to do, where that is data. */
  readonly workload?: Workload;
  /** The settings, where they were given in place of the configuration's. */
  readonly settings?: unknown;
  /** Which faults met which states, such as `crash × primary`; sorted. */
  readonly coverage: readonly string[];
  /** The simulation as the run left it, with its history and trace. */
  readonly simulation: Simulation;
}

/**
 * Runs a scenario once.
 *
 * @throws what its setup, workload or check throws; `UsageError` when the plan does not fit the system
 */
export async function runScenario<System, Settings>(of: Scenario<System, Settings>, options: RunOptions = {}): Promise<RunResult> {
  const [name, { settings: own }] = configurationOf(of, options.configuration);
  const settings = options.settings === undefined ? own : options.settings as Settings;
  const simulation = new Simulation({
    ...of.simulation, seed: options.seed ?? 0, ...(options.trace === undefined ? {} : { trace: options.trace }),
  });
  const coverage = watchCoverage(simulation);
  const system = await of.setup(simulation, settings);
  const drawn = typeof of.plan === 'function' ? of.plan(simulation, system, settings) : of.plan;
  const plan = options.plan ?? drawn ?? [];
  const source = options.planSource ?? 'fault plan';
  const isFunction = typeof of.workload === 'function' && options.workload === undefined;
  const later = options.plan === undefined || isFunction ? [] : namingOthers(options.plan, simulation, source);
  simulation.faults.add(later.length === 0 ? plan : plan.filter((entry) => !later.includes(entry)), source);
  const workload = await work(of, simulation, system, settings, options.workload, () => { simulation.faults.add(later, source); });
  const verdicts = verdictsOf(of.name, await of.check(simulation, system, settings));
  return {
    scenario: of.name, configuration: name, seed: simulation.seed, digest: simulation.trace.digest, events: simulation.events,
    verdicts, verdict: worst(verdicts), plan, coverage: coverage(), ...(workload === undefined ? {} : { workload }),
    ...(options.settings === undefined ? {} : { settings: options.settings }), simulation,
  };
}

/** The entries of a plan that name nodes which are yet to be made: the clients of a workload that is data. */
function namingOthers(plan: FaultPlan, { nodes }: Simulation, source: string): readonly PlannedFault[] {
  readPlan(plan, source);
  const known = new Set<string>(nodes.map(({ id }) => id));
  return plan.filter(({ fault }) => !faultNodes(fault).every((node) => known.has(node)));
}

/** Has the clients work. @returns what they did, where that is data */
async function work<System, Settings>(
  { name, workload, redo }: Scenario<System, Settings>, simulation: Simulation, system: System, settings: Settings, given: Workload | undefined, whenClientsAreMade: () => void,
): Promise<Workload | undefined> {
  if (typeof workload === 'function' && given === undefined) {
    await simulation.run(() => workload(simulation, system, settings));
    return undefined;
  }
  const data = typeof workload === 'function' ? redo ?? usualRedo(system) : workload;
  if (data === undefined) throw new UsageError('INVALID_ARGUMENT', `scenario '${name}': its workload is a function, no data can replace it (it says no \`redo\`)`);
  const drawn = given ?? (workload as DataWorkload<System, Settings>).draw(simulation, system, settings);
  const clients = data.clients(simulation, system, drawn, settings);
  whenClientsAreMade();
  if (clients.every(({ style }) => style === 'callbacks')) simulation.runSync<void>((sim, done) => { beginWorkload(sim, clients, drawn, done); });
  else await simulation.run(() => runWorkload(simulation, clients, drawn));
  const { after } = data;
  if (after !== undefined) await simulation.run(() => after(simulation, system, settings));
  return drawn;
}

/** Where the system is a store whose registers have the names that clients gave them: that store's usual clients. */
function usualRedo(system: unknown): Pick<DataWorkload<unknown, unknown>, 'clients' | 'after'> | undefined {
  if (isDynamo(system)) return { clients: (sim, _, workload) => dynamoClients(sim, system, workload) };
  if (system instanceof RedisDeployment) return { clients: (sim, _, workload) => redisClients(sim, system, workload) };
  return undefined;
}

/** What `check` returned, as a list of verdicts. A scenario file is not type-checked: what is no verdict must not pass for one. */
function verdictsOf(name: string, checked: unknown): readonly Verdict[] {
  const verdicts: readonly unknown[] = Array.isArray(checked) ? checked : [checked];
  const isVerdict = (value: unknown): boolean => {
    const { verdict, explanation, witness } = (value ?? {}) as Partial<Verdict>;
    return ['ok', 'violation', 'unknown'].includes(String(verdict)) && typeof explanation === 'string' && Array.isArray(witness);
  };
  if (verdicts.length === 0 || !verdicts.every(isVerdict)) {
    throw new UsageError('INVALID_SCENARIO', `scenario '${name}': check must return a verdict or a list of them, as the checkers give`);
  }
  return verdicts as readonly Verdict[];
}

function worst(verdicts: readonly Verdict[]): Verdict['verdict'] {
  if (verdicts.some(({ verdict }) => verdict === 'violation')) return 'violation';
  return verdicts.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'ok';
}

/** What came of many seeds. */
export interface SweepResult {
  readonly scenario: string;
  readonly configuration: string;
  readonly seeds: number;
  readonly violations: number;
  readonly unknown: number;
  /** The first seed that violates, undefined when none does. */
  readonly firstFailure: number | undefined;
  /** Violating seeds per 1,000, rounded. */
  readonly perThousand: number;
}

/** What a sweep can be told. */
export interface SweepOptions {
  /** Default 0. */
  readonly from?: number;
  /** How many seeds. */
  readonly count: number;
  readonly configuration?: string;
  /** Called after each seed. */
  readonly onSeed?: (seed: number, result: RunResult) => void;
}

/** Runs a scenario with one seed after the other. */
export async function sweepScenario<System, Settings>(of: Scenario<System, Settings>, options: SweepOptions): Promise<SweepResult> {
  const [configuration] = configurationOf(of, options.configuration);
  for (const [what, value, least] of [['count', options.count, 1], ['from', options.from ?? 0, 0]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError('INVALID_OPTION', `a sweep's ${what} is a whole number from ${least}, got ${String(value)}`);
  }
  let violations = 0;
  let unknown = 0;
  let firstFailure: number | undefined;
  const from = options.from ?? 0;
  for (let seed = from; seed < from + options.count; seed++) {
    const result = await runScenario(of, { seed, configuration, trace: 'digest' });
    options.onSeed?.(seed, result);
    if (result.verdict === 'violation') {
      violations++;
      firstFailure ??= seed;
    } else if (result.verdict === 'unknown') {
      unknown++;
    }
  }
  return {
    scenario: of.name, configuration, seeds: options.count, violations, unknown, firstFailure,
    perThousand: Math.round((violations / Math.max(1, options.count)) * 1000),
  };
}
