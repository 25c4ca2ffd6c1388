/**
 * A table's options with the defaults of Apache Cassandra 5.0 (`TableParams`, `CompactionParams`), as `CREATE TABLE … WITH`
 * names them and `system_schema.tables` shows them.
 *
 * Options that this model stores and shows but that change nothing in it: `compression`, `crc_check_chance`, index intervals,
 * `cdc`, `comment`, `memtable`, `incremental_backups`.
 *
 * @module
 */
import { ConfigError } from '../errors.ts';
import { PropertyReader, type Properties } from './properties.ts';

/** What a read does when the replicas it asked differ. */
export type ReadRepair = 'BLOCKING' | 'NONE';

/** A table's options, complete. */
export interface TableOptions {
  readonly additionalWritePolicy: string;
  readonly bloomFilterFpChance: number;
  /** `keys` (ALL or NONE) and `rows_per_partition` (ALL, NONE or a number). */
  readonly caching: Readonly<Record<string, string>>;
  readonly comment: string;
  /** `class` (without its package) and the strategy's own options. */
  readonly compaction: Readonly<Record<string, string>> & { readonly class: string };
  readonly compression: Readonly<Record<string, string>>;
  readonly crcCheckChance: number;
  /** Seconds; 0 = none. */
  readonly defaultTimeToLive: number;
  /** Seconds that a tombstone is kept before a compaction may drop it. */
  readonly gcGraceSeconds: number;
  readonly maxIndexInterval: number;
  readonly memtableFlushPeriodInMs: number;
  readonly minIndexInterval: number;
  readonly readRepair: ReadRepair;
  readonly speculativeRetry: string;
}

/** The defaults. `bloom_filter_fp_chance` is 0.1 instead with leveled compaction. */
export const DEFAULT_TABLE_OPTIONS: TableOptions = {
  additionalWritePolicy: '99p',
  bloomFilterFpChance: 0.01,
  caching: { keys: 'ALL', rows_per_partition: 'NONE' },
  comment: '',
  compaction: { class: 'SizeTieredCompactionStrategy', max_threshold: '32', min_threshold: '4' },
  compression: { chunk_length_in_kb: '16', class: 'org.apache.cassandra.io.compress.LZ4Compressor' },
  crcCheckChance: 1,
  defaultTimeToLive: 0,
  gcGraceSeconds: 864_000,
  maxIndexInterval: 2048,
  memtableFlushPeriodInMs: 0,
  minIndexInterval: 128,
  readRepair: 'BLOCKING',
  speculativeRetry: '99p',
};

/** The longest time to live: 20 years of 365 days, in seconds. */
export const MAX_TTL = 630_720_000;

/** Checks a strategy's own options. @throws an error of the product for what it does not understand */
export type CompactionValidator = (options: Readonly<Record<string, string>> & { readonly class: string }) => void;

/**
 * Options after `WITH`.
 *
 * @param properties - as written, without those that are no options (`id`, `CLUSTERING ORDER`)
 * @param base - what is not named keeps this value
 * @param validateCompaction - checks the compaction strategy's options
 * @throws {@link ConfigError} or `CqlSyntaxError`, as Cassandra words them
 */
export function readTableOptions(properties: Properties, base: TableOptions, validateCompaction: CompactionValidator): TableOptions {
  const reader = new PropertyReader(properties);
  for (const ignored of ['cdc', 'allow_auto_snapshot', 'incremental_backups', 'memtable', 'read_repair_chance', 'dclocal_read_repair_chance', 'id', 'extensions']) {
    if (typeof properties.get(ignored) === 'string') reader.text(ignored);
    else reader.map(ignored);
  }
  const compaction = compactionOf(reader.map('compaction'), base);
  const options: TableOptions = {
    additionalWritePolicy: speculation('additional_write_policy', reader.text('additional_write_policy')) ?? base.additionalWritePolicy,
    bloomFilterFpChance: reader.double('bloom_filter_fp_chance')
      ?? (compaction.class === base.compaction.class ? base.bloomFilterFpChance : defaultFpChance(compaction.class)),
    caching: cachingOf(reader.map('caching'), base),
    comment: reader.text('comment') ?? base.comment,
    compaction,
    compression: compressionOf(reader.map('compression'), base),
    crcCheckChance: reader.double('crc_check_chance') ?? base.crcCheckChance,
    defaultTimeToLive: reader.integer('default_time_to_live') ?? base.defaultTimeToLive,
    gcGraceSeconds: reader.integer('gc_grace_seconds') ?? base.gcGraceSeconds,
    maxIndexInterval: reader.integer('max_index_interval') ?? base.maxIndexInterval,
    memtableFlushPeriodInMs: reader.integer('memtable_flush_period_in_ms') ?? base.memtableFlushPeriodInMs,
    minIndexInterval: reader.integer('min_index_interval') ?? base.minIndexInterval,
    readRepair: readRepairOf(reader.text('read_repair')) ?? base.readRepair,
    speculativeRetry: speculation('speculative_retry', reader.text('speculative_retry')) ?? base.speculativeRetry,
  };
  reader.refuseUnknown();
  validate(options);
  validateCompaction(compaction);
  return options;
}

function defaultFpChance(strategy: string): number {
  return strategy === 'LeveledCompactionStrategy' ? 0.1 : 0.01;
}

function validate(options: TableOptions): void {
  const { bloomFilterFpChance, crcCheckChance, maxIndexInterval, minIndexInterval } = options;
  if (!(bloomFilterFpChance > 6.71e-5 && bloomFilterFpChance <= 1)) {
    throw new ConfigError(`bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got ${javaDouble(bloomFilterFpChance)})`);
  }
  if (!(crcCheckChance >= 0 && crcCheckChance <= 1)) {
    throw new ConfigError(`crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got ${javaDouble(crcCheckChance)})`);
  }
  atLeast('default_time_to_live', options.defaultTimeToLive, 0);
  if (options.defaultTimeToLive > MAX_TTL) {
    throw new ConfigError(`default_time_to_live must be less than or equal to ${MAX_TTL} (got ${options.defaultTimeToLive})`);
  }
  atLeast('gc_grace_seconds', options.gcGraceSeconds, 0);
  atLeast('min_index_interval', minIndexInterval, 1);
  if (maxIndexInterval < minIndexInterval) {
    throw new ConfigError(`max_index_interval must be greater than or equal to min_index_interval (${minIndexInterval}) (got ${maxIndexInterval})`);
  }
  atLeast('memtable_flush_period_in_ms', options.memtableFlushPeriodInMs, 0);
}

function atLeast(name: string, value: number, least: number): void {
  if (value < least) throw new ConfigError(`${name} must be greater than or equal to ${least} (got ${value})`);
}

function compactionOf(written: ReadonlyMap<string, string> | undefined, base: TableOptions): TableOptions['compaction'] {
  if (written === undefined) return base.compaction;
  const name = written.get('class');
  if (name === undefined) throw new ConfigError("Missing sub-option 'class' for the 'compaction' option");
  const strategy = name.slice(name.lastIndexOf('.') + 1);
  if (!['SizeTieredCompactionStrategy', 'LeveledCompactionStrategy', 'TimeWindowCompactionStrategy', 'UnifiedCompactionStrategy'].includes(strategy)) {
    throw new ConfigError(`Unable to find compaction strategy class '${name.includes('.') ? name : `org.apache.cassandra.db.compaction.${name}`}'`);
  }
  const options = [...written].filter(([option]) => option !== 'class');
  const thresholds = strategy === 'UnifiedCompactionStrategy' ? [] : [['max_threshold', '32'], ['min_threshold', '4']];
  return { class: strategy, ...Object.fromEntries(thresholds), ...Object.fromEntries(options) };
}

function compressionOf(written: ReadonlyMap<string, string> | undefined, base: TableOptions): TableOptions['compression'] {
  if (written === undefined) return base.compression;
  if (written.size === 0 || written.get('enabled') === 'false') return { enabled: 'false' };
  const name = written.get('class');
  if (name === undefined) throw new ConfigError("Missing sub-option 'class' for the 'compression' option.");
  const full = name.includes('.') ? name : `org.apache.cassandra.io.compress.${name}`;
  if (!/\.(LZ4|Snappy|Deflate|Zstd|Noop)Compressor$/.test(full)) throw new ConfigError(`Could not create Compression for type ${full}`);
  const chunk = written.get('chunk_length_in_kb') ?? '16';
  const kilobytes = Number(chunk);
  if (!/^\d+$/.test(chunk)) throw new ConfigError(`Invalid value for chunk_length_in_kb: ${chunk}`);
  if (kilobytes === 0 || (kilobytes & (kilobytes - 1)) !== 0) throw new ConfigError('chunk_length_in_kb must be a power of 2');
  const others = [...written].filter(([option]) => option !== 'class' && option !== 'chunk_length_in_kb');
  return { chunk_length_in_kb: chunk, class: full, ...Object.fromEntries(others) };
}

function cachingOf(written: ReadonlyMap<string, string> | undefined, base: TableOptions): TableOptions['caching'] {
  if (written === undefined) return base.caching;
  const unknown = [...written.keys()].filter((option) => option !== 'keys' && option !== 'rows_per_partition');
  if (unknown.length > 0) throw new ConfigError(`Invalid caching sub-options [${unknown.join(', ')}]: only 'keys' and 'rows_per_partition' are allowed`);
  const keys = written.get('keys') ?? 'ALL';
  if (!/^(all|none)$/i.test(keys)) throw new ConfigError(`Invalid value '${keys}' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed`);
  const rows = written.get('rows_per_partition') ?? 'NONE';
  if (!/^(all|none|\d+)$/i.test(rows)) {
    throw new ConfigError(`Invalid value '${rows}' for caching sub-option 'rows_per_partition': only 'ALL', 'NONE', and integer values are allowed`);
  }
  return { keys: keys.toUpperCase(), rows_per_partition: rows.toUpperCase() };
}

function readRepairOf(text: string | undefined): ReadRepair | undefined {
  const name = text?.toUpperCase();
  if (name === undefined || name === 'BLOCKING' || name === 'NONE') return name;
  throw new ConfigError(`No enum constant org.apache.cassandra.service.reads.repair.ReadRepairStrategy.${name}`);
}

/** `NEVER`, `ALWAYS`, a percentile, milliseconds, or the lesser or greater of two of these. */
function speculation(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const single = String.raw`(?:\d+(?:\.\d+)?(?:p|percentile|ms))`;
  const known = new RegExp(`^(?:none|never|always|${single}|(?:min|max)\\(\\s*${single}\\s*,\\s*${single}\\s*\\))$`, 'i');
  if (!known.test(text)) throw new ConfigError(`Invalid value ${text} for option '${option}'`);
  return /^none$/i.test(text) ? 'NEVER' : text;
}

function javaDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
