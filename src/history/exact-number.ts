/**
 * Numbers that a double would blur. A history from a real database may hold 9007199254740993, which JavaScript reads as
 * …992: a register that lost that write would look right. Such a number is kept as the record `{ "#number": "<digits>" }`:
 * equal only to itself, and never to the text of the same digits. A whole number whose double prints as the very same digits
 * stays a plain number; no two numbers in a file can then become one. Decimal fractions are doubles, as their writers meant.
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';

const FIELD = '#number';
const WHOLE = /^[+-]?\d+$/;
/** A number may be blurred from sixteen digits on, and out of range from three digits of exponent on. */
const SUSPECT = /\d{16}|[eE]\+?\d{3}/;
const TOKEN = /"(?:[^"\\]|\\[^])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The value of a number as a file spells it.
 *
 * @param text - digits, with sign, fraction and exponent if any
 */
export function numberOf(text: string): HistoryValue {
  const value = Number(text);
  if (!WHOLE.test(text)) return Number.isFinite(value) ? value : { [FIELD]: text };
  if (Number.isSafeInteger(value)) return value;
  const digits = BigInt(text).toString();
  return String(value) === digits ? value : { [FIELD]: digits };
}

/** A ratio of whole numbers, which no double holds either. */
export function ratioOf(text: string): HistoryValue {
  return { [FIELD]: text };
}

/** Whether a value is a number kept by its digits. */
export function isExactNumber(value: HistoryValue | undefined): value is { readonly [FIELD]: string } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, FIELD)
    && typeof (value as { readonly [name: string]: HistoryValue })[FIELD] === 'string' && Object.keys(value).length === 1;
}

/** A number kept by its digits, in JSON text; within a string its quotes would be escaped. */
const KEPT = /\{"#number":"([^"]+)"\}/g;

/** JSON text for people, in which numbers kept by their digits look like numbers again. */
export function withPlainNumbers(json: string): string {
  return json.includes(FIELD) ? json.replace(KEPT, '$1') : json;
}

/**
 * Parses JSON, numbers that a double would blur kept by their digits.
 *
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): HistoryValue {
  // Whether it is JSON at all is for the text as it stands to say.
  const plain = JSON.parse(text) as HistoryValue;
  if (!SUSPECT.test(text)) return plain;
  const exact = text.replace(TOKEN, (token) => {
    const value = token.startsWith('"') ? token : numberOf(token);
    return typeof value === 'object' ? JSON.stringify(value) : token;
  });
  return JSON.parse(exact) as HistoryValue;
}
