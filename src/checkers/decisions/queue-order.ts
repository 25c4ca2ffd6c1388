/**
 * Linearizability of a queue in which every element is enqueued once and nobody found it empty: by Henzinger, Sezgin and Vafeiadis
 * (Aspect-Oriented Linearizability Proofs, CONCUR 2013) such a history is wrong only if an element comes out that never went in,
 * or twice, or if one went in certainly before another and comes out certainly behind it, or not at all. In O(n log n).
 *
 * Left out: dequeues of unknown outcome, and those that answered "empty": a search decides them.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { isDequeue, isEnqueue } from '../models/operation-words.ts';
import { valueKey, type ValueKey } from '../value.ts';
import { pastPerfectOf, sentenceOf, showValue } from '../wording.ts';
import { distinct, returnOf, type Decision } from './decision.ts';

interface Element {
  readonly enqueue: Operation;
  dequeue: Operation | undefined;
}

/**
 * Decides a history of a queue that was empty at the start.
 *
 * @param operations - all operations of that queue
 */
export function decideQueue(operations: readonly Operation[]): Decision {
  const elements = new Map<ValueKey, Element>();
  for (const operation of operations) {
    if (!isEnqueue(operation.f)) continue;
    if (elements.has(valueKey(operation.input))) return 'not applicable';
    elements.set(valueKey(operation.input), { enqueue: operation, dequeue: undefined });
  }
  for (const operation of operations) {
    if (!isDequeue(operation.f)) continue;
    if (operation.status === 'info' || operation.output === null) return 'not applicable';
    const element = elements.get(valueKey(operation.output));
    if (element === undefined || returnOf(operation) < element.enqueue.call) return 'not applicable';
    if (element.dequeue !== undefined) {
      const explanation = `${sentenceOf(operation)}, which ${pastPerfectOf(element.dequeue)}: ${showValue(operation.output)} came out twice`;
      return { witness: distinct([element.enqueue, element.dequeue, operation]), explanation };
    }
    element.dequeue = operation;
  }
  // One of unknown outcome that nobody took out need never have gone in.
  const there = [...elements.values()].filter(({ enqueue, dequeue }) => enqueue.return !== null || dequeue !== undefined);
  const byReturn = there.toSorted((a, b) => returnOf(a.enqueue) - returnOf(b.enqueue));
  const byCall = there.toSorted((a, b) => a.enqueue.call - b.enqueue.call);
  let next = 0;
  let latest: Element | undefined;
  for (const second of byCall) {
    for (let first = byReturn[next]; first !== undefined && returnOf(first.enqueue) < second.enqueue.call; first = byReturn[++next]) {
      if (latest === undefined || outOf(first) > outOf(latest)) latest = first;
    }
    if (latest === undefined || second.dequeue === undefined || outOf(latest) <= returnOf(second.dequeue)) continue;
    const { enqueue, dequeue } = latest;
    const late = dequeue === undefined ? `nobody took out ${showValue(enqueue.input)}` : `${showValue(enqueue.input)} came out only after that`;
    const explanation = `${sentenceOf(second.dequeue)}, but ${showValue(enqueue.input)} went in before ${showValue(second.enqueue.input)}, and ${late}`;
    return { witness: distinct([enqueue, second.enqueue, second.dequeue, dequeue]), explanation };
  }
  return 'ok';
}

/** When somebody first asked for what turned out to be this element. */
function outOf({ dequeue }: Element): number {
  return dequeue?.call ?? Infinity;
}
