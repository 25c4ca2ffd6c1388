/**
 * Several registers read and written together: a transaction (`txn`) is a list of `[read, key, value]` and
 * `[write, key, value]` that takes effect at one instant, in its own order. `r` and `w` are other words for them; a read
 * that came back null while its key cannot be null says nothing, as in Knossos.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead, type Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { canonical, sameValue } from '../value.ts';

type Registers = ReadonlyMap<string, HistoryValue>;
type Step = readonly [f: string, key: HistoryValue, value: HistoryValue];

/**
 * Registers by name.
 *
 * @param initial - a record of values by key, or one value that all registers start with (default null)
 */
export function multiRegister(initial: HistoryValue = null): Model<Registers> {
  const named = typeof initial === 'object' && initial !== null && !Array.isArray(initial);
  const rest = named ? null : initial;
  const start = new Map(named ? Object.entries(initial).map(([key, value]) => [nameOf(key), value as HistoryValue]) : []);
  return {
    name: 'multi-register',
    init: start,
    perKey: false,
    step(state, operation) {
      let next: Map<string, HistoryValue> | undefined;
      for (const [f, key, value] of stepsOf(operation)) {
        const name = nameOf(key);
        if (isRead(f)) {
          const current = (next ?? state).get(name) ?? rest;
          if (operation.status === 'ok' && value !== null && !sameValue(current, value)) return undefined;
          if (operation.status === 'ok' && value === null && rest === null && !named && current !== null) return undefined;
        } else {
          next ??= new Map(state);
          next.set(name, value);
        }
      }
      return next ?? state;
    },
    equal: (a, b) => hash(a) === hash(b),
    hash,
    kind: (operation) => `${operation.status} ${canonical(stepsOf(operation))}`,
    observes: (operation) => stepsOf(operation).every(([f]) => isRead(f)),
    affects(earlier: Operation, later: Operation) {
      const reads = stepsOf(later).filter(([f]) => isRead(f));
      return stepsOf(earlier).some(([f, key, value]) => !isRead(f)
        && reads.some(([, read, seen]) => nameOf(read) === nameOf(key) && sameValue(seen, value)));
    },
    produces: (operation) => stepsOf(operation).filter(([f]) => !isRead(f)).map(([, key, value]) => `${nameOf(key)}=${canonical(value)}`),
    needs: (operation) => (operation.status === 'info' ? [] : stepsOf(operation)
      .filter(([f, key, value]) => isRead(f) && value !== null && !sameValue(start.get(nameOf(key)) ?? rest, value))
      .map(([, key, value]) => `${nameOf(key)}=${canonical(value)}`)),
    refuses({ f, input, output, status }: Operation) {
      if (f !== 'txn') return `it has no operation '${f}'`;
      if (!Array.isArray(input)) return `a txn needs a list, got ${JSON.stringify(input)}`;
      const parts = status === 'ok' && Array.isArray(output) ? [...input, ...output] : input;
      const wrong = (parts as readonly HistoryValue[]).find((part) => !isStep(part));
      return wrong === undefined ? undefined : `a txn holds [read|write, key, value], got ${JSON.stringify(wrong)}`;
    },
    describe: (state) => [...state].map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' '),
  };
}

/** The steps of a transaction, with what its reads saw once it completed. */
export function stepsOf({ input, output, status }: Operation): readonly Step[] {
  return (status === 'ok' && Array.isArray(output) ? output : input) as readonly Step[];
}

/** Whether a value is a step that reads or writes one register. */
export function isStep(part: HistoryValue): boolean {
  if (!Array.isArray(part) || part.length < 2 || part.length > 3) return false;
  const f = part[0] as HistoryValue;
  return typeof f === 'string' && (isRead(f) || f === 'write' || f === 'w');
}

function hash(state: Registers): string {
  return [...state].map(([key, value]) => `${key}=${canonical(value)}`).sort((a, b) => (a < b ? -1 : 1)).join(',');
}

function nameOf(key: HistoryValue): string {
  return typeof key === 'string' ? key : canonical(key);
}
