/**
 * Bitmaps: strings as arrays of bits, the first bit being the highest of the first byte (`bitops.c` of 7.0).
 *
 * A string is immutable here, so that setting one bit copies it: cost grows with the bitmap's length.
 *
 * @module
 */
import { bytesOf, rawBytes, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { int64, parseInt64 } from '../bytes/int64.ts';
import { array, errorReply, integer, NIL, type Reply } from '../reply.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';

const INVALID_OFFSET = 'ERR bit offset is not an integer or out of range';

/** A bit's position; `#3` is the fourth field of so many bits. */
function offsetArgument(call: Call, bytes: Bytes | undefined, width = 0): number {
  const text = bytes ?? '';
  const counted = width > 0 && text.startsWith('#');
  const given = parseInt64(counted ? text.slice(1) : text);
  if (given === undefined) return refuse(INVALID_OFFSET);
  const offset = counted ? int64(BigInt.asIntN(64, BigInt(given) * BigInt(width))) ?? -1 : given;
  return offset >= 0 && offset < 8 * call.limits.protoMaxBulkLen ? Number(offset) : refuse(INVALID_OFFSET);
}

/** The string made long enough for a bit, zeros behind it. */
function grown(value: Bytes, bit: number): Bytes {
  const length = Math.floor(bit / 8) + 1;
  return value.length >= length ? value : value + '\0'.repeat(length - value.length);
}

function bitAt(value: Bytes, bit: number): 0 | 1 {
  const byte = Math.floor(bit / 8);
  return byte < value.length && (value.charCodeAt(byte) & (0x80 >> (bit % 8))) !== 0 ? 1 : 0;
}

function setbit(call: Call, [, key = '', at, on]: readonly Bytes[]): Reply {
  const offset = offsetArgument(call, at);
  const bit = integerArgument(on, 'ERR bit is not an integer or out of range');
  if (bit !== 0 && bit !== 1) return errorReply('ERR bit is not an integer or out of range');
  const stored = call.string(key);
  const value = grown(stored ?? '', offset);
  const before = bitAt(value, offset);
  if (before === bit && value.length === stored?.length) {
    call.database.keepAs(key, 'raw');
    return integer(before);
  }
  const place = Math.floor(offset / 8);
  const mask = 0x80 >> (offset % 8);
  const byte = value.charCodeAt(place);
  call.database.putRaw(key, value.slice(0, place) + String.fromCharCode(bit === 1 ? byte | mask : byte & ~mask) + value.slice(place + 1));
  call.modified(key);
  call.event('string', 'setbit', key);
  return integer(before);
}

function getbit(call: Call, [, key = '', at]: readonly Bytes[]): Reply {
  const offset = offsetArgument(call, at);
  return integer(bitAt(call.string(key) ?? '', offset));
}

/** Bits set in each byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) ones++;
  return ones;
});

/** `BYTE` or `BIT`: what a range counts. */
function unitArgument(bytes: Bytes | undefined): 'byte' | 'bit' {
  const word = keyword(bytes);
  return word === 'bit' || word === 'byte' ? word : refuse(ERROR.syntax);
}

/** Negative positions count from the end; what lies outside is cut. */
function clipped(from: number, to: number, total: number): { readonly start: number; readonly end: number } {
  const start = Math.max(0, from < 0 ? total + from : from);
  const end = Math.max(0, to < 0 ? total + to : to);
  return { start, end: end >= total ? total - 1 : end };
}

function bitcount(call: Call, args: readonly Bytes[]): Reply {
  const value = call.string(args[1] ?? '');
  if (value === undefined) return integer(0);
  let [firstBit, lastBit] = [0, value.length * 8 - 1];
  if (args.length === 4 || args.length === 5) {
    const [from, to] = [positionArgument(args[2]), positionArgument(args[3])];
    if (from < 0 && to < 0 && from > to) return integer(0);
    const unit = args.length === 5 ? unitArgument(args[4]) : 'byte';
    const { start, end } = clipped(from, to, unit === 'bit' ? value.length * 8 : value.length);
    [firstBit, lastBit] = unit === 'bit' ? [start, end] : [start * 8, end * 8 + 7];
  } else if (args.length !== 2) {
    return errorReply(ERROR.syntax);
  }
  let count = 0;
  for (let bit = firstBit; bit <= lastBit;) {
    if (bit % 8 === 0 && bit + 7 <= lastBit) {
      count += ONES[value.charCodeAt(bit / 8)] as number;
      bit += 8;
    } else {
      count += bitAt(value, bit++);
    }
  }
  return integer(count);
}

/** The first bit of a kind from one to another, or -1. */
function findBit(value: Bytes, wanted: 0 | 1, from: number, to: number): number {
  const skipped = wanted === 1 ? 0 : 0xff;
  for (let bit = from; bit <= to;) {
    if (bit % 8 === 0 && value.charCodeAt(bit / 8) === skipped) bit += 8;
    else if (bitAt(value, bit) === wanted) return bit;
    else bit++;
  }
  return -1;
}

function bitpos(call: Call, args: readonly Bytes[]): Reply {
  const wanted = positionArgument(args[2]);
  if (wanted !== 0 && wanted !== 1) return errorReply('ERR The bit argument must be 1 or 0.');
  const value = call.string(args[1] ?? '');
  if (value === undefined) return integer(wanted === 1 ? -1 : 0);
  if (args.length > 6) return errorReply(ERROR.syntax);
  const from = args.length > 3 ? positionArgument(args[3]) : 0;
  const unit = args.length > 5 ? unitArgument(args[5]) : 'byte';
  const to = args.length > 4 ? positionArgument(args[4]) : -1;
  const total = unit === 'bit' ? value.length * 8 : value.length;
  const { start, end } = clipped(from, to, total);
  if (start > end) return integer(-1);
  const [firstBit, lastBit] = unit === 'bit' ? [start, end] : [start * 8, end * 8 + 7];
  const found = findBit(value, wanted, firstBit, lastBit);
  // Without an explicit end the string goes on in zeros for ever.
  return integer(found < 0 && wanted === 0 && args.length < 5 ? value.length * 8 : found);
}

function bitop(call: Call, args: readonly Bytes[]): Reply {
  const [, operation, destination = '', ...keys] = args;
  const word = keyword(operation);
  if (word !== 'and' && word !== 'or' && word !== 'xor' && word !== 'not') return errorReply(ERROR.syntax);
  if (word === 'not' && keys.length !== 1) return errorReply('ERR BITOP NOT must be called with a single source key.');
  const sources = keys.map((key) => rawBytes(call.string(key) ?? ''));
  const length = Math.max(...sources.map((source) => source.length));
  if (length === 0) {
    if (call.database.get(destination) !== undefined) {
      call.database.delete(destination);
      call.modified(destination);
      call.event('generic', 'del', destination);
    }
    return integer(0);
  }
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    let byte = sources[0]?.[i] ?? 0;
    for (let j = 1; j < sources.length; j++) {
      const other = sources[j]?.[i] ?? 0;
      byte = word === 'and' ? byte & other : word === 'or' ? byte | other : byte ^ other;
    }
    result[i] = word === 'not' ? ~byte : byte;
  }
  call.database.replace(destination, bytesOf(result));
  call.database.keepAs(destination, 'raw');
  call.modified(destination);
  call.event('string', 'set', destination);
  return integer(length);
}

type Overflow = 'wrap' | 'sat' | 'fail';

interface FieldOperation {
  readonly kind: 'get' | 'set' | 'incrby';
  readonly signed: boolean;
  readonly width: number;
  readonly offset: number;
  readonly operand: bigint;
  readonly overflow: Overflow;
}

const INVALID_TYPE = 'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';

function typeArgument(bytes: Bytes | undefined): { readonly signed: boolean; readonly width: number } {
  const text = bytes ?? '';
  const width = parseInt64(text.slice(1));
  const signed = text.startsWith('i');
  if ((!signed && !text.startsWith('u')) || width === undefined || width < 1 || width > (signed ? 64 : 63)) return refuse(INVALID_TYPE);
  return { signed, width: Number(width) };
}

function parseOperations(call: Call, args: readonly Bytes[]): FieldOperation[] {
  const operations: FieldOperation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i - 1;
    if (word === 'overflow' && left >= 1) {
      const how = keyword(args[++i]);
      overflow = how === 'wrap' || how === 'sat' || how === 'fail' ? how : refuse('ERR Invalid OVERFLOW type specified');
      continue;
    }
    if (!(word === 'get' && left >= 2) && !((word === 'set' || word === 'incrby') && left >= 3)) refuse(ERROR.syntax);
    const { signed, width } = typeArgument(args[i + 1]);
    const offset = offsetArgument(call, args[i + 2], width);
    const kind = word === 'get' || word === 'set' ? word : 'incrby';
    const operand = kind === 'get' ? 0n : BigInt(integerArgument(args[i + 3]));
    operations.push({ kind, signed, width, offset, operand, overflow });
    i += kind === 'get' ? 2 : 3;
  }
  return operations;
}

function readField(bytes: Uint8Array, { offset, width, signed }: FieldOperation): bigint {
  let value = 0n;
  for (let bit = offset; bit < offset + width; bit++) {
    value = (value << 1n) | (((bytes[Math.floor(bit / 8)] ?? 0) & (0x80 >> (bit % 8))) === 0 ? 0n : 1n);
  }
  return signed ? BigInt.asIntN(width, value) : value;
}

function writeField(bytes: Uint8Array, { offset, width }: FieldOperation, value: bigint): void {
  for (let i = 0; i < width; i++) {
    const bit = offset + i;
    const mask = 0x80 >> (bit % 8);
    const byte = bytes[Math.floor(bit / 8)] ?? 0;
    bytes[Math.floor(bit / 8)] = ((value >> BigInt(width - 1 - i)) & 1n) === 1n ? byte | mask : byte & ~mask;
  }
}

/** What a sum becomes in a field, or undefined when it must not be written. */
function fitted({ signed, width, overflow, kind }: FieldOperation, sum: bigint): bigint | undefined {
  const bits = BigInt(width);
  const max = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const min = signed ? -max - 1n : 0n;
  // What an unsigned field is set to is read as unsigned itself.
  const value = !signed && kind === 'set' ? BigInt.asUintN(64, sum) : sum;
  if (value >= min && value <= max) return value;
  if (overflow === 'fail') return undefined;
  // The distance to the upper end overflows 64 bits from far below: the real one then takes the upper end.
  const isFarBelow = kind === 'set' && signed && width < 64 && max - value >= 1n << 63n;
  if (overflow === 'sat') return value > max || isFarBelow ? max : min;
  return signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

function bitfield(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const operations = parseOperations(call, args);
  const writes = operations.filter((operation) => operation.kind !== 'get');
  if (writes.length > 0 && call.command.name === 'bitfield_ro') return errorReply('ERR BITFIELD_RO only supports the GET subcommand');
  const stored = writes.length > 0 ? call.string(key) : call.readString(key);
  const end = Math.max(-1, ...writes.map(({ offset, width }) => offset + width - 1));
  const bytes = rawBytes(end < 0 ? stored ?? '' : grown(stored ?? '', end));
  const isLonger = end >= 0 && bytes.length !== stored?.length;
  let changes = 0;
  const replies = operations.map((operation) => {
    const before = readField(bytes, operation);
    if (operation.kind === 'get') return integer(int64(before) ?? 0);
    const after = fitted(operation, operation.kind === 'set' ? operation.operand : before + operation.operand);
    if (after === undefined) return NIL;
    writeField(bytes, operation, after);
    if (isLonger || before !== after) changes++;
    return integer(int64(operation.kind === 'set' ? before : after) ?? 0);
  });
  if (end >= 0) call.database.putRaw(key, bytesOf(bytes));
  if (changes > 0) {
    call.modified(key, changes);
    call.event('string', 'setbit', key);
  } else if (isLonger) {
    // The real server forgets to replicate the zeros that a failed write leaves.
    call.dirty++;
  }
  return array(replies);
}

const BITMAP = ['bitmap'] as const;
const READ = ['readonly'] as const;

/** The rows of the commands on bits. */
export const BITMAP_COMMANDS: CommandGroup = {
  setbit: { arity: 4, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: BITMAP, since: '2.2.0', reply: ['integer'], run: setbit },
  getbit: { arity: 3, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: BITMAP, since: '2.2.0', reply: ['integer'], run: getbit },
  bitcount: { arity: -2, flags: READ, keys: FIRST_KEY, categories: BITMAP, since: '2.6.0', reply: ['integer'], run: bitcount },
  bitpos: { arity: -3, flags: READ, keys: FIRST_KEY, categories: BITMAP, since: '2.8.7', reply: ['integer'], run: bitpos },
  bitop: { arity: -4, flags: ['write', 'denyoom'], keys: { kind: 'range', first: 2, last: -1, step: 1 }, categories: BITMAP, since: '2.6.0', reply: ['integer'], run: bitop },
  bitfield: { arity: -2, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: BITMAP, since: '3.2.0', reply: ['array'], run: bitfield },
  bitfield_ro: { arity: -2, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: BITMAP, since: '6.0.0', reply: ['array'], run: bitfield },
};
