/**
 * The nemesis draws fault plans. It makes data and nothing else: the plan it drew is printed, saved, replayed and shrunk
 * without it. With `swarm` each seed switches a random half of the fault kinds on (Groce et al., "Swarm Testing", ISSTA
 * 2012): bugs that need one kind often hide when every kind is on.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { Random } from '../random.ts';
import { duration, formatDuration, type DurationInput, type Micros } from '../units.ts';
import type { Faultable } from './budget.ts';
import { FAULT_KINDS, isInstant, type Fault, type FaultKind } from './fault.ts';
import { bridgeOf, halvesOf, majorityRingOf } from './injector.ts';
import type { FaultPlan, PlannedFault } from './plan.ts';
import { crashLoop, partitionOf, rollingRestart } from './routines.ts';

/** What a nemesis can do that is more than one fault, or a shape that it draws only when asked. */
export const NEMESIS_ROUTINES = ['crash-loop', 'rolling-restart', 'minority'] as const;

/** One of them: a node that crashes again and again, all nodes restarted in turn, a minority of the nodes against the rest. */
export type NemesisRoutine = (typeof NEMESIS_ROUTINES)[number];

/** What a nemesis may do. */
export interface NemesisOptions {
  /** The seed, or a stream to draw from. */
  readonly seed: number | Random;
  /** The store it harms: its nodes, and what it must survive. */
  readonly store?: Faultable;
  /** The nodes it may harm, by name; the store's when left out. */
  readonly nodes?: readonly string[];
  /** Whether it goes beyond the store's budget: every kind of fault, every operation, any number of nodes. Default false. */
  readonly beyond?: boolean;
  /** What operators may do, as the store offers it; without a store nothing. */
  readonly operations?: readonly string[];
  /** The kinds it may use; left out, those of the store's budget; without one, all but the destructive ones (`wipe`, `disk-lost`, `disk-corrupt`), `hold` and `operate`. */
  readonly kinds?: readonly FaultKind[];
  /**
   * Routines it mixes in, as often as one kind of fault each; default none. Those that crash nodes keep to `maxDown`, and are left out where `crash`
   * is not among the kinds, as `minority` is without `partition`.
   */
  readonly routines?: readonly NemesisRoutine[];
  /** Whether a random subset of the kinds, and of the routines, is used; default true. */
  readonly swarm?: boolean;
  /** Faults begin from `from` (default 0) on and have all ended at `until` (default 30 s). */
  readonly from?: DurationInput;
  readonly until?: DurationInput;
  /** Mean time between the beginnings of faults; default 3 s. */
  readonly every?: DurationInput;
  /** Mean length of a fault; default 4 s. */
  readonly length?: DurationInput;
  /** How many nodes may be down, paused or without their disk at a time: the fault budget. Default: the store's, without one a minority. */
  readonly maxDown?: number;
}

const BEYOND_BUDGET: readonly FaultKind[] = ['wipe', 'disk-lost', 'disk-corrupt', 'hold', 'operate'];
const TAKES_DOWN: readonly FaultKind[] = ['crash', 'pause', 'wipe', 'disk-lost', 'disk-corrupt'];

/**
 * Draws a plan. The same options give the same plan.
 *
 * @throws {@link UsageError} when there are no nodes, or a span is not one
 */
export function nemesis(options: NemesisOptions): FaultPlan {
  const { store, beyond = false } = options;
  const nodes = options.nodes ?? store?.nodes.map(({ id }) => id) ?? [];
  const operations = options.operations ?? (beyond ? store?.operations : store?.budget.operations) ?? [];
  if (nodes.length === 0) throw new UsageError('INVALID_OPTION', 'a nemesis needs nodes');
  const random = typeof options.seed === 'number' ? Random.fromSeed(options.seed).fork('nemesis') : options.seed;
  const offered = options.kinds ?? kindsOf(store, beyond, operations);
  for (const kind of offered) {
    if (!FAULT_KINDS.includes(kind)) throw new UsageError('INVALID_OPTION', `unknown fault '${String(kind)}'`);
  }
  const kinds: readonly (FaultKind | NemesisRoutine)[] = chosenOf(options, random, offered);
  const [from, until] = [duration(options.from ?? 0), duration(options.until ?? '30s')];
  const [every, length] = [duration(options.every ?? '3s'), duration(options.length ?? '4s')];
  if (every === 0 || length === 0) throw new UsageError('INVALID_OPTION', "a nemesis needs 'every' and 'length' above 0");
  const maxDown = options.maxDown ?? (beyond ? nodes.length : store?.budget.maxDown ?? Math.floor((nodes.length - 1) / 2));
  const plan: PlannedFault[] = [];
  const down: Down[] = [];
  let isInOrder = true;
  let at: number = from;
  for (let index = 0; ; index++) {
    // A stream per fault: leaving one out of the plan later says nothing about the others.
    const draw = random.fork(`fault/${index}`);
    at += 1 + below(draw, 2 * every);
    // The later faults of a routine come after others that were drawn after it.
    if (at >= until || kinds.length === 0) return isInOrder ? plan : plan.sort((a, b) => duration(a.at) - duration(b.at));
    const kind = draw.pick(kinds);
    if (kind === 'crash-loop' || kind === 'rolling-restart') {
      const routine = drawRoutine(draw, kind, nodes, at, length).filter((entry) => duration(entry.at) + duration(entry.for ?? 0) <= until);
      for (const entry of routine) {
        const [begin, end] = [duration(entry.at), duration(entry.at) + duration(entry.for ?? 0)];
        if (!takeDown(down, maxDown, 'node' in entry.fault ? entry.fault.node : '', begin, end)) continue;
        plan.push(entry);
      }
      isInOrder = false;
      continue;
    }
    const fault = kind === 'minority' ? minorityOf(draw, nodes) : drawFault(draw, kind, nodes, operations);
    if (fault === undefined) continue;
    // Whole milliseconds, as a person would write them, but never beyond the horizon.
    const rounded = 1000 * Math.round(at / 1000);
    const begin = rounded >= from && rounded < until ? rounded : at;
    const lasts = Math.min(1 + below(draw, 2 * length), until - at);
    const end = Math.min(until, begin + 1000 * Math.max(1, Math.round(lasts / 1000)));
    if (TAKES_DOWN.includes(fault.kind) && 'node' in fault && !takeDown(down, maxDown, fault.node, begin, end)) continue;
    const span = isInstant(fault) ? {} : { for: formatDuration((end - begin) as Micros) };
    plan.push({ at: formatDuration(begin as Micros), ...span, fault });
  }
}

interface Down {
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

/** Writes down that a node is down for a while. @returns false when it is already, or too many others are */
function takeDown(down: Down[], maxDown: number, node: string, from: number, to: number): boolean {
  // One that ends as another begins overlaps with it: which comes first is the order of the plan.
  const others = new Set(down.filter((other) => other.from <= to && from <= other.to).map((other) => other.node));
  if (others.has(node) || others.size >= maxDown) return false;
  down.push({ node, from, to });
  return true;
}

/** The kinds and routines that this seed uses. */
function chosenOf({ routines = [], swarm }: NemesisOptions, random: Random, offered: readonly FaultKind[]): readonly (FaultKind | NemesisRoutine)[] {
  for (const routine of routines) {
    if (!NEMESIS_ROUTINES.includes(routine)) throw new UsageError('INVALID_OPTION', `unknown routine '${String(routine)}'; known are ${NEMESIS_ROUTINES.join(', ')}`);
  }
  const possible = routines.filter((routine) => offered.includes(routine === 'minority' ? 'partition' : 'crash'));
  return swarm === false ? [...offered, ...possible] : subset<FaultKind | NemesisRoutine>(random.fork('swarm'), [...offered, ...possible]);
}

/** Nodes go down and come back as in {@link crashLoop} or {@link rollingRestart}, at whole milliseconds. */
function drawRoutine(random: Random, kind: 'crash-loop' | 'rolling-restart', nodes: readonly string[], at: number, length: number): FaultPlan {
  const millis = (): number => 1 + below(random, Math.max(1, Math.round((2 * length) / 1000)));
  const times = { from: Math.ceil(at / 1000), down: millis(), between: millis() };
  const how = random.chance(0.5) ? 'power' : 'process';
  return kind === 'crash-loop' ? crashLoop(random.pick(nodes), random.between(2, 5), times, how) : rollingRestart(random.shuffle(nodes), times, how);
}

function minorityOf(random: Random, nodes: readonly string[]): Fault | undefined {
  return nodes.length < 3 ? undefined : partitionOf('minority', random.shuffle(nodes));
}

/** A whole number below a bound, which may be beyond 2^32. */
function below(random: Random, bound: number): number {
  return bound <= 0x1_0000_0000 ? random.below(Math.max(1, bound)) : Math.floor(random.float() * bound);
}

function subset<Kind extends string>(random: Random, kinds: readonly Kind[]): readonly Kind[] {
  const chosen = kinds.filter((kind) => random.fork(kind).chance(0.5));
  return chosen.length > 0 || kinds.length === 0 ? chosen : [random.pick(kinds)];
}

function kindsOf(store: Faultable | undefined, beyond: boolean, operations: readonly string[]): readonly FaultKind[] {
  if (beyond) return FAULT_KINDS.filter((kind) => kind !== 'operate' || operations.length > 0);
  const kinds = store?.budget.kinds ?? FAULT_KINDS.filter((kind) => !BEYOND_BUDGET.includes(kind));
  return operations.length > 0 && !kinds.includes('operate') ? [...kinds, 'operate'] : kinds;
}

function drawFault(random: Random, kind: FaultKind, nodes: readonly string[], operations: readonly string[]): Fault | undefined {
  const node = random.pick(nodes);
  const shuffled = random.shuffle(nodes);
  const millis = (low: number, high: number): string => `${random.between(low, high)}ms`;
  const signed = (low: number, high: number): string => `${random.chance(0.5) ? '-' : ''}${random.between(low, high)}ms`;
  switch (kind) {
    case 'partition': {
      if (nodes.length < 2) return undefined;
      const shape = random.below(4);
      if (shape === 0) return { kind, groups: [[node], nodes.filter((other) => other !== node)], oneWay: true };
      if (shape === 1 && nodes.length >= 3) return bridgeOf(shuffled);
      return halvesOf(shuffled);
    }
    case 'operate':
      return operations.length === 0 ? undefined : { kind, operation: random.pick(operations), node };
    case 'isolate':
      return { kind, node };
    case 'cut':
      return nodes.length >= 4 ? majorityRingOf(shuffled) : undefined;
    case 'hold':
      return nodes.length >= 2 ? { kind, between: [[node], nodes.filter((other) => other !== node)] } : undefined;
    case 'loss':
      return { kind, probability: random.between(1, 30) / 100 };
    case 'duplicate':
      return { kind, probability: random.between(1, 50) / 100 };
    case 'reorder':
      return { kind, probability: random.between(1, 50) / 100, by: millis(1, 200) };
    case 'delay':
      return { kind, by: millis(1, 500) };
    case 'bandwidth':
      return { kind, bytesPerSecond: random.between(10, 1000) * 1000 };
    case 'crash':
      return { kind, node, how: random.chance(0.5) ? 'power' : 'process' };
    case 'pause':
    case 'wipe':
    case 'disk-lying-sync':
    case 'disk-full':
    case 'disk-corrupt':
    case 'disk-lost':
      return { kind, node };
    case 'clock-skew':
    case 'clock-jump':
      return { kind, node, by: signed(10, 10_000) };
    case 'clock-drift':
      return { kind, node, rate: random.between(-100, 100) / 1000 };
    case 'clock-strobe':
      return { kind, node, by: signed(10, 1000), every: millis(1, 500) };
    case 'disk-slow':
      return { kind, node, by: millis(10, 2000) };
    default:
      return undefined;
  }
}
