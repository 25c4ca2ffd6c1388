/**
 * A whole dataset as the commands that make it: what a full resynchronisation carries and a rewritten append-only file holds.
 * Redis sends an RDB file there; the content is the same, save that
 * a score of negative zero may lose its sign.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Engine } from '../engine.ts';
import { formatDouble } from '../bytes/floats.ts';
import type { Value } from '../keyspace/keyspace.ts';
import { encodeCommand } from '../resp/encode.ts';
import { formatId, ID_MAX, type StreamValue } from '../values/stream-value.ts';

/** Entries, counters, groups and what is pending, as an append-only file that is rewritten has them. */
function streamCreation(key: Bytes, stream: StreamValue): (readonly Bytes[])[] {
  const commands: (readonly Bytes[])[] = [];
  stream.walk(0n, ID_MAX, ({ id, fields }) => { commands.push(['XADD', key, formatId(id), ...fields]); });
  if (stream.size === 0) commands.push(['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y']);
  commands.push(['XSETID', key, formatId(stream.lastId), 'ENTRIESADDED', String(stream.entriesAdded), 'MAXDELETEDID', formatId(stream.maxDeletedId)]);
  for (const [name, { lastId, entriesRead, consumers }] of stream.groups) {
    commands.push(['XGROUP', 'CREATE', key, name, formatId(lastId), 'ENTRIESREAD', String(entriesRead)]);
    for (const [who, { pending }] of consumers) {
      commands.push(['XGROUP', 'CREATECONSUMER', key, name, who]);
      for (let place = 0; place < pending.size; place++) {
        const found = pending.at(place);
        if (found === undefined) continue;
        const { deliveredAt, deliveries } = found.value;
        commands.push(['XCLAIM', key, name, who, '0', formatId(found.id), 'TIME', String(deliveredAt), 'RETRYCOUNT', String(deliveries), 'JUSTID', 'FORCE']);
      }
    }
  }
  return commands;
}

function creation(key: Bytes, value: Exclude<Value, StreamValue>): readonly Bytes[] {
  if (typeof value === 'string') return ['SET', key, value];
  const args: Bytes[] = [];
  switch (value.type) {
    case 'hash': {
      const values = value.values();
      args.push('HSET', key);
      value.fields().forEach((field, i) => args.push(field, values[i] as Bytes));
      return args;
    }
    case 'list':
      return ['RPUSH', key, ...value.items.slice()];
    case 'set':
      return ['SADD', key, ...value.members()];
    case 'zset':
      args.push('ZADD', key);
      value.walk(0, value.size, (member, score) => { args.push(formatDouble(score), member); });
      return args;
  }
}

/** The commands, as RESP. */
export function datasetCommands(engine: Engine): Bytes {
  let bytes = '';
  for (const { code } of engine.scripts?.functions.libraries ?? []) bytes += encodeCommand(['FUNCTION', 'LOAD', code]);
  for (const database of engine.databases) {
    if (database.size === 0) continue;
    bytes += encodeCommand(['SELECT', String(database.number)]);
    database.scan(0, database.size, (key, value) => {
      if (typeof value !== 'string' && value.type === 'stream') bytes += streamCreation(key, value).map(encodeCommand).join('');
      else bytes += encodeCommand(creation(key, value));
      const deadline = database.deadline(key);
      if (deadline !== undefined) bytes += encodeCommand(['PEXPIREAT', key, String(deadline)]);
    });
  }
  return bytes;
}
