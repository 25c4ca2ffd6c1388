/**
 * The words by which counters and queues are known in histories: Jepsen's, and those of the products.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';

const UP: ReadonlySet<string> = new Set(['add', 'increment', 'inc', 'incr', 'incrby', 'add-and-get']);
const DOWN: ReadonlySet<string> = new Set(['decrement', 'dec', 'decr', 'decrby']);

/** Whether an operation changes a counter. */
export function isIncrement(f: string): boolean {
  return UP.has(f) || DOWN.has(f);
}

/** By how much an operation changes it; NaN where that is no number. */
export function amountOf({ f, input }: Operation): number {
  const amount = input === null ? 1 : typeof input === 'number' ? input : Number.NaN;
  return DOWN.has(f) ? -amount : amount;
}

const IN: ReadonlySet<string> = new Set(['enqueue', 'push', 'send', 'enq']);
const OUT: ReadonlySet<string> = new Set(['dequeue', 'pop', 'take', 'receive', 'deq']);

/** Whether an operation puts an element in. */
export function isEnqueue(f: string): boolean {
  return IN.has(f);
}

/** Whether an operation takes an element out. */
export function isDequeue(f: string): boolean {
  return OUT.has(f);
}
