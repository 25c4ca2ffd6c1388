/**
 * The parameters of the Dynamo-like store, with the paper's names and usual values (DeCandia et al., "Dynamo: Amazon's
 * Highly Available Key-value Store", SOSP 2007) and, where the paper has none, Riak's; and the checks they must pass.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../kernel/errors.ts';
import { duration, type DurationInput, type Micros } from '../kernel/units.ts';
import { MERGERS, type Merger, type MergerName } from './mergers/index.ts';
import type { EngineFactory } from './storage/engine.ts';
import { logEngine } from './storage/log-engine.ts';

/**
 * What becomes of versions that have not seen each other: kept side by side for a client to reconcile; the one with the latest
 * timestamp wins; or merged by a function of their values.
 */
export type ConflictMode = 'siblings' | 'lww' | Merger;

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

/**
 * How keys are spread (section 6.2): by T random tokens a machine that are also the borders of the key ranges; by T random tokens
 * over Q ranges of equal size; or by Q ranges of equal size shared out evenly.
 */
export type Partitioning = 'random-tokens' | 'equal-partitions-random-tokens' | 'equal-partitions';

/**
 * When a replica acknowledges a write: when it is on the disk; or when it is in a buffer in memory that a writer flushes
 * (section 6.1), all of them or all but one of the N, whose durable write nobody waits for.
 */
export type WriteMode = 'synced' | 'buffered' | 'buffered-one-durable';

/** How the node that a client asks is chosen; `fastest` is the one that answered the client's last read of the key first (section 5). */
export type CoordinatorChoice = 'random-home' | 'fastest' | 'random-node';

/** One machine. */
export interface NodeOptions {
  readonly name?: string;
  readonly zone?: string;
  /** Relative size: a machine of 2 holds twice as many tokens as one of 1 (section 4.2). Default 1. */
  readonly capacity?: number;
}

/** What a deployment can be told. */
export interface DynamoOptions {
  /** How many machines, or what each is. Default 5. */
  readonly nodes?: number | readonly NodeOptions[];
  /** The zones they stand in, round robin; preference lists spread over them. Default: one. */
  readonly zones?: readonly string[];
  /** Replicas of a key. Default 3. */
  readonly n?: number;
  /** Replicas a read waits for. Default 2. */
  readonly r?: number;
  /** Replicas a write waits for. Default 2. */
  readonly w?: number;
  /** How many of the R must be home nodes of the key, not stand-ins (Riak's PR). Default 0. */
  readonly pr?: number;
  /** How many of the W must be home nodes of the key, not stand-ins (Riak's PW). Default 0. */
  readonly pw?: number;
  /** How many replicas must have the write on their disk before it is acknowledged (Riak's DW). Default 0. */
  readonly dw?: number;
  /** Whether the first N *healthy* nodes take part in place of the N home nodes (section 4.6). Default true. */
  readonly sloppy?: boolean;
  /** Default `'after-reply'`. */
  readonly readRepair?: ReadRepair;
  /** `'siblings'` (default), `'lww'`, the name of a built-in merger such as `'or-set'`, or a {@link Merger}. */
  readonly conflict?: 'siblings' | 'lww' | MergerName | Merger;
  /** Default `'vector-clock'`. */
  readonly versions?: VersionScheme;
  /** Default `'random-tokens'`. */
  readonly partitioning?: Partitioning;
  /** T: tokens of each machine on the ring, for each unit of its capacity. Default 64. */
  readonly virtualNodes?: number;
  /** Q: key ranges of equal size, where the partitioning has them. Default 1,024. */
  readonly partitions?: number;
  /** Pairs a vector clock may have before the oldest is dropped (section 4.4). Default 10. */
  readonly clockLimit?: number;
  /** How long a coordinator waits for a replica before it holds it for unhealthy. Default 100 ms. */
  readonly replicaTimeout?: DurationInput;
  /** How long a coordinator tries before it gives up. Default 500 ms. */
  readonly requestTimeout?: DurationInput;
  /** How often hints are offered to their owners. Default 10 s. */
  readonly handoffInterval?: DurationInput;
  /** How often a node tells a random other what it knows of joins and leaves (section 4.8.1). Default 1 s. */
  readonly gossipInterval?: DurationInput;
  /** How many machines, the first ones, are seeds that everybody knows and gossips with in the end (section 4.8.2). Default 1. */
  readonly seeds?: number;
  /** How often a node compares Merkle trees with another (section 4.7); `false`: never. Default 60 s. */
  readonly antiEntropy?: DurationInput | false;
  /** How long the tombstone of a deleted key is kept once all its replicas have it (Riak's `delete_mode`); `'keep'` (default): for ever. */
  readonly tombstones?: DurationInput;
  /** Default `'synced'`. */
  readonly writes?: WriteMode;
  /** How many objects the write buffer holds before it is flushed (section 6.1). Default 1,000. */
  readonly bufferedObjects?: number;
  /** How often the write buffer is flushed at least. Default 1 s. */
  readonly flushInterval?: DurationInput;
  /** How objects lie on the disk. Default: a log that is compacted. */
  readonly engine?: EngineFactory;
  /** The 99th percentile of local disk latency above which background work gives way (section 6.5). Default 50 ms. */
  readonly backgroundLatencyLimit?: DurationInput;
  /** The longest key, in bytes. Default 65,536. */
  readonly maxKeyBytes?: number;
  /** The largest value, in bytes. Default 1,048,576: "usually less than 1 MB" (section 2.1). */
  readonly maxValueBytes?: number;
  /** Put in front of the nodes' names; needed when two deployments share a simulation. Default `'d'`. */
  readonly prefix?: string;
}

/** The parameters, checked and complete. */
export interface DynamoConfig {
  /** How many machines there were at first. */
  readonly nodes: number;
  /** What was said of each machine at first. */
  readonly machines: readonly NodeOptions[];
  readonly zones: readonly string[];
  readonly n: number;
  readonly r: number;
  readonly w: number;
  readonly pr: number;
  readonly pw: number;
  readonly dw: number;
  readonly sloppy: boolean;
  readonly readRepair: ReadRepair;
  readonly conflict: ConflictMode;
  readonly versions: VersionScheme;
  readonly partitioning: Partitioning;
  readonly virtualNodes: number;
  readonly partitions: number;
  readonly clockLimit: number;
  readonly replicaTimeout: Micros;
  readonly requestTimeout: Micros;
  readonly handoffInterval: Micros;
  readonly gossipInterval: Micros;
  readonly seeds: number;
  /** Undefined: never. */
  readonly antiEntropy: Micros | undefined;
  /** Undefined: tombstones are kept. */
  readonly tombstones: Micros | undefined;
  readonly writes: WriteMode;
  readonly bufferedObjects: number;
  readonly flushInterval: Micros;
  readonly engine: EngineFactory;
  readonly backgroundLatencyLimit: Micros;
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
  readonly prefix: string;
}

/** What may be changed while a deployment runs. */
export type LiveOptions = Pick<DynamoOptions,
  | 'n' | 'conflict' | 'r' | 'w' | 'pr' | 'pw' | 'dw' | 'sloppy' | 'readRepair' | 'clockLimit' | 'replicaTimeout' | 'requestTimeout' | 'handoffInterval'
  | 'gossipInterval' | 'antiEntropy' | 'tombstones' | 'writes' | 'bufferedObjects' | 'flushInterval' | 'backgroundLatencyLimit' | 'maxKeyBytes' | 'maxValueBytes'>;

const LIVE = [
  'n', 'conflict', 'r', 'w', 'pr', 'pw', 'dw', 'sloppy', 'readRepair', 'clockLimit', 'replicaTimeout', 'requestTimeout', 'handoffInterval',
  'gossipInterval', 'antiEntropy', 'tombstones', 'writes', 'bufferedObjects', 'flushInterval', 'backgroundLatencyLimit', 'maxKeyBytes', 'maxValueBytes',
] as const satisfies readonly (keyof LiveOptions)[];

const FIXED = ['nodes', 'zones', 'versions', 'partitioning', 'virtualNodes', 'partitions', 'seeds', 'engine', 'prefix'] as const;

/** Fills in the defaults. @throws {@link UsageError} `INVALID_OPTION` naming the field */
export function dynamoConfig(options: DynamoOptions = {}): DynamoConfig {
  refuseUnknownOptions('a Dynamo', options, [...FIXED, ...LIVE]);
  const machines = machinesOf(options.nodes ?? 5);
  const nodes = machines.length;
  const partitions = whole('partitions', options.partitions ?? 1024, 1, 1_048_576, '');
  return {
    nodes, machines, partitions,
    zones: zonesOf(options.zones),
    versions: oneOf('versions', options.versions ?? 'vector-clock', ['vector-clock', 'dotted']),
    partitioning: oneOf('partitioning', options.partitioning ?? 'random-tokens', ['random-tokens', 'equal-partitions-random-tokens', 'equal-partitions']),
    virtualNodes: whole('virtualNodes', options.virtualNodes ?? 64, 1, 10_000, ''),
    seeds: whole('seeds', options.seeds ?? 1, 0, nodes, ' (the number of nodes)'),
    engine: engineOf(options.engine ?? logEngine),
    prefix: options.prefix ?? 'd',
    ...liveConfig(options, nodes),
  };
}

/**
 * What changes when some options do.
 *
 * @param config - as it is
 * @param options - what is to be different
 * @param nodes - how many members the ring has
 * @throws {@link UsageError} `INVALID_OPTION` naming the field, also of one that stands for good
 */
export function changedConfig(config: DynamoConfig, options: LiveOptions, nodes: number): DynamoConfig {
  for (const name of FIXED) {
    if (Object.hasOwn(options, name)) throw new UsageError('INVALID_OPTION', `${name} cannot be changed while the deployment runs`);
  }
  refuseUnknownOptions('a running Dynamo', options, LIVE);
  const before: LiveOptions = Object.fromEntries(LIVE.map((name) => [name, asInput(name, config[name])]));
  return { ...config, ...liveConfig({ ...before, ...options }, nodes) };
}

/** A checked value as an option again: spans are microseconds in a config and milliseconds in options. */
function asInput(name: keyof LiveOptions, value: unknown): unknown {
  if (value === undefined) return name === 'tombstones' ? 'keep' : false;
  const isSpan = /Timeout$|Interval$|LatencyLimit$/.test(name) || name === 'antiEntropy' || name === 'tombstones';
  return isSpan && typeof value === 'number' ? value / 1000 : value;
}

function liveConfig(options: LiveOptions, nodes: number): Pick<DynamoConfig, keyof LiveOptions> {
  const n = whole('n', options.n ?? Math.min(3, nodes), 1, nodes, ' (the number of nodes)');
  return {
    n,
    conflict: conflictOf(options.conflict ?? 'siblings'),
    r: whole('r', options.r ?? Math.min(2, n), 1, n, ' (n)'),
    w: whole('w', options.w ?? Math.min(2, n), 1, n, ' (n)'),
    pr: whole('pr', options.pr ?? 0, 0, n, ' (n)'),
    pw: whole('pw', options.pw ?? 0, 0, n, ' (n)'),
    dw: whole('dw', options.dw ?? 0, 0, n, ' (n)'),
    sloppy: flag('sloppy', options.sloppy ?? true),
    readRepair: oneOf('readRepair', options.readRepair ?? 'after-reply', ['none', 'after-reply', 'before-reply']),
    clockLimit: whole('clockLimit', options.clockLimit ?? 10, 1, 1000, ''),
    replicaTimeout: duration(options.replicaTimeout ?? '100ms', 'replicaTimeout'),
    requestTimeout: duration(options.requestTimeout ?? '500ms', 'requestTimeout'),
    handoffInterval: interval('handoffInterval', options.handoffInterval ?? '10s'),
    gossipInterval: interval('gossipInterval', options.gossipInterval ?? '1s'),
    antiEntropy: options.antiEntropy === false ? undefined : interval('antiEntropy', options.antiEntropy ?? '60s'),
    tombstones: options.tombstones === undefined || options.tombstones === 'keep' ? undefined : interval('tombstones', options.tombstones),
    writes: oneOf('writes', options.writes ?? 'synced', ['synced', 'buffered', 'buffered-one-durable']),
    bufferedObjects: whole('bufferedObjects', options.bufferedObjects ?? 1000, 1, 1e9, ''),
    flushInterval: interval('flushInterval', options.flushInterval ?? '1s'),
    backgroundLatencyLimit: interval('backgroundLatencyLimit', options.backgroundLatencyLimit ?? '50ms'),
    maxKeyBytes: whole('maxKeyBytes', options.maxKeyBytes ?? 65_536, 1, 1e9, ''),
    maxValueBytes: whole('maxValueBytes', options.maxValueBytes ?? 1_048_576, 0, 1e9, ''),
  };
}

/** Checks a whole number between two bounds. @throws {@link UsageError} `INVALID_OPTION` */
export function whole(name: string, value: number, low: number, high: number, whatHigh: string): number {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${low} to ${high}${whatHigh}, got ${String(value)}`);
  }
  return value;
}

/** Checks one of several words. @throws {@link UsageError} `INVALID_OPTION` */
export function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (!known.includes(value)) throw new UsageError('INVALID_OPTION', `${name} must be one of ${known.join(', ')}, got '${String(value)}'`);
  return value;
}

function flag(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new UsageError('INVALID_OPTION', `${name} must be true or false, got '${String(value)}'`);
  return value;
}

/** A span that something is done again and again in: not nothing, or time would stand still. */
function interval(name: string, value: DurationInput): Micros {
  const span = duration(value, name);
  if (span <= 0) throw new UsageError('INVALID_OPTION', `${name} must be longer than nothing`);
  return span;
}

function machinesOf(nodes: number | readonly NodeOptions[]): readonly NodeOptions[] {
  if (!Array.isArray(nodes)) return Array.from({ length: whole('nodes', nodes as number, 1, 100_000, '') }, () => ({}));
  const machines = nodes as readonly NodeOptions[];
  whole('nodes', machines.length, 1, 100_000, '');
  machines.forEach((machine, i) => { checkMachine(machine, `nodes[${i}]`); });
  return machines;
}

/** Checks what is said of one machine. @throws {@link UsageError} `INVALID_OPTION` naming the field */
export function checkMachine(machine: NodeOptions, where: string): void {
  if (typeof machine !== 'object' || machine === null) throw new UsageError('INVALID_OPTION', `${where} must be { name, zone, capacity }, got '${String(machine)}'`);
  refuseUnknownOptions(where, machine, ['name', 'zone', 'capacity']);
  const { capacity = 1 } = machine;
  if (!(capacity > 0 && capacity <= 1000)) throw new UsageError('INVALID_OPTION', `${where}.capacity must be above 0 and at most 1000, got ${String(capacity)}`);
}

function zonesOf(zones: readonly string[] = ['zone-a']): readonly string[] {
  if (!Array.isArray(zones) || zones.length === 0 || !zones.every((zone) => typeof zone === 'string' && zone !== '')) {
    throw new UsageError('INVALID_OPTION', 'zones must be a list of names, at least one');
  }
  return zones;
}

function conflictOf(conflict: 'siblings' | 'lww' | MergerName | Merger): ConflictMode {
  if (conflict === 'siblings' || conflict === 'lww') return conflict;
  if (typeof conflict === 'object' && conflict !== null && typeof conflict.merge === 'function' && typeof conflict.name === 'string') return conflict;
  oneOf('conflict', conflict as string, ['siblings', 'lww', ...Object.keys(MERGERS)]);
  return MERGERS[conflict as MergerName];
}

function engineOf(engine: EngineFactory): EngineFactory {
  if (typeof engine !== 'function') throw new UsageError('INVALID_OPTION', 'engine must be a function from a disk to a storage engine');
  return engine;
}
