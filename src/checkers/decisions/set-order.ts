/**
 * Linearizability of a set that is only added to, each element once, and read whole: by size, each read must contain the one
 * before it. That orders the reads, and every element between the last read without it and the first one with it; elements no
 * read shows come last. One sweep tells whether real time agrees.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { valueKey, type ValueKey } from '../value.ts';
import { sentenceOf, showValue } from '../wording.ts';
import { distinct, OrderSweep, type Decision } from './decision.ts';

/**
 * Decides a history of `add` and `read` on a set that was empty at the start.
 *
 * @param operations - all operations of that set
 */
export function decideSet(operations: readonly Operation[]): Decision {
  const adds = new Map<ValueKey, Operation>();
  const reads: { readonly read: Operation; readonly members: ReadonlySet<ValueKey> }[] = [];
  for (const operation of operations) {
    if (isRead(operation.f)) {
      if (operation.status === 'ok') reads.push({ read: operation, members: new Set(listOf(operation).map(valueKey)) });
    } else if (operation.f !== 'add' || adds.has(valueKey(operation.input))) return 'not applicable';
    else adds.set(valueKey(operation.input), operation);
  }
  reads.sort((a, b) => a.members.size - b.members.size);
  const sweep = new OrderSweep();
  const placed = new Set<ValueKey>();
  let previous: (typeof reads)[number] | undefined;
  for (const { read, members } of reads) {
    for (const member of previous?.members ?? []) {
      if (members.has(member) || previous === undefined) continue;
      const explanation = `${sentenceOf(previous.read)} and ${sentenceOf(read)}: neither set grew into the other`;
      return { witness: distinct([previous.read, read, ...newIn(previous.members, members, adds)]), explanation };
    }
    previous = { read, members };
    const fresh: Operation[] = [];
    for (const member of members) {
      if (placed.has(member)) continue;
      const add = adds.get(member);
      if (add === undefined) return 'not applicable';
      placed.add(member);
      fresh.push(add);
    }
    const conflict = sweep.next(fresh) ?? sweep.next([read]);
    if (conflict !== undefined) return refute(conflict, reads, read);
  }
  const unseen = [...adds].filter(([member, add]) => add.return !== null && !placed.has(member)).map(([, add]) => add);
  const conflict = sweep.next(unseen);
  return conflict === undefined ? 'ok' : refute(conflict, reads, previous?.read);
}

type Reading = { readonly read: Operation; readonly members: ReadonlySet<ValueKey> };

/** The read before which the one must stand and behind which the other: a read that has the earlier and lacks the later. */
function refute([later, earlier]: readonly [Operation, Operation], reads: readonly Reading[], last: Operation | undefined): Decision {
  const has = (operation: Operation, { members }: Reading): boolean => members.has(valueKey(operation.input));
  const between = isRead(later.f) || isRead(earlier.f)
    ? undefined
    : reads.find((reading) => has(earlier, reading) && !has(later, reading))?.read;
  if (isRead(earlier.f) && !isRead(later.f)) {
    const explanation = `${sentenceOf(earlier)} without ${showValue(later.input)}, although ${sentenceOf(later)} before that`;
    return { witness: distinct([later, earlier]), explanation };
  }
  const explanation = `${sentenceOf(later)} before ${sentenceOf(earlier)}, though the reads put it behind`;
  return { witness: distinct([later, earlier, between ?? last]), explanation };
}

function newIn(members: ReadonlySet<ValueKey>, others: ReadonlySet<ValueKey>, adds: ReadonlyMap<ValueKey, Operation>): Operation[] {
  const only = [...members].find((member) => !others.has(member));
  const add = only === undefined ? undefined : adds.get(only);
  return add === undefined ? [] : [add];
}

function listOf({ output }: Operation): readonly HistoryValue[] {
  return Array.isArray(output) ? (output as readonly HistoryValue[]) : [];
}
