/**
 * Plans of what happens to clusters in a known order, in contrast to what the nemesis draws: rolling restarts, a node that
 * crashes again and again, a clock that jumps to and fro, the partition shapes that Jepsen's nemesis has by name. All of them
 * are plain plans, to be added to others with `[...a, ...b]`.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { duration, formatDuration, type DurationInput, type Micros } from '../units.ts';
import type { Fault } from './fault.ts';
import { bridgeOf, halvesOf, majorityRingOf } from './injector.ts';
import type { FaultPlan, PlannedFault } from './plan.ts';

/** Times of a routine. */
export interface RoutineTimes {
  /** When it begins; default 0. */
  readonly from?: DurationInput;
  /** How long each node is down; default 1 s. */
  readonly down?: DurationInput;
  /** From one node's return to the next one's going; default 1 s. */
  readonly between?: DurationInput;
}

/**
 * Restarts one node after the other, as an upgrade does: never two at a time.
 *
 * @param how - `process` (default): what was written survives; `power`: what was not synced does not
 */
export function rollingRestart(nodes: readonly string[], times: RoutineTimes = {}, how: 'process' | 'power' = 'process'): FaultPlan {
  return inTurn(nodes.map((node): Fault => ({ kind: 'crash', node, how })), times);
}

/** Crashes a node again and again. @param rounds - how often */
export function crashLoop(node: string, rounds: number, times: RoutineTimes = {}, how: 'process' | 'power' = 'process'): FaultPlan {
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new UsageError('INVALID_OPTION', `the rounds of a crash loop are a whole number from 1, got ${String(rounds)}`);
  return inTurn(Array.from({ length: rounds }, (): Fault => ({ kind: 'crash', node, how })), times);
}

function inTurn(faults: readonly Fault[], { from = 0, down = '1s', between = '1s' }: RoutineTimes): FaultPlan {
  const [begin, length, pause] = [duration(from, 'from'), duration(down, 'down'), duration(between, 'between')];
  return faults.map((fault, index): PlannedFault => ({
    at: formatDuration((begin + index * (length + pause)) as Micros), for: formatDuration(length), fault,
  }));
}

/** The partition shapes that Jepsen names. */
export const PARTITION_SHAPES = ['one', 'halves', 'minority', 'bridge', 'majorities-ring'] as const;

/** One of them. */
export type PartitionShape = (typeof PARTITION_SHAPES)[number];

/**
 * A partition of a shape, over the nodes in the order given (shuffle them for another).
 *
 * - `one`: the first node against all others.
 * - `halves`: the smaller half against the larger.
 * - `minority`: as few as leave the rest a majority of one against it: of five nodes, two against three.
 * - `bridge`: two halves that see each other only through one node.
 * - `majorities-ring`: every node sees a majority, no two the same one.
 *
 * @throws {@link UsageError} when there are too few nodes for the shape
 */
export function partitionOf(shape: PartitionShape, nodes: readonly string[]): Fault {
  const least = { 'one': 2, 'halves': 2, 'minority': 3, 'bridge': 3, 'majorities-ring': 4 }[shape];
  if (nodes.length < least) throw new UsageError('INVALID_OPTION', `the partition '${shape}' needs ${least} nodes, got ${nodes.length}`);
  switch (shape) {
    case 'one':
      return { kind: 'partition', groups: [nodes.slice(0, 1), nodes.slice(1)] };
    case 'halves':
      return halvesOf(nodes);
    case 'minority': {
      const few = Math.floor((nodes.length - 1) / 2);
      return { kind: 'partition', groups: [nodes.slice(0, few), nodes.slice(few)] };
    }
    case 'bridge':
      return bridgeOf(nodes);
    case 'majorities-ring':
      return majorityRingOf(nodes);
    default:
      throw new UsageError('INVALID_OPTION', `unknown partition '${String(shape)}'; known are ${PARTITION_SHAPES.join(', ')}`);
  }
}
