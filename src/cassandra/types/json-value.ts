/**
 * JSON text as Cassandra reads it (Jackson, as `JsonUtils` uses it), with whole numbers of any size kept exact and Jackson's
 * messages for the mistakes that people make.
 *
 * Left out: Jackson's rarer messages; what it calls a column counts characters here, not bytes.
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import { javaDouble } from './java-number.ts';

/** A JSON value: whole numbers are bigints, others numbers; an object is a map in the order written, of one name the last. */
export type JsonValue = null | boolean | string | bigint | number | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/** A mistake, in Jackson's words. */
class JsonMistake extends InvalidRequestError {}

/**
 * The object that a text is; null for the text `null`.
 *
 * @throws {@link InvalidRequestError} as Cassandra words it, when it is none
 */
export function parseJsonObject(text: string): ReadonlyMap<string, JsonValue> {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof JsonMistake) throw new InvalidRequestError(`Could not decode JSON string as a map: ${error.message}. (String was: ${text})`);
    throw error;
  }
  if (isMap(value)) return value;
  if (value === null) throw new InvalidRequestError('Got null for INSERT JSON values');
  if (typeof value === 'string') {
    throw new InvalidRequestError(
      'Could not decode JSON string as a map: com.fasterxml.jackson.databind.exc.MismatchedInputException: Cannot construct instance of `java.util.LinkedHashMap` '
      + `(although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('${value}')\n`
      + ` at [Source: (String)"${text}"; line: 1, column: ${text.search(/\S/) + 1}]. (String was: ${text})`,
    );
  }
  const [name, token] = tokenOf(value);
  const start = text.search(/\S/);
  throw new InvalidRequestError(
    'Could not decode JSON string as a map: com.fasterxml.jackson.databind.exc.MismatchedInputException: Cannot deserialize value of type '
    + `\`java.util.LinkedHashMap<java.lang.Object,java.lang.Object>\` from ${name} value (token \`JsonToken.${token}\`)\n`
    + ` at [Source: (String)"${text}"; line: 1, column: ${start + 1}]. (String was: ${text})`,
  );
}

function tokenOf(value: Exclude<JsonValue, null | string>): readonly [string, string] {
  if (Array.isArray(value)) return ['Array', 'START_ARRAY'];
  if (typeof value === 'bigint') return ['Integer', 'VALUE_NUMBER_INT'];
  if (typeof value === 'number') return ['Floating-point', 'VALUE_NUMBER_FLOAT'];
  return ['Boolean', value === true ? 'VALUE_TRUE' : 'VALUE_FALSE'];
}

/** Whether a JSON value is an object. */
export function isMap(value: JsonValue): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** Whether a JSON value is an array. */
export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The name of the Java class that Jackson makes of a value, as messages quote it. */
export function javaClass(value: Exclude<JsonValue, null>): string {
  if (isList(value)) return 'ArrayList';
  if (isMap(value)) return 'LinkedHashMap';
  if (typeof value === 'bigint') return BigInt.asIntN(32, value) === value ? 'Integer' : BigInt.asIntN(64, value) === value ? 'Long' : 'BigInteger';
  if (typeof value === 'number') return 'Double';
  return typeof value === 'boolean' ? 'Boolean' : 'String';
}

/** A value's text as Java prints it in a message. */
export function javaText(value: JsonValue): string {
  if (isList(value)) return `[${value.map((item) => javaText(item)).join(', ')}]`;
  if (isMap(value)) return `{${[...value].map(([key, item]) => `${key}=${javaText(item)}`).join(', ')}}`;
  return typeof value === 'number' ? javaDouble(value) : String(value);
}

/**
 * The value that a text is.
 *
 * @throws {@link InvalidRequestError} with Jackson's message when it is none
 */
export function parseJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  /** Where the objects and arrays that are not closed begin. */
  readonly #open: { readonly what: 'Object' | 'Array'; readonly at: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonValue {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"') return this.#string();
    const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    number.lastIndex = this.#at;
    const match = number.exec(this.#text);
    if (match !== null) {
      if (/^-?0\d/.test(this.#text.slice(this.#at, this.#at + 3))) return this.#fail('Invalid numeric value: Leading zeroes not allowed', this.#at + 2);
      this.#at = number.lastIndex;
      return match[1] === undefined && match[2] === undefined ? BigInt(match[0]) : Number(match[0]);
    }
    const word = /[A-Za-z_$][\w$]*/y;
    word.lastIndex = this.#at;
    const name = word.exec(this.#text)?.[0];
    if (name === 'true' || name === 'false' || name === 'null') {
      this.#at += name.length;
      return name === 'null' ? null : name === 'true';
    }
    if (name !== undefined) {
      this.#at += name.length;
      return this.#fail(`Unrecognized token '${name}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`, this.#at + 1);
    }
    if (character === undefined) return this.#open.length === 0 ? this.#end() : this.#within();
    return this.#unexpected('expected a valid value (JSON String, Number, Array, Object or token \'null\', \'true\' or \'false\')');
  }

  #object(): JsonValue {
    const map = new Map<string, JsonValue>();
    this.#open.push({ what: 'Object', at: this.#at });
    this.#at++;
    this.#skip();
    if (this.#close('}')) return map;
    for (;;) {
      this.#skip();
      if (this.#text[this.#at] !== '"') return this.#at < this.#text.length ? this.#unexpected('was expecting double-quote to start field name') : map.size === 0 ? this.#end() : this.#within(true);
      const key = this.#string();
      this.#skip();
      if (!this.#take(':')) return this.#at >= this.#text.length ? this.#within() : this.#unexpected('was expecting a colon to separate field name and value');
      map.set(key, this.value());
      this.#skip();
      if (this.#close('}')) return map;
      if (!this.#take(',')) return this.#at >= this.#text.length ? this.#end() : this.#unexpected('was expecting comma to separate Object entries');
    }
  }

  #array(): JsonValue {
    const items: JsonValue[] = [];
    this.#open.push({ what: 'Array', at: this.#at });
    this.#at++;
    this.#skip();
    if (this.#close(']')) return items;
    for (;;) {
      this.#skip();
      if (items.length > 0 && this.#at >= this.#text.length) return this.#within(true);
      items.push(this.value());
      this.#skip();
      if (this.#close(']')) return items;
      if (!this.#take(',')) return this.#at >= this.#text.length ? this.#end() : this.#unexpected('was expecting comma to separate Array entries');
    }
  }

  #string(): string {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') {
        this.#at++;
        return value;
      }
      if (character === '\\') value += this.#escape();
      else if (character < ' ') return this.#fail(`Illegal unquoted character ((CTRL-CHAR, code ${character.charCodeAt(0)})): has to be escaped using backslash to be included in string value`, this.#at + 2);
      else value += character;
    }
    return this.#fail('Unexpected end-of-input: was expecting closing quote for a string value', this.#at + 1, 'com.fasterxml.jackson.core.io.JsonEOFException');
  }

  #escape(): string {
    this.#at++;
    const character = this.#text[this.#at] ?? '';
    if (character === 'u') {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) return this.#unexpected('expected a hex-digit for character escape sequence');
      this.#at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }
    const simple = ESCAPES[character];
    return simple ?? this.#fail(`Unrecognized character escape '${character}' (code ${character.charCodeAt(0)})`, this.#at + 2);
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #close(character: '}' | ']'): boolean {
    if (!this.#take(character)) return false;
    this.#open.pop();
    return true;
  }

  #unexpected(expectation: string): never {
    const character = this.#text[this.#at] ?? '';
    return this.#fail(`Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${expectation}`, this.#at + 2);
  }

  #end(): never {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#fail('No content to map due to end-of-input', 0, 'com.fasterxml.jackson.databind.exc.MismatchedInputException');
    const place = `[Source: (String)"${this.#text}"; line: 1, column: ${open.at + 1}]`;
    return this.#fail(`Unexpected end-of-input: expected close marker for ${open.what} (start marker at ${place})`, this.#at + 1, 'com.fasterxml.jackson.core.io.JsonEOFException');
  }

  /** @param isNext - whether a comma was read */
  #within(isNext = false): never {
    const what = this.#open.at(-1)?.what ?? 'Object';
    const exception = isNext ? 'JsonParseException' : 'io.JsonEOFException';
    return this.#fail(`Unexpected end-of-input within/between ${what} entries`, this.#at + 1, `com.fasterxml.jackson.core.${exception}`);
  }

  #fail(message: string, column: number, exception = 'com.fasterxml.jackson.core.JsonParseException'): never {
    throw new JsonMistake(`${exception}: ${message}\n at [Source: (String)"${this.#text}"; line: 1, column: ${column}]`);
  }
}

const ESCAPES: Readonly<Record<string, string | undefined>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
