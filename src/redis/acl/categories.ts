/**
 * The categories of commands that users' rules and `COMMAND` speak of (`ACLCommandCategories` of Redis 7.0).
 *
 * @module
 */
import type { Command } from '../command.ts';

/** All categories, in Redis's order. */
export const CATEGORIES: readonly string[] = [
  'keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo', 'stream', 'pubsub', 'admin', 'fast',
  'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting',
];

const known = new WeakMap<Command, readonly string[]>();

/** The categories of a command, those that its flags imply among them. */
export function categoriesOf(command: Command): readonly string[] {
  let found = known.get(command);
  if (found === undefined) {
    found = collect(command);
    known.set(command, found);
  }
  return found;
}

function collect({ flags, categories, isWrite, children, fullName }: Command): readonly string[] {
  // What has subcommands has categories in those, and none itself but `slow`; `COMMAND` is the exception.
  if (children !== undefined && fullName !== 'command') return ['slow'];
  const of = new Set<string>(categories);
  if (isWrite) of.add('write');
  // A script may do anything: of these the flags say nothing.
  if (flags.includes('readonly') && !of.has('scripting')) of.add('read');
  if (flags.includes('pubsub')) of.add('pubsub');
  if (flags.includes('blocking')) of.add('blocking');
  if (flags.includes('admin')) of.add('admin').add('dangerous');
  of.add(flags.includes('fast') ? 'fast' : 'slow');
  return CATEGORIES.filter((category) => of.has(category));
}
