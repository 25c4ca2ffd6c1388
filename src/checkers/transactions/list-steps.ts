/**
 * What transactions did to lists, key after key in flat arrays: made for millions of transactions, of which an object or a `Map`
 * for each key or step would keep the garbage collector busy for longer than the check itself takes.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isAppend, isReadStep, KeyNumbers, type Step, type Transactions } from './transaction.ts';

/** A list, as a read shows it. */
export type List = readonly HistoryValue[];

const EMPTY: List = [];

/** Appends of all transactions and reads of committed ones, by key and, of one key, in the order of the transactions. */
export class ListSteps {
  /** The keys, by number. */
  readonly names: readonly HistoryValue[];
  /** Key k's appends are those from `appendsFrom[k]` up to `appendsFrom[k + 1]`. */
  readonly appendsFrom: Int32Array;
  /** Which transaction made each append. */
  readonly appendedBy: Int32Array;
  /** The element of each append. */
  readonly appended: readonly HistoryValue[];
  /** Key k's reads are those from `readsFrom[k]` up to `readsFrom[k + 1]`. */
  readonly readsFrom: Int32Array;
  /** Which transaction made each read. */
  readonly readBy: Int32Array;
  /** What each read saw; null is the empty list. */
  readonly lists: readonly List[];
  /** 1 for a transaction's first step on its key: a later one also shows the transaction's own appends. */
  readonly isFirst: Uint8Array;

  /** @param transactions - committed, unknown and aborted ones */
  constructor(transactions: Transactions) {
    const { names, stepKeys, appends, reads } = countSteps(transactions);
    this.names = names;
    this.appendsFrom = appends;
    this.readsFrom = reads;
    const [nextAppend, nextRead] = [appends.slice(), reads.slice()];
    this.appendedBy = new Int32Array(appends[names.length] ?? 0);
    this.readBy = new Int32Array(reads[names.length] ?? 0);
    this.isFirst = new Uint8Array(this.readBy.length);
    const appended: HistoryValue[] = Array.from({ length: this.appendedBy.length }, () => null);
    const lists: List[] = Array.from({ length: this.readBy.length }, () => EMPTY);
    const lastBy = new Int32Array(names.length).fill(-1);
    eachStep(transactions, (step, n, at) => {
      const key = stepKeys[at] ?? 0;
      if (isAppend(step)) {
        const slot = nextAppend[key] ?? 0;
        nextAppend[key] = slot + 1;
        this.appendedBy[slot] = n;
        appended[slot] = step[2];
      } else if (isSeen(step, transactions, n)) {
        const slot = nextRead[key] ?? 0;
        nextRead[key] = slot + 1;
        this.readBy[slot] = n;
        lists[slot] = Array.isArray(step[2]) ? (step[2] as List) : EMPTY;
        this.isFirst[slot] = lastBy[key] === n ? 0 : 1;
      }
      lastBy[key] = n;
    });
    this.appended = appended;
    this.lists = lists;
  }
}

/** Whether a step shows something: what an unknown or aborted transaction read is not known. */
function isSeen(step: Step, transactions: Transactions, n: number): boolean {
  return transactions.isCommitted[n] === 1 && isReadStep(step);
}

interface Counted {
  readonly names: readonly HistoryValue[];
  /** The number of each step's key. */
  readonly stepKeys: Int32Array;
  readonly appends: Int32Array;
  readonly reads: Int32Array;
}

function countSteps(transactions: Transactions): Counted {
  const numbers = new KeyNumbers();
  let count = 0;
  for (let n = 0; n < transactions.size; n++) count += transactions.steps(n).length;
  const stepKeys = new Int32Array(count);
  const [appends, reads]: [number[], number[]] = [[], []];
  eachStep(transactions, (step, n, at) => {
    const key = numbers.of(step[1]);
    stepKeys[at] = key;
    if (key === appends.length) {
      appends.push(0);
      reads.push(0);
    }
    if (isAppend(step)) appends[key] = (appends[key] ?? 0) + 1;
    else if (isSeen(step, transactions, n)) reads[key] = (reads[key] ?? 0) + 1;
  });
  return { names: numbers.names, stepKeys, appends: offsetsOf(appends), reads: offsetsOf(reads) };
}

/** All steps in order. @param visit - gets the transaction, and the place among all steps */
function eachStep(transactions: Transactions, visit: (step: Step, n: number, at: number) => void): void {
  let at = 0;
  for (let n = 0; n < transactions.size; n++) {
    for (const step of transactions.steps(n)) visit(step, n, at++);
  }
}

/** Where each key's begin, and behind the last one where they end. */
function offsetsOf(counts: readonly number[]): Int32Array {
  const offsets = new Int32Array(counts.length + 1);
  for (let k = 0; k < counts.length; k++) offsets[k + 1] = (offsets[k] ?? 0) + (counts[k] ?? 0);
  return offsets;
}
