/**
 * A set that is only added to: is every acknowledged element there in the end, and nothing that nobody added? (Jepsen's set
 * checker, on the last read) or, `full`, what became of each element over all reads (Jepsen's set-full): *lost* when a read that
 * began after it was certainly there, and all later ones, lack it; *stale* when such a read lacked it but a later one has it.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { historyOf, inWords, requireOptions } from '../checker-input.ts';
import { canonical } from '../value.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, showValue } from '../wording.ts';

/** How to look at a set. */
export interface SetOptions {
  /** Look at every read and not only at the last (default false). */
  readonly full?: boolean;
  /** With `full`: whether a read that lacks an element which was certainly there is a violation even if it shows up later (default false). */
  readonly linearizable?: boolean;
}

interface Element {
  readonly value: HistoryValue;
  readonly add: Operation | undefined;
  /** The first instant at which it was certainly there: its acknowledgement, or a read that saw it. */
  known: number;
  /** Latest calls of reads that had it, and that lacked it. */
  present: number;
  absent: Operation | undefined;
}

/**
 * Checks the contents of a set.
 *
 * @param history - `add` with an element, `read` that answers a list; keys are sets of their own
 * @param options - how to look at it
 * @returns `unknown` when a set was never read
 * @throws {@link UsageError} `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything else
 */
export function checkSet(history: Iterable<HistoryEntry> | readonly Operation[], options: SetOptions = {}): Verdict {
  requireOptions(options);
  const { operations, failed } = historyOf(history);
  const keys = new Map<string | number | undefined, { all: Operation[]; failed: Operation[] }>();
  for (const [list, name] of [[operations, 'all'], [failed, 'failed']] as const) {
    for (const operation of list) {
      if (!isRead(operation.f) && operation.f !== 'add') throw unusable(operation);
      let part = keys.get(operation.key);
      if (part === undefined) keys.set(operation.key, (part = { all: [], failed: [] }));
      part[name].push(operation);
    }
  }
  const model = options.full === true ? 'set-full' : 'set';
  let worst = conclude(model, 'ok', operations.length, { explanation: `every acknowledged element of ${counted(keys.size, 'set')} was there` });
  for (const part of keys.values()) {
    const verdict = options.full === true ? checkFull(part.all, options, operations.length) : checkLast(part.all, part.failed, operations.length);
    if (verdict.verdict === 'violation') return verdict;
    if (verdict.verdict === 'unknown') worst = verdict;
  }
  return worst;
}

function checkLast(operations: readonly Operation[], failed: readonly Operation[], count: number): Verdict {
  const reads = operations.filter((operation) => isRead(operation.f) && operation.status === 'ok' && operation.output !== null);
  const last = reads.reduce<Operation | undefined>((a, b) => (a === undefined || b.call > a.call ? b : a), undefined);
  const key = operations[0]?.key;
  if (last === undefined) return conclude('set', 'unknown', count, { key, explanation: 'the set was never read' });
  const seen = membersOf(last);
  const adds = operations.filter(({ f }) => f === 'add');
  const lost = adds.filter((add) => add.return !== null && add.return < last.call && !seen.has(canonical(add.input)));
  const [first] = lost;
  const who = `${nameOf(last.process)}, who read the set last,`;
  if (first !== undefined) {
    const shown = lost.slice(0, 5).map(({ input }) => showValue(input)).join(', ');
    const explanation = `${counted(lost.length, 'acknowledged element')} lost: ${shown}${lost.length > 5 ? ', …' : ''}; ${who} did not see ${lost.length === 1 ? 'it' : 'them'}`;
    return conclude('set', 'violation', count, { key, witness: [first, last], explanation });
  }
  const asked = new Set(adds.map(({ input }) => canonical(input)));
  const refused = new Map(failed.filter(({ f }) => f === 'add').map((add) => [canonical(add.input), add]));
  for (const [text, value] of seen) {
    if (asked.has(text)) continue;
    const add = refused.get(text);
    const why = add === undefined ? 'which nobody added' : `which ${nameOf(add.process)} failed to add`;
    return conclude('set', 'violation', count, { key, witness: add === undefined ? [last] : [add, last], explanation: `${who} saw ${showValue(value)}, ${why}` });
  }
  return conclude('set', 'ok', count, { key, explanation: 'nothing was lost' });
}

function checkFull(operations: readonly Operation[], options: SetOptions, count: number): Verdict {
  const elements = new Map<string, Element>();
  for (const add of operations) {
    if (add.f !== 'add') continue;
    const text = canonical(add.input);
    const known = elements.get(text);
    if (known === undefined) elements.set(text, { value: add.input, add, known: add.return ?? Infinity, present: -1, absent: undefined });
    else known.known = Math.min(known.known, add.return ?? Infinity);
  }
  const key = operations[0]?.key;
  const reads = operations.filter((operation) => isRead(operation.f) && operation.status === 'ok' && operation.output !== null);
  for (const read of reads) {
    for (const [text, value] of membersOf(read)) {
      const element = elements.get(text);
      if (element === undefined) {
        const explanation = `${nameOf(read.process)} saw ${showValue(value)}, which nobody added`;
        return conclude('set-full', 'violation', count, { key, witness: [read], explanation });
      }
      element.known = Math.min(element.known, read.return ?? Infinity);
      element.present = Math.max(element.present, read.call);
    }
    if (Array.isArray(read.output) && new Set(read.output.map(canonical)).size < read.output.length) {
      return conclude('set-full', 'violation', count, { key, witness: [read], explanation: `${nameOf(read.process)} saw an element twice: ${showValue(read.output)}` });
    }
  }
  for (const read of reads) {
    const seen = membersOf(read);
    for (const [text, element] of elements) {
      if (element.known >= read.call || seen.has(text)) continue;
      if (element.absent === undefined || read.call > element.absent.call) element.absent = read;
    }
  }
  let stable = 0;
  for (const { value, add, present, absent } of elements.values()) {
    const witness = [add, absent].filter((operation) => operation !== undefined);
    const without = `${showValue(value)} was certainly there, but ${nameOf(absent?.process ?? '?')} read the set without it`;
    if (absent !== undefined && present < absent.call) return conclude('set-full', 'violation', count, { key, witness, explanation: `${without}, and it never came back` });
    if (absent !== undefined && options.linearizable === true) return conclude('set-full', 'violation', count, { key, witness, explanation: `${without}, though it came back later` });
    if (present >= 0) stable++;
  }
  if (stable === 0) return conclude('set-full', 'unknown', count, { key, explanation: 'no element was ever read' });
  return conclude('set-full', 'ok', count, { key, explanation: `${counted(stable, 'element')} stayed` });
}

function membersOf(read: Operation): Map<string, HistoryValue> {
  if (!Array.isArray(read.output)) throw unusable(read);
  return new Map((read.output as readonly HistoryValue[]).map((value) => [canonical(value), value]));
}

function unusable(operation: Operation): UsageError {
  const what = `${operation.f} ${inWords(operation.f === 'add' ? operation.input : operation.output)}`;
  return new UsageError('UNSUPPORTED_OPERATION', `a set takes add, and read that answers a list; operation ${operation.id} is ${what}`);
}
