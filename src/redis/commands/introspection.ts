/**
 * What the server tells of its past: `SLOWLOG`, `LATENCY`; and the refusals of cluster commands, as cluster mode is off.
 *
 * Commands take no time here, so the slow log and the latency monitor are always empty.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { parseInt64 } from '../int64.ts';
import { EMPTY_ARRAY, errorReply, integer, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';
import { subcommandsOf } from './help.ts';

function slowlog(_: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'get': {
      const count = args[2] === undefined ? 10 : parseInt64(args[2]);
      return count === undefined || count < -1 ? errorReply('ERR count should be greater than or equal to -1') : EMPTY_ARRAY;
    }
    case 'len':
      return integer(0);
    default:
      return OK;
  }
}

function latency(_: Call, args: readonly Bytes[]): Reply {
  return keyword(args[1]) === 'reset' ? integer(0) : EMPTY_ARRAY;
}

const noCluster = (): Reply => errorReply('ERR This instance has cluster support disabled');


/** The rows of these commands. */
export const INTROSPECTION_COMMANDS: CommandGroup = {
  slowlog: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.2.12', reply: ['array', 'integer', 'simple'],
    subcommands: { get: -2, len: 2, reset: 2 }, run: slowlog,
  },
  latency: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.8.13', reply: ['array', 'integer'],
    subcommands: { latest: 2, history: 3, reset: -2 }, run: latency,
  },
  cluster: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '3.0.0', reply: [],
    subcommands: subcommandsOf('cluster'), run: noCluster,
  },
  asking: { arity: 1, flags: ['fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readonly: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readwrite: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
};
