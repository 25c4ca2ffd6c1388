/**
 * Why a history has no legal order, in one sentence that names the operations.
 *
 * @module
 */
import { withPlainNumbers } from '../history/exact-number.ts';
import { isRead, type Operation } from '../history/operation.ts';
import { invariant } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import type { Model } from './model.ts';
import { writtenValue } from './models/register.ts';
import type { Unfounded } from './unfounded.ts';
import { canonical } from './value.ts';
import type { Witness } from './witness.ts';
import { assignment, counted, nameOf, pastPerfectOf, sentenceOf } from './wording.ts';
import type { Boundary, ZoneConflict } from './zones.ts';

/** A proof in operations and in words. */
export interface Explained {
  readonly witness: readonly Operation[];
  readonly explanation: string;
}

type Key = string | number | undefined;

/**
 * Explains what {@link checkZones} found.
 *
 * @param operations - all operations of that key
 */
export function explainZones(conflict: ZoneConflict, key: Key, operations: readonly Operation[]): Explained {
  switch (conflict.kind) {
    case 'never written':
      return { witness: [conflict.read], explanation: explainNeverWritten(conflict.read, operations) };
    case 'read before write': {
      const { read, write } = conflict;
      const explanation = `${sentenceOf(read)} before ${nameOf(write.process)} began to write it`;
      return { witness: inOrder([read, write]), explanation };
    }
    case 'interleaved':
      return explainInterleaved(conflict.first, conflict.second, key);
  }
}

/**
 * Explains what {@link findUnfounded} found.
 *
 * @param operations - all operations of that object
 */
export function explainUnfounded<State>(
  model: Model<State>, { observer, seen, producer }: Unfounded, operations: readonly Operation[],
): Explained {
  const register = model.isRegister === true;
  const readsRegister = register && isRead(observer.f);
  const said = sentenceOf(observer);
  const what = withPlainNumbers(seen);
  if (producer === undefined) {
    const words = `${said}, although ${register ? `nobody ever wrote ${what}` : `no operation could have produced ${what}`}`;
    return { witness: [observer], explanation: readsRegister ? explainNeverWritten(observer, operations) : words };
  }
  const began = register ? `began to write ${readsRegister ? 'it' : what}` : `began what could have produced ${what}`;
  // A producer that builds on others would be a riddle of its own; it is named all the same.
  const isPlain = model.needs?.(producer).length === 0;
  return { witness: inOrder(isPlain ? [observer, producer] : [observer]), explanation: `${said} before ${nameOf(producer.process)} ${began}` };
}

/** A store that keeps siblings answers several values at once, each of which was written: no lie, but no register either. */
function explainNeverWritten(read: Operation, operations: readonly Operation[]): string {
  const said = sentenceOf(read);
  const seen: readonly HistoryValue[] = Array.isArray(read.output) ? read.output : [];
  const written = new Set(operations.flatMap(({ f, input, ...rest }) => {
    if (isRead(f)) return [];
    return [canonical(f === 'cas' && Array.isArray(input) ? (input as readonly HistoryValue[])[1] ?? null : writtenValue({ f, input, ...rest }))];
  }));
  if (seen.length === 0 || !seen.every((value) => written.has(canonical(value)))) return `${said}, which nobody ever wrote`;
  const what = seen.length === 1 ? 'a list of siblings' : 'several values at once (siblings)';
  return `${said}, ${what}, where a register holds one value: merge them before they are recorded, or record adds and use the model set`;
}

/** `first`'s value was there before and after something of `second`'s value. */
function explainInterleaved(first: Boundary, second: Boundary, key: Key): Explained {
  const { start, between, other, back } = smallestProof(first, second);
  const witness = inOrder([first.write, start, back, second.write, between, other]);
  const ending = `${sentenceOf(back)} after ${pastPerfectOf(between)}`;
  if (start === undefined) return { witness, explanation: ending.replace(' after ', ', the initial value, after ') };
  const [once, twice] = [first.value, second.value].map((value) => assignment(key, value));
  const beginning = between === other
    ? `although ${pastPerfectOf(start)} before that`
    : `and ${sentenceOf(other)} after ${pastPerfectOf(start)}`;
  return { witness, explanation: `${ending}, ${beginning}: ${once} would have to come back after ${twice}` };
}

interface Proof {
  /** Of the first value, over before `other` began; undefined = the initial value was there before everything. */
  readonly start: Operation | undefined;
  readonly other: Operation;
  /** Of the second value, over before `back` began. */
  readonly between: Operation;
  /** Of the first value. */
  readonly back: Operation;
}

/** Of the members that could prove it, those that make the fewest operations and the shortest sentence. */
function smallestProof(first: Boundary, second: Boundary): Proof {
  const ours = [first.write, first.earliest, first.latest];
  const theirs = [second.write, second.earliest, second.latest].filter((operation) => operation !== undefined);
  let best: Proof | undefined;
  let least = Infinity;
  for (const start of first.write === undefined ? [undefined] : ours) {
    for (const other of theirs) {
      if (start !== undefined && !precedes(start, other)) continue;
      for (const between of theirs) {
        for (const back of ours) {
          if (back === undefined || !precedes(between, back)) continue;
          const count = new Set([first.write, start, back, second.write, between, other]).size;
          const weight = count * 2 + Number(between !== other);
          if (weight >= least) continue;
          least = weight;
          best = { start, other, between, back };
        }
      }
    }
  }
  invariant(best !== undefined, 'two conflicting zones have members that show it');
  return best;
}

function precedes(earlier: Operation, later: Operation): boolean {
  return earlier.return !== null && earlier.return < later.call;
}

/** Up to so many other operations are named in the sentence. */
const NAMED_MAX = 4;
const STATES_MAX = 3;

/** Explains a violation that a search found. */
export function explainSearch<State>(model: Model<State>, { operations, blocked, states }: Witness<State>, key: Key): string {
  if (blocked === undefined) return `no order of these ${counted(operations.length, 'operation')} is legal`;
  if (states.length === 0) return `${sentenceOf(blocked)}, but no legal order of the other ${counted(operations.length - 1, 'operation')} leads there`;
  const place = key === undefined ? 'it' : typeof key === 'number' || /^\d+$/.test(key) ? `key ${key}` : key;
  const possible = states.slice(0, STATES_MAX).map((state) => withPlainNumbers(model.describe?.(state) ?? JSON.stringify(state)));
  const could = `${place} could only be ${possible.join(' or ')}${states.length > STATES_MAX ? ' or …' : ''}`;
  const others = operations.filter((operation) => operation !== blocked);
  if (others.length === 0) return `${sentenceOf(blocked)}, but ${could} at the start`;
  const named = others.length > NAMED_MAX ? `the other ${others.length} operations` : others.map(sentenceOf).join(', ');
  return `${sentenceOf(blocked)}, but by then ${could}, given that ${named}${others.length > NAMED_MAX ? ' happened' : ''}`;
}

function inOrder(operations: readonly (Operation | undefined)[]): Operation[] {
  const present = operations.filter((operation) => operation !== undefined);
  return [...new Set(present)].sort((a, b) => a.call - b.call);
}
