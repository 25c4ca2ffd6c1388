/**
 * Streams without their groups: adding, reading, cutting. `XREAD` is here with `XREADGROUP`, which is the same command.
 *
 * Replicas see ids that are given, and cuts whose outcome is exact.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { array, bulk, EMPTY_ARRAY, errorReply, integer, NIL, NIL_ARRAY, OK, type Reply } from '../reply.ts';
import { formatId, HALF_MAX, ID_MAX, StreamValue, type ConsumerGroup, type StreamId, type Trim } from '../values/stream-value.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';
import { border, entryReply, idReply, newId, strictId, type GivenId } from './stream-arguments.ts';
import { deliver, deliverHistory, openConsumer } from './stream-delivery.ts';

interface AddOrTrim {
  readonly trim: Trim | undefined;
  /** Where the amount of the trimming stands. */
  readonly trimAt: number;
  readonly noMakeStream: boolean;
  readonly given: GivenId | undefined;
  /** Where the id stands, for `XADD`. */
  readonly idAt: number;
}

function parseAddOrTrim(call: Call, args: readonly Bytes[], adds: boolean): AddOrTrim {
  let by: Trim['by'] | undefined;
  let [length, minId, approximate, limit, trimAt, noMakeStream]: [number, StreamId, boolean, number | undefined, number, boolean] = [0, 0n, false, undefined, 0, false];
  let given: GivenId | undefined;
  let i = 2;
  for (; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - 1 - i;
    if (adds && word === '*') break;
    if ((word === 'maxlen' || word === 'minid') && left > 0) {
      if (by !== undefined) refuse('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
      approximate = left >= 2 && args[i + 1] === '~';
      if (approximate || (left >= 2 && args[i + 1] === '=')) i++;
      i++;
      if (word === 'maxlen') {
        length = positionArgument(args[i]);
        if (length < 0) refuse('ERR The MAXLEN argument must be >= 0.');
      } else {
        minId = strictId(args[i]);
      }
      by = word;
      trimAt = i;
    } else if (word === 'limit' && left > 0) {
      limit = positionArgument(args[++i]);
      if (limit < 0) refuse('ERR The LIMIT argument must be >= 0.');
    } else if (adds && word === 'nomkstream') {
      noMakeStream = true;
    } else if (adds) {
      given = newId(args[i] as Bytes);
      break;
    } else {
      refuse(ERROR.syntax);
    }
  }
  if ((limit ?? 0) > 0 && by === undefined) refuse('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
  if (!adds && by === undefined) refuse('ERR syntax error, XTRIM must be called with a trimming strategy');
  const obeys = call.connection.role === 'primary';
  if (!obeys && limit !== undefined && !approximate) refuse('ERR syntax error, LIMIT cannot be used without the special ~ option');
  const most = obeys ? 0 : limit ?? (approximate ? approximateLimit(call.limits.streamNodeMaxEntries) : 0);
  return { trim: by === undefined ? undefined : { by, length, minId, approximate, limit: most }, trimAt, noMakeStream, given, idAt: i };
}

/** The most entries that an approximate trimming without `LIMIT` removes. */
function approximateLimit(nodeEntriesMax: number): number {
  return Math.min(nodeEntriesMax > 0 ? 100 * nodeEntriesMax : 10_000, 1_000_000);
}

/** The arguments with a trimming that says its outcome. */
function exactTrim(args: readonly Bytes[], { trim, trimAt }: AddOrTrim, stream: StreamValue): Bytes[] {
  const rewritten = [...args];
  if (trim?.approximate !== true) return rewritten;
  rewritten[trimAt - 1] = '=';
  rewritten[trimAt] = trim.by === 'maxlen' ? String(stream.size) : formatId(stream.firstId);
  return rewritten;
}

/** The id of a new entry, or undefined when there is none above the last. */
function idFor({ lastId }: StreamValue, given: GivenId | undefined, now: number): StreamId | undefined {
  if (given?.hasSequence === true) return given.id > lastId ? given.id : undefined;
  const milliseconds = given === undefined ? BigInt(now) : given.id >> 64n;
  const last = lastId >> 64n;
  if (milliseconds > last) return milliseconds << 64n;
  if (given === undefined) return lastId + 1n;
  return milliseconds < last || (lastId & HALF_MAX) === HALF_MAX ? undefined : lastId + 1n;
}

function xadd(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const parsed = parseAddOrTrim(call, args, true);
  const fields = args.slice(parsed.idAt + 1);
  if (fields.length < 2 || fields.length % 2 !== 0) return errorReply(`ERR wrong number of arguments for 'xadd' command`);
  if (parsed.given?.hasSequence === true && parsed.given.id === 0n) return errorReply('ERR The ID specified in XADD must be greater than 0-0');
  const found = call.stream(key);
  if (found === undefined && parsed.noMakeStream) return NIL;
  const stream = found ?? new StreamValue(call.limits);
  if (stream.lastId === ID_MAX) return errorReply('ERR The stream has exhausted the last possible ID, unable to add more items');
  const id = idFor(stream, parsed.given, call.now);
  if (id === undefined) return errorReply('ERR The ID specified in XADD is equal or smaller than the target stream top item');
  if (found === undefined) call.database.put(key, stream);
  stream.append(id, fields);
  call.event('stream', 'xadd', key);
  if (parsed.trim !== undefined && stream.trim(parsed.trim) > 0) call.event('stream', 'xtrim', key);
  call.modified(key);
  call.propagateAs(exactTrim(args, parsed, stream).with(parsed.idAt, formatId(id)));
  return idReply(id);
}

function xtrim(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const parsed = parseAddOrTrim(call, args, false);
  const stream = call.stream(key);
  const removed = parsed.trim === undefined ? 0 : stream?.trim(parsed.trim) ?? 0;
  if (stream === undefined || removed === 0) return integer(0);
  call.modified(key, removed);
  call.event('stream', 'xtrim', key);
  call.propagateAs(exactTrim(args, parsed, stream));
  return integer(removed);
}

function xdel(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', ...given] = args;
  const stream = call.stream(key);
  if (stream === undefined) return integer(0);
  const deleted = stream.delete(given.map(strictId));
  if (deleted > 0) {
    call.modified(key, deleted);
    call.event('stream', 'xdel', key);
  }
  return integer(deleted);
}

function xrange(direction: 'up' | 'down'): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, key = '', first, second] = args;
    const from = border(direction === 'up' ? first : second, 'start');
    const to = border(direction === 'up' ? second : first, 'end');
    let count: number | undefined;
    for (let i = 4; i < args.length; i += 2) {
      if (keyword(args[i]) !== 'count' || i + 1 >= args.length) return errorReply(ERROR.syntax);
      count = Math.max(0, positionArgument(args[i + 1]));
    }
    const stream = call.stream(key);
    if (stream === undefined) return EMPTY_ARRAY;
    if (count === 0) return NIL_ARRAY;
    const replies: Reply[] = [];
    const visit = (entry: Parameters<typeof entryReply>[0]): boolean => replies.push(entryReply(entry)) !== count;
    if (direction === 'up') stream.walk(from, to, visit);
    else stream.walkBack(to, from, visit);
    return array(replies);
  };
}

function xsetid(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const id = strictId(args[2]);
  let added: bigint | undefined;
  let maxDeleted = 0n;
  for (let i = 3; i < args.length; i += 2) {
    const word = keyword(args[i]);
    if (word === 'entriesadded' && i + 1 < args.length) {
      added = BigInt(integerArgument(args[i + 1]));
      if (added < 0n) return errorReply('ERR entries_added must be positive');
    } else if (word === 'maxdeletedid' && i + 1 < args.length) {
      maxDeleted = strictId(args[i + 1]);
      if (id < maxDeleted) return errorReply('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  const stream = call.stream(key) ?? refuse(ERROR.noSuchKey);
  if (id < stream.maxDeletedId) return errorReply('ERR The ID specified in XSETID is smaller than current max_deleted_entry_id');
  if (stream.last !== undefined) {
    if (id < stream.last.id) return errorReply('ERR The ID specified in XSETID is smaller than the target stream top item');
    if (added !== undefined && BigInt(stream.size) > added) return errorReply('ERR The entries_added specified in XSETID is smaller than the target stream length');
  }
  stream.lastId = id;
  if (added !== undefined) stream.entriesAdded = added;
  if (maxDeleted > 0n) stream.maxDeletedId = maxDeleted;
  call.dirty++;
  call.event('stream', 'xsetid', key);
  return OK;
}

/** What `XREAD` and `XREADGROUP` are told. */
interface ReadOptions {
  readonly timeout: number | undefined;
  readonly count: number;
  readonly keys: readonly Bytes[];
  readonly ids: readonly Bytes[];
  readonly group: Bytes | undefined;
  readonly consumer: Bytes;
  readonly noAck: boolean;
}

function parseRead(args: readonly Bytes[], grouped: boolean, isScript: boolean): ReadOptions {
  const name = grouped ? 'XREADGROUP' : 'XREAD';
  const onlyGrouped = (option: string): void => {
    if (!grouped) refuse(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
  };
  let [timeout, count, noAck, consumer]: [number | undefined, number, boolean, Bytes] = [undefined, 0, false, ''];
  let group: Bytes | undefined;
  for (let i = 1; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i - 1;
    if (word === 'block' && left > 0) {
      if (isScript) refuse(`ERR ${args[0] ?? ''} command is not allowed with BLOCK option from scripts`);
      timeout = positionArgument(args[++i], ERROR.timeoutNotInteger);
      if (timeout < 0) refuse(ERROR.timeoutNegative);
    } else if (word === 'count' && left > 0) {
      count = Math.max(0, positionArgument(args[++i]));
    } else if (word === 'streams' && left > 0) {
      const streams = args.slice(i + 1);
      if (streams.length % 2 !== 0) {
        refuse(`ERR Unbalanced '${name.toLowerCase()}' list of streams: for each stream key an ID or '${grouped ? '>' : '$'}' must be specified.`);
      }
      if (grouped && group === undefined) refuse('ERR Missing GROUP option for XREADGROUP');
      return { timeout, count, group, consumer, noAck, keys: streams.slice(0, streams.length / 2), ids: streams.slice(streams.length / 2) };
    } else if (word === 'group' && left >= 2) {
      onlyGrouped('GROUP');
      [group, consumer] = [args[i + 1] ?? '', args[i + 2] ?? ''];
      i += 2;
    } else if (word === 'noack') {
      onlyGrouped('NOACK');
      noAck = true;
    } else {
      refuse(ERROR.syntax);
    }
  }
  return refuse(ERROR.syntax);
}

/** How many entries one who has waited gets when no count was given. */
const WAITED_COUNT = 1000;

/** What is read from a stream: entries behind an id, new ones for the group, or what a consumer has got before. */
type From = { readonly kind: 'after'; readonly id: StreamId } | { readonly kind: 'new' };

function startOf(call: Call, key: Bytes, id: Bytes, options: ReadOptions): From {
  const stream = call.stream(key);
  const { group } = options;
  if (group !== undefined && stream?.groups.get(group) === undefined) {
    return refuse(`NOGROUP No such key '${upToNul(key)}' or consumer group '${upToNul(group)}' in XREADGROUP with GROUP option`);
  }
  if (id === '$') {
    if (group !== undefined) {
      refuse('ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.');
    }
    return { kind: 'after', id: stream?.lastId ?? 0n };
  }
  if (id !== '>') return { kind: 'after', id: strictId(id) };
  if (group === undefined) refuse('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.');
  return { kind: 'new' };
}

function entriesAfter(stream: StreamValue, id: StreamId, count: number): Reply {
  const replies: Reply[] = [];
  if (id < ID_MAX) stream.walk(id + 1n, ID_MAX, (entry) => replies.push(entryReply(entry)) !== count);
  return array(replies);
}

function readGroup(call: Call, key: Bytes, stream: StreamValue, group: ConsumerGroup, from: From, options: ReadOptions): Reply | undefined {
  if (from.kind === 'new' && (stream.last === undefined || stream.last.id <= group.lastId)) return undefined;
  const consumer = openConsumer(call, key, options.group ?? '', group, options.consumer, options.noAck);
  if (from.kind === 'after') return deliverHistory(call, stream, consumer, from.id, options.count);
  return deliver(call, { key, stream, name: options.group ?? '', group, consumer }, options.count, options.noAck);
}

function read(call: Call, args: readonly Bytes[]): Reply {
  const options = parseRead(args, call.command.name === 'xreadgroup', call.connection.isScript);
  const { keys, group: groupName, timeout, count } = options;
  const starts = keys.map((key, i) => startOf(call, key, options.ids[i] ?? '', options));
  if (groupName !== undefined) call.propagateAs();
  const served: Reply[] = [];
  keys.forEach((key, i) => {
    const stream = call.stream(key);
    const from = starts[i];
    if (stream === undefined || from === undefined) return;
    const group = groupName === undefined ? undefined : stream.groups.get(groupName);
    const reply = group !== undefined ? readGroup(call, key, stream, group, from, options)
      : from.kind === 'after' && stream.last !== undefined && stream.last.id > from.id ? entriesAfter(stream, from.id, count)
      : undefined;
    if (reply !== undefined) served.push(bulk(key), reply);
  });
  if (served.length > 0) return named(call, served);
  if (timeout === undefined) return NIL_ARRAY;
  const waited = { ...options, count: count > 0 ? count : WAITED_COUNT };
  const serve = (serving: Call, key: Bytes): Reply | undefined => readWaited(serving, key, starts[keys.indexOf(key)], waited);
  return call.engine.waiting.block(call, { keys, timeout, serve, timedOut: NIL_ARRAY }) ?? NIL_ARRAY;
}

/** Keys and their entries in turn: a map in RESP3, pairs in RESP2. */
function named(call: Call, items: readonly Reply[]): Reply {
  if (call.connection.protocol === 3) return { kind: 'map', items };
  return array(Array.from({ length: items.length / 2 }, (_, i) => array(items.slice(2 * i, 2 * i + 2))));
}

function readWaited(call: Call, key: Bytes, from: From | undefined, options: ReadOptions): Reply | undefined {
  const value = call.database.get(key);
  if (!(value instanceof StreamValue)) return options.group === undefined ? undefined : refuse('UNBLOCKED the stream key no longer exists');
  const { group: name, count } = options;
  if (name === undefined) return from?.kind === 'after' && value.lastId > from.id ? named(call, [bulk(key), entriesAfter(value, from.id, count)]) : undefined;
  const group = value.groups.get(name) ?? refuse('NOGROUP the consumer group this client was blocked on no longer exists');
  if (value.lastId <= group.lastId) return undefined;
  const consumer = openConsumer(call, key, name, group, options.consumer, options.noAck);
  return named(call, [bulk(key), deliver(call, { key, stream: value, name, group, consumer }, count, options.noAck)]);
}

const STREAM = ['stream'] as const;
const BLOCKING = ['stream', 'blocking'] as const;
const FAST_WRITE = ['write', 'fast'] as const;

/** The rows of the commands on streams. */
export const STREAM_COMMANDS: CommandGroup = {
  xadd: { arity: -5, flags: ['write', 'denyoom', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['bulk', 'nil'], run: xadd },
  xtrim: { arity: -4, flags: ['write'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['integer'], run: xtrim },
  xdel: { arity: -3, flags: FAST_WRITE, keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['integer'], run: xdel },
  xlen: { arity: 2, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['integer'], run: (call, [, key = '']) => integer(call.stream(key)?.size ?? 0) },
  xrange: { arity: -4, flags: ['readonly'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['array', 'nil-array'], run: xrange('up') },
  xrevrange: { arity: -4, flags: ['readonly'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['array', 'nil-array'], run: xrange('down') },
  xsetid: { arity: -3, flags: ['write', 'denyoom', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['simple'], run: xsetid },
  xread: { arity: -4, flags: ['readonly', 'blocking', 'movablekeys'], keys: { kind: 'streams' }, categories: BLOCKING, since: '5.0.0', reply: ['map', 'array', 'nil-array', 'waiting'], run: read },
  xreadgroup: { arity: -7, flags: ['write', 'blocking', 'movablekeys'], keys: { kind: 'streams' }, categories: BLOCKING, since: '5.0.0', reply: ['map', 'array', 'nil-array', 'waiting'], run: read },
};
