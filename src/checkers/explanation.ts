/**
 * Why a history has no legal order, in one sentence that names the operations.
 *
 * @module
 */
import { isRead, type Operation } from '../history/operation.ts';
import type { Model } from './model.ts';
import type { Witness } from './witness.ts';
import { assignment, nameOf, sentenceOf } from './wording.ts';
import type { Boundary, ZoneConflict } from './zones.ts';

/** A proof in operations and in words. */
export interface Explained {
  readonly witness: readonly Operation[];
  readonly explanation: string;
}

type Key = string | number | undefined;

/** Explains what {@link checkZones} found. */
export function explainZones(conflict: ZoneConflict, key: Key): Explained {
  switch (conflict.kind) {
    case 'never written':
      return { witness: [conflict.read], explanation: `${sentenceOf(conflict.read)}, which nobody ever wrote` };
    case 'read before write': {
      const { read, write } = conflict;
      const explanation = `${sentenceOf(read)} before ${nameOf(write.process)} began to write it`;
      return { witness: inOrder([read, write]), explanation };
    }
    case 'interleaved':
      return explainInterleaved(conflict.first, conflict.second, key);
  }
}

/** `first`'s value was there before and after something of `second`'s value. */
function explainInterleaved(first: Boundary, second: Boundary, key: Key): Explained {
  const witness = inOrder([first.write, first.earliest, first.latest, second.write, second.earliest, second.latest]);
  const back = first.latest === undefined ? '' : sentenceOf(first.latest);
  const between = second.earliest === undefined ? '' : pastPerfect(second.earliest);
  const values = [first.value, second.value].map((value) => assignment(key, value));
  if (first.write === undefined) {
    return { witness, explanation: `${back}, the initial value, after ${between}` };
  }
  const start = first.earliest === undefined ? '' : pastPerfect(first.earliest);
  const comesBack = `${values[0]} would have to come back after ${values[1]}`;
  return { witness, explanation: `${back} after ${between}, although ${start} before that: ${comesBack}` };
}

/** "carol had already read x=2". */
function pastPerfect(operation: Operation): string {
  const who = nameOf(operation.process);
  return sentenceOf(operation)
    .replace(`${who} wrote`, `${who} had already written`)
    .replace(`${who} read`, `${who} had already read`);
}

/** Explains a violation that a search found. */
export function explainSearch<State>(model: Model<State>, witness: Witness<State>, key: Key): string {
  const { operations, blocked, states } = witness;
  if (blocked === undefined) return 'no order of these operations is legal';
  const others = operations.length - 1;
  const place = key === undefined ? 'it' : String(key);
  const possible = states.slice(0, 4).map((state) => model.describe?.(state) ?? JSON.stringify(state));
  const more = states.length > 4 ? ', …' : '';
  const could = `${place} could only be ${possible.join(' or ')}${more}`;
  const subject = sentenceOf(blocked);
  if (others === 0) return `${subject}, but ${could} at the start`;
  const other = operations.find((operation) => operation !== blocked) ?? blocked;
  const rest = others === 1 ? sentenceOf(other) : `the other ${others} operations`;
  return `${subject}, but after ${rest} ${could}${isRead(blocked.f) ? '' : ' then'}`;
}

function inOrder(operations: readonly (Operation | undefined)[]): Operation[] {
  const present = operations.filter((operation) => operation !== undefined);
  return [...new Set(present)].sort((a, b) => a.call - b.call);
}
