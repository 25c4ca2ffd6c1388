/**
 * Several registers read and written together: a transaction (`txn`) is a list of `[read, key, value]` and
 * `[write, key, value]` that takes effect at one instant, in its own order. `r` and `w` are other words for them; a read
 * that came back null while its key cannot be null says nothing, as in Knossos.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead, type Operation } from '../../history/operation.ts';
import { hashString } from '../../structures/hash.ts';
import type { Model } from '../model.ts';
import { canonical, sameValue } from '../value.ts';

/** Registers by name, and the sum of a hash of each, which tells most states apart at once. */
interface Registers {
  readonly values: ReadonlyMap<string, HistoryValue>;
  readonly digest: number;
}

type Step = readonly [f: string, key: HistoryValue, value: HistoryValue];

/**
 * Registers by name.
 *
 * @param initial - a record of values by key, or one value that all registers start with (default null)
 */
export function multiRegister(initial: HistoryValue = null): Model<Registers> {
  const named = typeof initial === 'object' && initial !== null && !Array.isArray(initial);
  const rest = named ? null : initial;
  const start: ReadonlyMap<string, HistoryValue> = new Map(named ? Object.entries(initial).map(([key, value]) => [nameOf(key), value as HistoryValue]) : []);
  return {
    name: 'multi-register',
    init: { values: start, digest: [...start].reduce((sum, [name, value]) => (sum + digestOf(name, value)) | 0, 0) },
    perKey: false,
    step(state, operation) {
      let next: Map<string, HistoryValue> | undefined;
      let { digest } = state;
      for (const [f, key, value] of stepsOf(operation)) {
        const name = nameOf(key);
        const current = (next ?? state.values).get(name);
        if (isRead(f)) {
          const read = current ?? rest;
          if (operation.status === 'ok' && value !== null && !sameValue(read, value)) return undefined;
          if (operation.status === 'ok' && value === null && rest === null && !named && read !== null) return undefined;
        } else {
          if (current !== undefined) digest = (digest - digestOf(name, current)) | 0;
          next ??= new Map(state.values);
          next.set(name, value);
          digest = (digest + digestOf(name, value)) | 0;
        }
      }
      return next === undefined ? state : { values: next, digest };
    },
    equal: ({ values: a }, { values: b }) => a.size === b.size && [...a].every(([name, value]) => b.has(name) && sameValue(b.get(name) ?? null, value)),
    hash: ({ digest }) => digest,
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
    finds: (operation) => (operation.status === 'info' ? [] : outerReads(operation)
      .filter(([, , value]) => value !== null || (rest === null && !named))
      .map(([, key, value]) => `${nameOf(key)}=${canonical(value)}`)),
    replaces: (state, operation) => writtenKeys(operation).map((name) => `${name}=${canonical(state.values.get(name) ?? rest)}`),
    refuses({ f, input, output, status }: Operation) {
      if (f !== 'txn') return `it has no operation '${f}'`;
      if (!Array.isArray(input)) return `a txn needs a list, got ${JSON.stringify(input)}`;
      const parts = status === 'ok' && Array.isArray(output) ? [...input, ...output] : input;
      const wrong = (parts as readonly HistoryValue[]).find((part) => !isStep(part));
      return wrong === undefined ? undefined : `a txn holds [read|write, key, value], got ${JSON.stringify(wrong)}`;
    },
    describe: ({ values }) => [...values].map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' '),
  };
}

/** The steps of a transaction, with what its reads saw once it completed. */
export function stepsOf({ input, output, status }: Operation): readonly Step[] {
  return (status === 'ok' && Array.isArray(output) ? output : input) as readonly Step[];
}

/** The steps that read what others left: before the transaction wrote the same register itself. */
function outerReads(operation: Operation): readonly Step[] {
  const own = new Set<string>();
  return stepsOf(operation).filter(([f, key]) => {
    if (isRead(f)) return !own.has(nameOf(key));
    own.add(nameOf(key));
    return false;
  });
}

function writtenKeys(operation: Operation): readonly string[] {
  return [...new Set(stepsOf(operation).filter(([f]) => !isRead(f)).map(([, key]) => nameOf(key)))];
}

/** Whether a value is a step that reads or writes one register. */
export function isStep(part: HistoryValue): boolean {
  if (!Array.isArray(part) || part.length < 2 || part.length > 3) return false;
  const f = part[0] as HistoryValue;
  return typeof f === 'string' && (isRead(f) || f === 'write' || f === 'w');
}

function digestOf(name: string, value: HistoryValue): number {
  return hashString(canonical(value), hashString(name));
}

function nameOf(key: HistoryValue): string {
  return typeof key === 'string' ? key : canonical(key);
}
