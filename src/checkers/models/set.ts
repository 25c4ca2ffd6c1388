/**
 * A set: `add`, `remove`, and `read` of the whole set.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead, type Operation } from '../../history/operation.ts';
import { decideSet } from '../decisions/set-order.ts';
import type { Model } from '../model.ts';
import { canonical } from '../value.ts';

/**
 * A set of values; a state is the sorted list of its members' texts.
 *
 * @param initial - its members at the start (default none)
 */
export function set(initial: HistoryValue = []): Model<readonly string[]> {
  const start = new Set(members(initial));
  return {
    name: 'set',
    init: [...start],
    step(state, { f, input, output, status }) {
      if (isRead(f)) return status === 'info' || sameMembers(state, members(output)) ? state : undefined;
      const member = canonical(input);
      const present = state.includes(member);
      if (f === 'add') return present ? state : [...state, member].sort(byText);
      return present ? state.filter((other) => other !== member) : state;
    },
    equal: sameMembers,
    hash: (state) => state.join(','),
    kind: ({ f, input, output, status }) => `${status} ${f} ${isRead(f) ? members(output).join(',') : canonical(input)}`,
    observes: ({ f }) => isRead(f),
    affects(earlier: Operation, later: Operation) {
      if (isRead(earlier.f) || !isRead(later.f) || later.status === 'info') return false;
      return members(later.output).includes(canonical(earlier.input)) === (earlier.f === 'add');
    },
    decide: (operations) => (start.size === 0 ? decideSet(operations) : 'not applicable'),
    produces: ({ f, input }) => (f === 'add' ? [canonical(input)] : []),
    needs: ({ f, output, status }) => {
      if (!isRead(f) || status === 'info') return [];
      return members(output).filter((member) => !start.has(member));
    },
    refuses: ({ f, output, status }) => {
      if (!isRead(f)) return f === 'add' || f === 'remove' ? undefined : `it has no operation '${f}'`;
      return status === 'info' || Array.isArray(output) ? undefined : `a read answers a list, got ${JSON.stringify(output)}`;
    },
    describe: (state) => `{${state.join(', ')}}`,
  };
}

function members(value: HistoryValue): readonly string[] {
  return Array.isArray(value) ? [...new Set((value as readonly HistoryValue[]).map(canonical))].sort(byText) : [];
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member, i) => member === b[i]);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
