/**
 * Arbitrary fault plans. They shrink to fewer faults that are shorter and begin and end at rounder times; so does any plan given as an
 * example.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { UsageError } from '../kernel/errors.ts';
import { FAULT_KINDS, isInstant, type Fault, type FaultKind } from '../kernel/faults/fault.ts';
import { readPlan, type FaultPlan, type PlannedFault } from '../kernel/faults/plan.ts';
import { duration, type DurationInput } from '../kernel/units.ts';
import { simplerPlan } from '../scenarios/simpler.ts';
import { descending } from './descending.ts';

/** Not generated unless asked for, as with the nemesis: what destroys, what holds messages until it is over, and what not every store offers. */
const ON_REQUEST: readonly FaultKind[] = ['wipe', 'disk-lost', 'disk-corrupt', 'hold', 'operate'];

/** What to generate. */
export interface FaultPlanConstraints {
  /** The nodes that may be harmed. */
  readonly nodes: readonly string[];
  /** Default: all but `wipe`, `disk-lost`, `disk-corrupt` and `hold`; with `operations`, `operate` too. */
  readonly kinds?: readonly FaultKind[];
  /** What operators may do, by the names under which the store offers it. */
  readonly operations?: readonly string[];
  /** Default 5. */
  readonly maxFaults?: number;
  /** Every fault has ended by then; default 30 s. */
  readonly until?: DurationInput;
}

/** Fault plans in whole milliseconds. @throws {@link UsageError} when there are no nodes */
export function faultPlan(constraints: FaultPlanConstraints): Arbitrary<FaultPlan> {
  const { nodes, operations = [], kinds = kindsWith(operations), maxFaults = 5 } = constraints;
  if (nodes.length === 0) throw new UsageError('INVALID_OPTION', 'a fault plan needs nodes');
  if (kinds.includes('operate') && operations.length === 0) throw new UsageError('INVALID_OPTION', "the kind 'operate' needs operations, such as 'failover'");
  const until = Math.floor(duration(constraints.until ?? '30s') / 1000);
  const usable = nodes.length < 2 ? kinds.filter((kind) => !PARTS.includes(kind)) : kinds;
  const planned = fc.tuple(fc.oneof(...usable.map((kind) => faultOf(kind, nodes, operations))), fc.nat(Math.max(0, until - 1)), fc.integer({ min: 1, max: until })).map(
    ([fault, at, length]): PlannedFault => ({ at, ...(isInstant(fault) ? {} : { for: Math.max(1, Math.min(length, until - at)) }), fault }),
  );
  const isOver = (plan: FaultPlan): boolean => plan.every(({ at, for: length = 0 }) => duration(at) + duration(length) <= until * 1000);
  return descending(fc.array(planned, { maxLength: maxFaults }), {
    accepts: isPlan,
    descent: simplerPlan,
    // What is rounded up may be over too late.
    keeps: (simpler, plan) => isOver(simpler) || !isOver(plan),
  });
}

/** What needs two nodes. */
const PARTS: readonly FaultKind[] = ['partition', 'cut', 'hold'];

function kindsWith(operations: readonly string[]): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => !ON_REQUEST.includes(kind) || (kind === 'operate' && operations.length > 0));
}

function isPlan(value: unknown): value is FaultPlan {
  try {
    readPlan(value);
    return true;
  } catch {
    return false;
  }
}

/** Two or more nodes in two groups. */
function sidesOf(nodes: readonly string[]): Arbitrary<[string[], string[]]> {
  return fc.subarray([...nodes], { minLength: 1, maxLength: nodes.length - 1 }).map((some) => [some, nodes.filter((other) => !some.includes(other))]);
}

function faultOf(kind: FaultKind, nodes: readonly string[], operations: readonly string[]): Arbitrary<Fault> {
  const node = fc.constantFrom(...nodes);
  const probability = fc.integer({ min: 1, max: 50 }).map((percent) => percent / 100);
  const signed = fc.integer({ min: -10_000, max: 10_000 }).map((by) => `${by}ms`);
  const span = fc.integer({ min: 1, max: 500 });
  switch (kind) {
    case 'partition':
      return sidesOf(nodes).map((groups) => ({ kind, groups }));
    case 'hold':
      return sidesOf(nodes).map((between) => ({ kind, between }));
    case 'cut': {
      const links = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to): [string, string] => [from, to]));
      return fc.subarray(links, { minLength: 1 }).map((some) => ({ kind, links: some }));
    }
    case 'bandwidth':
      return fc.integer({ min: 10, max: 1000 }).map((kilobytes) => ({ kind, bytesPerSecond: kilobytes * 1000 }));
    case 'operate':
      return fc.tuple(fc.constantFrom(...operations), node).map(([operation, one]) => ({ kind, operation, node: one }));
    case 'crash':
      return fc.tuple(node, fc.constantFrom('process' as const, 'power' as const)).map(([one, how]) => ({ kind, node: one, how }));
    case 'isolate':
    case 'pause':
    case 'wipe':
    case 'disk-lying-sync':
    case 'disk-full':
    case 'disk-corrupt':
    case 'disk-lost':
      return node.map((one) => ({ kind, node: one }));
    case 'delay':
      return span.map((by) => ({ kind, by }));
    case 'loss':
    case 'duplicate':
      return probability.map((share) => ({ kind, probability: share }));
    case 'reorder':
      return fc.tuple(probability, span).map(([share, by]) => ({ kind, probability: share, by }));
    case 'clock-skew':
    case 'clock-jump':
      return fc.tuple(node, signed).map(([one, by]) => ({ kind, node: one, by }));
    case 'clock-strobe':
      return fc.tuple(node, signed, span).map(([one, by, every]) => ({ kind, node: one, by, every }));
    case 'clock-drift':
      return fc.tuple(node, fc.integer({ min: -100, max: 100 })).map(([one, rate]) => ({ kind, node: one, rate: rate / 1000 }));
    case 'disk-slow':
      return fc.tuple(node, span).map(([one, by]) => ({ kind, node: one, by }));
    default:
      throw new UsageError('INVALID_OPTION', `cannot generate the fault '${String(kind)}'; known are ${FAULT_KINDS.join(', ')}`);
  }
}
