/**
 * Commands on the server. `INFO` has the sections a simulation can know; missing are `CONFIG`, `COMMAND`, `DEBUG` and others.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { array, bulk, bulks, EMPTY_ARRAY, errorReply, integer, OK, WAITING, type Reply } from '../reply.ts';
import { scriptMemoryLines } from '../scripting/script-memory.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';
import { memoryInfo } from './memory.ts';

function time({ now }: Call): Reply {
  return bulks([String(Math.floor(now / 1000)), String(Math.round((now % 1000) * 1000))]);
}

type Section = 'server' | 'clients' | 'memory' | 'persistence' | 'stats' | 'replication' | 'keyspace';
const SECTIONS: readonly Section[] = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'keyspace'];

function sectionLines(call: Call, section: Section): readonly string[] {
  const { engine } = call;
  switch (section) {
    case 'server':
      return ['redis_version:7.0.15', 'redis_mode:standalone', ...(engine.server?.info('server') ?? [])];
    case 'clients':
      return [`connected_clients:${engine.connections.size}`, `blocked_clients:${engine.blocked.size}`];
    case 'memory':
      return [...memoryInfo(engine), ...scriptMemoryLines(engine)];
    case 'persistence':
      return [...engine.snapshots.info(), ...(engine.server?.info('persistence') ?? ['loading:0', 'aof_enabled:0'])];
    case 'stats':
      return [
        `total_commands_processed:${engine.stats.commands}`, `expired_keys:${engine.stats.expired}`, `evicted_keys:${engine.eviction.evicted}`,
        `keyspace_hits:${engine.stats.hits}`, `keyspace_misses:${engine.stats.misses}`,
        `pubsub_channels:${engine.pubSub.channels().length}`, `pubsub_patterns:${engine.pubSub.patternCount}`,
      ];
    case 'replication':
      return engine.server?.info('replication') ?? ['role:master', 'connected_slaves:0'];
    case 'keyspace':
      return engine.databases.filter((database) => database.size > 0)
        .map((database) => `db${database.number}:keys=${database.size},expires=${database.volatileSize},avg_ttl=0`);
  }
}

function info(call: Call, args: readonly Bytes[]): Reply {
  const asked = new Set(args.slice(1).map(keyword));
  const all = asked.size === 0 || ['all', 'default', 'everything'].some((word) => asked.has(word));
  const text = SECTIONS.filter((section) => all || asked.has(section))
    .map((section) => [`# ${section.slice(0, 1).toUpperCase()}${section.slice(1)}`, ...sectionLines(call, section)].join('\r\n'))
    .join('\r\n\r\n');
  return bulk(text === '' ? '' : `${text}\r\n`);
}

function role(call: Call): Reply {
  return call.engine.server?.role() ?? array([bulk('master'), integer(0), EMPTY_ARRAY]);
}

function wait(call: Call, [, replicas, span]: readonly Bytes[]): Reply {
  const wanted = positionArgument(replicas);
  const timeout = integerArgument(span, ERROR.timeoutNotInteger);
  if (timeout < 0) refuse(ERROR.timeoutNegative);
  const { server } = call.engine;
  // Alone there will never be a replica: the real one would wait out the timeout first.
  if (server === undefined) return integer(0);
  const reached = server.wait(call.connection, wanted, Number(timeout));
  return reached === undefined ? WAITING : integer(reached);
}

function replicaof(call: Call, [, host = '', port = '']: readonly Bytes[]): Reply {
  const { server } = call.engine;
  if (server === undefined) return errorReply('ERR REPLICAOF not allowed without a simulation.');
  server.replicaOf(keyword(host) === 'no' && keyword(port) === 'one' ? undefined : host);
  return OK;
}

/** The rows of the commands on the server. */
export const SERVER_COMMANDS: CommandGroup = {
  time: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: [], since: '2.6.0', reply: ['array'], run: time },
  info: { arity: -1, flags: ['loading', 'stale'], keys: NO_KEYS, categories: ['dangerous'], since: '1.0.0', reply: ['bulk'], run: info },
  role: { arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '2.8.12', reply: ['array'], run: role },
  wait: { arity: 3, flags: ['noscript'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: ['integer', 'waiting'], run: wait },
  replicaof: { arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '5.0.0', reply: ['simple'], run: replicaof },
  slaveof: { arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '1.0.0', reply: ['simple'], run: replicaof },
};
