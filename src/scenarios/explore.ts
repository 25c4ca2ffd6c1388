/**
 * Exploring: every fault plan of up to k faults from a small menu, one run each, in place of chance. In a small scenario a few hundred
 * plans are all there are, and "no plan violates" is then a statement about all of them.
 *
 * The menu: each kind of fault, on each server (or each way to part the servers in two), at each of some instants that divide the run
 * without faults evenly. Plans come in order of their number of faults, so the first that violates has the fewest.
 *
 * Left out: orders of single messages, which the seed decides, and symmetry between servers.
 *
 * @module
 */
import { SplitbrainError, UsageError } from '../kernel/errors.ts';
import type { Fault } from '../kernel/faults/fault.ts';
import type { FaultPlan, PlannedFault } from '../kernel/faults/plan.ts';
import { duration, formatDuration, type DurationInput, type Micros } from '../kernel/units.ts';
import { runScenario, type RunResult } from './run.ts';
import { configurationOf, type Scenario } from './scenario.ts';

/** The kinds of faults that can be explored. */
export const EXPLORED_KINDS = ['crash', 'pause', 'isolate', 'partition'] as const;

/** What to explore. */
export interface ExploreOptions {
  /** Default 0. */
  readonly seed?: number;
  readonly configuration?: string;
  /** At most so many faults in a plan. Default 1. */
  readonly faults?: number;
  /** Default: `isolate` and `crash`. */
  readonly kinds?: readonly (typeof EXPLORED_KINDS)[number][];
  /** At how many instants a fault may begin. Default 4. */
  readonly instants?: number;
  /** How long each fault lasts. Default: half of the run. */
  readonly length?: DurationInput;
  /** At most so many runs. Default 10,000. */
  readonly limit?: number;
  /** Called after each run. */
  readonly onRun?: (run: number, of: number) => void;
}

/** What came of it. */
export interface Explored {
  readonly scenario: string;
  readonly configuration: string;
  readonly seed: number;
  /** How many plans there are. */
  readonly plans: number;
  /** How many were run: fewer, when there were more than the limit. */
  readonly runs: number;
  readonly violations: number;
  readonly unknown: number;
  /** Runs whose workload gave up, because a store refused it and it did not expect that: they prove nothing. */
  readonly abandoned: number;
  /** The run of the first plan that violates: none has fewer faults. */
  readonly first: RunResult | undefined;
}

/**
 * Runs every plan.
 *
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export async function exploreScenario<System, Settings>(of: Scenario<System, Settings>, options: ExploreOptions = {}): Promise<Explored> {
  const [configuration] = configurationOf(of, options.configuration);
  const faults = least('faults', options.faults ?? 1, 0);
  const instants = least('instants', options.instants ?? 4, 1);
  const limit = least('limit', options.limit ?? 10_000, 1);
  const kinds = options.kinds ?? ['isolate', 'crash'];
  const odd = kinds.find((kind) => !EXPLORED_KINDS.includes(kind));
  if (odd !== undefined || kinds.length === 0) throw new UsageError('INVALID_OPTION', `kinds must be of ${EXPLORED_KINDS.join(', ')}, got '${String(odd ?? '')}'`);
  const seed = options.seed ?? 0;
  const whole = await runScenario(of, { seed, configuration, plan: [], trace: 'digest' });
  const servers = whole.simulation.nodes.filter(({ role }) => role === 'server').map(({ id }) => id as string);
  const length = options.length === undefined ? (Math.ceil(whole.simulation.now / 2) as Micros) : duration(options.length, 'length');
  const menu = menuOf(servers, kinds, instants, whole.simulation.now, length);
  const plans = countPlans(menu.length, faults);
  let runs = 0;
  let violations = 0;
  let unknown = 0;
  let abandoned = 0;
  let first: RunResult | undefined;
  for (const plan of plansOf(menu, faults)) {
    if (runs >= limit) break;
    const result = plan.length === 0 ? whole : await attempt(of, seed, configuration, plan);
    runs++;
    if (result === undefined) {
      abandoned++;
    } else if (result.verdict === 'violation') {
      violations++;
      first ??= result;
    } else if (result.verdict === 'unknown') {
      unknown++;
    }
    options.onRun?.(runs, Math.min(plans, limit));
  }
  return { scenario: of.name, configuration, seed, plans, runs, violations, unknown, abandoned, first };
}

/** One run; undefined when the workload gave up. */
async function attempt<System, Settings>(of: Scenario<System, Settings>, seed: number, configuration: string, plan: FaultPlan): Promise<RunResult | undefined> {
  try {
    return await runScenario(of, { seed, configuration, plan, trace: 'digest' });
  } catch (error) {
    if (error instanceof SplitbrainError && !(error instanceof UsageError)) return undefined;
    throw error;
  }
}

/** Every single fault. */
function menuOf(servers: readonly string[], kinds: ExploreOptions['kinds'] & object, instants: number, end: Micros, length: Micros): PlannedFault[] {
  const menu: PlannedFault[] = [];
  for (let i = 0; i < instants; i++) {
    const at = formatDuration(Math.floor((end * i) / instants) as Micros);
    for (const fault of kinds.flatMap((kind) => faultsOf(kind, servers))) menu.push({ at, for: formatDuration(length), fault });
  }
  return menu;
}

function faultsOf(kind: (typeof EXPLORED_KINDS)[number], servers: readonly string[]): Fault[] {
  switch (kind) {
    case 'crash':
      return servers.map((node): Fault => ({ kind, node }));
    case 'pause':
    case 'isolate':
      return servers.map((node): Fault => ({ kind, node }));
    case 'partition':
      // The first server is always on the first side, so that each way to part them comes once.
      return Array.from({ length: 2 ** Math.max(0, servers.length - 1) - 1 }, (_, i): Fault => {
        const there = servers.filter((_server, place) => place > 0 && ((i + 1) >> (place - 1)) % 2 === 1);
        return { kind, groups: [servers.filter((server) => !there.includes(server)), there] };
      });
    default:
      kind satisfies never;
      return [];
  }
}

/**
 * All plans of up to so many faults, those of fewer first.
 *
 * @yields each plan once
 */
function* plansOf(menu: readonly PlannedFault[], faults: number): Generator<FaultPlan, undefined> {
  for (let count = 0; count <= Math.min(faults, menu.length); count++) yield* chosen(menu, count, 0, []);
  return undefined;
}

function* chosen(menu: readonly PlannedFault[], count: number, from: number, plan: readonly PlannedFault[]): Generator<FaultPlan, undefined> {
  if (count === 0) {
    yield plan;
    return undefined;
  }
  for (let i = from; i <= menu.length - count; i++) yield* chosen(menu, count - 1, i + 1, [...plan, menu[i] as PlannedFault]);
  return undefined;
}

function countPlans(menu: number, faults: number): number {
  let total = 1;
  let ways = 1;
  for (let count = 1; count <= Math.min(faults, menu); count++) {
    ways = (ways * (menu - count + 1)) / count;
    total += ways;
  }
  return total;
}

function least(name: string, value: number, low: number): number {
  if (!Number.isSafeInteger(value) || value < low) throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${low}, got ${String(value)}`);
  return value;
}
