/**
 * The fault budget: which faults a store must survive, stated beside its model, and what it promises while it does (TigerBeetle's
 * simulator states the same of its disks). The nemesis keeps to it unless told to go beyond: within, whatever a checker finds is a bug of
 * the store; beyond, it is what the documentation warns of.
 *
 * @module
 */
import type { FaultKind } from './fault.ts';

/** What a store must survive. */
export interface FaultBudget {
  /** What holds, whatever happens within the budget; a sentence. */
  readonly promise: string;
  readonly kinds: readonly FaultKind[];
  /** How many nodes may be down, paused or without their disk at a time. */
  readonly maxDown: number;
  /** What operators may do meanwhile. */
  readonly operations: readonly string[];
}

/** A store as the nemesis takes it. */
export interface Faultable {
  readonly nodes: readonly { readonly id: string }[];
  readonly budget: FaultBudget;
  /** Everything its operators can do, beyond the budget too. */
  readonly operations: readonly string[];
}

/** What every store that talks over connections must survive of the network. */
export const NETWORK_FAULTS: readonly FaultKind[] = ['partition', 'isolate', 'cut', 'loss', 'reorder', 'delay', 'bandwidth'];

/** What becomes of wall clocks. */
export const CLOCK_FAULTS: readonly FaultKind[] = ['clock-skew', 'clock-drift', 'clock-jump', 'clock-strobe'];
