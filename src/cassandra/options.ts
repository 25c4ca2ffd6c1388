/**
 * How a cluster is laid out; how it behaves is in `parameters.ts`.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../kernel/errors.ts';
import { PARAMETERS, type ParameterOptions } from './parameters.ts';
import type { PartitionerName } from './partitioner.ts';
import type { Replication } from './replication.ts';

/** The cluster's layout, and any parameter of cassandra.yaml that is to differ from its default. */
export interface CassandraOptions extends ParameterOptions {
  /** Nodes in one datacentre, `datacenter1`. Default 3; leave it out when `datacenters` is given. */
  readonly nodes?: number;
  /** Nodes in each datacentre. Each datacentre is a region of the simulated network. */
  readonly datacenters?: Readonly<Record<string, number>>;
  /** Racks in each datacentre, over which its nodes are dealt in turn. Default 1. */
  readonly racks?: number;
  /** Nodes are named by this and a number from 1. Default `n`. */
  readonly prefix?: string;
  /** `cluster_name`. Default `Test Cluster`. */
  readonly clusterName?: string;
  /** `num_tokens`: tokens of each node. Default 16. */
  readonly numTokens?: number;
  /** `allocate_tokens_for_local_replication_factor`: spreads tokens evenly for so many replicas; false draws them at random. Default 3. */
  readonly allocateTokensForLocalReplicationFactor?: number | false;
  /** `initial_token` of each node, by name, as {@link Partitioner.format} prints them; nodes not named get others. */
  readonly initialTokens?: Readonly<Record<string, readonly (bigint | string)[]>>;
  /** Default `Murmur3Partitioner`. */
  readonly partitioner?: PartitionerName;
  /** Of tables that name none. Default: SimpleStrategy, or NetworkTopologyStrategy over `datacenters`, with three replicas where there are three nodes. */
  readonly replication?: Replication;
}

const LAYOUT = [
  'nodes', 'datacenters', 'racks', 'prefix', 'clusterName', 'numTokens', 'allocateTokensForLocalReplicationFactor', 'initialTokens', 'partitioner', 'replication',
];

/** Refuses options that do not exist. @throws {@link UsageError} `INVALID_OPTION` */
export function checkOptions(options: CassandraOptions): void {
  refuseUnknownOptions('a Cassandra cluster', options, [...LAYOUT, ...Object.keys(PARAMETERS)]);
}

/** A whole number of at least one, or an error that names it. */
export function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError('INVALID_OPTION', `${name} must be a whole number from 1, got ${String(value)}`);
  return value;
}
