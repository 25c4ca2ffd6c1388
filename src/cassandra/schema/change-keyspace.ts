/**
 * CREATE, ALTER and DROP KEYSPACE (Apache Cassandra 5.0: `CreateKeyspaceStatement`, `KeyspaceAttributes`, `ReplicationParams`,
 * `SimpleStrategy`, `NetworkTopologyStrategy`). Left out: transient replication, which 5.0 refuses too unless it is enabled.
 *
 * @module
 */
import type { Properties, SchemaStatement } from '../cql/ast.ts';
import { inHashOrder, stringHash } from '../cql/term-text.ts';
import { AlreadyExistsError, ConfigError, InvalidRequestError } from '../errors.ts';
import type { Replication } from '../replication.ts';
import { authorize, changed, requireKeyspace, unchanged, type SchemaChange, type SchemaContext } from './change.ts';
import type { KeyspaceMetadata } from './metadata.ts';
import { PropertyReader, refuseUnknown } from './properties.ts';
import type { Schema } from './schema.ts';

type CreateKeyspace = SchemaStatement & { readonly kind: 'createKeyspace' };
type AlterKeyspace = SchemaStatement & { readonly kind: 'alterKeyspace' };
type DropKeyspace = SchemaStatement & { readonly kind: 'dropKeyspace' };

const PROPERTIES: ReadonlySet<string> = new Set(['replication', 'durable_writes']);
const NAME_LENGTH_MAX = 48;

/** CREATE KEYSPACE. */
export function createKeyspace(schema: Schema, { name, ifNotExists, properties }: CreateKeyspace, context: SchemaContext): SchemaChange {
  const known = schema.keyspaces.get(name);
  if (known !== undefined && known.kind !== 'user') throw new InvalidRequestError(`System keyspace '${name}' is not user-modifiable`);
  if (!/^\w+$/.test(name) || name.length > NAME_LENGTH_MAX) {
    throw new InvalidRequestError(`Keyspace name must not be empty, more than ${NAME_LENGTH_MAX} characters long, or contain non-alphanumeric-underscore characters (got '${name}')`);
  }
  refuseUnknown(properties, PROPERTIES);
  const reader = new PropertyReader(properties);
  const written = reader.map('replication');
  const durableWrites = reader.boolean('durable_writes') ?? true;
  if (written === undefined) throw new InvalidRequestError("Missing mandatory option 'replication'");
  if (!written.has('class')) throw new ConfigError('Missing replication strategy class');
  if (known !== undefined) {
    if (ifNotExists) return unchanged(schema);
    throw new AlreadyExistsError(name, '');
  }
  const replication = replicationOf(name, written, undefined, context);
  const keyspace: KeyspaceMetadata = { name, kind: 'user', replication, durableWrites, tables: new Map(), views: new Map(), types: new Map() };
  return changed(schema, keyspace, { change: 'CREATED', target: 'KEYSPACE', keyspace: name, name: undefined }, warningsOf(name, replication, context));
}

/** ALTER KEYSPACE. */
export function alterKeyspace(schema: Schema, { name, ifExists, properties }: AlterKeyspace, context: SchemaContext): SchemaChange {
  authorize(schema, name, 'ALTER', `keyspace ${name}`);
  refuseUnknown(properties, PROPERTIES);
  const keyspace = schema.keyspaces.get(name);
  if (keyspace === undefined) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Keyspace '${name}' doesn't exist`);
  }
  const altered = alteredKeyspace(keyspace, properties, context);
  return changed(schema, altered, { change: 'UPDATED', target: 'KEYSPACE', keyspace: name, name: undefined }, [
    ...warningsOf(name, altered.replication, context),
    ...(replicaCount(keyspace.replication) < replicaCount(altered.replication) ? ['When increasing replication factor you need to run a full (-full) repair to distribute the data.'] : []),
  ]);
}

function alteredKeyspace(keyspace: KeyspaceMetadata, properties: Properties, context: SchemaContext): KeyspaceMetadata {
  const reader = new PropertyReader(properties);
  const written = reader.map('replication');
  const durableWrites = reader.boolean('durable_writes') ?? keyspace.durableWrites;
  if (written === undefined || written.size === 0) return { ...keyspace, durableWrites };
  if (!written.has('class')) throw new ConfigError('Missing replication strategy class');
  return { ...keyspace, durableWrites, replication: replicationOf(keyspace.name, written, keyspace.replication, context) };
}

/** DROP KEYSPACE. */
export function dropKeyspace(schema: Schema, { name, ifExists }: DropKeyspace): SchemaChange {
  authorize(schema, name, 'DROP', `keyspace ${name}`);
  if (!schema.keyspaces.has(name) && ifExists) return unchanged(schema);
  requireKeyspace(schema, name);
  return { schema: schema.without(name), event: { change: 'DROPPED', target: 'KEYSPACE', keyspace: name, name: undefined }, warnings: [] };
}

/** A keyspace's replication as written. @param before - what it was, when it is altered */
function replicationOf(keyspace: string, written: ReadonlyMap<string, string>, before: Replication | undefined, { datacenters }: SchemaContext): Replication {
  const className = written.get('class') ?? '';
  const strategy = className.replace(/^org\.apache\.cassandra\.locator\./, '');
  const options = new Map([...written].filter(([name]) => name !== 'class'));
  switch (strategy) {
    case 'LocalStrategy': throw new InvalidRequestError('Unable to use given strategy class: LocalStrategy is reserved for internal use.');
    case 'SimpleStrategy': {
      const factor = factorOf(options.get('replication_factor') ?? '1');
      refuseOptions(keyspace, strategy, [...options.keys()].filter((name) => name !== 'replication_factor'));
      return { class: 'SimpleStrategy', replicationFactor: factor };
    }
    case 'NetworkTopologyStrategy': return networkTopology(keyspace, options, before, datacenters);
    default: throw new ConfigError(`Unable to find replication strategy class '${className.includes('.') ? className : `org.apache.cassandra.locator.${className}`}'`);
  }
}

/** `replication_factor` stands for each datacentre that is not named; one that has replicas already keeps its number. */
function networkTopology(keyspace: string, options: ReadonlyMap<string, string>, before: Replication | undefined, datacenters: ReadonlyMap<string, number>): Replication {
  const factors: Record<string, number> = {};
  // Without any number the cluster's default is meant (`default_keyspace_rf`, 1).
  const general = options.get('replication_factor') ?? (options.size === 0 ? '1' : undefined);
  if (general !== undefined) {
    const factor = factorOf(general);
    const kept = before?.class === 'NetworkTopologyStrategy' ? before.datacenters : {};
    for (const datacenter of [...datacenters.keys()].sort()) factors[datacenter] = kept[datacenter] ?? factor;
  }
  for (const [name, text] of options) {
    if (name !== 'replication_factor') factors[name] = factorOf(text);
  }
  refuseOptions(keyspace, 'NetworkTopologyStrategy', inHashOrder(Object.keys(factors), (name) => name, stringHash).filter((name) => !datacenters.has(name)));
  const used = Object.fromEntries(Object.entries(factors).filter(([, factor]) => factor > 0));
  if (Object.keys(used).length === 0) throw new ConfigError('Configuration for at least one datacenter must be present');
  return { class: 'NetworkTopologyStrategy', datacenters: used };
}

function factorOf(text: string): number {
  if (/^\d+\/\d+$/.test(text)) throw new ConfigError('Transient replication is not enabled on this node');
  if (!/^[+-]?\d+$/.test(text)) throw new ConfigError(`For input string: "${text}"`);
  const factor = Number(text);
  if (factor < 0) throw new ConfigError(`Replication factor must be non-negative, found ${factor}`);
  return factor;
}

function refuseOptions(keyspace: string, strategy: string, names: readonly string[]): void {
  const [first] = names;
  if (first !== undefined) throw new ConfigError(`Unrecognized strategy option {${first}} passed to ${strategy} for keyspace ${keyspace}`);
}

function replicaCount(replication: Replication): number {
  return replication.class === 'SimpleStrategy' ? replication.replicationFactor : Object.values(replication.datacenters).reduce((sum, factor) => sum + factor, 0);
}

function warningsOf(keyspace: string, replication: Replication, { datacenters }: SchemaContext): string[] {
  const text = (factor: number, nodes: number) => `Your replication factor ${factor} for keyspace ${keyspace} is higher than the number of nodes ${nodes}`;
  if (replication.class === 'SimpleStrategy') {
    const nodes = [...datacenters.values()].reduce((sum, count) => sum + count, 0);
    return replication.replicationFactor > nodes ? [text(replication.replicationFactor, nodes)] : [];
  }
  return Object.entries(replication.datacenters)
    .filter(([datacenter, factor]) => factor > (datacenters.get(datacenter) ?? 0))
    .map(([datacenter, factor]) => `${text(factor, datacenters.get(datacenter) ?? 0)} for datacenter ${datacenter}`);
}
