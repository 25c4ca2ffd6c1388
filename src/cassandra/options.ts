/**
 * The cluster's parameters: names as in cassandra.yaml (in camel case), defaults as in Apache Cassandra 4.1.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../kernel/errors.ts';
import { duration, type DurationInput, type Micros } from '../kernel/units.ts';
import type { Replication } from './replication.ts';
import type { CommitLogSync } from './storage/commit-log.ts';
import { STORAGE_DEFAULTS, type StorageOptions } from './storage/engine.ts';

/** How a cluster is laid out and how it behaves. */
export interface CassandraOptions {
  /** Nodes in one datacentre, `datacenter1`. Default 3; leave it out when `datacenters` is given. */
  readonly nodes?: number;
  /** Nodes in each datacentre. Each datacentre is a region of the simulated network. */
  readonly datacenters?: Readonly<Record<string, number>>;
  /** Racks in each datacentre, over which its nodes are dealt in turn. Default 1. */
  readonly racks?: number;
  /** Nodes are named by this and a number from 1. Default `n`. */
  readonly prefix?: string;
  /** `num_tokens`: tokens of each node, drawn at random. Default 16. */
  readonly numTokens?: number;
  /** `initial_token` of each node, by name, in decimal; nodes not named get random ones. */
  readonly initialTokens?: Readonly<Record<string, readonly (bigint | string)[]>>;
  /** Of tables that name none. Default: SimpleStrategy, or NetworkTopologyStrategy over `datacenters`, with three replicas where there are three nodes. */
  readonly replication?: Replication;
  /** Whose clock stamps cells: the client's (as drivers do, the default) or the coordinator's. */
  readonly timestamps?: 'client' | 'coordinator';
  /** `commitlog_sync`. Default `periodic`. */
  readonly commitlogSync?: CommitLogSync;
  /** `commitlog_sync_period`. Default 10 s. */
  readonly commitlogSyncPeriod?: DurationInput;
  /** `commitlog_sync_group_window`. Default 1 s. */
  readonly commitlogSyncGroupWindow?: DurationInput;
  /** `commitlog_segment_size`, in bytes. Default 32 MiB. */
  readonly commitlogSegmentSize?: number;
  /** Bytes of mutations in a memtable that make it flush. Default 16 MiB. */
  readonly memtableSize?: number;
  /** `write_request_timeout`. Default 2 s. */
  readonly writeRequestTimeout?: DurationInput;
  /** `read_request_timeout`. Default 5 s. */
  readonly readRequestTimeout?: DurationInput;
  /** `hinted_handoff_enabled`. Default true. */
  readonly hintedHandoffEnabled?: boolean;
  /** `max_hint_window`. Default 3 h. */
  readonly maxHintWindow?: DurationInput;
  /** `hints_flush_period`: how often hints are synced, and also how often their delivery is tried. Default 10 s. */
  readonly hintsFlushPeriod?: DurationInput;
  /** `phi_convict_threshold`. Default 8. */
  readonly phiConvictThreshold?: number;
  /** The time between gossip rounds. Default 1 s; longer in runs of many simulated days, where the rounds are most of the work. */
  readonly gossipInterval?: DurationInput;
  /** How long a client waits for its coordinator. Default 12 s, as the Node.js driver's `readTimeout`. */
  readonly requestTimeout?: DurationInput;
}

/** The parameters that nodes read, complete and in microseconds. */
export interface Parameters {
  readonly timestamps: 'client' | 'coordinator';
  readonly storage: StorageOptions;
  readonly writeRequestTimeout: Micros;
  readonly readRequestTimeout: Micros;
  readonly hintedHandoffEnabled: boolean;
  readonly maxHintWindow: Micros;
  readonly hintsFlushPeriod: Micros;
  readonly phiConvictThreshold: number;
  readonly gossipInterval: Micros;
  readonly requestTimeout: Micros;
}

/**
 * Checks and completes the parameters.
 *
 * @throws {@link UsageError} `INVALID_OPTION` or `INVALID_DURATION`, naming the parameter
 */
export function readParameters(options: CassandraOptions): Parameters {
  refuseUnknownOptions('a Cassandra cluster', options, [
    'nodes', 'datacenters', 'racks', 'prefix', 'numTokens', 'initialTokens', 'replication', 'timestamps', 'commitlogSync', 'commitlogSyncPeriod',
    'commitlogSyncGroupWindow', 'commitlogSegmentSize', 'memtableSize', 'writeRequestTimeout', 'readRequestTimeout', 'hintedHandoffEnabled',
    'maxHintWindow', 'hintsFlushPeriod', 'phiConvictThreshold', 'gossipInterval', 'requestTimeout',
  ]);
  const { timestamps = 'client', commitlogSync = STORAGE_DEFAULTS.sync } = options;
  oneOf('timestamps', timestamps, ['client', 'coordinator']);
  oneOf('commitlogSync', commitlogSync, ['periodic', 'batch', 'group']);
  return {
    timestamps,
    storage: {
      sync: commitlogSync,
      period: span('commitlogSyncPeriod', options.commitlogSyncPeriod, '10s'),
      groupWindow: span('commitlogSyncGroupWindow', options.commitlogSyncGroupWindow, '1s'),
      segmentSize: positive('commitlogSegmentSize', options.commitlogSegmentSize ?? STORAGE_DEFAULTS.segmentSize),
      memtableSize: positive('memtableSize', options.memtableSize ?? STORAGE_DEFAULTS.memtableSize),
    },
    writeRequestTimeout: span('writeRequestTimeout', options.writeRequestTimeout, '2s'),
    readRequestTimeout: span('readRequestTimeout', options.readRequestTimeout, '5s'),
    hintedHandoffEnabled: options.hintedHandoffEnabled ?? true,
    maxHintWindow: duration(options.maxHintWindow ?? '3h', 'maxHintWindow'),
    hintsFlushPeriod: span('hintsFlushPeriod', options.hintsFlushPeriod, '10s'),
    phiConvictThreshold: positive('phiConvictThreshold', options.phiConvictThreshold ?? 8),
    gossipInterval: span('gossipInterval', options.gossipInterval, '1s'),
    requestTimeout: span('requestTimeout', options.requestTimeout, '12s'),
  };
}

/** A whole number of at least one, or an error that names it. */
export function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError('INVALID_OPTION', `${name} must be a whole number from 1, got ${String(value)}`);
  return value;
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new UsageError('INVALID_OPTION', `${name} must be positive, got ${String(value)}`);
  return value;
}

function span(name: string, input: DurationInput | undefined, byDefault: string): Micros {
  const length = duration(input ?? byDefault, name);
  positive(name, length);
  return length;
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError('INVALID_OPTION', `${name} must be one of ${allowed.join(', ')}, got '${String(value)}'`);
}
