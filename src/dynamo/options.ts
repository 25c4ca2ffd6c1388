/**
 * The parameters of the Dynamo-like store, with the paper's names and usual values (DeCandia et al., "Dynamo: Amazon's
 * Highly Available Key-value Store", SOSP 2007), and the checks they must pass.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../kernel/errors.ts';
import { duration, type DurationInput, type Micros } from '../kernel/units.ts';

/** What becomes of versions that have not seen each other: kept side by side, or the one with the latest timestamp wins. */
export type ConflictMode = 'siblings' | 'lww';

/**
 * What a read does with replicas that turn out stale: nothing; writes to them after the reply (section 5); or writes to them
 * before it, which makes a strict quorum linearizable (Attiya, Bar-Noy, Dolev, "Sharing Memory Robustly", JACM 1995).
 */
export type ReadRepair = 'none' | 'after-reply' | 'before-reply';

/**
 * How versions know each other: by vector clocks with an entry a coordinator, as in the paper; or by dotted version vectors,
 * which also tell two clients behind one coordinator apart.
 */
export type VersionScheme = 'vector-clock' | 'dotted';

/** What a deployment can be told. */
export interface DynamoOptions {
  /** How many machines. Default 5. */
  readonly nodes?: number;
  /** The zones they stand in, round robin; preference lists spread over them. Default: one. */
  readonly zones?: readonly string[];
  /** Replicas of a key. Default 3. */
  readonly n?: number;
  /** Replicas a read waits for. Default 2. */
  readonly r?: number;
  /** Replicas a write waits for. Default 2. */
  readonly w?: number;
  /** Whether the first N *healthy* nodes take part in place of the N home nodes (section 4.6). Default true. */
  readonly sloppy?: boolean;
  /** Default `'after-reply'`. */
  readonly readRepair?: ReadRepair;
  /** Default `'siblings'`. */
  readonly conflict?: ConflictMode;
  /** Default `'vector-clock'`. */
  readonly versions?: VersionScheme;
  /** Tokens of each machine on the ring. Default 64. */
  readonly virtualNodes?: number;
  /** Pairs a vector clock may have before the oldest is dropped (section 4.4). Default 10. */
  readonly clockLimit?: number;
  /** How long a coordinator waits for a replica before it holds it for unhealthy. Default 100 ms. */
  readonly replicaTimeout?: DurationInput;
  /** How long a coordinator tries before it gives up. Default 500 ms. */
  readonly requestTimeout?: DurationInput;
  /** How often hints are offered to their owners. Default 10 s. */
  readonly handoffInterval?: DurationInput;
  /** Whether a replica acknowledges a write when it is on the disk, or already when it is in memory (section 6.1). Default `'synced'`. */
  readonly writes?: 'synced' | 'buffered';
  /** Put in front of the nodes' names; needed when two deployments share a simulation. Default `'d'`. */
  readonly prefix?: string;
}

/** The parameters, checked and complete. */
export interface DynamoConfig {
  readonly nodes: number;
  readonly zones: readonly string[];
  readonly n: number;
  readonly r: number;
  readonly w: number;
  readonly sloppy: boolean;
  readonly readRepair: ReadRepair;
  readonly conflict: ConflictMode;
  readonly versions: VersionScheme;
  readonly virtualNodes: number;
  readonly clockLimit: number;
  readonly replicaTimeout: Micros;
  readonly requestTimeout: Micros;
  readonly handoffInterval: Micros;
  readonly writes: 'synced' | 'buffered';
  readonly prefix: string;
}

/** Fills in the defaults. @throws {@link UsageError} `INVALID_OPTION` naming the field */
export function dynamoConfig(options: DynamoOptions = {}): DynamoConfig {
  refuseUnknownOptions('a Dynamo', options, [
    'nodes', 'zones', 'n', 'r', 'w', 'sloppy', 'readRepair', 'conflict', 'versions', 'virtualNodes', 'clockLimit', 'replicaTimeout',
    'requestTimeout', 'handoffInterval', 'writes', 'prefix',
  ]);
  const nodes = whole('nodes', options.nodes ?? 5, 1, 100_000, '');
  const n = whole('n', options.n ?? Math.min(3, nodes), 1, nodes, ' (the number of nodes)');
  return {
    nodes,
    n,
    zones: options.zones ?? ['zone-a'],
    r: whole('r', options.r ?? Math.min(2, n), 1, n, ' (n)'),
    w: whole('w', options.w ?? Math.min(2, n), 1, n, ' (n)'),
    sloppy: options.sloppy ?? true,
    readRepair: oneOf('readRepair', options.readRepair ?? 'after-reply', ['none', 'after-reply', 'before-reply']),
    conflict: oneOf('conflict', options.conflict ?? 'siblings', ['siblings', 'lww']),
    versions: oneOf('versions', options.versions ?? 'vector-clock', ['vector-clock', 'dotted']),
    virtualNodes: whole('virtualNodes', options.virtualNodes ?? 64, 1, 10_000, ''),
    clockLimit: whole('clockLimit', options.clockLimit ?? 10, 1, 1000, ''),
    replicaTimeout: duration(options.replicaTimeout ?? '100ms', 'replicaTimeout'),
    requestTimeout: duration(options.requestTimeout ?? '500ms', 'requestTimeout'),
    handoffInterval: duration(options.handoffInterval ?? '10s', 'handoffInterval'),
    writes: oneOf('writes', options.writes ?? 'synced', ['synced', 'buffered']),
    prefix: options.prefix ?? 'd',
  };
}

/** Checks a whole number between two bounds. @throws {@link UsageError} `INVALID_OPTION` */
export function whole(name: string, value: number, low: number, high: number, whatHigh: string): number {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${low} to ${high}${whatHigh}, got ${String(value)}`);
  }
  return value;
}

function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (!known.includes(value)) throw new UsageError('INVALID_OPTION', `${name} must be one of ${known.join(', ')}, got '${String(value)}'`);
  return value;
}
