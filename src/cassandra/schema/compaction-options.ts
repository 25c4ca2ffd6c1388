/**
 * What compaction strategies say of their options (`validateOptions` of each strategy of Apache Cassandra 5.0): which they
 * understand, which values they take.
 *
 * @module
 */
import { ConfigError } from '../errors.ts';
import { javaDouble } from '../types/java-number.ts';

type Options = Readonly<Record<string, string>> & { readonly class: string };

const COMMON = [
  'class', 'enabled', 'tombstone_threshold', 'tombstone_compaction_interval', 'unchecked_tombstone_compaction', 'only_purge_repaired_tombstones', 'log', 'log_all',
  'provide_overlapping_tombstones',
];
const THRESHOLDS = ['min_threshold', 'max_threshold'];
const SIZE_TIERED = ['min_sstable_size', 'bucket_low', 'bucket_high'];

/**
 * Checks a strategy's options.
 *
 * @param options - with the strategy's class, without its package
 * @throws {@link ConfigError} as Cassandra words it
 */
export function checkCompaction(options: Options): void {
  checkCommon(options);
  switch (options.class) {
    case 'SizeTieredCompactionStrategy':
      checkSizeTiered(options);
      refuseOthers(options, [...COMMON, ...THRESHOLDS, ...SIZE_TIERED]);
      break;
    case 'LeveledCompactionStrategy':
      positive(options, 'sstable_size_in_mb');
      positive(options, 'fanout_size');
      checkSizeTiered(options);
      refuseOthers(options, [...COMMON, ...THRESHOLDS, ...SIZE_TIERED, 'sstable_size_in_mb', 'fanout_size', 'single_sstable_uplevel']);
      break;
    case 'TimeWindowCompactionStrategy':
      checkTimeWindow(options);
      checkSizeTiered(options);
      refuseOthers(options, [
        ...COMMON, ...THRESHOLDS, ...SIZE_TIERED, 'timestamp_resolution', 'compaction_window_unit', 'compaction_window_size', 'expired_sstable_check_frequency_seconds',
        'unsafe_aggressive_sstable_expiration',
      ]);
      break;
    default:
      checkUnified(options);
      refuseOthers(options, [
        ...COMMON, 'scaling_parameters', 'target_sstable_size', 'min_sstable_size', 'base_shard_count', 'sstable_growth', 'flush_size_override', 'max_sstables_to_compact',
        'expired_sstable_check_frequency_seconds', 'unsafe_aggressive_sstable_expiration', 'overlap_inclusion_method', 'parallelize_output_shards',
      ]);
  }
  checkThresholds(options);
}

function checkCommon(options: Options): void {
  const threshold = options['tombstone_threshold'];
  if (threshold !== undefined && float(threshold, 'tombstone_threshold') < 0) {
    throw new ConfigError(`tombstone_threshold must be greater than 0, but was ${Number(threshold).toFixed(6)}`);
  }
  const interval = options['tombstone_compaction_interval'];
  if (interval !== undefined && integer(interval, 'tombstone_compaction_interval') < 0) {
    throw new ConfigError(`tombstone_compaction_interval must be greater than 0, but was ${interval}`);
  }
  for (const name of ['unchecked_tombstone_compaction', 'log_all']) {
    const value = options[name];
    if (value !== undefined && !isFlag(value)) throw new ConfigError(`'${name}' should be either 'true' or 'false', not '${value}'`);
  }
  const enabled = options['enabled'];
  if (enabled !== undefined && !isFlag(enabled)) throw new ConfigError(`enabled should either be 'true' or 'false', not ${enabled}`);
}

function checkThresholds(options: Options): void {
  const least = Number(options['min_threshold'] ?? 4);
  const most = Number(options['max_threshold'] ?? 32);
  if (least < 2) throw new ConfigError(`Min compaction threshold cannot be less than 2 (got ${least})`);
  if (least > most) throw new ConfigError(`Min compaction threshold (got ${least}) cannot be greater than max compaction threshold (got ${most})`);
}

function checkSizeTiered(options: Options): void {
  const size = options['min_sstable_size'];
  if (size !== undefined && integer(size, 'min_sstable_size') < 0) throw new ConfigError(`min_sstable_size must be non negative: ${size}`);
  const low = float(options['bucket_low'] ?? '0.5', 'bucket_low');
  const high = float(options['bucket_high'] ?? '1.5', 'bucket_high');
  if (high <= low) throw new ConfigError(`bucket_high value (${javaDouble(high)}) is less than or equal to the bucket_low value (${javaDouble(low)})`);
}

function positive(options: Options, name: string): void {
  const value = options[name];
  if (value !== undefined && integer(value, name) < 1) throw new ConfigError(`${name} must be larger than 0, but was ${value}`);
}

function checkTimeWindow(options: Options): void {
  const unit = options['compaction_window_unit'];
  if (unit !== undefined && !['MINUTES', 'HOURS', 'DAYS'].includes(unit)) throw new ConfigError(`${unit} is not valid for compaction_window_unit`);
  const resolution = options['timestamp_resolution'];
  if (resolution !== undefined && !['DAYS', 'HOURS', 'MICROSECONDS', 'MILLISECONDS', 'MINUTES', 'NANOSECONDS', 'SECONDS'].includes(resolution)) {
    throw new ConfigError(`${resolution} is not valid for timestamp_resolution`);
  }
  const size = options['compaction_window_size'];
  if (size !== undefined && integer(size, 'compaction_window_size') < 1) throw new ConfigError(`${size} must be greater than 1 for compaction_window_size`);
  checkExpiry(options);
}

function checkExpiry(options: Options): void {
  const frequency = options['expired_sstable_check_frequency_seconds'];
  if (frequency !== undefined && integer(frequency, 'expired_sstable_check_frequency_seconds') < 0) {
    throw new ConfigError(`expired_sstable_check_frequency_seconds must not be negative, but was ${frequency}`);
  }
  const unsafe = options['unsafe_aggressive_sstable_expiration'];
  if (unsafe !== undefined && !isFlag(unsafe)) throw new ConfigError(`unsafe_aggressive_sstable_expiration is not 'true' or 'false' (${unsafe})`);
}

function checkUnified(options: Options): void {
  for (const parameter of (options['scaling_parameters'] ?? '').split(',')) {
    const trimmed = parameter.trim();
    if (trimmed !== '' && !/^(?:N|L\d+|T\d+|[+-]?\d+)$/.test(trimmed)) {
      throw new ConfigError(`Scaling parameter ${trimmed} must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+`);
    }
  }
  const shards = options['base_shard_count'];
  if (shards !== undefined && integer(shards, 'base_shard_count') <= 0) throw new ConfigError(`Invalid configuration, base_shard_count should be positive: ${shards}`);
  const target = options['target_sstable_size'];
  if (target !== undefined && !target.endsWith('B')) throw new ConfigError(`target_sstable_size ${target} is not a valid size in bytes: ${target} does not end in unit B`);
  checkExpiry(options);
}

function refuseOthers(options: Options, known: readonly string[]): void {
  const others = Object.keys(options).filter((name) => !known.includes(name));
  if (others.length > 0) throw new ConfigError(`Properties specified [${others.join(', ')}] are not understood by ${options.class}`);
}

function isFlag(value: string): boolean {
  return /^(?:true|false)$/i.test(value);
}

function integer(value: string, name: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw new ConfigError(`${value} is not a parsable int (base10) for ${name}`);
  return Number(value);
}

function float(value: string, name: string): number {
  const number = value.trim() === '' ? NaN : Number(value);
  if (Number.isNaN(number)) throw new ConfigError(`${value} is not a parsable float for ${name}`);
  return number;
}
