/**
 * A store of strings: `get`, `put`, and `append`, which concatenates. A key that was never written holds the empty string,
 * as in the key-value histories of MIT 6.824 that Porcupine checks. `read` and `write` are other words for get and put.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead, type Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { isWrite } from './register.ts';

/** A get's text is looked at from its end, where the newest is, so that long texts do not make the look quadratic. */
const LOOKED_AT = 256;

/**
 * One key of the store.
 *
 * @param initial - its text at the start (default empty)
 */
export function keyValue(initial: HistoryValue = ''): Model<string> {
  const start = new Set(lettersOf(text(initial)));
  return {
    name: 'kv',
    init: text(initial),
    step(state, { f, input, output, status }) {
      if (isRead(f)) return status === 'info' || state === text(output) ? state : undefined;
      return f === 'append' ? state + text(input) : text(input);
    },
    equal: (a, b) => a === b,
    hash: (state) => state,
    kind: ({ f, input, output, status }) => `${status} ${f} ${isRead(f) ? text(output) : text(input)}`,
    affects,
    observes: ({ f }) => isRead(f),
    resets: ({ f, status }) => status === 'ok' && isWrite(f),
    produces: ({ f, input }) => (isRead(f) ? [] : lettersOf(text(input))),
    needs: ({ f, output, status }) => {
      if (!isRead(f) || status === 'info') return [];
      return lettersOf(text(output).slice(-LOOKED_AT)).filter((letter) => !start.has(letter));
    },
    // Appending only makes the text longer.
    mayStillSee: (state, { output }) => text(output).startsWith(state),
    refuses: ({ f, input, output }) => {
      if (isRead(f)) return isText(output) ? undefined : `a get answers a string, got ${JSON.stringify(output)}`;
      if (f !== 'append' && !isWrite(f)) return `it has no operation '${f}'`;
      return isText(input) ? undefined : `${f} needs a string, got ${JSON.stringify(input)}`;
    },
    describe: (state) => JSON.stringify(state),
  };
}

/** What was put shows only in a text that begins with it, what was appended only in one that contains it. */
function affects(earlier: Operation, later: Operation): boolean {
  if (isRead(earlier.f) || !isRead(later.f) || later.status === 'info') return false;
  const seen = text(later.output);
  const written = text(earlier.input);
  return earlier.f === 'append' ? seen.includes(written) : seen.startsWith(written);
}

/** Letters as the words of {@link Model.produces}, made once each: a history has many texts of few letters. */
const LETTERS = new Map<number, string>();

/** A text's code units: pieces may be cut anywhere, hence each letter of a get was in some put or append. */
function lettersOf(whole: string): string[] {
  const letters: string[] = [];
  /** One bit for each code unit below 128. */
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < whole.length; i++) {
    const unit = whole.charCodeAt(i);
    const bit = 1 << (unit & 31);
    if (unit < 128) {
      const word = seen[unit >>> 5] ?? 0;
      if ((word & bit) !== 0) continue;
      seen[unit >>> 5] = word | bit;
    }
    let letter = LETTERS.get(unit);
    if (letter === undefined) LETTERS.set(unit, (letter = JSON.stringify(String.fromCharCode(unit))));
    letters.push(letter);
  }
  return letters;
}

function isText(value: HistoryValue): boolean {
  return value === null || typeof value === 'string';
}

function text(value: HistoryValue): string {
  return typeof value === 'string' ? value : '';
}
