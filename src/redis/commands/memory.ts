/**
 * `MEMORY`, and the section of `INFO` that tells the same. All figures follow from `memory-model.ts`; what belongs to a process
 * (resident memory, the allocator) is made up from them, as there is no process of that kind.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { CommandGroup } from '../command.ts';
import type { Engine } from '../engine.ts';
import { ERROR } from '../errors.ts';
import { MEMORY_STARTUP } from '../keyspace/eviction.ts';
import { formatDouble } from '../bytes/floats.ts';
import { keyBytes, MEMORY_SAMPLES, valueBytes } from '../values/memory-model.ts';
import { bulk, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { scriptMemoryLines } from '../scripting/script-memory.ts';
import { keyword, positionArgument } from './arguments.ts';
import { helpReply } from './objects.ts';

const MEMORY_HELP = [
  'MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'DOCTOR', '    Return memory problems reports.', 'MALLOC-STATS',
  '    Return internal statistics report from the memory allocator.', 'PURGE', '    Attempt to purge dirty pages for reclamation by the allocator.', 'STATS',
  '    Return information about the memory usage of the server.', 'USAGE <key> [SAMPLES <count>]', '    Return memory in bytes used by <key> and its value. Nested values are',
  '    sampled up to <count> times (default: 5, 0 means sample all).', 'HELP', '    Prints this help.',
];

/** Below this the doctor has nothing to say. */
const DOCTOR_LEAST = 5 * 1024 * 1024;

const EMPTY_REPORT = "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. "
  + 'Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n';
const SOUND_REPORT = "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
const PEAK_REPORT = 'Sam, I detected a few issues in this Redis instance memory implants:\n\n * Peak memory: In the past this instance used more than 150% the memory that is currently using. '
  + 'The allocator is normally not able to release memory after a peak, so you can expect to see a big fragmentation ratio, however this is actually harmless and is only due to the memory peak, '
  + 'and if the Redis instance Resident Set Size (RSS) is currently bigger than expected, the memory will be used as soon as you fill the Redis instance with more data. '
  + 'If the memory peak was only occasional and you want to try to reclaim memory, please try the MEMORY PURGE command, otherwise the only other option is to shutdown and restart the instance.\n\n'
  + "I'm here to keep you safe, Sam. I want to help you.\n";

interface Figures {
  readonly used: number;
  readonly peak: number;
  readonly overhead: number;
  readonly dataset: number;
  readonly keys: number;
}

/** What the tables of keys take besides the keys: a part of the overhead. */
const TABLE_SHARE = 8 + 32;

function figuresOf(engine: Engine): Figures {
  const { used, peak } = engine.eviction;
  const keys = engine.databases.reduce((sum, database) => sum + database.size, 0);
  const overhead = Math.min(used, MEMORY_STARTUP + keys * TABLE_SHARE);
  return { used, peak: Math.max(peak, used), overhead, dataset: used - overhead, keys };
}

/** Bytes as people read them. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${size.toFixed(2)}${units[unit] ?? ''}`;
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? '0.00' : ((part / whole) * 100).toFixed(2)}%`;
}

/** The machine's memory is made up: no host is asked here. */
const SYSTEM_MEMORY = 16 * 2 ** 30;

/** The lines of `INFO memory`. */
export function memoryInfo(engine: Engine): readonly string[] {
  const { used, peak, overhead, dataset } = figuresOf(engine);
  const { limit } = engine.eviction;
  return [
    `used_memory:${used}`, `used_memory_human:${humanBytes(used)}`, `used_memory_rss:${used}`, `used_memory_rss_human:${humanBytes(used)}`,
    `used_memory_peak:${peak}`, `used_memory_peak_human:${humanBytes(peak)}`, `used_memory_peak_perc:${percent(used, peak)}`,
    `used_memory_overhead:${overhead}`, `used_memory_startup:${MEMORY_STARTUP}`, `used_memory_dataset:${dataset}`,
    `used_memory_dataset_perc:${percent(dataset, used - MEMORY_STARTUP)}`,
    `allocator_allocated:${used}`, `allocator_active:${used}`, `allocator_resident:${used}`,
    `total_system_memory:${SYSTEM_MEMORY}`, `total_system_memory_human:${humanBytes(SYSTEM_MEMORY)}`, ...scriptMemoryLines(engine, humanBytes),
    `maxmemory:${limit}`, `maxmemory_human:${humanBytes(limit)}`, `maxmemory_policy:${engine.configuration.value('maxmemory-policy')}`,
    'allocator_frag_ratio:1.00', 'allocator_frag_bytes:0', 'allocator_rss_ratio:1.00', 'allocator_rss_bytes:0', 'rss_overhead_ratio:1.00', 'rss_overhead_bytes:0',
    'mem_fragmentation_ratio:1.00', 'mem_fragmentation_bytes:0', 'mem_not_counted_for_evict:0', 'mem_replication_backlog:0', 'mem_total_replication_buffers:0',
    'mem_clients_slaves:0', 'mem_clients_normal:0', 'mem_cluster_links:0', 'mem_aof_buffer:0', 'mem_allocator:jemalloc-5.3.0', 'active_defrag_running:0',
    'lazyfree_pending_objects:0', `lazyfreed_objects:${engine.eviction.lazyFreed}`,
  ];
}

function stats(engine: Engine): Reply {
  const { used, peak, overhead, dataset, keys } = figuresOf(engine);
  const data = used - MEMORY_STARTUP;
  const items: Reply[] = [];
  const add = (name: string, value: number | Reply): void => { items.push(bulk(name), typeof value === 'number' ? integer(value) : value); };
  const double = (value: number): Reply => ({ kind: 'double', text: formatDouble(value) });
  add('peak.allocated', peak);
  add('total.allocated', used);
  add('startup.allocated', MEMORY_STARTUP);
  for (const name of ['replication.backlog', 'clients.slaves', 'clients.normal', 'cluster.links', 'aof.buffer', 'lua.caches', 'functions.caches']) add(name, 0);
  for (const database of engine.databases) {
    if (database.size === 0) continue;
    add(`db.${database.number}`, { kind: 'map', items: [
      bulk('overhead.hashtable.main'), integer(database.size * TABLE_SHARE), bulk('overhead.hashtable.expires'), integer(database.volatileSize * TABLE_SHARE),
      bulk('overhead.hashtable.slot-to-keys'), integer(0),
    ] });
  }
  add('overhead.total', overhead);
  add('keys.count', keys);
  add('keys.bytes-per-key', keys === 0 ? 0 : Math.floor(data / keys));
  add('dataset.bytes', dataset);
  add('dataset.percentage', double(data === 0 ? 0 : (dataset / data) * 100));
  add('peak.percentage', double((used / peak) * 100));
  for (const name of ['allocator.allocated', 'allocator.active', 'allocator.resident']) add(name, used);
  for (const name of ['allocator-fragmentation', 'allocator-rss', 'rss-overhead']) {
    add(`${name}.ratio`, double(1));
    add(`${name}.bytes`, 0);
  }
  add('fragmentation', double(1));
  add('fragmentation.bytes', 0);
  return { kind: 'map', items };
}

function doctor(engine: Engine): string {
  const { used, peak } = figuresOf(engine);
  if (used < DOCTOR_LEAST) return EMPTY_REPORT;
  return peak / used > 1.5 ? PEAK_REPORT : SOUND_REPORT;
}

function usage(call: Call, args: readonly Bytes[]): Reply {
  const [, , key = ''] = args;
  let samples = MEMORY_SAMPLES;
  for (let i = 3; i < args.length; i += 2) {
    if (keyword(args[i]) !== 'samples' || i + 1 >= args.length) return errorReply(ERROR.syntax);
    samples = positionArgument(args[i + 1]);
    if (samples < 0) return errorReply(ERROR.syntax);
  }
  const value = call.database.peek(key);
  return value === undefined ? NIL : integer(valueBytes(value, call.database.keptAs(key), samples) + keyBytes(key));
}

function memory(call: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'help':
      return helpReply(MEMORY_HELP);
    case 'usage':
      return usage(call, args);
    case 'stats':
      return stats(call.engine);
    case 'doctor':
      return bulk(doctor(call.engine));
    case 'malloc-stats':
      return bulk('___ Begin jemalloc statistics ___\nNo allocator beneath: the figures of MEMORY STATS are estimates.\n--- End jemalloc statistics ---\n');
    default:
      call.engine.eviction.resetPeak();
      return OK;
  }
}

/** The row of `MEMORY`. */
export const MEMORY_COMMANDS: CommandGroup = {
  memory: {
    arity: -2, flags: ['readonly'], keys: { kind: 'range', first: 2, last: 2, step: 1 }, categories: [], since: '4.0.0',
    reply: ['integer', 'nil', 'bulk', 'simple', 'array', 'map'], subcommands: { doctor: 2, help: 2, 'malloc-stats': 2, purge: 2, stats: 2, usage: -3 }, run: memory,
  },
};
