/**
 * The commands of a cluster: refused, as cluster mode is off.
 *
 * @module
 */
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { errorReply, type Reply } from '../reply.ts';
import { subcommandsOf } from './help.ts';

const noCluster = (): Reply => errorReply('ERR This instance has cluster support disabled');

/** The rows of these commands. */
export const CLUSTER_COMMANDS: CommandGroup = {
  cluster: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '3.0.0', reply: [],
    subcommands: subcommandsOf('cluster'), run: noCluster,
  },
  asking: { arity: 1, flags: ['fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readonly: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readwrite: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
};
