/**
 * Hash commands, all of 7.0 (`HSCAN` is in `scan.ts`).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { HashValue } from '../values/hash-value.ts';
import { addInt64, parseInt64, type Int64 } from '../bytes/int64.ts';
import { addLongDouble, formatLongDouble, parseLongDouble } from '../bytes/long-double.ts';
import { array, bulk, bulkOrNil, bulks, EMPTY_ARRAY, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword } from './arguments.ts';

/** The hash to write to, made when absent. */
function openHash(call: Call, key: Bytes): HashValue {
  let hash = call.hash(key);
  if (hash === undefined) {
    hash = new HashValue(call.limits);
    call.database.put(key, hash);
  }
  return hash;
}

function hset(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  if (args.length % 2 !== 0) return errorReply(`ERR wrong number of arguments for '${call.command.name}' command`);
  const hash = openHash(call, key);
  hash.admit(args.slice(2));
  let added = 0;
  for (let i = 2; i < args.length; i += 2) if (hash.set(args[i] as Bytes, args[i + 1] as Bytes)) added++;
  call.modified(key, (args.length - 2) / 2);
  call.event('hash', 'hset', key);
  return call.command.name === 'hmset' ? OK : integer(added);
}

function hsetnx(call: Call, [, key = '', field = '', value = '']: readonly Bytes[]): Reply {
  if (call.hash(key)?.get(field) !== undefined) return integer(0);
  openHash(call, key).set(field, value);
  call.modified(key);
  call.event('hash', 'hset', key);
  return integer(1);
}

function hget(call: Call, args: readonly Bytes[]): Reply {
  return bulkOrNil(call.hash(args[1] as Bytes)?.get(args[2] as Bytes));
}

function hmget(call: Call, args: readonly Bytes[]): Reply {
  const hash = call.hash(args[1] as Bytes);
  return array(args.slice(2).map((field) => bulkOrNil(hash?.get(field))));
}

function hgetall(call: Call, [, key = '']: readonly Bytes[]): Reply {
  const hash = call.hash(key);
  if (hash === undefined) return { kind: 'map', items: [] };
  const values = hash.values();
  return { kind: 'map', items: hash.fields().flatMap((field, i) => [bulk(field), bulk(values[i] as Bytes)]) };
}

function hdel(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const hash = call.hash(key);
  if (hash === undefined) return integer(0);
  let removed = 0;
  for (let i = 2; i < args.length; i++) if (hash.delete(args[i] as Bytes)) removed++;
  if (hash.size === 0) call.database.delete(key);
  if (removed > 0) {
    call.modified(key, removed);
    call.event('hash', 'hdel', key);
    if (hash.size === 0) call.event('generic', 'del', key);
  }
  return integer(removed);
}

function hincrby(call: Call, [, key = '', field = '', by]: readonly Bytes[]): Reply {
  const increment: Int64 = integerArgument(by);
  const before = call.hash(key)?.get(field);
  const value = before === undefined ? 0 : parseInt64(before) ?? refuse('ERR hash value is not an integer');
  const sum = addInt64(value, increment);
  if (sum === undefined) return errorReply(ERROR.overflow);
  openHash(call, key).set(field, String(sum));
  call.modified(key);
  call.event('hash', 'hincrby', key);
  return integer(sum);
}

function hincrbyfloat(call: Call, [, key = '', field = '', by = '']: readonly Bytes[]): Reply {
  const increment = parseLongDouble(by) ?? refuse(ERROR.notFloat);
  if (increment.kind === 'infinite') return errorReply(ERROR.notFiniteNumber);
  const before = parseLongDouble(call.hash(key)?.get(field) ?? '0') ?? refuse('ERR hash value is not a float');
  const text = formatLongDouble(addLongDouble(before, increment) ?? refuse(ERROR.nanOrInfinity));
  openHash(call, key).set(field, text);
  call.modified(key);
  call.event('hash', 'hincrbyfloat', key);
  call.propagateAs(['HSET', key, field, text]);
  return bulk(text);
}

/** More repeats than this are not made: the connection ends, as that of who asks for more than its output buffer may hold does. */
const REPEATS_MAX = 10_000_000;

/**
 * Chooses members as `HRANDFIELD` and its kin do: a positive count gives distinct ones, at most all; a negative one gives
 * that many, repeats allowed.
 */
export function randomPlaces(call: Call, size: number, count: number): readonly number[] {
  if (count < -REPEATS_MAX) {
    call.connection.isMute = true;
    call.engine.kill(call.connection);
    return [];
  }
  if (count < 0) return Array.from({ length: -count }, () => call.random.below(size));
  if (count >= size) return Array.from({ length: size }, (_, place) => place);
  // A partial shuffle that keeps only the places it has moved.
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const j = call.random.between(i, size - 1);
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return chosen;
  });
}

/** The count of a random choice. A negative one makes that many elements, so its range is halved where pairs are asked for. */
export function randomCount(args: readonly Bytes[], option: string): { readonly count: number; readonly paired: boolean } {
  const limit = 0x7fff_ffff_ffff_ffffn;
  const given = integerArgument(args[2]);
  const range = (max: bigint): string => `ERR value is out of range, value must between ${-max} and ${max}`;
  if (given < -limit) refuse(range(limit));
  const paired = args.length === 4 && keyword(args[3]) === option;
  if (args.length > 4 || (args.length === 4 && !paired)) refuse(ERROR.syntax);
  if (paired && (given < -(limit / 2n) || given > limit / 2n)) refuse(ERROR.outOfRange);
  return { count: typeof given === 'number' ? given : Number(given), paired };
}

function hrandfield(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  if (args.length === 2) {
    const hash = call.hash(key);
    return hash === undefined ? NIL : bulkOrNil(hash.fieldAt(call.random.below(hash.size)));
  }
  const { count, paired } = randomCount(args, 'withvalues');
  const hash = call.hash(key);
  if (hash === undefined || count === 0) return EMPTY_ARRAY;
  const fields = randomPlaces(call, hash.size, count).map((place) => hash.fieldAt(place) as Bytes);
  if (!paired) return bulks(fields);
  return { kind: 'pairs', items: fields.flatMap((field) => [bulk(field), bulk(hash.get(field) as Bytes)]) };
}

const HASH = ['hash'] as const;
const FAST_READ = ['readonly', 'fast'] as const;
const FAST_WRITE = ['write', 'denyoom', 'fast'] as const;

/** The rows of the hash commands. */
export const HASH_COMMANDS: CommandGroup = {
  hset: { arity: -4, flags: FAST_WRITE, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: hset },
  hmset: { arity: -4, flags: FAST_WRITE, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['simple'], run: hset },
  hsetnx: { arity: 4, flags: FAST_WRITE, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: hsetnx },
  hget: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['bulk', 'nil'], run: hget },
  hmget: { arity: -3, flags: FAST_READ, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['array'], run: hmget },
  hgetall: { arity: 2, flags: ['readonly'], keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['map'], run: hgetall },
  hdel: { arity: -3, flags: ['write', 'fast'], keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: hdel },
  hlen: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: (call, [, key = '']) => integer(call.hash(key)?.size ?? 0) },
  hexists: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: (call, [, key = '', field = '']) => integer(call.hash(key)?.get(field) === undefined ? 0 : 1) },
  hkeys: { arity: 2, flags: ['readonly'], keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['array'], run: (call, [, key = '']) => bulks(call.hash(key)?.fields() ?? []) },
  hvals: { arity: 2, flags: ['readonly'], keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['array'], run: (call, [, key = '']) => bulks(call.hash(key)?.values() ?? []) },
  hstrlen: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: HASH, since: '3.2.0', reply: ['integer'], run: (call, [, key = '', field = '']) => integer((call.hash(key)?.get(field) ?? '').length) },
  hincrby: { arity: 4, flags: FAST_WRITE, keys: FIRST_KEY, categories: HASH, since: '2.0.0', reply: ['integer'], run: hincrby },
  hincrbyfloat: { arity: 4, flags: FAST_WRITE, keys: FIRST_KEY, categories: HASH, since: '2.6.0', reply: ['bulk'], run: hincrbyfloat },
  hrandfield: { arity: -2, flags: ['readonly', 'random'], keys: FIRST_KEY, categories: HASH, since: '6.2.0', reply: ['bulk', 'nil', 'array', 'pairs'], run: hrandfield },
};
