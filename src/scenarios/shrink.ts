/**
 * Shrinking: a failing run becomes the smallest that still fails in the same way. Fault plan and workload are data, so every
 * candidate is run and judged like any other case; what is tried is, over and over until nothing helps:
 *
 * - fewer of a thing: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002) over
 *   faults, clients, keys and operations. First each operation is tied to the instant at which it was asked, so that those that
 *   are left stay where they were when others go;
 * - less of a thing: shorter faults, shorter waits;
 * - rounder times: whole seconds before tenths before milliseconds.
 *
 * Every choice is greedy and none is random: the same case shrinks to the same case. Left out: the number of the system's nodes, which
 * is the scenario's business; the seed, since another seed is another run.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import { isInstant } from '../kernel/faults/fault.ts';
import type { FaultPlan, PlannedFault } from '../kernel/faults/plan.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { duration, formatDuration, type Micros } from '../kernel/units.ts';
import { runScenario, type RunResult } from './run.ts';
import { configurationOf, type Scenario } from './scenario.ts';
import { countOperations, type Workload, type WorkloadClientPlan, type WorkloadOperation } from './workload.ts';

/** What to shrink. */
export interface ShrinkOptions {
  readonly seed: number;
  readonly configuration?: string;
  /** Where to begin, in place of what the scenario plans and draws. */
  readonly plan?: FaultPlan;
  readonly workload?: Workload;
  /** Runs at most; default 2,000. */
  readonly budget?: number;
  /** Called when a smaller case was found. */
  readonly onProgress?: (best: RunResult, runs: number) => void;
}

/** The smallest case found. */
export interface Shrunk {
  /** Its run. */
  readonly result: RunResult;
  /** The run that it began with. */
  readonly original: RunResult;
  /** How many runs it took. */
  readonly runs: number;
  /** Whether nothing was left to try; false when the budget ran out. */
  readonly isMinimal: boolean;
}

interface Candidate {
  readonly plan: FaultPlan;
  readonly workload: Workload | undefined;
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

  constructor(scenario: Scenario, original: RunResult, options: ShrinkOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#budget = options.budget ?? BUDGET;
    this.#kinds = new Set(violatedBy(original));
    this.best = original;
  }

  get #now(): Candidate {
    return { plan: this.best.plan, workload: this.best.workload };
  }

  get #isSpent(): boolean {
    return this.runs >= this.#budget;
  }

  async toTheEnd(): Promise<void> {
    const { workload, simulation } = this.best;
    const tied = workload === undefined ? undefined : tiedToInstants(workload, simulation.history.entries);
    if (tied !== undefined) await this.#keeps({ plan: this.best.plan, workload: tied });
    for (let isSmaller = true; isSmaller && !this.#isSpent;) {
      isSmaller = await this.#fewer() || await this.#less();
      this.isMinimal = !isSmaller && !this.#isSpent;
    }
  }

  /** Tries a candidate, and keeps it when it fails as the original does. */
  async #keeps(candidate: Candidate): Promise<boolean> {
    if (this.#isSpent) return false;
    this.runs++;
    const { seed, configuration } = this.best;
    let result: RunResult;
    try {
      result = await runScenario(this.#scenario, {
        seed, configuration, plan: candidate.plan, trace: 'digest', ...(candidate.workload === undefined ? {} : { workload: candidate.workload }),
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

  async #fewer(): Promise<boolean> {
    let isSmaller = await this.#subset(this.#now.plan, (plan) => ({ ...this.#now, plan }));
    const { workload } = this.#now;
    if (workload === undefined) return isSmaller;
    const change = (next: Workload): Candidate => ({ plan: this.#now.plan, workload: next });
    isSmaller = await this.#subset(workload.clients, (clients) => change({ ...workload, clients })) || isSmaller;
    const keys = [...new Set((this.#now.workload ?? workload).clients.flatMap(({ operations }) => operations.map(({ key }) => key)))];
    const base = this.#now.workload ?? workload;
    isSmaller = await this.#subset(keys, (kept) => change(filtered(base, ({ key }) => kept.includes(key)))) || isSmaller;
    const all = this.#now.workload ?? workload;
    const operations = all.clients.flatMap((client) => client.operations);
    isSmaller = await this.#subset(operations, (kept) => {
      const set = new Set(kept);
      return change(filtered(all, (one) => set.has(one)));
    }) || isSmaller;
    const idle = this.#now.workload ?? workload;
    const busy = idle.clients.filter((client) => client.operations.length > 0);
    if (busy.length < idle.clients.length) await this.#keeps(change({ ...idle, clients: busy }));
    return isSmaller;
  }

  /** Delta debugging: ever smaller pieces are left out. @returns whether any could be */
  async #subset<T>(items: readonly T[], candidate: (kept: readonly T[]) => Candidate): Promise<boolean> {
    let kept = items;
    if (kept.length > 0 && await this.#keeps(candidate([]))) return true;
    for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < kept.length && !this.#isSpent;) {
        const without = [...kept.slice(0, at), ...kept.slice(at + size)];
        if (without.length > 0 && await this.#keeps(candidate(without))) kept = without;
        else at += size;
      }
    }
    return kept.length < items.length;
  }

  async #less(): Promise<boolean> {
    let isSmaller = false;
    for (let at = 0; at < this.#now.plan.length; at++) {
      const replaced = (entry: PlannedFault): Candidate => ({ ...this.#now, plan: this.#now.plan.map((other, index) => (index === at ? entry : other)) });
      isSmaller = await this.#firstOf(simplerFaults(this.#now.plan[at] as PlannedFault).map(replaced)) || isSmaller;
    }
    const count = this.#now.workload === undefined ? 0 : countOperations(this.#now.workload);
    for (let at = 0; at < count; at++) {
      const { plan, workload } = this.#now;
      if (workload === undefined) break;
      const operation = workload.clients.flatMap(({ operations }) => operations)[at];
      for (const field of ['wait', 'at'] as const) {
        isSmaller = await this.#firstOf(simplerTimes(operation?.[field] ?? 0).map((next) => ({ plan, workload: withTime(workload, at, field, next) }))) || isSmaller;
      }
    }
    return isSmaller;
  }

  async #firstOf(candidates: readonly Candidate[]): Promise<boolean> {
    for (const candidate of candidates) {
      if (await this.#keeps(candidate)) return true;
    }
    return false;
  }
}

/** Keeps the operations that are wanted; the waits of those that are not go to the next. */
function filtered(workload: Workload, isWanted: (operation: WorkloadOperation) => boolean): Workload {
  const clients = workload.clients.map((client): WorkloadClientPlan => {
    const operations: WorkloadOperation[] = [];
    let spare = 0;
    for (const operation of client.operations) {
      if (!isWanted(operation)) {
        spare += operation.wait ?? 0;
        continue;
      }
      operations.push(spare === 0 ? operation : { ...operation, wait: hundredths(spare + (operation.wait ?? 0)) });
      spare = 0;
    }
    return { ...client, operations };
  });
  return { ...workload, clients };
}

function hundredths(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
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

function withTime(workload: Workload, position: number, field: 'wait' | 'at', time: number): Workload {
  let index = 0;
  const clients = workload.clients.map((client) => ({
    ...client,
    operations: client.operations.map((operation): WorkloadOperation => {
      if (index++ !== position) return operation;
      const { [field]: _, ...rest } = operation;
      return time === 0 ? rest : { ...rest, [field]: time };
    }),
  }));
  return { ...workload, clients };
}

/** Steps of rounding, in microseconds, the roundest first. */
const STEPS = [1_000_000, 100_000, 10_000, 1000] as const;

/** Rounder and shorter, simplest first; none when it is simple already. */
function simplerTimes(wait: number): number[] {
  if (wait === 0) return [];
  return [0, ...rounder(wait * 1000).map((micros) => micros / 1000), ...(wait >= 2 ? [hundredths(Math.floor(wait / 2))] : [])].filter((next) => next < wait || isRounder(next * 1000, wait * 1000));
}

function simplerFaults(entry: PlannedFault): PlannedFault[] {
  const at: number = duration(entry.at);
  const length = entry.for === undefined || isInstant(entry.fault) ? undefined : duration(entry.for);
  const made = (begin: number, span: number | undefined): PlannedFault => ({
    at: formatDuration(begin as Micros), ...(span === undefined ? {} : { for: formatDuration(span as Micros) }), fault: entry.fault,
  });
  const shorter = length === undefined ? [] : [Math.floor(length / 4), Math.floor(length / 2), Math.floor((3 * length) / 4)].filter((span) => span >= 1000);
  return [
    ...shorter.flatMap((span) => [...rounder(span).filter((round) => round > 0 && round < (length ?? 0)).slice(0, 1), span]).map((span) => made(at, span)),
    ...rounder(at).map((begin) => made(begin, length)),
    ...(length === undefined ? [] : rounder(length).filter((span) => span > 0 && span <= length).map((span) => made(at, span))),
  ];
}

/** An instant on coarser steps than it has, the coarsest first. */
function rounder(micros: number): number[] {
  return STEPS.filter((step) => micros % step !== 0).map((step) => Math.round(micros / step) * step);
}

/** Whether a time is on a coarser step than another. */
function isRounder(one: number, other: number): boolean {
  const step = (micros: number): number => STEPS.findIndex((size) => micros % size === 0) >>> 0;
  return step(one) < step(other);
}
