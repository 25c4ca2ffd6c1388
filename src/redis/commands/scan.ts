/**
 * `SCAN`, `HSCAN`, `SSCAN` and `ZSCAN`. Cursors are ours (the count of places still to visit), the guarantees are Redis's: what is
 * there all along is returned at least once.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { formatDouble } from '../bytes/floats.ts';
import { globMatches } from '../bytes/glob.ts';
import { typeOf } from '../keyspace/keyspace.ts';
import { array, bulk, bulks, EMPTY_ARRAY, type Reply } from '../reply.ts';
import { keyword, positionArgument } from './arguments.ts';

interface ScanOptions {
  readonly count: number;
  readonly accepts: (element: Bytes) => boolean;
  readonly type: string | undefined;
}

/** A cursor as C's `strtoul` reads it. */
function cursorArgument(bytes: Bytes | undefined): number {
  const text = upToNul(bytes ?? '');
  const match = /^[+-]?(\d*)$/.exec(text);
  if (match === null || (match[1] === '' && text !== '') || BigInt(match[1] ?? 0) >= 1n << 64n) return refuse(ERROR.invalidCursor);
  return Math.min(Number(match[1]), Number.MAX_SAFE_INTEGER);
}

function parseOptions(args: readonly Bytes[], from: number, knowsType: boolean): ScanOptions {
  let count = 10;
  let pattern: Bytes | undefined;
  let type: string | undefined;
  for (let i = from; i < args.length; i += 2) {
    const word = keyword(args[i]);
    const value = args[i + 1];
    if (word === 'count' && value !== undefined) {
      count = positionArgument(value);
      if (count < 1) refuse(ERROR.syntax);
    } else if (word === 'match' && value !== undefined) {
      pattern = value;
    } else if (word === 'type' && knowsType && value !== undefined) {
      type = keyword(value);
    } else {
      refuse(ERROR.syntax);
    }
  }
  const chosen = pattern;
  return { count, accepts: chosen === undefined || chosen === '*' ? () => true : (element) => globMatches(chosen, element), type };
}

function page(cursor: number, elements: readonly Bytes[]): Reply {
  return array([bulk(String(cursor)), bulks(elements)]);
}

function scan(call: Call, args: readonly Bytes[]): Reply {
  const cursor = cursorArgument(args[1]);
  const { count, accepts, type } = parseOptions(args, 2, true);
  const found: Bytes[] = [];
  const next = call.database.scan(cursor, count, (key, value) => {
    if (accepts(key) && (type === undefined || typeOf(value) === type)) found.push(key);
  });
  return page(next, found.filter((key) => {
    if (call.database.expireIfDue(key)) call.flushByTheWay();
    return call.database.get(key) !== undefined;
  }));
}

function hscan(call: Call, args: readonly Bytes[]): Reply {
  const cursor = cursorArgument(args[2]);
  const hash = call.hash(args[1] as Bytes);
  if (hash === undefined) return array([bulk('0'), EMPTY_ARRAY]);
  const { count, accepts } = parseOptions(args, 3, false);
  const found: Bytes[] = [];
  return page(hash.scan(cursor, count, (field, value) => {
    if (accepts(field)) found.push(field, value);
  }), found);
}

function sscan(call: Call, args: readonly Bytes[]): Reply {
  const cursor = cursorArgument(args[2]);
  const set = call.set(args[1] as Bytes);
  if (set === undefined) return array([bulk('0'), EMPTY_ARRAY]);
  const { count, accepts } = parseOptions(args, 3, false);
  const found: Bytes[] = [];
  return page(set.scan(cursor, count, (member) => {
    if (accepts(member)) found.push(member);
  }), found);
}

function zscan(call: Call, args: readonly Bytes[]): Reply {
  const cursor = cursorArgument(args[2]);
  const sortedSet = call.sortedSet(args[1] as Bytes);
  if (sortedSet === undefined) return array([bulk('0'), EMPTY_ARRAY]);
  const { count, accepts } = parseOptions(args, 3, false);
  const found: Bytes[] = [];
  return page(sortedSet.scan(cursor, count, (member, score) => {
    if (accepts(member)) found.push(member, formatDouble(score));
  }), found);
}

/** The rows of the scans. */
export const SCAN_COMMANDS: CommandGroup = {
  scan: { arity: -2, flags: ['readonly'], keys: NO_KEYS, categories: ['keyspace'], since: '2.8.0', reply: ['array'], run: scan },
  hscan: { arity: -3, flags: ['readonly'], keys: FIRST_KEY, categories: ['hash'], since: '2.8.0', reply: ['array'], run: hscan },
  sscan: { arity: -3, flags: ['readonly'], keys: FIRST_KEY, categories: ['set'], since: '2.8.0', reply: ['array'], run: sscan },
  zscan: { arity: -3, flags: ['readonly'], keys: FIRST_KEY, categories: ['sortedset'], since: '2.8.0', reply: ['array'], run: zscan },
};
