/**
 * Linearizability of a list that is only appended to, each element once, and read whole: the longest read is the order of the
 * appends, every other read a beginning of it, and what no read shows comes last. Whether that one order respects real time is
 * seen in a single sweep.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { valueKey, type ValueKey } from '../value.ts';
import { sentenceOf } from '../wording.ts';
import { distinct, OrderSweep, type Decision } from './decision.ts';

/**
 * Decides a history of `append` and `read` on a list that was empty at the start.
 *
 * @param operations - all operations of that list
 */
export function decideList(operations: readonly Operation[]): Decision {
  const appends = new Map<ValueKey, Operation>();
  const reads: Operation[] = [];
  let longest: Operation | undefined;
  for (const operation of operations) {
    if (!isRead(operation.f)) {
      if (appends.has(valueKey(operation.input))) return 'not applicable';
      appends.set(valueKey(operation.input), operation);
    } else if (operation.status === 'ok') {
      reads.push(operation);
      if (longest === undefined || listOf(operation).length > listOf(longest).length) longest = operation;
    }
  }
  if (longest === undefined) return 'ok';
  const order = listOf(longest);
  const byLength: Operation[][] = Array.from({ length: order.length + 1 }, () => []);
  for (const read of reads) {
    const list = listOf(read);
    if (!list.every((value, i) => valueKey(value) === valueKey(order[i] ?? null))) {
      return { witness: distinct([read, longest]), explanation: `${sentenceOf(read)} and ${sentenceOf(longest)}: neither list grew into the other` };
    }
    byLength[list.length]?.push(read);
  }
  const ordered: Operation[] = [];
  for (const value of order) {
    const append = appends.get(valueKey(value));
    // What nobody appended, or appears twice, is for others to say.
    if (append === undefined) return 'not applicable';
    ordered.push(append);
  }
  if (new Set(ordered).size < ordered.length) return 'not applicable';
  const shown = new Set(ordered);
  const unseen = [...appends.values()].filter((append) => append.return !== null && !shown.has(append));
  const sweep = new OrderSweep();
  for (let i = 0; i <= order.length + 1; i++) {
    const group = i > order.length ? unseen : [ordered[i - 1]].filter((append) => append !== undefined);
    const conflict = sweep.next(group) ?? (i > order.length ? undefined : sweep.next(byLength[i] ?? []));
    if (conflict === undefined) continue;
    const [later, earlier] = conflict;
    const missing = shown.has(later) || isRead(later.f) ? '' : `, and ${sentenceOf(longest)} without it`;
    const explanation = `${sentenceOf(later)} before ${sentenceOf(earlier)}, which the list's own order puts first${missing}`;
    return { witness: distinct([later, earlier, longest]), explanation };
  }
  return 'ok';
}

function listOf({ output }: Operation): readonly HistoryValue[] {
  return Array.isArray(output) ? (output as readonly HistoryValue[]) : [];
}
