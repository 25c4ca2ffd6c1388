/**
 * Linearizability of a counter that only goes up, by one: a read of v has exactly v increments before it, so increments fill the
 * slots 1, 2, 3 … An increment's slot lies behind the largest value seen before it began and not behind the smallest value seen
 * after it was over; where an increment answers the new value, its slot is that. Unit jobs with release times and deadlines
 * are placed by earliest deadline first (Jackson's rule), which is exact. In O(n log n).
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { amountOf } from '../models/operation-words.ts';
import { counted, sentenceOf } from '../wording.ts';
import { distinct, returnOf, type Decision } from './decision.ts';
import { countBelow } from '../../structures/count-below.ts';

interface Job {
  readonly operation: Operation;
  /** First and last slot it may take. */
  readonly release: number;
  readonly deadline: number;
}

/** An answer that tells a slot: so many are certainly before it, and what is over before it began is within `limit`. */
interface Sight {
  readonly operation: Operation;
  readonly value: number;
  readonly limit: number;
}

/**
 * Decides a history of a counter.
 *
 * @param operations - all operations of that counter
 * @param initial - its value at the start
 */
export function decideCounter(operations: readonly Operation[], initial: number): Decision {
  const sights: Sight[] = [];
  const increments: Operation[] = [];
  for (const operation of operations) {
    const { f, status, output } = operation;
    const seen = (typeof output === 'number' ? output : Number.NaN) - initial;
    if (isRead(f)) {
      if (status === 'ok') sights.push({ operation, value: seen, limit: seen });
      continue;
    }
    if (amountOf(operation) !== 1) return 'not applicable';
    increments.push(operation);
    if (f === 'add-and-get' && status === 'ok') sights.push({ operation, value: seen, limit: seen - 1 });
  }
  if (sights.some(({ value }) => !Number.isInteger(value) || value < 0)) return 'not applicable';
  const byReturn = sights.toSorted((a, b) => returnOf(a.operation) - returnOf(b.operation));
  const highestBefore = prefixMaximum(byReturn);
  for (const { operation, limit } of sights) {
    const before = highestBefore(operation.call);
    if (before === undefined || before.value <= limit) continue;
    const explanation = `${sentenceOf(operation)} after ${sentenceOf(before.operation)}: the counter never goes down`;
    return { witness: distinct([before.operation, operation]), explanation };
  }
  const bounds = outOfBounds(sights, increments);
  if (bounds !== undefined) return bounds;
  const lowestAfter = suffixMinimum(sights.toSorted((a, b) => a.operation.call - b.operation.call));
  const jobs = increments.map((operation): Job => {
    const own = operation.f === 'add-and-get' && operation.status === 'ok' ? Number(operation.output) - initial : undefined;
    if (own !== undefined) return { operation, release: own, deadline: own };
    return { operation, release: (highestBefore(operation.call)?.value ?? 0) + 1, deadline: lowestAfter(returnOf(operation))?.limit ?? Infinity };
  });
  const slots = sights.reduce((most, { value }) => Math.max(most, value), 0);
  if (fits(jobs, slots)) return 'ok';
  return { witness: operations, explanation: `no order of the ${counted(increments.length, 'increment')} fits what the ${counted(sights.length, 'answer')} showed` };
}

/** An answer that shows more than was asked for by then, or less than was certainly done before it: the usual case, in few words. */
function outOfBounds(sights: readonly Sight[], increments: readonly Operation[]): Decision | undefined {
  const calls = Float64Array.from(increments, ({ call }) => call).sort();
  const done = increments.toSorted((a, b) => returnOf(a) - returnOf(b));
  const returns = Float64Array.from(done, returnOf);
  for (const { operation, value, limit } of sights) {
    const asked = countBelow(calls, returnOf(operation));
    if (value > asked) {
      return { witness: [operation], explanation: `${sentenceOf(operation)}, but only ${counted(asked, 'increment')} had been asked for by then` };
    }
    const certain = countBelow(returns, operation.call);
    if (certain > limit) {
      const explanation = `${sentenceOf(operation)}, but ${counted(certain, 'increment')} had certainly been made before`;
      return { witness: distinct([...done.slice(0, limit + 1), operation]), explanation };
    }
  }
  return undefined;
}

/** Of sights in order of return: the highest among those that were over before an instant. */
function prefixMaximum(sights: readonly Sight[]): (call: number) => Sight | undefined {
  const best: Sight[] = [];
  for (const sight of sights) {
    const before = best.at(-1);
    best.push(before !== undefined && before.value >= sight.value ? before : sight);
  }
  const returns = Float64Array.from(sights, ({ operation }) => returnOf(operation));
  return (call) => best[countBelow(returns, call) - 1];
}

/** Of sights in order of call: the lowest limit among those that began after an instant. */
function suffixMinimum(sights: readonly Sight[]): (returned: number) => Sight | undefined {
  const best: Sight[] = [];
  for (const sight of sights.toReversed()) {
    const before = best.at(-1);
    best.push(before !== undefined && before.limit <= sight.limit ? before : sight);
  }
  best.reverse();
  const calls = Float64Array.from(sights, ({ operation }) => operation.call);
  return (returned) => {
    // The first that was called strictly after it; positions are whole numbers in a history, but need not be.
    let at = countBelow(calls, returned);
    while (at < calls.length && (calls[at] ?? 0) <= returned) at++;
    return best[at];
  };
}

/** Whether every slot up to the last can be filled and no deadline is missed. */
function fits(jobs: readonly Job[], slots: number): boolean {
  const waiting = jobs.toSorted((a, b) => a.release - b.release);
  const heap: number[] = [];
  let next = 0;
  for (let slot = 1; slot <= slots; slot++) {
    for (; (waiting[next]?.release ?? Infinity) <= slot; next++) push(heap, waiting[next]?.deadline ?? Infinity);
    const deadline = pop(heap);
    if (deadline === undefined || deadline < slot) return false;
  }
  // Whatever is left must be content with a slot behind the last.
  return heap.every((deadline) => deadline === Infinity) && waiting.slice(next).every(({ deadline }) => deadline === Infinity);
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    if ((heap[parent] ?? 0) <= value) break;
    heap[at] = heap[parent] ?? 0;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): number | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
    if ((heap[child] ?? 0) >= last) break;
    heap[at] = heap[child] ?? 0;
    at = child;
  }
  heap[at] = last;
  return top;
}
