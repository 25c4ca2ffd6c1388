/**
 * `cjson`, lua-cjson 2.1.0 as Redis carries it: `encode`, `decode`, `null`, its limits and its settings. Left out:
 * `encode_keep_buffer` does nothing; texts of decoding errors name the token, not always as the original's.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { library, native, type Arguments } from './library.ts';
import { formatG } from './lua-number.ts';
import { LuaTable } from './lua-table.ts';
import { NULL_POINTER, typeName, type LuaValue } from './lua-value.ts';
import { isTrue, plainText, type Machine } from './machine.ts';

/** What scripts can set. It stays set until the interpreter begins anew. */
export interface JsonSettings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeDepth: number;
  decodeDepth: number;
  precision: number;
  encodeInvalid: boolean;
  decodeInvalid: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x7f': '\\u007f',
};

function quote(text: Bytes): Bytes {
  return `"${text.replace(/[^ !#-.0-[\]-~\x80-\xff]/g, (c) => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** The length of a table that is an array to JSON, or -1. */
function arrayLength(machine: Machine, table: LuaTable, settings: JsonSettings): number {
  let max = 0;
  let items = 0;
  for (const [key] of table.entries()) {
    if (typeof key !== 'number' || key < 1 || !Number.isInteger(key)) return -1;
    if (key > max) max = key;
    items++;
  }
  if (settings.sparseRatio > 0 && max > items * settings.sparseRatio && max > settings.sparseSafe) {
    if (!settings.sparseConvert) machine.fail('Cannot serialise table: excessively sparse array');
    return -1;
  }
  return max;
}

function encode(machine: Machine, value: LuaValue, depth: number, settings: JsonSettings): Bytes {
  const number = (given: number): Bytes => {
    if (!Number.isFinite(given)) {
      if (!settings.encodeInvalid) machine.fail('Cannot serialise number: must not be NaN or Inf');
      return Number.isNaN(given) ? 'nan' : given > 0 ? 'inf' : '-inf';
    }
    return formatG(given, settings.precision);
  };
  if (value === undefined || value === NULL_POINTER) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return String(value);
  if (!(value instanceof LuaTable)) return machine.fail(`Cannot serialise ${typeName(value)}: type not supported`);
  if (depth > settings.encodeDepth) machine.fail(`Cannot serialise, excessive nesting (${depth})`);
  const length = arrayLength(machine, value, settings);
  const parts: Bytes[] = [];
  if (length > 0) {
    for (let i = 1; i <= length; i++) parts.push(encode(machine, value.get(i), depth + 1, settings));
    return `[${parts.join(',')}]`;
  }
  for (const [key, item] of value.entries()) {
    const name = typeof key === 'number' ? `"${number(key)}"` : typeof key === 'string' ? quote(key) : machine.fail(`Cannot serialise ${typeName(key)}: table key must be a number or string`);
    parts.push(`${name}:${encode(machine, item, depth + 1, settings)}`);
  }
  return `{${parts.join(',')}}`;
}

function utf8(code: number): Bytes {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  if (code < 0x1_0000) return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

type Token = { readonly kind: string; readonly at: number; readonly value?: LuaValue };

const SINGLE: Readonly<Record<string, string>> = { '{': 'T_OBJ_BEGIN', '}': 'T_OBJ_END', '[': 'T_ARR_BEGIN', ']': 'T_ARR_END', ',': 'T_COMMA', ':': 'T_COLON' };
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads one text. */
class Decoder {
  readonly #machine: Machine;
  readonly #text: Bytes;
  readonly #settings: JsonSettings;
  #at = 0;
  #depth = 0;

  constructor(machine: Machine, text: Bytes, settings: JsonSettings) {
    this.#machine = machine;
    this.#text = text;
    this.#settings = settings;
  }

  decode(): LuaValue {
    const value = this.#value(this.#token());
    const rest = this.#token();
    if (rest.kind !== 'T_END') this.#fail('the end', rest);
    return value;
  }

  #fail(expected: string, token: Token): never {
    return this.#machine.fail(`Expected ${expected} but found ${token.kind === 'T_ERROR' ? plainText(token.value) : token.kind} at character ${token.at + 1}`);
  }

  #value(token: Token): LuaValue {
    switch (token.kind) {
      case 'T_STRING': case 'T_NUMBER': case 'T_BOOLEAN':
        return token.value;
      case 'T_NULL':
        return NULL_POINTER;
      case 'T_OBJ_BEGIN':
        return this.#object();
      case 'T_ARR_BEGIN':
        return this.#array();
      default:
        return this.#fail('value', token);
    }
  }

  #descend(): void {
    this.#machine.step();
    if (++this.#depth > this.#settings.decodeDepth) {
      this.#machine.fail(`Found too many nested data structures (${this.#depth}) at character ${this.#at}`);
    }
  }

  #object(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    let token = this.#token();
    if (token.kind === 'T_OBJ_END') {
      this.#depth--;
      return table;
    }
    for (;;) {
      if (token.kind !== 'T_STRING') this.#fail('object key string', token);
      const key = token.value;
      const colon = this.#token();
      if (colon.kind !== 'T_COLON') this.#fail('colon', colon);
      table.set(key, this.#value(this.#token()));
      const next = this.#token();
      if (next.kind === 'T_OBJ_END') break;
      if (next.kind !== 'T_COMMA') this.#fail('comma or object end', next);
      token = this.#token();
    }
    this.#depth--;
    return table;
  }

  #array(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    let token = this.#token();
    if (token.kind === 'T_ARR_END') {
      this.#depth--;
      return table;
    }
    for (let i = 1; ; i++) {
      table.set(i, this.#value(token));
      const next = this.#token();
      if (next.kind === 'T_ARR_END') break;
      if (next.kind !== 'T_COMMA') this.#fail('comma or array end', next);
      token = this.#token();
    }
    this.#depth--;
    return table;
  }

  #token(): Token {
    const text = this.#text;
    while (this.#at < text.length && /[ \t\n\r]/.test(text[this.#at] as string)) this.#at++;
    const at = this.#at;
    const c = text[at];
    if (c === undefined) return { kind: 'T_END', at };
    const single = SINGLE[c];
    if (single !== undefined) {
      this.#at++;
      return { kind: single, at };
    }
    if (c === '"') return this.#string(at);
    for (const [word, kind, value] of [['true', 'T_BOOLEAN', true], ['false', 'T_BOOLEAN', false], ['null', 'T_NULL', undefined]] as const) {
      if (text.startsWith(word, at)) {
        this.#at += word.length;
        return { kind, at, value };
      }
    }
    return this.#number(at);
  }

  #number(at: number): Token {
    const pattern = this.#settings.decodeInvalid
      ? /-?(?:0[xX][0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)/iy
      : /-?(?:0(?![0-9xX])|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = at;
    const match = pattern.exec(this.#text);
    if (match === null) return { kind: 'T_ERROR', at, value: /[-0-9]/.test(this.#text[at] ?? '') ? 'invalid number' : 'invalid token' };
    this.#at += match[0].length;
    const word = match[0].toLowerCase();
    const value = /inf/.test(word) ? (word.startsWith('-') ? -Infinity : Infinity) : word.includes('nan') ? Number.NaN : Number(word);
    return { kind: 'T_NUMBER', at, value };
  }

  #string(at: number): Token {
    const text = this.#text;
    let out = '';
    for (let i = at + 1; ;) {
      const c = text[i];
      if (c === undefined) return { kind: 'T_ERROR', at: i, value: 'unexpected end of string' };
      if (c === '"') {
        this.#at = i + 1;
        return { kind: 'T_STRING', at, value: out };
      }
      if (c !== '\\') {
        out += c;
        i++;
        continue;
      }
      const next = text[i + 1] ?? '';
      if (next === 'u') {
        const escape = this.#unicode(i);
        if (escape === undefined) return { kind: 'T_ERROR', at: i, value: 'invalid unicode escape code' };
        out += escape.bytes;
        i += escape.length;
        continue;
      }
      const simple = SIMPLE_ESCAPES[next];
      if (simple === undefined) return { kind: 'T_ERROR', at: i, value: 'invalid escape code' };
      out += simple;
      i += 2;
    }
  }

  #unicode(at: number): { readonly bytes: Bytes; readonly length: number } | undefined {
    const first = /^\\u([0-9a-fA-F]{4})/.exec(this.#text.slice(at, at + 6));
    if (first === null) return undefined;
    const high = parseInt(first[1] as string, 16);
    if ((high & 0xf800) !== 0xd800) return { bytes: utf8(high), length: 6 };
    if ((high & 0x400) !== 0) return undefined;
    const second = /^\\u([0-9a-fA-F]{4})/.exec(this.#text.slice(at + 6, at + 12));
    const low = second === null ? 0 : parseInt(second[1] as string, 16);
    if ((low & 0xfc00) !== 0xdc00) return undefined;
    return { bytes: utf8(0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff)), length: 12 };
  }
}

/** What `cjson` begins with. */
export function defaultJsonSettings(): JsonSettings {
  return { sparseConvert: false, sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, encodeInvalid: false, decodeInvalid: true };
}

/** Makes `cjson`. */
export function cjsonLibrary(machine: Machine, settings: JsonSettings): LuaTable {
  const only = (args: Arguments): void => {
    if (args.count !== 1) machine.badArgument(1, 'expected 1 argument');
  };
  const ranged = (args: Arguments, position: number, now: number, min: number, max: number): number => {
    if (args.at(position) === undefined) return now;
    const value = args.integer(position);
    if (value < min || value > max) machine.badArgument(position, `expected integer between ${min} and ${max}`);
    return value;
  };
  const table = library(machine, {
    encode: (args) => {
      only(args);
      return [encode(machine, args.at(1), 1, settings)];
    },
    decode: (args) => {
      only(args);
      return [new Decoder(machine, args.string(1), settings).decode()];
    },
    encode_sparse_array: (args) => {
      if (args.at(1) !== undefined) settings.sparseConvert = isTrue(args.at(1));
      settings.sparseRatio = ranged(args, 2, settings.sparseRatio, 0, 2147483647);
      settings.sparseSafe = ranged(args, 3, settings.sparseSafe, 0, 2147483647);
      return [settings.sparseConvert, settings.sparseRatio, settings.sparseSafe];
    },
    encode_max_depth: (args) => [settings.encodeDepth = ranged(args, 1, settings.encodeDepth, 1, 2147483647)],
    decode_max_depth: (args) => [settings.decodeDepth = ranged(args, 1, settings.decodeDepth, 1, 2147483647)],
    encode_number_precision: (args) => [settings.precision = ranged(args, 1, settings.precision, 1, 14)],
    encode_keep_buffer: (args) => [args.at(1) === undefined ? true : isTrue(args.at(1))],
    encode_invalid_numbers: (args) => [args.at(1) === undefined ? settings.encodeInvalid : (settings.encodeInvalid = isTrue(args.at(1)))],
    decode_invalid_numbers: (args) => [args.at(1) === undefined ? settings.decodeInvalid : (settings.decodeInvalid = isTrue(args.at(1)))],
  });
  table.set('new', native(machine, () => [cjsonLibrary(machine, defaultJsonSettings())]));
  table.set('null', NULL_POINTER);
  table.set('_NAME', 'cjson');
  table.set('_VERSION', '2.1.0');
  return table;
}
