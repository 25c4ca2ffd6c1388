/**
 * Every command this engine knows, by lower-case name.
 *
 * @module
 */
import type { Command, CommandGroup } from '../command.ts';
import { AUTH_COMMANDS } from './auth.ts';
import { CLIENT_COMMANDS } from './client.ts';
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
import { INTROSPECTION_COMMANDS } from './introspection.ts';
import { LIST_COMMANDS } from './lists.ts';
import { OBJECT_COMMANDS } from './objects.ts';
import { PUB_SUB_COMMANDS } from './pub-sub.ts';
import { SCAN_COMMANDS } from './scan.ts';
import { SCRIPTING_COMMANDS } from './scripting.ts';
import { SERVER_COMMANDS } from './server.ts';
import { SET_COMMANDS } from './sets.ts';
import { SORT_COMMANDS } from './sort.ts';
import { SORTED_SET_ALGEBRA_COMMANDS } from './sorted-set-algebra.ts';
import { SORTED_SET_RANGE_COMMANDS } from './sorted-set-ranges.ts';
import { SORTED_SET_COMMANDS } from './sorted-sets.ts';
import { STREAM_GROUP_COMMANDS } from './stream-groups.ts';
import { STREAM_COMMANDS } from './streams.ts';
import { STRING_COMMANDS } from './strings.ts';
import { TRANSACTION_COMMANDS } from './transactions.ts';

const GROUPS: readonly CommandGroup[] = [
  BITMAP_COMMANDS, HYPERLOGLOG_COMMANDS, BLOCKING_POP_COMMANDS, STREAM_COMMANDS, STREAM_GROUP_COMMANDS, SORT_COMMANDS, OBJECT_COMMANDS, DUMP_COMMANDS,
  STRING_COMMANDS, GENERIC_COMMANDS, SCAN_COMMANDS, HASH_COMMANDS, LIST_COMMANDS, SET_COMMANDS, SORTED_SET_COMMANDS, SORTED_SET_RANGE_COMMANDS,
  SORTED_SET_ALGEBRA_COMMANDS, GEO_COMMANDS, PUB_SUB_COMMANDS, TRANSACTION_COMMANDS, CONNECTION_COMMANDS, AUTH_COMMANDS, CLIENT_COMMANDS, CONFIG_COMMANDS, INTROSPECTION_COMMANDS, SERVER_COMMANDS, SCRIPTING_COMMANDS, FUNCTION_COMMANDS,
];

/** The table. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  GROUPS.flatMap((group) => Object.entries(group)).map(([name, spec]) => [name, { ...spec, name, isWrite: spec.flags.includes('write') }]),
);
