/**
 * A whole dataset as the commands that make it: what a full resynchronisation carries and a rewritten append-only file holds.
 * Redis sends an RDB file there; the content is the same, save that
 * a score of negative zero may lose its sign.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Engine } from '../engine.ts';
import { formatDouble } from '../floats.ts';
import type { Value } from '../keyspace.ts';
import { encodeCommand } from '../resp/encode.ts';

function creation(key: Bytes, value: Value): readonly Bytes[] {
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
  for (const database of engine.databases) {
    if (database.size === 0) continue;
    bytes += encodeCommand(['SELECT', String(database.number)]);
    database.scan(0, database.size, (key, value) => {
      bytes += encodeCommand(creation(key, value));
      const deadline = database.deadline(key);
      if (deadline !== undefined) bytes += encodeCommand(['PEXPIREAT', key, String(deadline)]);
    });
  }
  return bytes;
}
