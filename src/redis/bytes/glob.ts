/**
 * Redis's glob patterns (`stringmatchlen` of util.c, 7.0): `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, `\` quotes. As there, ranges
 * compare bytes as signed characters and swap their ends when needed, a class that is not closed ends with the pattern, and
 * nothing but the empty pattern and stars after a match fits an empty text.
 *
 * The real one tries every length for every star, which takes time exponential in the number of stars. Here only the last
 * star is ever tried again: an earlier one cannot help, since whatever the later part needs it may skip to by itself. The
 * cost is at most the product of the two lengths.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const BACKSLASH = 92;
const CARET = 94;
const DASH = 45;

/** Reads one byte as C's `char`. */
function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte;
}

/** Matches a class that begins at `at` (after the `[`). @returns the place of its last byte, negated minus one when it does not match */
function matchClass(pattern: Bytes, start: number, byte: number): { readonly end: number; readonly matches: boolean } {
  let at = start;
  const inverted = pattern.charCodeAt(at) === CARET;
  if (inverted) at++;
  let matches = false;
  for (;;) {
    const left = pattern.length - at;
    const code = pattern.charCodeAt(at);
    if (code === BACKSLASH && left >= 2) {
      at++;
      if (pattern.charCodeAt(at) === byte) matches = true;
    } else if (code === CLOSE) {
      break;
    } else if (left <= 0) {
      at--;
      break;
    } else if (left >= 3 && pattern.charCodeAt(at + 1) === DASH) {
      const one = signed(code);
      const other = signed(pattern.charCodeAt(at + 2));
      const c = signed(byte);
      if (c >= Math.min(one, other) && c <= Math.max(one, other)) matches = true;
      at += 2;
    } else if (code === byte) {
      matches = true;
    }
    at++;
  }
  return { end: at, matches: matches !== inverted };
}

/**
 * Whether the text fits the pattern.
 *
 * @param pattern - a glob
 * @param text - what to match, as a whole
 */
export function globMatches(pattern: Bytes, text: Bytes): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let starText = 0;
  for (;;) {
    if (p < pattern.length && t < text.length) {
      const code = pattern.charCodeAt(p);
      if (code === STAR) {
        while (p + 1 < pattern.length && pattern.charCodeAt(p + 1) === STAR) p++;
        if (p + 1 === pattern.length) return true;
        starAt = p++;
        starText = t;
        continue;
      }
      let next = p + 1;
      let fits: boolean;
      if (code === QUESTION) {
        fits = true;
      } else if (code === OPEN) {
        const { end, matches } = matchClass(pattern, p + 1, text.charCodeAt(t));
        next = end + 1;
        fits = matches;
      } else if (code === BACKSLASH && p + 1 < pattern.length) {
        fits = pattern.charCodeAt(p + 1) === text.charCodeAt(t);
        next = p + 2;
      } else {
        fits = code === text.charCodeAt(t);
      }
      if (fits) {
        p = next;
        t++;
        if (t === text.length) while (p < pattern.length && pattern.charCodeAt(p) === STAR) p++;
        continue;
      }
    } else if (p >= pattern.length && t === text.length) {
      return true;
    }
    if (starAt < 0) return false;
    starText++;
    if (starText >= text.length) return false;
    t = starText;
    p = starAt + 1;
  }
}
