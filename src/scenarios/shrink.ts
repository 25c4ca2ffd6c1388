/**
 * Shrinking: a failing run becomes the smallest that still fails in the same way. Fault plan and workload are data, so every
 * candidate is run and judged like any other case. First each operation is tied to the instant at which it was asked, so that those
 * that are left stay where they were when others go; then what `simpler.ts` hands out is tried, over and over until nothing helps.
 *
 * Of a workload that is a function the operations are those that its history has: the clients that the scenario names (`redo`), or a store's usual ones,
 * do them again as data.
 *
 * Every choice is greedy and none is random: the same case shrinks to the same case. The system becomes smaller where the scenario says
 * how (`smaller`). Left out: the seed, since another seed is another run.
 *
 * The descent over plan and workload is our own. fast-check's arrays and integers were tried on the same failing seeds: see
 * `docs/sweeps.md` for the figures. Its runner is what drives the same descent in users' properties (`splitbrain/fast-check`).
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { FaultPlan } from '../kernel/faults/plan.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { runScenario, type RunResult } from './run.ts';
import { configurationOf, type Scenario } from './scenario.ts';
import { fewerFaults, fewerOperations, simplerTimesOfFaults, simplerTimesOfOperations, type Descent } from './simpler.ts';
import type { WorkloadKind } from './workloads/workload-kinds.ts';
import { readWorkload, type Workload, type WorkloadClientPlan, type WorkloadOperation } from './workloads/workload.ts';

/** What to shrink. */
export interface ShrinkOptions {
  readonly seed: number;
  readonly configuration?: string;
  /** Where to begin, in place of what the scenario plans and draws. */
  readonly plan?: FaultPlan;
  readonly workload?: Workload;
  readonly settings?: unknown;
  /** Runs at most; default 2,000. */
  readonly budget?: number;
  /** Called when a smaller case was found. */
  readonly onProgress?: (best: RunResult, runs: number) => void;
  /** Asked before each run but the first; false ends it there, with the smallest case so far. */
  readonly mayGoOn?: () => Promise<boolean>;
}

/** The smallest case found. */
export interface Shrunk {
  /** Its run. */
  readonly result: RunResult;
  /** The run that it began with. */
  readonly original: RunResult;
  /** How many runs it took. */
  readonly runs: number;
  /** Whether nothing was left to try; false when the budget ran out, or it was told to stop. */
  readonly isMinimal: boolean;
}

interface Candidate {
  readonly plan: FaultPlan;
  readonly workload: Workload | undefined;
  readonly settings: unknown;
}

const BUDGET = 2000;

/**
 * Shrinks a failing case.
 *
 * @throws {@link UsageError} `NOTHING_TO_SHRINK` when the run violates nothing
 */
export async function shrinkCase(scenario: Scenario, options: ShrinkOptions): Promise<Shrunk> {
  const [configuration] = configurationOf(scenario, options.configuration);
  const original = await runScenario(scenario, {
    seed: options.seed, configuration, trace: 'digest', ...(options.plan === undefined ? {} : { plan: options.plan }), ...(options.workload === undefined ? {} : { workload: options.workload }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  if (original.verdict !== 'violation') {
    throw new UsageError('NOTHING_TO_SHRINK', `seed ${options.seed} of '${scenario.name}' (${configuration}) violates nothing`);
  }
  const search = new Shrinking(scenario, original, options);
  await search.toTheEnd();
  return { result: search.best, original, runs: search.runs, isMinimal: search.isMinimal };
}

/** The models that a run violates. */
function violatedBy({ verdicts }: RunResult): readonly string[] {
  return verdicts.filter(({ verdict }) => verdict === 'violation').map(({ model }) => model);
}

class Shrinking {
  best: RunResult;
  runs = 1;
  isMinimal = false;
  readonly #scenario: Scenario;
  readonly #kinds: ReadonlySet<string>;
  readonly #options: ShrinkOptions;
  readonly #budget: number;
  #isStopped = false;
  /** What was run already: the last round tries most of what the one before it did. */
  readonly #tried = new Set<string>();

  constructor(scenario: Scenario, original: RunResult, options: ShrinkOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#budget = options.budget ?? BUDGET;
    this.#kinds = new Set(violatedBy(original));
    this.best = original;
  }

  get #now(): Candidate {
    return { plan: this.best.plan, workload: this.best.workload, settings: this.best.settings };
  }

  get #isSpent(): boolean {
    return this.#isStopped || this.runs >= this.#budget;
  }

  async toTheEnd(): Promise<void> {
    const { workload, simulation: { history } } = this.best;
    if (workload === undefined) {
      await this.#toTheLeast();
      await this.#redo();
    } else {
      const tied = tiedToInstants(workload, history.entries);
      if (tied !== undefined) await this.#keeps({ ...this.#now, workload: tied });
    }
    if (this.best.workload !== undefined) await this.#toTheLeast();
    this.isMinimal = !this.#isSpent;
  }

  /** What a workload that is a function did, done again as data: from the smallest run on that it fails in, whose plan and system are the same. */
  async #redo(): Promise<void> {
    const { name, redo } = this.#scenario;
    const { entries } = this.best.simulation.history;
    const kind = redo?.kind ?? (entries.every(isOfRegister) ? 'register' : undefined);
    if (kind !== undefined) await this.#keeps({ ...this.#now, workload: doneBy(kind, entries, name) });
  }

  async #toTheLeast(): Promise<void> {
    // Times come last: a fault cut down to what it takes now would leave no room for other operations to go.
    await this.#untilNothingHelps(async () => {
      await this.#untilNothingHelps(async () => {
        await this.#descendBoth(fewerFaults, fewerOperations);
        await this.#smallerSystem();
      });
      await this.#descendBoth(simplerTimesOfFaults, simplerTimesOfOperations);
    });
  }

  async #untilNothingHelps(round: () => Promise<void>): Promise<void> {
    for (let before: RunResult | undefined; before !== this.best && !this.#isSpent;) {
      before = this.best;
      await round();
    }
  }

  async #smallerSystem(): Promise<void> {
    const { settings = configurationOf(this.#scenario, this.best.configuration)[1].settings } = this.best;
    for (const smaller of this.#scenario.smaller?.(settings) ?? []) if (await this.#keeps({ ...this.#now, settings: smaller })) return;
  }

  async #descendBoth(ofPlan: (plan: FaultPlan) => Descent<FaultPlan>, ofWorkload: (workload: Workload) => Descent<Workload>): Promise<void> {
    await this.#descend(ofPlan(this.best.plan), (plan) => ({ ...this.#now, plan }));
    if (this.best.workload !== undefined) await this.#descend(ofWorkload(this.best.workload), (workload) => ({ ...this.#now, workload }));
  }

  async #descend<Part>(descent: Descent<Part>, candidate: (part: Part) => Candidate): Promise<void> {
    for (let step = descent.next(); step.done !== true && !this.#isSpent;) step = descent.next(await this.#keeps(candidate(step.value)));
  }

  /** Tries a candidate, and keeps it when it fails as the original does. */
  async #keeps(candidate: Candidate): Promise<boolean> {
    const text = JSON.stringify(candidate);
    if (this.#isSpent || this.#tried.has(text)) return false;
    this.#tried.add(text);
    if (await this.#options.mayGoOn?.() === false) {
      this.#isStopped = true;
      return false;
    }
    this.runs++;
    const { seed, configuration } = this.best;
    let result: RunResult;
    try {
      result = await runScenario(this.#scenario, {
        seed, configuration, plan: candidate.plan, trace: 'digest', ...(candidate.workload === undefined ? {} : { workload: candidate.workload }),
        ...(candidate.settings === undefined ? {} : { settings: candidate.settings }),
      });
    } catch {
      // A plan may name a client that is gone, a check may miss what it looks for: another failure than the one that is shrunk.
      return false;
    }
    if (!violatedBy(result).some((kind) => this.#kinds.has(kind))) return false;
    this.best = result;
    this.#options.onProgress?.(result, this.runs);
    return true;
  }
}

/** Whether it is what the usual clients of registers ask: no deletion, no value but a text. */
function isOfRegister({ type, f, key, value }: HistoryEntry): boolean {
  if (key === undefined || key === '') return false;
  return f === 'read' || (f === 'write' && (type !== 'invoke' || typeof value === 'string'));
}

/**
 * What clients did, as data: each operation at the instant at which it was asked.
 *
 * @throws {@link UsageError} `INVALID_WORKLOAD` when the history has operations that the kind has not
 */
function doneBy(kind: WorkloadKind, history: readonly HistoryEntry[], scenario: string): Workload {
  const clients = new Map<string, WorkloadOperation[]>();
  for (const { type, process, f, key, value, time } of history) {
    if (type !== 'invoke') continue;
    const name = String(process);
    const operations = clients.get(name) ?? [];
    clients.set(name, operations);
    operations.push({
      f: f as WorkloadOperation['f'], key: String(key ?? 'txn'), ...(value === null || value === undefined ? {} : { value: value as NonNullable<WorkloadOperation['value']> }), ...(time === 0 ? {} : { at: time / 1000 }),
    });
  }
  return readWorkload({ kind, clients: [...clients].map(([name, operations]) => ({ name, operations })) }, `scenario '${scenario}': what its clients did`);
}

/** Each operation at the instant at which it was asked, in place of a wait; undefined when the history does not tell. */
function tiedToInstants(workload: Workload, history: readonly HistoryEntry[]): Workload | undefined {
  const asked = new Map<string | number, number[]>();
  for (const { type, process, time } of history) {
    if (type === 'invoke') asked.set(process, [...(asked.get(process) ?? []), time]);
  }
  const clients = workload.clients.map((client): WorkloadClientPlan => ({
    ...client,
    operations: client.operations.map((operation, index): WorkloadOperation => {
      const { wait: _, ...rest } = operation;
      const time = asked.get(client.name)?.[index] ?? 0;
      return time === 0 ? rest : { ...rest, at: time / 1000 };
    }),
  }));
  const isTold = workload.clients.every(({ name, operations }) => (asked.get(name)?.length ?? 0) === operations.length);
  return isTold ? { ...workload, clients } : undefined;
}
