/**
 * Reads EDN, the notation of Clojure in which Jepsen writes histories (https://github.com/edn-format/edn).
 *
 * Why not a library: the one kept on npm, `edn-data`, hands back values without positions, and an unusable history must be
 * reported with the line of the operation that is wrong, also where its syntax is right. This reader keeps the offset of
 * each top-level form (of each element, when the file is one vector or list), and is no longer than the adapter would be.
 *
 * Values become plain JSON values: keywords and symbols their text, sets and lists arrays, whole numbers beyond 2^53 and
 * ratios what `exact-number.ts` makes of them, tagged forms the form behind the tag (`#jepsen.history.Op{…}`). Metadata is skipped.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { numberOf, ratioOf } from './exact-number.ts';
import { lineAt, setField, type Positioned } from './text.ts';

const DEPTH_MAX = 256;
const DELIMITER = /[\s,()[\]{}";]/;
const INTEGER = /^[+-]?\d+N?$/;
const DECIMAL = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/;
const RATIO = /^[+-]?\d+\/\d+$/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/',
};
const CHARACTERS: Readonly<Record<string, string>> = { newline: '\n', space: ' ', tab: '\t', return: '\r' };

/**
 * Reads all forms of a text; when the text is one vector or list, its elements.
 *
 * @param text - EDN
 * @param path - named in errors
 * @returns the forms with their offsets
 * @throws {@link InputError} naming file and line
 */
export function readEdn(text: string, path: string): Positioned[] {
  const reader = new EdnReader(text, path);
  const forms: Positioned[] = [];
  for (let opening = reader.peek(); opening !== ''; opening = reader.peek()) {
    if (opening === '[' || opening === '(') forms.push(...reader.elements());
    else forms.push({ offset: reader.offset, value: reader.form(0) });
  }
  return forms;
}

/** Reads the one form that a text holds. */
export function readEdnForm(text: string, path: string): HistoryValue {
  const reader = new EdnReader(text, path);
  if (reader.peek() === '') reader.fail(0, 'a value is missing');
  const value = reader.form(0);
  if (reader.peek() !== '') reader.fail(reader.offset, 'text after the value');
  return value;
}

class EdnReader {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  get offset(): number {
    return this.#at;
  }

  fail(offset: number, message: string): never {
    throw new InputError(`${this.#path}:${lineAt(this.#text, offset)}: ${message}`);
  }

  /** Skips blanks, commas, comments, discarded forms and metadata; the character that follows, or '' at the end. */
  peek(): string {
    const text = this.#text;
    for (;;) {
      const c = text.charCodeAt(this.#at);
      if (c === 32 || c === 44 || (c >= 9 && c <= 13) || c === 0xfeff || c === 0xa0) {
        this.#at++;
      } else if (c === 59) {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else if (c === 35 && text[this.#at + 1] === '_') {
        this.#at += 2;
        this.form(0);
      } else if (c === 94) {
        this.#at++;
        this.form(0);
      } else {
        return text[this.#at] ?? '';
      }
    }
  }

  /** The elements of the vector or list that opens here. */
  elements(): Positioned[] {
    const opened = this.#at;
    const closing = this.#text[opened] === '[' ? ']' : ')';
    this.#at++;
    const elements: Positioned[] = [];
    for (;;) {
      const next = this.peek();
      if (next === closing) break;
      if (next === '') this.fail(opened, `'${this.#text[opened]}' is never closed`);
      elements.push({ offset: this.#at, value: this.form(1) });
    }
    this.#at++;
    return elements;
  }

  form(depth: number): HistoryValue {
    const next = this.peek();
    const start = this.#at;
    if (depth > DEPTH_MAX) this.fail(start, `nested more than ${DEPTH_MAX} deep`);
    switch (next) {
      case '':
        return this.fail(start, 'the file ends where a value should stand');
      case '[':
        return this.#sequence(']', depth);
      case '(':
        return this.#sequence(')', depth);
      case '{':
        return this.#map(depth);
      case '"':
        return this.#string();
      case '\\':
        return this.#character();
      case '#':
        return this.#dispatch(depth);
      case ']':
      case ')':
      case '}':
        return this.fail(start, `'${next}' closes nothing`);
      default:
        return this.#atom();
    }
  }

  #sequence(closing: string, depth: number): HistoryValue[] {
    const opened = this.#at++;
    const items: HistoryValue[] = [];
    for (;;) {
      const next = this.peek();
      if (next === closing) break;
      if (next === '') this.fail(opened, `'${this.#text[opened]}' is never closed`);
      items.push(this.form(depth + 1));
    }
    this.#at++;
    return items;
  }

  #map(depth: number): HistoryValue {
    const opened = this.#at;
    const items = this.#sequence('}', depth);
    if (items.length % 2 !== 0) this.fail(opened, 'a map has a key without a value');
    const map: { [key: string]: HistoryValue } = {};
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      setField(map, typeof key === 'string' ? key : JSON.stringify(key), items[i + 1] ?? null);
    }
    return map;
  }

  #string(): string {
    const opened = this.#at;
    let plain = ++this.#at;
    let value = '';
    for (;;) {
      const c = this.#text[this.#at];
      if (c === undefined) this.fail(opened, 'a string is never closed');
      if (c === '"') break;
      if (c === '\\') {
        value += this.#text.slice(plain, this.#at) + this.#escape();
        plain = this.#at;
      } else {
        this.#at++;
      }
    }
    value += this.#text.slice(plain, this.#at++);
    return value;
  }

  #escape(): string {
    const start = this.#at;
    const kind = this.#text[start + 1] ?? '';
    if (kind === 'u') return this.#unicode(start + 2);
    const value = ESCAPES[kind];
    if (value === undefined) this.fail(start, `'\\${kind}' is no escape`);
    this.#at = start + 2;
    return value;
  }

  #unicode(start: number): string {
    const digits = this.#text.slice(start, start + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail(start, "'\\u' needs four hexadecimal digits");
    this.#at = start + 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  #character(): string {
    const start = this.#at;
    this.#at += 2;
    const rest = this.#token();
    const name = (this.#text[start + 1] ?? '') + rest;
    if (/^u[0-9a-fA-F]{4}$/.test(name)) return String.fromCharCode(parseInt(name.slice(1), 16));
    if (rest === '' && name !== '') return name;
    return CHARACTERS[name] ?? this.fail(start, `'\\${name}' is no character`);
  }

  /** `#{…}` a set, `##Inf` a symbolic number, `#tag form` the form. */
  #dispatch(depth: number): HistoryValue {
    const start = this.#at++;
    const next = this.#text[this.#at];
    if (next === '{') return this.#sequence('}', depth);
    if (next === '#') {
      this.#at++;
      return this.#token();
    }
    if (this.#token() === '') this.fail(start, "'#' stands before nothing");
    return this.form(depth + 1);
  }

  /** Text up to the next delimiter. */
  #token(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #atom(): HistoryValue {
    const start = this.#at;
    const token = this.#token();
    if (token.startsWith(':')) return token.length > 1 ? token.slice(1) : this.fail(start, "':' stands before nothing");
    if (token === 'nil') return null;
    if (token === 'true') return true;
    if (token === 'false') return false;
    if (INTEGER.test(token)) return numberOf(token.endsWith('N') ? token.slice(0, -1) : token);
    // `12M` is a decimal that happens to be whole.
    if (DECIMAL.test(token)) return numberOf(token.endsWith('M') ? token.slice(0, -1) : token);
    if (RATIO.test(token)) return ratioOf(token);
    if (/^[+-]?\d/.test(token)) this.fail(start, `'${token}' is no number`);
    return token;
  }
}
