/**
 * `INFO`: the sections and fields of Redis 7.0 in its order. What a simulation cannot know (the processor's time, the operating
 * system, connections of threads) is there with a fixed value, as clients look for the names.
 *
 * @module
 */
import type { Call } from '../call.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import type { Engine } from '../engine.ts';
import type { Reply } from '../reply.ts';
import { keyword } from './arguments.ts';
import { memoryInfo } from './memory.ts';

/** Fields and their values. */
type Fields = readonly (readonly [string, string | number])[];

const fields = (values: Readonly<Record<string, string | number>>): Fields => Object.entries(values);

/** Fields with the values that `NAME:VALUE` lines give them; lines with other names follow. */
function overridden(defaults: Fields, lines: readonly string[]): Fields {
  const own = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  const known = new Set(defaults.map(([name]) => name));
  return [...defaults.map(([name, value]): [string, string | number] => [name, own.get(name) ?? value]), ...[...own].filter(([name]) => !known.has(name))];
}

function server(engine: Engine): Fields {
  const uptime = Math.max(0, Math.floor((engine.now - engine.startedAt) / 1000));
  const defaults = fields({
    redis_version: '7.0.15', redis_git_sha1: '00000000', redis_git_dirty: 0, redis_build_id: 0, redis_mode: 'standalone', os: 'splitbrain', arch_bits: 64,
    monotonic_clock: 'POSIX clock_gettime', multiplexing_api: 'epoll', atomicvar_api: 'c11-builtin', gcc_version: '0.0.0', process_id: 1,
    process_supervised: 'no', run_id: '0'.repeat(40), tcp_port: 6379, server_time_usec: Math.round(engine.now * 1000), uptime_in_seconds: uptime,
    uptime_in_days: Math.floor(uptime / 86_400), hz: engine.configuration.value('hz'), configured_hz: engine.configuration.value('hz'),
    lru_clock: Math.floor(engine.now / 1000) % 16_777_216, executable: '', config_file: '', io_threads_active: 0,
  });
  return overridden(defaults, engine.server?.info('server') ?? []);
}

function clients(engine: Engine): Fields {
  const connections = [...engine.connections].filter(({ role }) => role === 'client');
  const buffers = connections.map((connection) => connection.buffers());
  return fields({
    connected_clients: connections.length, cluster_connections: 0, maxclients: engine.configuration.value('maxclients'),
    client_recent_max_input_buffer: Math.max(0, ...buffers.map(({ input }) => input)),
    client_recent_max_output_buffer: Math.max(0, ...buffers.map(({ output }) => output)),
    blocked_clients: engine.waiting.size, tracking_clients: engine.tracking.clients,
    clients_in_timeout_table: engine.blocked.all().filter(({ deadline }) => deadline !== undefined).length,
  });
}

function persistence(engine: Engine): Fields {
  const defaults = fields({
    loading: 0, async_loading: 0, current_cow_peak: 0, current_cow_size: 0, current_cow_size_age: 0, current_fork_perc: '0.00',
    current_save_keys_processed: 0, current_save_keys_total: 0, rdb_changes_since_last_save: 0, rdb_bgsave_in_progress: 0, rdb_last_save_time: 0,
    rdb_last_bgsave_status: 'ok', rdb_last_bgsave_time_sec: -1, rdb_current_bgsave_time_sec: -1, rdb_saves: 0, rdb_last_cow_size: 0,
    rdb_last_load_keys_expired: 0, rdb_last_load_keys_loaded: 0, aof_enabled: 0, aof_rewrite_in_progress: 0, aof_rewrite_scheduled: 0,
    aof_last_rewrite_time_sec: -1, aof_current_rewrite_time_sec: -1, aof_last_bgrewrite_status: 'ok', aof_rewrites: 0,
    aof_rewrites_consecutive_failures: 0, aof_last_write_status: 'ok', aof_last_cow_size: 0, module_fork_in_progress: 0, module_fork_last_cow_size: 0,
  });
  return overridden(defaults, [...engine.snapshots.info(), ...engine.server?.info('persistence') ?? []]);
}

function stats(engine: Engine): Fields {
  const { stats: counters, tracking, pubSub } = engine;
  const { keys, items, prefixes } = tracking.totals;
  return fields({
    total_connections_received: counters.connections, total_commands_processed: counters.commands, instantaneous_ops_per_sec: 0,
    total_net_input_bytes: counters.inputBytes, total_net_output_bytes: counters.outputBytes, total_net_repl_input_bytes: 0,
    total_net_repl_output_bytes: 0, instantaneous_input_kbps: '0.00', instantaneous_output_kbps: '0.00', instantaneous_input_repl_kbps: '0.00',
    instantaneous_output_repl_kbps: '0.00', rejected_connections: counters.rejectedConnections, sync_full: 0, sync_partial_ok: 0, sync_partial_err: 0,
    expired_keys: counters.expired, expired_stale_perc: '0.00', expired_time_cap_reached_count: 0, expire_cycle_cpu_milliseconds: 0,
    evicted_keys: engine.eviction.evicted, evicted_clients: counters.evictedClients, total_eviction_exceeded_time: 0, current_eviction_exceeded_time: 0,
    keyspace_hits: counters.hits, keyspace_misses: counters.misses, pubsub_channels: pubSub.channels().length, pubsub_patterns: pubSub.patternCount,
    pubsubshard_channels: pubSub.channels(undefined, 'shard').length, latest_fork_usec: 0, total_forks: 0, migrate_cached_sockets: 0,
    slave_expires_tracked_keys: 0, active_defrag_hits: 0, active_defrag_misses: 0, active_defrag_key_hits: 0, active_defrag_key_misses: 0,
    total_active_defrag_time: 0, current_active_defrag_time: 0, tracking_total_keys: keys, tracking_total_items: items, tracking_total_prefixes: prefixes,
    unexpected_error_replies: 0, total_error_replies: counters.errors, dump_payload_sanitizations: 0, total_reads_processed: counters.reads,
    total_writes_processed: counters.writes, io_threaded_reads_processed: 0, io_threaded_writes_processed: 0, reply_buffer_shrinks: 0,
    reply_buffer_expands: 0,
  });
}

function replication(engine: Engine): Fields {
  const lines = engine.server?.info('replication');
  if (lines !== undefined) return overridden([], lines);
  return fields({
    role: 'master', connected_slaves: 0, master_failover_state: 'no-failover', master_replid: '0'.repeat(40), master_replid2: '0'.repeat(40),
    master_repl_offset: 0, second_repl_offset: -1, repl_backlog_active: 0, repl_backlog_size: engine.configuration.value('repl-backlog-size'),
    repl_backlog_first_byte_offset: 0, repl_backlog_histlen: 0,
  });
}

const NAMES_UNSAFE = /[#:\n\r]/g;

function commandStats({ everyCommand, log }: Engine): Fields {
  return everyCommand.flatMap((command): Fields => {
    const { calls, micros, rejected, failed } = log.statistics.of(command);
    if (calls === 0 && rejected === 0 && failed === 0) return [];
    const each = (calls === 0 ? 0 : micros / calls).toFixed(2);
    return [[`cmdstat_${command.fullName}`, `calls=${calls},usec=${Math.round(micros)},usec_per_call=${each},rejected_calls=${rejected},failed_calls=${failed}`]];
  });
}

function errorStats({ log }: Engine): Fields {
  return [...log.statistics.errors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]) => [`errorstat_${code.replace(NAMES_UNSAFE, '_')}`, `count=${count}`]);
}

function latencyStats({ everyCommand, log, configuration }: Engine): Fields {
  const percentiles = configuration.value('latency-tracking-info-percentiles').split(' ').filter((text) => text !== '');
  return everyCommand.flatMap((command): Fields => {
    if (log.statistics.histogram(command) === undefined) return [];
    const values = percentiles.map((text) => `p${text}=${log.statistics.percentile(command, Number(text)).toFixed(3)}`);
    return [[`latency_percentiles_usec_${command.fullName}`, values.join(',')]];
  });
}

function keyspace({ databases }: Engine): Fields {
  return databases.filter(({ size }) => size > 0).map(({ number, size, volatileSize }) => [`db${number}`, `keys=${size},expires=${volatileSize},avg_ttl=0`]);
}

function memory(engine: Engine): Fields {
  return overridden([], memoryInfo(engine));
}

interface Section {
  readonly title: string;
  readonly isDefault: boolean;
  readonly fields: (engine: Engine) => Fields;
}

const cpu = (): Fields => ['sys', 'user', 'sys_children', 'user_children', 'sys_main_thread', 'user_main_thread'].map((name) => [`used_cpu_${name}`, '0.000000']);

/** In the order in which they are shown. */
const SECTIONS: Readonly<Record<string, Section>> = {
  server: { title: 'Server', isDefault: true, fields: server },
  clients: { title: 'Clients', isDefault: true, fields: clients },
  memory: { title: 'Memory', isDefault: true, fields: memory },
  persistence: { title: 'Persistence', isDefault: true, fields: persistence },
  stats: { title: 'Stats', isDefault: true, fields: stats },
  replication: { title: 'Replication', isDefault: true, fields: replication },
  cpu: { title: 'CPU', isDefault: true, fields: cpu },
  modules: { title: 'Modules', isDefault: true, fields: () => [] },
  commandstats: { title: 'Commandstats', isDefault: false, fields: commandStats },
  errorstats: { title: 'Errorstats', isDefault: true, fields: errorStats },
  latencystats: { title: 'Latencystats', isDefault: false, fields: latencyStats },
  cluster: { title: 'Cluster', isDefault: true, fields: () => [['cluster_enabled', 0]] },
  keyspace: { title: 'Keyspace', isDefault: true, fields: keyspace },
};

function info({ engine }: Call, args: readonly Bytes[]): Reply {
  const asked = new Set(args.slice(1).map(keyword));
  const all = asked.has('all') || asked.has('everything');
  const defaults = asked.size === 0 || asked.has('default');
  const shown = Object.entries(SECTIONS).filter(([name, { isDefault }]) => all || asked.has(name) || (defaults && isDefault));
  const texts = shown.map(([, section]) => `# ${section.title}\r\n${section.fields(engine).map(([name, value]) => `${name}:${value}\r\n`).join('')}`);
  return { kind: 'verbatim', format: 'txt', bytes: texts.join('\r\n') };
}

/** The row of `INFO`. */
export const INFO_COMMANDS: CommandGroup = {
  info: { arity: -1, flags: ['loading', 'stale'], keys: NO_KEYS, categories: ['dangerous'], since: '1.0.0', reply: ['verbatim'], run: info },
};
