/**
 * Exploring: every schedule of up to k faults or late messages, one run each, in place of chance. In a small scenario a few hundred
 * are all there are, and "none violates" is then a statement about all of them.
 *
 * The menu of faults: each kind, on each server (or each way to part the servers in two, or each thing an operator can do to it), at each of some instants that divide the run
 * without faults evenly. Late messages are known only from the run that has the rest of the plan: they come last in a plan, in the order
 * in which they were sent (`message-orders.ts`). Plans come in order of their number of entries, so the first that violates has the fewest.
 *
 * Left out: symmetry between servers, and orders that come to the same.
 *
 * @module
 */
import { SplitbrainError, UsageError } from '../kernel/errors.ts';
import { isInstant, type Fault } from '../kernel/faults/fault.ts';
import type { FaultPlan, PlannedFault } from '../kernel/faults/plan.ts';
import { Simulation } from '../kernel/simulation.ts';
import type { TraceLevel } from '../kernel/trace.ts';
import { duration, formatDuration, type DurationInput, type Micros } from '../kernel/units.ts';
import { messageOrders } from './message-orders.ts';
import { runScenario, type RunResult } from './run.ts';
import { configurationOf, type Scenario } from './scenario.ts';

/** The kinds of faults that can be explored; `operate`: an operator does what the store offers; `order`: a message comes after one that it would have come before. */
export const EXPLORED_KINDS = ['crash', 'pause', 'isolate', 'partition', 'operate', 'order'] as const;

/** What to explore. */
export interface ExploreOptions {
  /** Default 0. */
  readonly seed?: number;
  readonly configuration?: string;
  /** At most so many faults and late messages in a plan. Default 1. */
  readonly faults?: number;
  /** Default: `isolate` and `crash`. */
  readonly kinds?: readonly (typeof EXPLORED_KINDS)[number][];
  /** At how many instants a fault may begin. Default 4. */
  readonly instants?: number;
  /** How long each fault lasts. Default: half of the run. */
  readonly length?: DurationInput;
  /** Of `operate`: what the operator does, such as `failover`. Default: everything that the store offers. */
  readonly operations?: readonly string[];
  /** Of `order`: behind how many of its successors at its receiver a message may be put. Default 1. */
  readonly reach?: number;
  /** Of `order`: the types of messages whose order matters. Default: all. */
  readonly messages?: readonly string[];
  /** At most so many runs. Default 10,000. */
  readonly limit?: number;
  /** Called after each run. */
  readonly onRun?: (run: number, of: number) => void;
  /** Asked before each run but the first; false ends it there, and what was found so far is what came of it. */
  readonly mayGoOn?: () => Promise<boolean>;
}

/** What came of it. */
export interface Explored {
  readonly scenario: string;
  readonly configuration: string;
  readonly seed: number;
  /** How many plans there are; with kind `order` and more than the limit, how many are known to be: each run may show more. */
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
  const reach = least('reach', options.reach ?? 1, 1);
  const kinds = options.kinds ?? ['isolate', 'crash'];
  const odd = kinds.find((kind) => !EXPLORED_KINDS.includes(kind));
  if (odd !== undefined || kinds.length === 0) throw new UsageError('INVALID_OPTION', `kinds must be of ${EXPLORED_KINDS.join(', ')}, got '${String(odd ?? '')}'`);
  requireKindOf(options, kinds);
  const seed = options.seed ?? 0;
  const hasOrders = kinds.includes('order');
  const traceOf = (entries: number): TraceLevel => (hasOrders && entries < faults ? 'events' : 'digest');
  const whole = await runScenario(of, { seed, configuration, plan: [], trace: traceOf(0) });
  const servers = whole.simulation.nodes.filter(({ role }) => role === 'server').map(({ id }) => id as string);
  const length = options.length === undefined ? (Math.ceil(whole.simulation.now / 2) as Micros) : duration(options.length, 'length');
  const { operations } = options;
  const offered = (server: string): readonly string[] => {
    const all = whole.simulation.faults.operationsOf(server);
    return operations === undefined ? all : all.filter((operation) => operations.includes(operation));
  };
  if (kinds.includes('operate')) requireOffered(operations, servers.flatMap((server) => whole.simulation.faults.operationsOf(server)));
  const single = kinds.flatMap((kind) => faultsOf(kind, servers, offered));
  const menu = menuOf(single, instants, whole.simulation.now, length);
  const senders = hasOrders ? await plannableNodes(of, seed, configuration, whole) : new Set<string>();
  const onMenu = (menuFrom: number): Choice[] => menu.slice(menuFrom).map((entry, index) => ({ entry, menuFrom: menuFrom + index + 1 }));
  const late = ({ simulation }: RunResult, behind?: string): Choice[] => (
    messageOrders(simulation, { reach, senders, messages: options.messages, behind }).map(({ planned, place }) => ({ entry: planned, menuFrom: menu.length, place }))
  );
  const tally = { runs: 1, violations: 0, unknown: 0, abandoned: 0, first: undefined as RunResult | undefined };
  const count = (result: RunResult | undefined): void => {
    if (result === undefined) tally.abandoned++;
    else if (result.verdict === 'violation') {
      tally.violations++;
      tally.first ??= result;
    } else if (result.verdict === 'unknown') tally.unknown++;
  };
  count(whole);
  let level: Branch[] = faults === 0 ? [] : [{ plan: [], choices: [...onMenu(0), ...(hasOrders ? late(whole) : [])] }];
  let known = 1 + (hasOrders ? choicesOf(level) : countPlans(menu.length, faults) - 1);
  options.onRun?.(tally.runs, Math.min(known, limit));
  let isStopped = false;
  const isOver = async (): Promise<boolean> => {
    isStopped ||= tally.runs >= limit || await options.mayGoOn?.() === false;
    return isStopped;
  };
  for (let entries = 1; level.length > 0 && !isStopped; entries++) {
    const next: Branch[] = [];
    for (const { plan, choices } of level) {
      for (const { entry, menuFrom, place } of choices) {
        if (await isOver()) break;
        const longer = [...plan, entry];
        const result = await attempt(of, seed, configuration, longer, traceOf(entries));
        tally.runs++;
        count(result);
        // Of a run that gave up the messages are not known.
        if (entries < faults) next.push({ plan: longer, choices: [...onMenu(menuFrom), ...(hasOrders && result !== undefined ? late(result, place) : [])] });
        options.onRun?.(tally.runs, Math.min(known, limit));
      }
    }
    if (hasOrders) known += choicesOf(next);
    level = next;
  }
  return { scenario: of.name, configuration, seed, plans: known, ...tally };
}

/** The nodes that a plan can name: all that exist when it is read. A workload that is a function makes its clients later. */
async function plannableNodes<System, Settings>(of: Scenario<System, Settings>, seed: number, configuration: string, whole: RunResult): Promise<Set<string>> {
  let { simulation } = whole;
  if (typeof of.workload === 'function') {
    simulation = new Simulation({ ...of.simulation, seed, trace: 'digest' });
    await of.setup(simulation, configurationOf(of, configuration)[1].settings);
  }
  return new Set(simulation.nodes.map(({ id }) => id as string));
}

/** One more entry for a plan. */
interface Choice {
  readonly entry: PlannedFault;
  /** From where on the menu may be chosen from afterwards. */
  readonly menuFrom: number;
  /** Of a late message: only those behind it may be made late afterwards. */
  readonly place?: string;
}

/** A plan that was run, and what may be added to it. */
interface Branch {
  readonly plan: FaultPlan;
  readonly choices: readonly Choice[];
}

function choicesOf(level: readonly Branch[]): number {
  return level.reduce((total, { choices }) => total + choices.length, 0);
}

/** One run; undefined when the workload gave up. */
async function attempt<System, Settings>(of: Scenario<System, Settings>, seed: number, configuration: string, plan: FaultPlan, trace: TraceLevel): Promise<RunResult | undefined> {
  try {
    return await runScenario(of, { seed, configuration, plan, trace });
  } catch (error) {
    if (error instanceof SplitbrainError && !(error instanceof UsageError)) return undefined;
    throw error;
  }
}

/** An option of a kind that is not explored says nothing: whoever gave it believes that it does. @throws {@link UsageError} */
function requireKindOf(options: ExploreOptions, kinds: readonly string[]): void {
  for (const [name, kind] of [['operations', 'operate'], ['reach', 'order'], ['messages', 'order']] as const) {
    if (options[name] !== undefined && !kinds.includes(kind)) throw new UsageError('INVALID_OPTION', `${name} goes with kind ${kind}, and kinds are ${kinds.join(', ')}`);
  }
}

/** What an operator is to do must be something that some server offers. @throws {@link UsageError} */
function requireOffered(wanted: readonly string[] | undefined, offered: readonly string[]): void {
  const odd = wanted === undefined ? undefined : wanted.find((operation) => !offered.includes(operation));
  if (odd === undefined && offered.length > 0 && wanted?.length !== 0) return;
  const known = offered.length === 0 ? 'no server offers any' : `the servers offer ${[...new Set(offered)].join(', ')}`;
  throw new UsageError('INVALID_OPTION', `operations must be what an operator can do, got '${odd ?? ''}'; ${known}`);
}

/** Every single fault, at every instant. */
function menuOf(faults: readonly Fault[], instants: number, end: Micros, length: Micros): PlannedFault[] {
  const menu: PlannedFault[] = [];
  for (let i = 0; i < instants; i++) {
    const at = formatDuration(Math.floor((end * i) / instants) as Micros);
    for (const fault of faults) menu.push(isInstant(fault) ? { at, fault } : { at, for: formatDuration(length), fault });
  }
  return menu;
}

function faultsOf(kind: (typeof EXPLORED_KINDS)[number], servers: readonly string[], offered: (server: string) => readonly string[]): Fault[] {
  switch (kind) {
    case 'operate':
      return servers.flatMap((node) => offered(node).map((operation): Fault => ({ kind, operation, node })));
    case 'crash':
      return servers.map((node): Fault => ({ kind, node }));
    case 'pause':
    case 'isolate':
      return servers.map((node): Fault => ({ kind, node }));
    case 'order':
      return [];
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
