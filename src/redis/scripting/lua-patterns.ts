/**
 * Lua's patterns, as `lstrlib.c` of 5.1 matches them: by backtracking over single-character items, with captures, `%b` and the
 * undocumented `%f`. A match counts steps against the script's budget, so `(.-)*` and its kin end.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Machine } from './machine.ts';
import type { LuaValue } from './lua-value.ts';

const CAPTURES_MAX = 32;
const UNFINISHED = -1;
const POSITION = -2;
const ESCAPE = 37;

/** One attempt to match. */
export class PatternMatch {
  readonly #machine: Machine;
  readonly #text: Bytes;
  readonly #pattern: Bytes;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #level = 0;

  /** @param text - what is searched @param pattern - without its anchor */
  constructor(machine: Machine, text: Bytes, pattern: Bytes) {
    this.#machine = machine;
    this.#text = text;
    this.#pattern = pattern;
  }

  /** The end of a match that begins at `at` of the text with `from` of the pattern, or -1. */
  match(at: number, from: number): number {
    this.#level = 0;
    return this.#match(at, from);
  }

  /** How many values a match gives: the captures, or the whole. */
  captures(start: number, end: number, wholeWhenNone = true): LuaValue[] {
    if (this.#level === 0) return wholeWhenNone ? [this.#text.slice(start, end)] : [];
    return Array.from({ length: this.#level }, (_, i) => this.#capture(i));
  }

  /** One capture of a replacement, counted from 0; the whole when there is none. */
  captureOrWhole(index: number, start: number, end: number): LuaValue {
    if (index >= this.#level) {
      if (index === 0) return this.#text.slice(start, end);
      return this.#machine.fail('invalid capture index');
    }
    return this.#capture(index);
  }

  #capture(index: number): LuaValue {
    const length = this.#lengths[index] as number;
    const start = this.#starts[index] as number;
    if (length === UNFINISHED) return this.#machine.fail('unfinished capture');
    return length === POSITION ? start + 1 : this.#text.slice(start, start + length);
  }

  #match(textAt: number, patternAt: number): number {
    const pattern = this.#pattern;
    let s = textAt;
    let p = patternAt;
    for (;;) {
      this.#machine.step();
      if (p >= pattern.length) return s;
      const c = pattern[p];
      if (c === '(') return pattern[p + 1] === ')' ? this.#open(s, p + 2, POSITION) : this.#open(s, p + 1, UNFINISHED);
      if (c === ')') return this.#close(s, p + 1);
      if (c === '$' && p + 1 === pattern.length) return s === this.#text.length ? s : -1;
      if (c === '%') {
        const next = pattern[p + 1] ?? '';
        if (next === 'b') {
          const end = this.#balance(s, p + 2);
          if (end < 0) return -1;
          s = end;
          p += 4;
          continue;
        }
        if (next === 'f') {
          p += 2;
          if (pattern[p] !== '[') return this.#machine.fail("missing '[' after '%f' in pattern");
          const end = this.#classEnd(p);
          const before = s === 0 ? 0 : this.#text.charCodeAt(s - 1);
          const here = s < this.#text.length ? this.#text.charCodeAt(s) : 0;
          if (this.#inSet(before, p, end - 1) || !this.#inSet(here, p, end - 1)) return -1;
          p = end;
          continue;
        }
        if (/\d/.test(next)) {
          const index = this.#checkCapture(next);
          const length = this.#lengths[index] as number;
          const start = this.#starts[index] as number;
          if (length < 0) return -1;
          const captured = this.#text.slice(start, start + length);
          if (!this.#text.startsWith(captured, s)) return -1;
          s += length;
          p += 2;
          continue;
        }
      }
      const end = this.#classEnd(p);
      const isMatch = s < this.#text.length && this.#single(this.#text.charCodeAt(s), p, end);
      const suffix = pattern[end];
      if (suffix === '?') {
        if (isMatch) {
          const result = this.#match(s + 1, end + 1);
          if (result >= 0) return result;
        }
        p = end + 1;
        continue;
      }
      if (suffix === '*') return this.#maximal(s, p, end);
      if (suffix === '+') return isMatch ? this.#maximal(s + 1, p, end) : -1;
      if (suffix === '-') return this.#minimal(s, p, end);
      if (!isMatch) return -1;
      s++;
      p = end;
    }
  }

  #maximal(s: number, p: number, end: number): number {
    let count = 0;
    while (s + count < this.#text.length && this.#single(this.#text.charCodeAt(s + count), p, end)) count++;
    for (; count >= 0; count--) {
      const result = this.#match(s + count, end + 1);
      if (result >= 0) return result;
    }
    return -1;
  }

  #minimal(from: number, p: number, end: number): number {
    for (let s = from; ; s++) {
      const result = this.#match(s, end + 1);
      if (result >= 0) return result;
      if (s >= this.#text.length || !this.#single(this.#text.charCodeAt(s), p, end)) return -1;
    }
  }

  #open(s: number, p: number, what: number): number {
    if (this.#level >= CAPTURES_MAX) return this.#machine.fail('too many captures');
    this.#starts[this.#level] = s;
    this.#lengths[this.#level] = what;
    this.#level++;
    const result = this.#match(s, p);
    if (result < 0) this.#level--;
    return result;
  }

  #close(s: number, p: number): number {
    let index = this.#level - 1;
    while (index >= 0 && this.#lengths[index] !== UNFINISHED) index--;
    if (index < 0) return this.#machine.fail('invalid pattern capture');
    this.#lengths[index] = s - (this.#starts[index] as number);
    const result = this.#match(s, p);
    if (result < 0) this.#lengths[index] = UNFINISHED;
    return result;
  }

  #checkCapture(digit: string): number {
    const index = Number(digit) - 1;
    if (index < 0 || index >= this.#level || this.#lengths[index] === UNFINISHED) return this.#machine.fail('invalid capture index');
    return index;
  }

  #balance(from: number, p: number): number {
    if (p + 1 >= this.#pattern.length) return this.#machine.fail('unbalanced pattern');
    const [open, close] = [this.#pattern[p], this.#pattern[p + 1]];
    if (this.#text[from] !== open || from >= this.#text.length) return -1;
    let depth = 1;
    for (let s = from + 1; s < this.#text.length; s++) {
      const c = this.#text[s];
      if (c === close) {
        if (--depth === 0) return s + 1;
      } else if (c === open) {
        depth++;
      }
    }
    return -1;
  }

  #classEnd(from: number): number {
    const pattern = this.#pattern;
    let p = from;
    const c = pattern[p++];
    if (c === '%') {
      if (p >= pattern.length) return this.#machine.fail("malformed pattern (ends with '%')");
      return p + 1;
    }
    if (c !== '[') return p;
    if (pattern[p] === '^') p++;
    do {
      if (p >= pattern.length) return this.#machine.fail("malformed pattern (missing ']')");
      if (pattern[p++] === '%' && p < pattern.length) p++;
    } while (pattern[p] !== ']');
    return p + 1;
  }

  #single(code: number, p: number, end: number): boolean {
    const c = this.#pattern.charCodeAt(p);
    if (c === 46) return true;
    if (c === ESCAPE) return isInClass(code, this.#pattern.charCodeAt(p + 1));
    if (c === 91) return this.#inSet(code, p, end - 1);
    return c === code;
  }

  #inSet(code: number, from: number, last: number): boolean {
    const pattern = this.#pattern;
    let p = from + 1;
    let found = true;
    if (pattern[p] === '^') {
      found = false;
      p++;
    }
    for (; p < last; p++) {
      const c = pattern.charCodeAt(p);
      if (c === ESCAPE) {
        p++;
        if (isInClass(code, pattern.charCodeAt(p))) return found;
      } else if (pattern[p + 1] === '-' && p + 2 < last) {
        if (c <= code && code <= pattern.charCodeAt(p + 2)) return found;
        p += 2;
      } else if (c === code) {
        return found;
      }
    }
    return !found;
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  a: /[A-Za-z]/, c: /[^ -~\x80-\xff]/, d: /[0-9]/, l: /[a-z]/, p: /[!-/:-@[-`{-~]/, s: /[ \t-\r]/, u: /[A-Z]/, w: /[A-Za-z0-9]/, x: /[0-9A-Fa-f]/, z: /\0/,
};
/** For each class letter, whether each byte is in it. */
const MEMBERS: ReadonlyMap<number, readonly boolean[]> = new Map(
  Object.entries(CLASSES).map(([letter, pattern]) => [
    letter.charCodeAt(0), Array.from({ length: 256 }, (_, code) => pattern.test(String.fromCharCode(code))),
  ]),
);

function isInClass(code: number, letter: number): boolean {
  const isUpper = letter >= 65 && letter <= 90;
  const members = MEMBERS.get(isUpper ? letter + 32 : letter);
  if (members === undefined) return letter === code;
  return members[code] !== isUpper;
}
