/**
 * A table's options with the defaults of Apache Cassandra 5.0 (`TableParams`, `CompactionParams`), as `CREATE TABLE … WITH`
 * names them and `system_schema.tables` shows them.
 *
 * Options that this model stores and shows but that change nothing in it: `compression`, `crc_check_chance`, index intervals,
 * `cdc`, `comment`, `memtable`, `incremental_backups`.
 *
 * @module
 */
import { ConfigError, ServerError } from '../errors.ts';
import { javaDouble } from '../types/java-number.ts';
import { checkCompaction } from './compaction-options.ts';
import { PropertyReader, type Properties } from './properties.ts';

/** What a read does when the replicas it asked differ. */
export type ReadRepair = 'BLOCKING' | 'NONE';

/** A table's options, complete. */
export interface TableOptions {
  readonly additionalWritePolicy: string;
  readonly allowAutoSnapshot: boolean;
  readonly bloomFilterFpChance: number;
  /** `keys` (ALL or NONE) and `rows_per_partition` (ALL, NONE or a number). */
  readonly caching: Readonly<Record<string, string>>;
  readonly cdc: boolean;
  readonly comment: string;
  /** `class` (without its package) and the strategy's own options. */
  readonly compaction: Readonly<Record<string, string>> & { readonly class: string };
  readonly compression: Readonly<Record<string, string>>;
  readonly crcCheckChance: number;
  /** Seconds; 0 = none. */
  readonly defaultTimeToLive: number;
  /** Seconds that a tombstone is kept before a compaction may drop it. */
  readonly gcGraceSeconds: number;
  readonly incrementalBackups: boolean;
  readonly maxIndexInterval: number;
  readonly memtableFlushPeriodInMs: number;
  readonly minIndexInterval: number;
  readonly readRepair: ReadRepair;
  readonly speculativeRetry: string;
}

/** The defaults. `bloom_filter_fp_chance` is 0.1 instead with leveled compaction. */
export const DEFAULT_TABLE_OPTIONS: TableOptions = {
  additionalWritePolicy: '99p',
  allowAutoSnapshot: true,
  bloomFilterFpChance: 0.01,
  caching: { keys: 'ALL', rows_per_partition: 'NONE' },
  cdc: false,
  comment: '',
  compaction: { class: 'SizeTieredCompactionStrategy', max_threshold: '32', min_threshold: '4' },
  compression: { chunk_length_in_kb: '16', class: 'org.apache.cassandra.io.compress.LZ4Compressor' },
  crcCheckChance: 1,
  defaultTimeToLive: 0,
  gcGraceSeconds: 864_000,
  incrementalBackups: true,
  maxIndexInterval: 2048,
  memtableFlushPeriodInMs: 0,
  minIndexInterval: 128,
  readRepair: 'BLOCKING',
  speculativeRetry: '99p',
};

/** The longest time to live: 20 years of 365 days, in seconds. */
export const MAX_TTL = 630_720_000;

/**
 * Options after `WITH`.
 *
 * @param properties - as written, without those that are no options (`id`, `CLUSTERING ORDER`)
 * @param base - what is not named keeps this value
 * @throws {@link ConfigError} or `CqlSyntaxError`, as Cassandra words them
 */
export function readTableOptions(properties: Properties, base: TableOptions): TableOptions {
  const reader = new PropertyReader(properties);
  reader.map('extensions');
  const memtable = reader.text('memtable');
  if (memtable !== undefined && memtable !== 'default') throw new ConfigError(`Memtable configuration "${memtable}" not found.`);
  const compaction = compactionOf(reader.map('compaction'), base);
  const options: TableOptions = {
    additionalWritePolicy: speculation(reader.text('additional_write_policy')) ?? base.additionalWritePolicy,
    allowAutoSnapshot: reader.boolean('allow_auto_snapshot') ?? base.allowAutoSnapshot,
    bloomFilterFpChance: reader.double('bloom_filter_fp_chance')
      // What was never set follows the strategy.
      ?? (base.bloomFilterFpChance === defaultFpChance(base.compaction.class) ? defaultFpChance(compaction.class) : base.bloomFilterFpChance),
    caching: cachingOf(reader.map('caching'), base),
    cdc: reader.boolean('cdc') ?? base.cdc,
    comment: reader.text('comment') ?? base.comment,
    compaction,
    compression: compressionOf(reader.map('compression'), base),
    crcCheckChance: reader.double('crc_check_chance') ?? base.crcCheckChance,
    defaultTimeToLive: reader.integer('default_time_to_live') ?? base.defaultTimeToLive,
    gcGraceSeconds: reader.integer('gc_grace_seconds') ?? base.gcGraceSeconds,
    incrementalBackups: reader.boolean('incremental_backups') ?? base.incrementalBackups,
    maxIndexInterval: reader.integer('max_index_interval') ?? base.maxIndexInterval,
    memtableFlushPeriodInMs: reader.integer('memtable_flush_period_in_ms') ?? base.memtableFlushPeriodInMs,
    minIndexInterval: reader.integer('min_index_interval') ?? base.minIndexInterval,
    readRepair: readRepairOf(reader.text('read_repair')) ?? base.readRepair,
    speculativeRetry: speculation(reader.text('speculative_retry')) ?? base.speculativeRetry,
  };
  return options;
}

function defaultFpChance(strategy: string): number {
  return strategy === 'LeveledCompactionStrategy' ? 0.1 : 0.01;
}

/** Refuses options whose values make no sense, once they are read. @throws {@link ConfigError} as Cassandra words it */
export function checkTableOptions(options: TableOptions): void {
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
  checkCompaction(options.compaction);
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
  for (const name of strategy === 'UnifiedCompactionStrategy' ? [] : ['min_threshold', 'max_threshold']) {
    const value = written.get(name);
    if (value !== undefined && !/^[+-]?\d+$/.test(value)) throw new ConfigError(`Invalid value ${value} for '${name}' compaction sub-option - must be an integer`);
  }
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
  if (!/^\d+$/.test(chunk)) throw new ConfigError('Invalid value for chunk_length_in_kb');
  if (kilobytes === 0 || (kilobytes & (kilobytes - 1)) !== 0) throw new ConfigError('chunk_length_in_kb must be a power of 2');
  const others = [...written].filter(([option]) => option !== 'class' && option !== 'chunk_length_in_kb' && option !== 'enabled');
  const known = new Set(['min_compress_ratio', ...(COMPRESSOR_OPTIONS[full.slice(full.lastIndexOf('.') + 1)] ?? [])]);
  const unknown = others.map(([option]) => option).filter((option) => !known.has(option));
  if (unknown.length > 0) throw new ConfigError(`Unknown compression options ${unknown.join(', ')}`);
  return { chunk_length_in_kb: chunk, class: full, ...Object.fromEntries(others) };
}

const COMPRESSOR_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  LZ4Compressor: ['lz4_compressor_type', 'lz4_high_compressor_level'], ZstdCompressor: ['compression_level'],
};

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
  throw new ServerError(`java.lang.IllegalArgumentException: No enum constant org.apache.cassandra.service.reads.repair.ReadRepairStrategy.${name}`);
}

/** `NEVER`, `ALWAYS`, a percentile, milliseconds, or the lesser or greater of two of these; written as Cassandra writes it again. */
function speculation(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^(?:none|never)$/i.test(text)) return 'NEVER';
  if (/^always$/i.test(text)) return 'ALWAYS';
  const hybrid = /^(min|max)\(\s*([^\s,]+)\s*,\s*([^\s,]+)\s*\)$/i.exec(text);
  const first = threshold(hybrid?.[2] ?? text);
  const second = hybrid === null ? first : threshold(hybrid[3] ?? '');
  // The server names one option, whichever of the two it reads.
  if (first === undefined || second === undefined) throw new ConfigError(`Invalid value ${text} for option 'speculative_retry'`);
  return hybrid === null ? first : `${(hybrid[1] ?? '').toUpperCase()}(${first},${second})`;
}

function threshold(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)(p|percentile|ms)$/i.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]);
  if (match[2]?.toLowerCase() === 'ms') return `${value}ms`;
  if (value <= 0 || value >= 100) throw new ConfigError(`Invalid value ${text} for PERCENTILE option 'speculative_retry': must be between (0.0 and 100.0)`);
  return `${value}p`;
}

/** The names that WITH may give a table, beside `CLUSTERING ORDER` and `COMPACT STORAGE`. */
export const TABLE_PROPERTIES: ReadonlySet<string> = new Set([
  'additional_write_policy', 'allow_auto_snapshot', 'bloom_filter_fp_chance', 'caching', 'cdc', 'comment', 'compaction', 'compression', 'crc_check_chance', 'default_time_to_live',
  'extensions', 'gc_grace_seconds', 'id', 'incremental_backups', 'max_index_interval', 'memtable', 'memtable_flush_period_in_ms', 'min_index_interval', 'read_repair', 'speculative_retry',
]);
