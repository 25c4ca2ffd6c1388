/**
 * `DUMP` and `RESTORE`: values in Redis's own serialisation; see `persistence/rdb-object.ts` for what is left out.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { int64 } from '../bytes/int64.ts';
import { dump, isWhole, restore } from '../persistence/rdb-object.ts';
import { bulk, errorReply, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';

function dumpKey(call: Call, [, key = '']: readonly Bytes[]): Reply {
  const value = call.lookup(key);
  return value === undefined ? NIL : bulk(dump(value, call.limits));
}

interface RestoreOptions {
  replaces: boolean;
  isAbsolute: boolean;
  /** Seconds since its last use. */
  idle: number | undefined;
  frequency: number | undefined;
}

function restoreOptions(args: readonly Bytes[]): RestoreOptions {
  const options: RestoreOptions = { replaces: false, isAbsolute: false, idle: undefined, frequency: undefined };
  let given: 'idletime' | 'freq' | undefined;
  for (let i = 4; i < args.length; i++) {
    const word = keyword(args[i]);
    if (word === 'replace') {
      options.replaces = true;
    } else if (word === 'absttl') {
      options.isAbsolute = true;
    } else if ((word === 'idletime' || word === 'freq') && i + 1 < args.length && (given ?? word) === word) {
      const value = positionArgument(args[++i]);
      if (word === 'idletime' && value < 0) refuse('ERR Invalid IDLETIME value, must be >= 0');
      if (word === 'freq' && (value < 0 || value > 255)) refuse('ERR Invalid FREQ value, must be >= 0 and <= 255');
      given = word;
      options[word === 'idletime' ? 'idle' : 'frequency'] = value;
    } else {
      refuse(ERROR.syntax);
    }
  }
  return options;
}

function restoreKey(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', span, payload = ''] = args;
  const { replaces, isAbsolute, idle, frequency } = restoreOptions(args);
  const { database, now } = call;
  if (!replaces && database.get(key) !== undefined) return errorReply('BUSYKEY Target key name already exists.');
  const ttl = integerArgument(span);
  if (ttl < 0) return errorReply('ERR Invalid TTL value, must be >= 0');
  if (!isWhole(payload)) return errorReply('ERR DUMP payload version or checksum are wrong');
  const value = restore(payload, call.limits);
  if (value === undefined) return errorReply('ERR Bad data format');
  const existed = database.get(key) !== undefined;
  // Beyond 64 bits the sum begins again from below, and so has passed.
  const deadline = ttl === 0 ? undefined : isAbsolute ? ttl : int64(BigInt.asIntN(64, BigInt(ttl) + BigInt(now)));
  if (existed) database.delete(key);
  if (deadline !== undefined && deadline < now && call.engine.removesExpired) {
    if (existed) {
      call.modified(key);
      call.propagateAs(['DEL', key]);
      call.event('generic', 'del', key);
    }
    return OK;
  }
  database.replace(key, value);
  if (deadline !== undefined) database.setDeadline(key, deadline);
  const { access } = call.engine;
  if (!access.isLfu && idle !== undefined) database.stamp(key, now - idle * 1000);
  if (access.isLfu && frequency !== undefined) database.stamp(key, access.withCounter(now, frequency));
  call.modified(key);
  call.event('generic', 'restore', key);
  if (deadline !== undefined && !isAbsolute) call.propagateAs([...args.with(2, String(deadline)), 'ABSTTL']);
  return OK;
}

/** The rows. */
export const DUMP_COMMANDS: CommandGroup = {
  dump: { arity: 2, flags: ['readonly'], keys: FIRST_KEY, categories: ['keyspace'], since: '2.6.0', reply: ['bulk', 'nil'], run: dumpKey },
  restore: { arity: -4, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: ['keyspace', 'dangerous'], since: '2.6.0', reply: ['simple'], run: restoreKey },
  'restore-asking': { arity: -4, flags: ['write', 'denyoom', 'asking'], keys: FIRST_KEY, categories: ['keyspace', 'dangerous'], since: '3.0.0', reply: ['simple'], run: restoreKey },
};
