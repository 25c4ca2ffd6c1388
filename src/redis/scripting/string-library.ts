/**
 * Lua 5.1's `string`, on bytes. What `string.dump` gives is a header: binary chunks are never loaded.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import { library, native, type Arguments, type Native } from './library.ts';
import { formatE, formatF, formatG } from './lua-number.ts';
import { PatternMatch } from './lua-patterns.ts';
import { LuaTable } from './lua-table.ts';
import { LuaFunction, typeName, type LuaValue } from './lua-value.ts';
import { isTrue, textOf, type Machine } from './machine.ts';

/** More than this no string of Redis holds (`proto-max-bulk-len`); the host's limit is near it. */
const LENGTH_MAX = 512 * 1024 * 1024;

const SPECIALS = /[\^$*+?.([%-]/;

function position(value: number, length: number): number {
  return value < 0 ? Math.max(0, length + value + 1) : value;
}

const lower = (text: Bytes): Bytes => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const upper = (text: Bytes): Bytes => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

function find(machine: Machine, args: Arguments, isFind: boolean): LuaValue[] {
  const text = args.string(1);
  const pattern = args.string(2);
  let start = position(args.optional(3, 1), text.length) - 1;
  if (start < 0) start = 0;
  else if (start > text.length) start = text.length;
  if (isFind && (isTrue(args.at(4)) || !SPECIALS.test(pattern))) {
    const at = text.indexOf(pattern, start);
    return at < 0 ? [undefined] : [at + 1, at + pattern.length];
  }
  const isAnchored = pattern.startsWith('^');
  const match = new PatternMatch(machine, text, pattern);
  for (let at = start; at <= text.length; at++) {
    const end = match.match(at, isAnchored ? 1 : 0);
    if (end >= 0) return isFind ? [at + 1, end, ...match.captures(at, end, false)] : match.captures(at, end);
    if (isAnchored) break;
  }
  return [undefined];
}

function gmatch(machine: Machine, args: Arguments): LuaValue[] {
  const text = args.string(1);
  const pattern = args.string(2);
  let from = 0;
  return [native(machine, () => {
    const match = new PatternMatch(machine, text, pattern);
    for (let at = from; at <= text.length; at++) {
      const end = match.match(at, 0);
      if (end < 0) continue;
      from = end === at ? end + 1 : end;
      return match.captures(at, end);
    }
    from = text.length + 1;
    return [];
  })];
}

function gsub(machine: Machine, args: Arguments): LuaValue[] {
  const text = args.string(1);
  const pattern = args.string(2);
  const given = args.at(3);
  const replacement = typeof given === 'number' ? textOf(given) : given;
  if (typeof replacement !== 'string' && !(replacement instanceof LuaTable) && !(replacement instanceof LuaFunction)) {
    machine.badArgument(3, 'string/function/table expected');
  }
  const limit = args.optional(4, text.length + 1);
  const isAnchored = pattern.startsWith('^');
  const match = new PatternMatch(machine, text, pattern);
  const replaced = (start: number, end: number): Bytes => {
    let value: LuaValue;
    if (typeof replacement === 'string') {
      return replacement.replace(/%([\s\S]?)/g, (_, next: string) => {
        if (!/^\d$/.test(next)) return next;
        if (next === '0') return text.slice(start, end);
        const captured = match.captureOrWhole(Number(next) - 1, start, end);
        return textOf(captured as Bytes | number);
      });
    }
    if (replacement instanceof LuaTable) {
      value = machine.index(replacement, match.captureOrWhole(0, start, end), machine.frame.site?.line ?? 0, '');
    } else {
      const captures = match.captures(start, end);
      value = machine.inNative(() => machine.call(replacement, captures))[0];
    }
    if (!isTrue(value)) return text.slice(start, end);
    if (typeof value === 'string' || typeof value === 'number') return textOf(value);
    return machine.fail(`invalid replacement value (a ${typeName(value)})`);
  };
  const parts: Bytes[] = [];
  let at = 0;
  let count = 0;
  while (count < limit) {
    const end = match.match(at, isAnchored ? 1 : 0);
    if (end >= 0) {
      count++;
      parts.push(replaced(at, end));
    }
    if (end >= 0 && end > at) at = end;
    else if (at < text.length) parts.push(text[at++] as string);
    else break;
    if (isAnchored) break;
  }
  parts.push(text.slice(at));
  return [parts.join(''), count];
}

function quoted(text: Bytes): Bytes {
  return `"${text.replace(/["\\\n\r\0]/g, (c) => (c === '\r' ? '\\r' : c === '\0' ? '\\000' : `\\${c}`))}"`;
}

function toBigInteger(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** As x86-64 converts: beyond the signed range by its upper half, infinity to 0. */
function toUnsigned(value: number): bigint {
  if (value >= 2 ** 63) return value < 2 ** 64 ? BigInt(value) : 0n;
  return toBigInteger(value);
}

function padded(body: string, flags: string, width: number, isNumber: boolean): string {
  if (body.length >= width) return body;
  if (flags.includes('-')) return body.padEnd(width);
  if (flags.includes('0') && isNumber && !/[a-z]{3}/i.test(body)) {
    const prefix = /^[+\- ]?(?:0[xX])?/.exec(body)?.[0] ?? '';
    return prefix + body.slice(prefix.length).padStart(width - prefix.length, '0');
  }
  return body.padStart(width);
}

function signed(body: string, flags: string): string {
  if (body.startsWith('-')) return body;
  return flags.includes('+') ? `+${body}` : flags.includes(' ') ? ` ${body}` : body;
}

function format(machine: Machine, args: Arguments): LuaValue[] {
  const template = args.string(1);
  let out = '';
  let given = 1;
  for (let at = 0; at < template.length; at++) {
    const c = template[at] as string;
    if (c !== '%') { out += c; continue; }
    at++;
    if (template[at] === '%') { out += '%'; continue; }
    given++;
    if (given > args.count) machine.badArgument(given, 'no value');
    const spec = /^([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?/.exec(template.slice(at));
    const [whole = '', flags = '', widthText = ''] = spec ?? [];
    if (flags.length >= 6) machine.fail('invalid format (repeated flags)');
    at += whole.length;
    const conversion = template[at] ?? '';
    if (/\d/.test(conversion)) machine.fail('invalid format (width or precision too long)');
    const width = Number(widthText);
    const precision = spec?.[3] === undefined ? undefined : Number(spec[3]);
    switch (conversion) {
      case 'c':
        // C's string ends at a NUL.
        out += upToNul(padded(String.fromCharCode(args.integer(given) & 255), flags.replace('0', ''), width, false));
        break;
      case 'd': case 'i': {
        const value = toBigInteger(args.number(given));
        const digits = String(value < 0n ? -value : value).padStart(precision ?? 1, '0');
        const body = signed(`${value < 0n ? '-' : ''}${precision === 0 && value === 0n ? '' : digits}`, flags);
        out += padded(body, precision === undefined ? flags : flags.replace('0', ''), width, true);
        break;
      }
      case 'o': case 'u': case 'x': case 'X': {
        const value = BigInt.asUintN(64, toUnsigned(args.number(given)));
        let body = value.toString(conversion === 'o' ? 8 : conversion === 'u' ? 10 : 16).padStart(precision ?? 1, '0');
        if (precision === 0 && value === 0n) body = '';
        if (flags.includes('#') && conversion === 'o' && !body.startsWith('0')) body = `0${body}`;
        if (flags.includes('#') && value !== 0n) body = conversion === 'o' ? body : conversion === 'u' ? body : `0x${body}`;
        out += padded(conversion === 'X' ? body.toUpperCase() : body, precision === undefined ? flags : flags.replace('0', ''), width, true);
        break;
      }
      case 'e': case 'E': case 'f': case 'g': case 'G': {
        const value = args.number(given);
        const keepsZeros = flags.includes('#');
        let body = conversion === 'f' ? formatF(value, precision ?? 6)
          : conversion === 'e' || conversion === 'E' ? formatE(value, precision ?? 6) : formatG(value, precision ?? 6, keepsZeros);
        if (keepsZeros && !body.includes('.') && Number.isFinite(value)) body = body.replace(/(?=e)|$/, '.');
        out += padded(signed(conversion === 'E' || conversion === 'G' ? body.toUpperCase() : body, flags), flags, width, true);
        break;
      }
      case 'q':
        out += quoted(args.string(given));
        break;
      case 's': {
        const text = args.string(given);
        // C's conversion stops at a NUL, unless the string is long and plain.
        if (precision === undefined && text.length >= 100) {
          out += text;
        } else {
          const cut = text.includes('\0') ? text.slice(0, text.indexOf('\0')) : text;
          out += padded(precision === undefined ? cut : cut.slice(0, precision), flags, width, false);
        }
        break;
      }
      default:
        machine.fail(`invalid option '%${conversion}' to 'format'`);
    }
  }
  return [out];
}

/** Makes `string`, which is also what strings' methods are looked up in. */
export function stringLibrary(machine: Machine): LuaTable {
  const functions: Record<string, Native> = {
    len: (args) => [args.string(1).length],
    sub: (args) => {
      const text = args.string(1);
      const start = Math.max(1, position(args.integer(2), text.length));
      const end = Math.min(text.length, position(args.optional(3, -1), text.length));
      return [start <= end ? text.slice(start - 1, end) : ''];
    },
    reverse: (args) => [args.string(1).split('').toReversed().join('')],
    lower: (args) => [lower(args.string(1))],
    upper: (args) => [upper(args.string(1))],
    rep: (args) => {
      const text = args.string(1);
      const count = Math.max(0, args.integer(2));
      if (text.length * count > LENGTH_MAX) machine.fail('resulting string too large');
      return [text.repeat(count)];
    },
    byte: (args) => {
      const text = args.string(1);
      const start = position(args.optional(2, 1), text.length);
      const end = Math.min(text.length, position(args.optional(3, start), text.length));
      const bytes: LuaValue[] = [];
      for (let i = Math.max(1, start); i <= end; i++) bytes.push(text.charCodeAt(i - 1));
      return bytes;
    },
    char: (args) => [args.values.map((_, i) => {
      const code = args.integer(i + 1);
      if (code < 0 || code > 255) machine.badArgument(i + 1, 'invalid value');
      return String.fromCharCode(code);
    }).join('')],
    find: (args) => find(machine, args, true),
    match: (args) => find(machine, args, false),
    gmatch: (args) => gmatch(machine, args),
    gsub: (args) => gsub(machine, args),
    format: (args) => format(machine, args),
    dump: (args) => {
      const value = args.at(1);
      if (!(value instanceof LuaFunction)) return args.wrongType(1, 'function');
      return value.isNative ? machine.fail('unable to dump given function') : ['\x1bLuaQ\0\x01\x04\x08\x04\x08\0'];
    },
  };
  const table = library(machine, functions);
  table.set('gfind', native(machine, () => machine.fail("'string.gfind' was renamed to 'string.gmatch'")));
  return table;
}
