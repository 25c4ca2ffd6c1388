/**
 * Semantic reconciliation (sections 4.4 and 4.7 of the paper): business logic that makes one value of the siblings that a vector
 * clock cannot order. A merger is that logic as a function of bytes; the replicated data types of this folder (Shapiro, Preguica,
 * Baquero, Zawirski, "Conflict-free Replicated Data Types", SSS 2011) are mergers that also say how a client changes a value.
 *
 * A state is written as JSON in ASCII, in one way only: equal states are equal strings, whoever made them, and a state survives any
 * way of turning text into bytes and back.
 *
 * Siblings that a merger cannot read, because somebody put something else under the key, do no harm: they give way to those it can
 * read, and among themselves the greatest string is kept. So the laws of a semilattice hold for any bytes at all, with the empty
 * string, which no state is written as, below everything.
 *
 * @module
 */
import { InputError } from '../../kernel/errors.ts';

/** Makes one value of several. Commutative, associative and idempotent, and it never throws. */
export interface Merger {
  /** As it is named in a deployment's options. */
  readonly name: string;
  /** @param values - siblings, as byte strings: one code unit a byte. None give the empty string */
  merge(values: readonly string[]): string;
}

/** A merger that knows its values as states. States are immutable plain data. */
export interface DataType<State> extends Merger {
  /** What nothing has happened to yet. */
  readonly empty: State;
  /** The least state that has seen what both have seen. */
  join(left: State, right: State): State;
  /** The one string that stands for a state. */
  encode(state: State): string;
  /** Reads it back; the empty string, and null for an object that is not there, as {@link empty}. @throws {@link InputError} when it is no state of this type */
  decode(value: string | null): State;
  /** The state that JSON data stands for; undefined when it is none. @param depth - how many maps are around it */
  parse(data: unknown, depth?: number): State | undefined;
}

/** What a type must say of itself; the rest follows. */
export type TypeDefinition<State> = Pick<DataType<State>, 'name' | 'empty' | 'join' | 'encode' | 'parse'> & {
  /** Reads what was written in another way than the one in which it is written. Default false. */
  readonly lenient?: boolean;
};

/** Completes the definition of a type. */
export function dataType<State>({ lenient = false, ...definition }: TypeDefinition<State>): DataType<State> {
  const read = (value: string): State | undefined => {
    const state = definition.parse(jsonOf(value));
    return state === undefined || lenient || definition.encode(state) === value ? state : undefined;
  };
  return {
    ...definition,
    decode: (value) => {
      if (value === null || value === '') return definition.empty;
      const state = read(value);
      if (state === undefined) throw new InputError(`not a ${definition.name}: ${excerpt(value)}`);
      return state;
    },
    merge: (values) => {
      let joined: State | undefined;
      let greatest = '';
      for (const value of values) {
        const state = read(value);
        if (state !== undefined) joined = joined === undefined ? state : definition.join(joined, state);
        else if (value > greatest) greatest = value;
      }
      return joined === undefined ? greatest : definition.encode(joined);
    },
  };
}

/** A text in JSON, in ASCII. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Texts in JSON, as an array. */
export function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(',')}]`;
}

/** The data of a tagged state, `["<name>", …]`: what follows the tag; undefined when it is something else. */
export function untag(name: string, length: number, data: unknown): readonly unknown[] | undefined {
  return Array.isArray(data) && data.length === length + 1 && data[0] === name ? data.slice(1) : undefined;
}

/** Each part of an array, read; undefined when it is no array or a part cannot be read. */
export function parseAll<T>(data: unknown, parse: (part: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const parts: T[] = [];
  for (const part of data) {
    const read = parse(part);
    if (read === undefined) return undefined;
    parts.push(read);
  }
  return parts;
}

/** A text, or undefined. */
export function parseText(data: unknown): string | undefined {
  return typeof data === 'string' ? data : undefined;
}

/** Orders by code unit, as every list in a state is. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function jsonOf(value: string): unknown {
  // A state begins so; most of what is none is seen at once.
  if (value[0] !== '[' && value[0] !== '{') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function excerpt(value: string): string {
  return quote(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
