/**
 * Consumer groups: `XGROUP`, `XACK`, `XPENDING`, `XCLAIM`, `XAUTOCLAIM`, and `XINFO`.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { array, bulk, EMPTY_ARRAY, errorReply, integer, NIL, NIL_ARRAY, OK, type Reply } from '../reply.ts';
import { int64 } from '../bytes/int64.ts';
import { ById, ID_MAX, StreamValue, type Consumer, type ConsumerGroup, type PendingEntry, type StreamId } from '../values/stream-value.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';
import { border, entryReply, idReply, looseId, parseId, strictId } from './stream-arguments.ts';
import { assign, openConsumer, propagateClaim, propagateGroup } from './stream-delivery.ts';

const sortedByName = <T>(map: ReadonlyMap<Bytes, T>): readonly (readonly [Bytes, T])[] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function helpReply(lines: readonly string[]): Reply {
  return array(lines.map((text) => ({ kind: 'simple', text })));
}

function wrongSubcommand(call: Call, args: readonly Bytes[]): Reply {
  const name = call.command.name.toUpperCase();
  return errorReply(`ERR unknown subcommand or wrong number of arguments for '${upToNul(args[1] ?? '').slice(0, 128)}'. Try ${name} HELP.`);
}

const XGROUP_HELP = [
  'XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'CREATE <key> <groupname> <id|$> [option]', '    Create a new consumer group. Options are:',
  '    * MKSTREAM', '      Create the empty stream if it does not exist.', '    * ENTRIESREAD entries_read', "      Set the group's entries_read counter (internal use).",
  'CREATECONSUMER <key> <groupname> <consumer>', '    Create a new consumer in the specified group.', 'DELCONSUMER <key> <groupname> <consumer>', '    Remove the specified consumer.',
  'DESTROY <key> <groupname>', '    Remove the specified group.', 'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]', '    Set the current group ID and entries_read counter.',
  'HELP', '    Prints this help.',
];

interface GroupOptions {
  readonly makesStream: boolean;
  readonly entriesRead: bigint;
}

/** What follows the id of `CREATE` and `SETID`; undefined where it is none of theirs. */
function groupOptions(subcommand: string, args: readonly Bytes[]): GroupOptions | undefined {
  let [makesStream, entriesRead] = [false, -1n];
  for (let i = 5; i < args.length; i++) {
    const word = keyword(args[i]);
    if (subcommand === 'create' && word === 'mkstream') {
      makesStream = true;
    } else if ((subcommand === 'create' || subcommand === 'setid') && word === 'entriesread' && i + 1 < args.length) {
      entriesRead = BigInt(integerArgument(args[++i]));
      if (entriesRead < -1n) refuse('ERR value for ENTRIESREAD must be positive or -1');
    } else {
      return undefined;
    }
  }
  return { makesStream, entriesRead };
}

function xgroup(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand, key = '', name = '', argument = ''] = args;
  const word = keyword(subcommand);
  if (word === 'help') return helpReply(XGROUP_HELP);
  const options = groupOptions(word, args);
  if (options === undefined) return wrongSubcommand(call, args);
  let stream = call.stream(key);
  if (stream === undefined && !options.makesStream) {
    return errorReply('ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.');
  }
  const group = stream?.groups.get(name);
  if (group === undefined && !options.makesStream && ['setid', 'createconsumer', 'delconsumer'].includes(word)) {
    return errorReply(`NOGROUP No such consumer group '${upToNul(name)}' for key name '${upToNul(key)}'`);
  }
  if (word === 'create') {
    if (args.length > 8) return wrongSubcommand(call, args);
    const lastId = argument === '$' ? stream?.lastId ?? 0n : strictId(argument);
    if (stream === undefined) {
      stream = new StreamValue(call.limits);
      call.database.put(key, stream);
      call.modified(key, 0);
    }
    if (group !== undefined) return errorReply('BUSYGROUP Consumer Group name already exists');
    stream.groups.set(name, { lastId, entriesRead: options.entriesRead, pending: new ById<PendingEntry>(), consumers: new Map<Bytes, Consumer>() });
    call.dirty++;
    call.event('stream', 'xgroup-create', key);
    return OK;
  }
  if (word === 'destroy') {
    if (group === undefined) return integer(0);
    stream?.groups.delete(name);
    call.dirty++;
    call.event('stream', 'xgroup-destroy', key);
    // Those who wait for the group learn that it is gone; no watch is broken.
    call.engine.blocked.touched(call.database.number, key);
    return integer(1);
  }
  if (group === undefined || stream === undefined) return wrongSubcommand(call, args);
  if (word === 'setid') {
    if (args.length !== 5 && args.length !== 7) return wrongSubcommand(call, args);
    group.lastId = argument === '$' ? stream.lastId : looseId(argument);
    group.entriesRead = options.entriesRead;
    call.dirty++;
    call.event('stream', 'xgroup-setid', key);
    return OK;
  }
  const consumer = group.consumers.get(argument);
  if (word === 'createconsumer') {
    if (consumer !== undefined) {
      consumer.seenAt = call.now;
      return integer(0);
    }
    openConsumer(call, key, name, group, argument, false);
    call.dirty++;
    return integer(1);
  }
  if (consumer === undefined) return integer(0);
  const count = consumer.pending.size;
  for (let i = 0; i < count; i++) group.pending.delete(consumer.pending.at(i)?.id ?? 0n);
  group.consumers.delete(argument);
  call.dirty++;
  call.event('stream', 'xgroup-delconsumer', key);
  return integer(count);
}

function xack(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', name = '', ...given] = args;
  const group = call.stream(key)?.groups.get(name);
  if (group === undefined) return integer(0);
  let acknowledged = 0;
  for (const id of given.map(strictId)) {
    const pending = group.pending.get(id);
    if (pending === undefined) continue;
    group.pending.delete(id);
    pending.consumer?.pending.delete(id);
    acknowledged++;
  }
  call.dirty += acknowledged;
  return integer(acknowledged);
}

function existingGroup(call: Call, key: Bytes, name: Bytes): { readonly stream: StreamValue; readonly group: ConsumerGroup } {
  const stream = call.stream(key);
  const group = stream?.groups.get(name);
  if (stream === undefined || group === undefined) return refuse(`NOGROUP No such key '${upToNul(key)}' or consumer group '${upToNul(name)}'`);
  return { stream, group };
}

function pendingSummary({ pending, consumers }: ConsumerGroup): Reply {
  const [first, last] = [pending.at(0), pending.at(pending.size - 1)];
  if (first === undefined || last === undefined) return array([integer(0), NIL, NIL, NIL_ARRAY]);
  const busy = sortedByName(consumers).filter(([, consumer]) => consumer.pending.size > 0);
  return array([
    integer(pending.size), idReply(first.id), idReply(last.id),
    array(busy.map(([name, consumer]) => array([bulk(name), bulk(String(consumer.pending.size))]))),
  ]);
}

function xpending(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', name = ''] = args;
  if (args.length !== 3 && (args.length < 6 || args.length > 9)) return errorReply(ERROR.syntax);
  if (args.length === 3) return pendingSummary(existingGroup(call, key, name).group);
  const hasIdle = keyword(args[3]) === 'idle';
  const idle = hasIdle ? positionArgument(args[4]) : 0;
  if (hasIdle && args.length < 8) return errorReply(ERROR.syntax);
  const at = hasIdle ? 5 : 3;
  const count = Math.max(0, positionArgument(args[at + 2]));
  const [from, to] = [border(args[at], 'start'), border(args[at + 1], 'end')];
  const { group } = existingGroup(call, key, name);
  const wanted = args[at + 3];
  const pending = wanted === undefined ? group.pending : group.consumers.get(wanted)?.pending;
  const replies: Reply[] = [];
  for (let place = pending?.placeOf(from) ?? 0; replies.length < count; place++) {
    const found = pending?.at(place);
    if (found === undefined || found.id > to) break;
    const { consumer, deliveredAt, deliveries } = found.value;
    if (idle !== 0 && call.now - deliveredAt < idle) continue;
    replies.push(array([idReply(found.id), bulk(consumer?.name ?? ''), integer(Math.max(0, call.now - deliveredAt)), integer(deliveries)]));
  }
  return array(replies);
}

function forget(group: ConsumerGroup, id: StreamId, pending: PendingEntry): void {
  group.pending.delete(id);
  pending.consumer?.pending.delete(id);
}

interface ClaimOptions {
  force: boolean;
  justId: boolean;
  deliveredAt: number;
  retries: number;
  lastId: StreamId;
}

function claimOptions(call: Call, args: readonly Bytes[], from: number): ClaimOptions {
  const options: ClaimOptions = { force: false, justId: false, deliveredAt: -1, retries: -1, lastId: 0n };
  for (let i = from; i < args.length; i++) {
    const word = keyword(args[i]);
    const hasMore = i + 1 < args.length;
    if (word === 'force') options.force = true;
    else if (word === 'justid') options.justId = true;
    else if (word === 'idle' && hasMore) options.deliveredAt = call.now - positionArgument(args[++i], 'ERR Invalid IDLE option argument for XCLAIM');
    else if (word === 'time' && hasMore) options.deliveredAt = positionArgument(args[++i], 'ERR Invalid TIME option argument for XCLAIM');
    else if (word === 'retrycount' && hasMore) options.retries = positionArgument(args[++i], 'ERR Invalid RETRYCOUNT option argument for XCLAIM');
    else if (word === 'lastid' && hasMore) options.lastId = strictId(args[++i]);
    else refuse(`ERR Unrecognized XCLAIM option '${upToNul(args[i] ?? '')}'`);
  }
  if (options.deliveredAt < 0 || options.deliveredAt > call.now) options.deliveredAt = call.now;
  return options;
}

function xclaim(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', name = '', consumerName = ''] = args;
  const { stream, group } = existingGroup(call, key, name);
  const idle = Math.max(0, positionArgument(args[4], 'ERR Invalid min-idle-time argument for XCLAIM'));
  const ids: StreamId[] = [];
  for (let i = 5; i < args.length; i++) {
    const parsed = parseId(args[i] as Bytes, 0n, false);
    if (parsed === undefined) break;
    ids.push(parsed.id);
  }
  const options = claimOptions(call, args, 5 + ids.length);
  call.propagateAs();
  let progresses = options.lastId > group.lastId;
  if (progresses) group.lastId = options.lastId;
  const replies: Reply[] = [];
  for (const id of ids) {
    let pending = group.pending.get(id);
    const entry = stream.get(id);
    if (entry === undefined) {
      if (pending === undefined) continue;
      propagateClaim(call, key, name, group, id, pending);
      progresses = false;
      forget(group, id, pending);
      continue;
    }
    if (pending === undefined && options.force) {
      pending = { consumer: undefined, deliveredAt: call.now, deliveries: 1 };
      group.pending.set(id, pending);
    }
    if (pending === undefined) continue;
    if (pending.consumer !== undefined && idle > 0 && call.now - pending.deliveredAt < idle) continue;
    // A consumer who claims nothing is not made.
    assign(openConsumer(call, key, name, group, consumerName, false), id, pending);
    pending.deliveredAt = options.deliveredAt;
    if (options.retries >= 0) pending.deliveries = options.retries;
    else if (!options.justId) pending.deliveries++;
    replies.push(options.justId ? idReply(id) : entryReply(entry));
    propagateClaim(call, key, name, group, id, pending);
    progresses = false;
  }
  if (progresses) propagateGroup(call, key, name, group);
  return array(replies);
}

/** How many pending entries `XAUTOCLAIM` looks at for each it may return. */
const ATTEMPTS_FACTOR = 10;
/** So many that ids and attempts still can be counted. */
const COUNT_MAX = (2n ** 63n - 1n) / 16n;

function xautoclaim(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', name = '', consumerName = ''] = args;
  // The key is looked for before anything else.
  call.read(key);
  const idle = Math.max(0, positionArgument(args[4], 'ERR Invalid min-idle-time argument for XAUTOCLAIM'));
  const from = border(args[5], 'start');
  let [count, justId] = [100, false];
  for (let i = 6; i < args.length; i++) {
    const word = keyword(args[i]);
    if (word === 'count' && i + 1 < args.length) {
      const given = integerArgument(args[++i], 'ERR COUNT must be > 0');
      if (given < 1 || given > COUNT_MAX) return errorReply('ERR COUNT must be > 0');
      count = Number(given);
    } else if (word === 'justid') {
      justId = true;
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  const { stream, group } = existingGroup(call, key, name);
  call.propagateAs();
  const [claimed, gone]: [Reply[], Reply[]] = [[], []];
  let place = group.pending.placeOf(from);
  for (let attempts = count * ATTEMPTS_FACTOR; attempts > 0 && claimed.length + gone.length < count; attempts--) {
    const found = group.pending.at(place);
    if (found === undefined) break;
    const { id, value: pending } = found;
    const entry = stream.get(id);
    if (entry === undefined) {
      propagateClaim(call, key, name, group, id, pending);
      forget(group, id, pending);
      gone.push(idReply(id));
      continue;
    }
    place++;
    if (idle > 0 && call.now - pending.deliveredAt < idle) continue;
    assign(openConsumer(call, key, name, group, consumerName, false), id, pending);
    pending.deliveredAt = call.now;
    if (!justId) pending.deliveries++;
    claimed.push(justId ? idReply(id) : entryReply(entry));
    propagateClaim(call, key, name, group, id, pending);
  }
  return array([idReply(group.pending.at(place)?.id ?? 0n), array(claimed), array(gone)]);
}

const XINFO_HELP = [
  'XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'CONSUMERS <key> <groupname>', '    Show consumers of <groupname>.', 'GROUPS <key>',
  '    Show the stream consumer groups.', 'STREAM <key> [FULL [COUNT <count>]', '    Show information about the stream.', 'HELP', '    Prints this help.',
];

const big = (value: bigint): Reply => integer(int64(value) ?? 0);
const record = (fields: Readonly<Record<string, Reply>>): Reply => ({ kind: 'map', items: Object.entries(fields).flatMap(([name, value]) => [bulk(name), value]) });

/** How many entries the group has not read yet, where that can be known. */
function lagOf(stream: StreamValue, group: ConsumerGroup): Reply {
  if (stream.entriesAdded === 0n) return integer(0);
  if (group.entriesRead !== -1n && !stream.hasTombstonesFrom(group.lastId)) return big(stream.entriesAdded - group.entriesRead);
  const read = stream.distanceTo(group.lastId);
  return read === -1n ? NIL : big(stream.entriesAdded - read);
}

const entriesRead = ({ entriesRead: read }: ConsumerGroup): Reply => (read === -1n ? NIL : big(read));

function pendingEntries(pending: ById<PendingEntry>, count: number, isOfGroup: boolean): Reply {
  const length = count === 0 ? pending.size : Math.min(pending.size, count);
  return array(Array.from({ length }, (_, i) => {
    const { id, value } = pending.at(i) ?? { id: 0n, value: { consumer: undefined, deliveredAt: 0, deliveries: 0 } };
    return array([idReply(id), ...(isOfGroup ? [bulk(value.consumer?.name ?? '')] : []), integer(value.deliveredAt), integer(value.deliveries)]);
  }));
}

function streamInfo(call: Call, stream: StreamValue, args: readonly Bytes[]): Reply {
  const isFull = args.length > 3;
  if (isFull && ((args.length !== 4 && args.length !== 6) || keyword(args[3]) !== 'full' || (args.length === 6 && keyword(args[4]) !== 'count'))) {
    return wrongSubcommand(call, args);
  }
  const given = args.length === 6 ? positionArgument(args[5]) : 10;
  const count = given < 0 ? 10 : given;
  const head = {
    length: integer(stream.size), 'radix-tree-keys': integer(stream.nodeCount), 'radix-tree-nodes': integer(stream.radixNodeCount), 'last-generated-id': idReply(stream.lastId),
    'max-deleted-entry-id': idReply(stream.maxDeletedId), 'entries-added': big(stream.entriesAdded), 'recorded-first-entry-id': idReply(stream.firstId),
  };
  const entries: Reply[] = [];
  if (!isFull) {
    stream.walk(0n, ID_MAX, (entry) => { entries.push(entryReply(entry)); return false; });
    return record({ ...head, groups: integer(stream.groups.size), 'first-entry': entries[0] ?? NIL, 'last-entry': stream.last === undefined ? NIL : entryReply(stream.last) });
  }
  stream.walk(0n, ID_MAX, (entry) => entries.push(entryReply(entry)) !== count);
  return record({
    ...head, entries: array(entries),
    groups: array(sortedByName(stream.groups).map(([name, group]) => record({
      name: bulk(name), 'last-delivered-id': idReply(group.lastId), 'entries-read': entriesRead(group), lag: lagOf(stream, group),
      'pel-count': integer(group.pending.size), pending: pendingEntries(group.pending, count, true),
      consumers: array(sortedByName(group.consumers).map(([who, consumer]) => record({
        name: bulk(who), 'seen-time': integer(consumer.seenAt), 'pel-count': integer(consumer.pending.size), pending: pendingEntries(consumer.pending, count, false),
      }))),
    }))),
  });
}

function xinfo(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand, key = '', name = ''] = args;
  const word = keyword(subcommand);
  if (word === 'help') return helpReply(XINFO_HELP);
  const stream = call.stream(key) ?? refuse(ERROR.noSuchKey);
  if (word === 'stream') return streamInfo(call, stream, args);
  if (word === 'groups') {
    return array(sortedByName(stream.groups).map(([who, group]) => record({
      name: bulk(who), consumers: integer(group.consumers.size), pending: integer(group.pending.size), 'last-delivered-id': idReply(group.lastId),
      'entries-read': entriesRead(group), lag: lagOf(stream, group),
    })));
  }
  const group = stream.groups.get(name);
  if (group === undefined) return errorReply(`NOGROUP No such consumer group '${upToNul(name)}' for key name '${upToNul(key)}'`);
  if (group.consumers.size === 0) return EMPTY_ARRAY;
  return array(sortedByName(group.consumers).map(([who, consumer]) => record({
    name: bulk(who), pending: integer(consumer.pending.size), idle: integer(Math.max(0, call.now - consumer.seenAt)),
  })));
}

const STREAM = ['stream'] as const;
const SECOND_ARGUMENT = { kind: 'range', first: 2, last: 2, step: 1 } as const;

/** The rows of the commands on groups. */
export const STREAM_GROUP_COMMANDS: CommandGroup = {
  xgroup: { arity: -2, flags: ['write', 'denyoom'], keys: SECOND_ARGUMENT, categories: STREAM, since: '5.0.0', reply: ['simple', 'integer', 'array'], subcommands: { create: -5, createconsumer: 5, delconsumer: 5, destroy: 4, help: 2, setid: -5 }, run: xgroup },
  xack: { arity: -4, flags: ['write', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['integer'], run: xack },
  xpending: { arity: -3, flags: ['readonly'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['array'], run: xpending },
  xclaim: { arity: -6, flags: ['write', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '5.0.0', reply: ['array'], run: xclaim },
  xautoclaim: { arity: -6, flags: ['write', 'fast'], keys: FIRST_KEY, categories: STREAM, since: '6.2.0', reply: ['array'], run: xautoclaim },
  xinfo: { arity: -2, flags: ['readonly'], keys: SECOND_ARGUMENT, categories: STREAM, since: '5.0.0', reply: ['map', 'array'], subcommands: { consumers: 4, groups: 3, help: 2, stream: -3 }, run: xinfo },
};
