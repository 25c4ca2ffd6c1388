/**
 * The flags that describe a Cassandra cluster: `--nodes`, `--datacenters` and `--set`, for each command that makes one.
 *
 * @module
 */
import { PARAMETERS, type CassandraOptions, type ParameterName } from '../cassandra/index.ts';
import { UsageError } from '../kernel/errors.ts';
import type { Given } from './arguments.ts';

/** More take long to be dealt their tokens evenly, and show nothing that these do not. */
const NODES_MAX = 100;

/**
 * A cluster's options.
 *
 * @param command - whose flags they are, for errors
 * @param byDefault - how many nodes there are unless said otherwise
 * @throws {@link UsageError} naming the flag
 */
export function clusterOptions(command: string, given: Given, byDefault: number): CassandraOptions {
  const text = given.text('datacenters');
  const settings = Object.fromEntries(given.texts('set').map((text) => settingOf(command, text)));
  const nodes = given.whole('nodes', undefined);
  if (text === undefined) return { ...settings, nodes: checkNodes(command, nodes ?? byDefault) };
  if (nodes !== undefined) throw new UsageError('INVALID_ARGUMENT', `${command}: give --nodes or --datacenters, not both`);
  const datacenters = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name = '', count = ''] = /^([A-Za-z0-9_-]+):(\d{1,9})$/.exec(part) ?? [];
    if (name === '') throw new UsageError('INVALID_ARGUMENT', `${command}: --datacenters is written dc1:3,dc2:3, got '${text}'`);
    if (datacenters.has(name)) throw new UsageError('INVALID_ARGUMENT', `${command}: --datacenters names ${name} twice`);
    datacenters.set(name, checkNodes(command, Number(count)));
  }
  checkNodes(command, [...datacenters.values()].reduce((sum, count) => sum + count, 0));
  return { ...settings, datacenters: Object.fromEntries(datacenters) };
}

function checkNodes(command: string, nodes: number): number {
  if (nodes < 1 || nodes > NODES_MAX) throw new UsageError('INVALID_ARGUMENT', `${command}: 1 to ${NODES_MAX} nodes, got ${nodes}`);
  return nodes;
}

/** Parameters by their names here or in cassandra.yaml. */
const NAMES = new Map(Object.entries(PARAMETERS).flatMap(([name, { yaml }]) => [[name, name], [yaml, name]] as [string, ParameterName][]));

/** `readRequestTimeout=1s`, `paxos_variant=v2`, `materializedViewsEnabled=true`. */
function settingOf(command: string, text: string): readonly [ParameterName, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('INVALID_ARGUMENT', `${command}: --set is written PARAMETER=VALUE, got '${text}'`);
  const given = text.slice(0, at);
  const name = NAMES.get(given);
  if (name === undefined) throw new UsageError('INVALID_ARGUMENT', `${command}: --set: there is no parameter '${given}' (docs/cassandra.md lists them)`);
  const value = text.slice(at + 1);
  return [name, value === 'true' ? true : value === 'false' ? false : /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value];
}
