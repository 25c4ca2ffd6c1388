/**
 * `SYNC`, `PSYNC`, `REPLCONF`: a client that asks for the stream of changes gets a snapshot and what follows it, as a real replica,
 * `redis-cli --rdb` and `redis-cli --replica` expect.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import type { SnapshotParts } from '../connections/connection.ts';
import { ERROR, refuse } from '../errors.ts';
import { clampToNumber, parseInt64 } from '../bytes/int64.ts';
import { errorReply, OK, SILENCE, type Reply } from '../reply.ts';
import { splitArguments } from '../resp/split-arguments.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';

const NO_STREAM = 'ERR this Redis keeps no stream of changes';

function sync({ engine, connection }: Call): Reply {
  return engine.server?.feedReplica(connection, undefined) ?? errorReply(NO_STREAM);
}

function psync({ engine, connection }: Call, [, id = '', offset]: readonly Bytes[]): Reply {
  const from = clampToNumber(integerArgument(offset));
  return engine.server?.feedReplica(connection, { id, offset: from }) ?? errorReply(NO_STREAM);
}

/** What `rdb-filter-only` lets through: functions, or nothing. */
function filteredParts(value: Bytes): SnapshotParts {
  const names = splitArguments(value) ?? refuse('ERR Missing rdb-filter-only values');
  for (const name of names) if (name.toLowerCase() !== 'functions') refuse(`ERR Unsupported rdb-filter-only option: ${name}`);
  return { keys: false, functions: names.length > 0 };
}

function replconf({ engine, connection }: Call, args: readonly Bytes[]): Reply {
  if (args.length % 2 === 0) return errorReply(ERROR.syntax);
  for (let i = 1; i < args.length; i += 2) {
    const value = args[i + 1] ?? '';
    switch (keyword(args[i])) {
      case 'listening-port':
        connection.listeningPort = positionArgument(value);
        break;
      case 'ack':
        engine.server?.replicaAcknowledged(connection, clampToNumber(parseInt64(value) ?? 0));
        return SILENCE;
      case 'getack':
        return SILENCE;
      case 'ip-address': case 'capa': case 'rdb-only':
        break;
      case 'rdb-filter-only':
        connection.snapshotParts = filteredParts(value);
        break;
      default:
        return errorReply(`ERR Unrecognized REPLCONF option: ${args[i] ?? ''}`);
    }
  }
  return OK;
}

const ADMIN = ['admin', 'dangerous'] as const;
const SYNC_FLAGS = ['admin', 'noscript', 'no_async_loading', 'no_multi'] as const;

/** The rows. */
export const REPLICATION_COMMANDS: CommandGroup = {
  sync: { arity: 1, flags: SYNC_FLAGS, keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['raw'], run: sync },
  psync: { arity: -3, flags: SYNC_FLAGS, keys: NO_KEYS, categories: ADMIN, since: '2.8.0', reply: ['raw'], run: psync },
  replconf: { arity: -1, flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'], keys: NO_KEYS, categories: ADMIN, since: '3.0.0', reply: ['simple', 'replies'], run: replconf },
};
