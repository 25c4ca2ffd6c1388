/**
 * The cluster's parameters as data: cassandra.yaml's names (in camel case here), Apache Cassandra 5.0's defaults (of its
 * shipped cassandra.yaml, or of `Config.java` where that file leaves one out; 4.1's are the same unless the row says so), and
 * what each does in this model. Options are checked, and the documentation's table is made, from these rows.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import { duration, type DurationInput, type Micros } from '../kernel/units.ts';

interface Row {
  /** Its name in cassandra.yaml; of what has none there, where it comes from. */
  readonly yaml: string;
  readonly says: string;
}

interface DurationRow extends Row {
  readonly kind: 'duration';
  readonly byDefault: string;
}

interface SizeRow extends Row {
  /** Bytes, or text such as `'16MiB'`. */
  readonly kind: 'size';
  readonly byDefault: string;
}

interface NumberRow extends Row {
  readonly kind: 'count' | 'positive' | 'number';
  readonly byDefault: number;
}

interface FlagRow extends Row {
  readonly kind: 'flag';
  readonly byDefault: boolean;
}

interface ChoiceRow extends Row {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly byDefault: string;
}

/** A row of the table. */
export type ParameterRow = DurationRow | SizeRow | NumberRow | FlagRow | ChoiceRow;

/** The table. */
export const PARAMETERS = {
  commitlogSync: {
    kind: 'choice', choices: ['periodic', 'batch', 'group'], byDefault: 'periodic', yaml: 'commitlog_sync',
    says: 'when the commit log is synced, and a write acknowledged: at regular times, after each write\'s own sync, or by groups',
  },
  commitlogSyncPeriod: { kind: 'duration', byDefault: '10s', yaml: 'commitlog_sync_period', says: 'for `periodic`: what a power failure may cost' },
  commitlogSyncGroupWindow: { kind: 'duration', byDefault: '1s', yaml: 'commitlog_sync_group_window', says: 'for `group`: how long a write waits for company' },
  commitlogSegmentSize: { kind: 'size', byDefault: '32MiB', yaml: 'commitlog_segment_size', says: 'the log is cut into files of this size' },
  commitFailurePolicy: {
    kind: 'choice', choices: ['stop', 'stop_commit', 'ignore'], byDefault: 'stop', yaml: 'commit_failure_policy',
    says: 'what a node does whose commit log cannot be written: it leaves gossip and its clients until it is started again, it takes no more writes, or it fails the write',
  },
  memtableSize: { kind: 'size', byDefault: '16MiB', yaml: 'memtable_heap_space', says: 'mutations in one table\'s memtable that make it flush (there: a quarter of the heap for all tables)' },
  columnIndexSize: { kind: 'size', byDefault: '4KiB', yaml: 'column_index_size', says: 'rows between two entries of a partition\'s index' },
  keyCacheSize: { kind: 'size', byDefault: '100MiB', yaml: 'key_cache_size', says: 'places of partitions in SSTables that are remembered' },
  counterCacheSize: { kind: 'size', byDefault: '50MiB', yaml: 'counter_cache_size', says: 'own shards of counters that a leader remembers, deleted or not' },
  rowCacheSize: { kind: 'size', byDefault: '0MiB', yaml: 'row_cache_size', says: 'heads of partitions kept in memory, for tables with `rows_per_partition`' },
  concurrentCompactors: { kind: 'count', byDefault: 2, yaml: 'concurrent_compactors', says: 'compactions of one node at a time' },
  compactionThroughput: { kind: 'size', byDefault: '64MiB', yaml: 'compaction_throughput', says: 'bytes a second that a node\'s compactions read, all together; 0 = no limit' },
  autoCompaction: { kind: 'flag', byDefault: true, yaml: '`nodetool enableautocompaction`', says: 'whether compactions begin by themselves' },
  tombstoneWarnThreshold: { kind: 'count', byDefault: 1000, yaml: 'tombstone_warn_threshold', says: 'tombstones met by one read that make it warn' },
  tombstoneFailureThreshold: { kind: 'count', byDefault: 100_000, yaml: 'tombstone_failure_threshold', says: 'tombstones met by one read that make it fail' },
  readRequestTimeout: { kind: 'duration', byDefault: '5s', yaml: 'read_request_timeout', says: 'a coordinator waits so long for a partition' },
  rangeRequestTimeout: { kind: 'duration', byDefault: '10s', yaml: 'range_request_timeout', says: 'and for ranges of partitions' },
  writeRequestTimeout: { kind: 'duration', byDefault: '2s', yaml: 'write_request_timeout', says: 'and for acknowledgements of a write' },
  counterWriteRequestTimeout: { kind: 'duration', byDefault: '5s', yaml: 'counter_write_request_timeout', says: 'and of a counter\'s' },
  casContentionTimeout: { kind: 'duration', byDefault: '1800ms', yaml: 'cas_contention_timeout', says: 'a lightweight transaction competes so long (1 s in the yaml of 4.1)' },
  truncateRequestTimeout: { kind: 'duration', byDefault: '60s', yaml: 'truncate_request_timeout', says: 'a coordinator waits so long for TRUNCATE' },
  nativeTransportPort: { kind: 'count', byDefault: 9042, yaml: 'native_transport_port', says: 'the port that `system.local` and `system.peers_v2` name to drivers' },
  requestTimeout: { kind: 'duration', byDefault: '12s', yaml: 'the Node.js driver\'s `readTimeout`', says: 'a client waits so long for its coordinator' },
  hintedHandoffEnabled: { kind: 'flag', byDefault: true, yaml: 'hinted_handoff_enabled', says: 'whether writes are kept for replicas that are down' },
  maxHintWindow: { kind: 'duration', byDefault: '3h', yaml: 'max_hint_window', says: 'for a replica that is down longer nothing more is kept' },
  hintWindowPersistentEnabled: { kind: 'flag', byDefault: true, yaml: 'hint_window_persistent_enabled', says: 'the window counts from the oldest hint, also across restarts' },
  hintedHandoffThrottle: { kind: 'size', byDefault: '1024KiB', yaml: 'hinted_handoff_throttle', says: 'bytes of hints a second, divided by the number of other nodes' },
  hintsFlushPeriod: { kind: 'duration', byDefault: '10s', yaml: 'hints_flush_period', says: 'hints are synced, and their delivery tried, so often' },
  batchSizeWarnThreshold: { kind: 'size', byDefault: '5KiB', yaml: 'batch_size_warn_threshold', says: 'a larger batch warns' },
  batchSizeFailThreshold: { kind: 'size', byDefault: '50KiB', yaml: 'batch_size_fail_threshold', says: 'a larger batch is refused' },
  unloggedBatchAcrossPartitionsWarnThreshold: {
    kind: 'count', byDefault: 10, yaml: 'unlogged_batch_across_partitions_warn_threshold', says: 'an unlogged batch over more partitions warns',
  },
  batchlogReplayInterval: { kind: 'duration', byDefault: '10s', yaml: '`BatchlogManager.REPLAY_INTERVAL`', says: 'stored batches are looked through so often' },
  phiConvictThreshold: { kind: 'positive', byDefault: 8, yaml: 'phi_convict_threshold', says: 'suspicion at which a silent node is taken for dead' },
  gossipInterval: {
    kind: 'duration', byDefault: '1s', yaml: '`Gossiper.intervalInMillis`',
    says: 'time between gossip rounds; longer in runs of many simulated days, where the rounds are most of the work',
  },
  ringDelay: { kind: 'duration', byDefault: '30s', yaml: '`cassandra.ring_delay_ms`', says: 'a node that joins or leaves waits so long for the others to hear of it' },
  streamThroughputOutbound: { kind: 'size', byDefault: '24MiB', yaml: 'stream_throughput_outbound', says: 'bytes a second that a node streams to others' },
  endpointSnitch: {
    kind: 'choice', choices: ['GossipingPropertyFileSnitch', 'SimpleSnitch', 'PropertyFileSnitch', 'Ec2Snitch', 'Ec2MultiRegionSnitch'], byDefault: 'GossipingPropertyFileSnitch',
    yaml: 'endpoint_snitch',
    says: 'what datacentres and racks are called (`datacenter1` alone, as told, or regions and zones), and whether a coordinator asks near replicas first (itself, its rack, its datacentre) or, with the shipped file\'s `SimpleSnitch`, in the order of the ring',
  },
  requestServiceTime: {
    kind: 'duration', byDefault: '0ms', yaml: 'none: stands for `concurrent_reads` and `concurrent_writes`',
    says: 'how long a node is busy with one request, one after the other: with it a node has a limit, and sheds what waits past its timeout; 0 = none',
  },
  dynamicSnitch: { kind: 'flag', byDefault: true, yaml: 'dynamic_snitch', says: 'whether slow replicas are asked last' },
  dynamicSnitchUpdateInterval: { kind: 'duration', byDefault: '100ms', yaml: 'dynamic_snitch_update_interval', says: 'replicas\' latencies are scored so often' },
  dynamicSnitchResetInterval: { kind: 'duration', byDefault: '10m', yaml: 'dynamic_snitch_reset_interval', says: 'and forgotten so often' },
  dynamicSnitchBadnessThreshold: {
    kind: 'number', byDefault: 1, yaml: 'dynamic_snitch_badness_threshold', says: 'a replica gives way to one that is better by this share (0.1 before 4.0)',
  },
  paxosVariant: { kind: 'choice', choices: ['v1', 'v2'], byDefault: 'v1', yaml: 'paxos_variant', says: 'how lightweight transactions agree' },
  unsafeDisableSerialReadsLinearizability: {
    kind: 'flag', byDefault: false, yaml: '`cassandra.unsafe.disable-serial-reads-linearizability`', says: 'serial reads and failed conditions as before CASSANDRA-12126',
  },
  materializedViewsEnabled: { kind: 'flag', byDefault: false, yaml: 'materialized_views_enabled', says: 'whether CREATE MATERIALIZED VIEW is allowed' },
  userDefinedFunctionsEnabled: { kind: 'flag', byDefault: false, yaml: 'user_defined_functions_enabled', says: 'whether CREATE FUNCTION is allowed (this model runs none)' },
  valueTieBreak: {
    kind: 'choice', choices: ['unsigned', 'signed'], byDefault: 'unsigned', yaml: 'none: 2.1 compared signed bytes',
    says: 'which of two values with one timestamp is the larger',
  },
  timestamps: { kind: 'choice', choices: ['client', 'coordinator'], byDefault: 'client', yaml: 'none: the drivers\' default', says: 'whose clock stamps cells' },
} as const;

/** The name of a parameter. */
export type ParameterName = keyof typeof PARAMETERS;

type InputOf<R extends ParameterRow> =
  R extends DurationRow ? DurationInput
  : R extends SizeRow ? number | string
  : R extends FlagRow ? boolean
  : R extends ChoiceRow ? R['choices'][number]
  : number;

type ValueOf<R extends ParameterRow> = R extends DurationRow ? Micros : R extends SizeRow ? number : InputOf<R>;

/** The parameters as a user gives them: durations as `'2s'` or milliseconds, sizes as bytes or `'16MiB'`. */
export type ParameterOptions = { readonly [Name in ParameterName]?: InputOf<(typeof PARAMETERS)[Name]> };

/** The parameters as nodes read them: complete, durations in microseconds, sizes in bytes. */
export type Parameters = { readonly [Name in ParameterName]: ValueOf<(typeof PARAMETERS)[Name]> };

/**
 * Checks and completes the parameters.
 *
 * @throws {@link UsageError} `INVALID_OPTION` or `INVALID_DURATION`, naming the parameter
 */
export function readParameters(options: ParameterOptions): Parameters {
  const values = Object.entries<ParameterRow>(PARAMETERS).map(([name, row]) => {
    const given = options[name as ParameterName];
    return [name, valueOf(name, row, given ?? row.byDefault)] as const;
  });
  return Object.fromEntries(values) as unknown as Parameters;
}

function valueOf(name: string, row: ParameterRow, input: unknown): unknown {
  switch (row.kind) {
    case 'duration': {
      const span = duration(input as DurationInput, name);
      if (span <= 0 && name !== 'maxHintWindow' && name !== 'ringDelay' && name !== 'requestServiceTime') throw invalid(name, 'must be positive', input);
      return span;
    }
    case 'size': return sizeOf(name, input);
    case 'flag':
      if (typeof input !== 'boolean') throw invalid(name, 'must be true or false', input);
      return input;
    case 'choice':
      if (typeof input !== 'string' || !row.choices.includes(input)) throw invalid(name, `must be one of ${row.choices.join(', ')}`, input);
      return input;
    case 'count':
      if (!Number.isSafeInteger(input) || Number(input) < 1) throw invalid(name, 'must be a whole number from 1', input);
      return input;
    case 'positive':
    case 'number':
      if (typeof input !== 'number' || !(input >= 0) || (row.kind === 'positive' && input === 0)) throw invalid(name, 'must be positive', input);
      return input;
    default: return row satisfies never;
  }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function sizeOf(name: string, input: unknown): number {
  const match = typeof input === 'string' ? /^(\d+)(B|KiB|MiB|GiB)$/.exec(input) : null;
  const bytes = typeof input === 'number' ? input : match === null ? NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalid(name, "must be a number of bytes or text such as '16MiB'", input);
  return bytes;
}

function invalid(name: string, why: string, input: unknown): UsageError {
  const shown = typeof input === 'string' ? `'${input}'` : String(input);
  return new UsageError('INVALID_OPTION', `${name} ${why}, got ${shown}`);
}
