/**
 * Every command this engine knows, by lower-case name.
 *
 * @module
 */
import type { Command, CommandGroup, CommandSpec } from '../command.ts';
import { ACL_COMMANDS } from './acl.ts';
import { AUTH_COMMANDS } from './auth.ts';
import { CLIENT_COMMANDS } from './client.ts';
import { CLUSTER_COMMANDS } from './cluster.ts';
import { COMMAND_COMMANDS } from './command.ts';
import { CONFIG_COMMANDS } from './config.ts';
import { BLOCKING_POP_COMMANDS } from './blocking-pops.ts';
import { CONNECTION_COMMANDS } from './connection.ts';
import { BITMAP_COMMANDS } from './bitmaps.ts';
import { DUMP_COMMANDS } from './dump.ts';
import { FUNCTION_COMMANDS } from './functions.ts';
import { GENERIC_COMMANDS } from './generic.ts';
import { GEO_COMMANDS } from './geo.ts';
import { HASH_COMMANDS } from './hashes.ts';
import { HYPERLOGLOG_COMMANDS } from './hyperloglogs.ts';
import { INFO_COMMANDS } from './info.ts';
import { KEY_SPECS } from './key-specs.ts';
import { LIST_COMMANDS } from './lists.ts';
import { DEBUG_COMMANDS } from './debug.ts';
import { MEMORY_COMMANDS } from './memory.ts';
import { PERSISTENCE_COMMANDS } from './persistence.ts';
import { REPLICATION_COMMANDS } from './replication.ts';
import { MIGRATE_COMMANDS } from './migrate.ts';
import { OBJECT_COMMANDS } from './objects.ts';
import { PUB_SUB_COMMANDS } from './pub-sub.ts';
import { SCAN_COMMANDS } from './scan.ts';
import { SCRIPTING_COMMANDS } from './scripting.ts';
import { SERVER_COMMANDS } from './server.ts';
import { SET_COMMANDS } from './sets.ts';
import { SLOW_LOG_COMMANDS } from './slow-log.ts';
import { SORT_COMMANDS } from './sort.ts';
import { SORTED_SET_ALGEBRA_COMMANDS } from './sorted-set-algebra.ts';
import { SORTED_SET_RANGE_COMMANDS } from './sorted-set-ranges.ts';
import { SORTED_SET_COMMANDS } from './sorted-sets.ts';
import { STREAM_GROUP_COMMANDS } from './stream-groups.ts';
import { STREAM_COMMANDS } from './streams.ts';
import { STRING_COMMANDS } from './strings.ts';
import { SUBCOMMANDS } from './subcommands.ts';
import { TRANSACTION_COMMANDS } from './transactions.ts';

/** Commands that write and yet look for their keys as readers do. */
const READING_WRITES: ReadonlySet<string> = new Set([
  'getex', 'getdel', 'getset', 'sort', 'sinterstore', 'sunionstore', 'sdiffstore', 'zunionstore', 'zinterstore', 'zdiffstore', 'zrangestore', 'bitop', 'pfmerge', 'copy',
  'georadius', 'georadiusbymember', 'geosearchstore', 'xreadgroup', 'xclaim', 'xack',
]);

const GROUPS: readonly CommandGroup[] = [
  BITMAP_COMMANDS, HYPERLOGLOG_COMMANDS, BLOCKING_POP_COMMANDS, STREAM_COMMANDS, STREAM_GROUP_COMMANDS, SORT_COMMANDS, OBJECT_COMMANDS, MEMORY_COMMANDS, DEBUG_COMMANDS, PERSISTENCE_COMMANDS, REPLICATION_COMMANDS, MIGRATE_COMMANDS, DUMP_COMMANDS,
  STRING_COMMANDS, GENERIC_COMMANDS, SCAN_COMMANDS, HASH_COMMANDS, LIST_COMMANDS, SET_COMMANDS, SORTED_SET_COMMANDS, SORTED_SET_RANGE_COMMANDS,
  SORTED_SET_ALGEBRA_COMMANDS, GEO_COMMANDS, PUB_SUB_COMMANDS, TRANSACTION_COMMANDS, CONNECTION_COMMANDS, ACL_COMMANDS, AUTH_COMMANDS, CLIENT_COMMANDS, CONFIG_COMMANDS, COMMAND_COMMANDS, CLUSTER_COMMANDS, INFO_COMMANDS, SLOW_LOG_COMMANDS, SERVER_COMMANDS, SCRIPTING_COMMANDS, FUNCTION_COMMANDS,
];

let nextId = 0;

function commandOf(name: string, fullName: string, spec: CommandSpec, children: ReadonlyMap<string, Command> | undefined): Command {
  const { arity, flags, keys, categories, since, reply, flagsOf, run } = spec;
  return {
    arity, flags, keys, categories, since, reply, ...(flagsOf === undefined ? {} : { flagsOf }), run, name, fullName, children, id: nextId++,
    isWrite: flags.includes('write'), isReadOnly: flags.includes('readonly'), countsLookups: !flags.includes('write') || READING_WRITES.has(name), keySpecs: KEY_SPECS[fullName] ?? [],
  };
}

function childrenOf(name: string, spec: CommandSpec): ReadonlyMap<string, Command> | undefined {
  if (spec.subcommands === undefined) return undefined;
  const names = Object.keys(spec.subcommands).filter((child) => child !== '');
  return new Map(names.map((child) => {
    const fullName = `${name}|${child}`;
    const { flagsOf: _, ...row } = spec;
    return [child, commandOf(name, fullName, { ...row, arity: spec.subcommands?.[child] ?? -2, ...SUBCOMMANDS[fullName] }, undefined)];
  }));
}

/** The table. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  GROUPS.flatMap((group) => Object.entries(group)).map(([name, spec]) => [name, commandOf(name, name, spec, childrenOf(name, spec))]),
);

/** The table as clients spell the names, mostly: in lower and in upper case. */
export const COMMANDS_AS_SPELT: ReadonlyMap<string, Command> = new Map(
  [...COMMANDS].flatMap(([name, command]): [string, Command][] => [[name, command], [name.toUpperCase(), command]]),
);

/** All commands and subcommands, by {@link Command.id}. */
export const EVERY_COMMAND: readonly Command[] = [...COMMANDS.values()]
  .flatMap((command) => [command, ...(command.children?.values() ?? [])]).sort((a, b) => a.id - b.id);
