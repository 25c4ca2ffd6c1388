/**
 * Locks: never two holders at once. A client certainly holds a lock from the acknowledgement of its `acquire` until it asks to
 * `release` it (or its lease runs out, where there is one). Where acquiring answers a number, it is a fencing token, and one
 * that was handed out later must be larger (Kleppmann, How to do distributed locking, 2016).
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry } from '../../kernel/history.ts';
import { duration, type DurationInput } from '../../kernel/units.ts';
import { inWords, operationsOf, requireOptions } from '../checker-input.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, sentenceOf, showValue } from '../wording.ts';

/** What a lock promises. */
export interface LockOptions {
  /** A lock is free again this long after it was asked for, released or not (true time). Default: never. */
  readonly lease?: DurationInput;
}

interface Holding {
  readonly acquire: Operation;
  /** Positions in the history, or instants where there is a lease. */
  readonly from: number;
  readonly until: number;
}

/**
 * Checks locks for two holders at once.
 *
 * @param history - `acquire` (answer false or null: refused; a number: a fencing token) and `release`; keys are locks of their own
 * @param options - lease
 * @throws {@link UsageError} `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything else; `INVALID_DURATION` on a lease that is none
 */
export function checkLocks(history: Iterable<HistoryEntry> | readonly Operation[], options: LockOptions = {}): Verdict {
  requireOptions(options);
  const lease = options.lease === undefined ? Infinity : duration(options.lease, 'lease');
  const operations = operationsOf(history);
  const holdings = new Map<string | number | undefined, Holding[]>();
  const held = new Map<string, Operation>();
  const close = (acquire: Operation, release: Operation | undefined): void => {
    const timed = lease !== Infinity;
    const from = (timed ? acquire.returnedAt : acquire.return) ?? 0;
    const released = (timed ? release?.calledAt : release?.call) ?? Infinity;
    const until = timed ? Math.min(released, (acquire.calledAt ?? 0) + lease) : released;
    const list = holdings.get(acquire.key);
    if (list === undefined) holdings.set(acquire.key, [{ acquire, from, until }]);
    else list.push({ acquire, from, until });
  };
  for (const operation of operations) {
    const { f, process, key, status, output } = operation;
    const name = `${String(process)} ${String(key)}`;
    const mine = held.get(name);
    if (f === 'acquire') {
      if (status !== 'ok' || output === false) continue;
      if (mine !== undefined) close(mine, operation);
      held.set(name, operation);
    } else if (f === 'release') {
      if (mine !== undefined) close(mine, operation);
      held.delete(name);
    } else {
      throw new UsageError('UNSUPPORTED_OPERATION', `a lock takes acquire and release; operation ${operation.id} is ${f} ${inWords(operation.input)}`);
    }
  }
  for (const acquire of held.values()) close(acquire, undefined);
  let count = 0;
  for (const [key, list] of holdings) {
    count += list.length;
    list.sort((a, b) => a.from - b.from);
    let longest: Holding | undefined;
    for (const holding of list) {
      if (longest !== undefined && holding.from < longest.until && holding.from < holding.until) {
        const [a, b] = [longest.acquire, holding.acquire];
        const explanation = `two holders at once: ${sentenceOf(b)} while ${nameOf(a.process)} still held it`;
        return conclude('locks', 'violation', operations.length, { key, witness: [a, b].sort((x, y) => x.call - y.call), explanation });
      }
      if (longest === undefined || holding.until > longest.until) longest = holding;
    }
    const tokens = list.map(({ acquire }) => acquire).filter(({ output }) => typeof output === 'number').sort((a, b) => a.call - b.call);
    const stale = staleToken(tokens);
    if (stale === undefined) continue;
    const [before, after] = stale;
    const explanation = `${nameOf(after.process)} got the fencing token ${showValue(after.output)} after ${nameOf(before.process)} had already got ${showValue(before.output)}`;
    return conclude('locks', 'violation', operations.length, { key, witness: [before, after], explanation });
  }
  return conclude('locks', 'ok', operations.length, { explanation: `${counted(count, 'holding')}, never two at once` });
}

/** A token handed out after another was known that is no larger. */
function staleToken(acquires: readonly Operation[]): readonly [Operation, Operation] | undefined {
  const byReturn = acquires.toSorted((a, b) => (a.return ?? Infinity) - (b.return ?? Infinity));
  let highest: Operation | undefined;
  let next = 0;
  for (const acquire of acquires) {
    for (let done = byReturn[next]; done !== undefined && (done.return ?? Infinity) < acquire.call; done = byReturn[++next]) {
      if (highest === undefined || Number(done.output) > Number(highest.output)) highest = done;
    }
    if (highest !== undefined && Number(acquire.output) <= Number(highest.output)) return [highest, acquire];
  }
  return undefined;
}
