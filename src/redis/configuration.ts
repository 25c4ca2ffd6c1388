/**
 * The server's configuration as `CONFIG GET` and `CONFIG SET` show it: the parameters of redis.conf 7.0 with their defaults,
 * bounds and aliases (read off a real server). Only what the engine models has an effect; the rest is kept and shown.
 *
 * Left out: parameters of the host (paths, ports, TLS, CPU lists), of clusters, and `CONFIG REWRITE`'s file.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';
import { globMatches } from './glob.ts';

/** How a parameter is written. */
type Parameter =
  | { readonly kind: 'integer'; readonly value: string; readonly low: number; readonly high: string }
  | { readonly kind: 'memory'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: string }
  | { readonly kind: 'enum'; readonly value: string; readonly of: readonly string[] }
  | { readonly kind: 'text'; readonly value: string }
  /** Fixed at start. */
  | { readonly kind: 'immutable'; readonly value: string };

const INT_MAX = '2147483647';
const LONG_MAX = '9223372036854775807';
const integer = (value: number, low = 0, high = INT_MAX): Parameter => ({ kind: 'integer', value: String(value), low, high });
const memory = (value: number): Parameter => ({ kind: 'memory', value: String(value) });
const boolean = (value: 'yes' | 'no'): Parameter => ({ kind: 'boolean', value });
const oneOf = (value: string, ...of: readonly string[]): Parameter => ({ kind: 'enum', value, of });
const text = (value: string): Parameter => ({ kind: 'text', value });
const immutable = (value: string): Parameter => ({ kind: 'immutable', value });

const PARAMETERS: Readonly<Record<string, Parameter>> = {
  'activedefrag': boolean('no'),
  'active-expire-effort': integer(1, 1, '10'),
  'activerehashing': boolean('yes'),
  'acllog-max-len': integer(128, 0, LONG_MAX),
  'aof-load-truncated': boolean('yes'),
  'aof-use-rdb-preamble': boolean('yes'),
  'appenddirname': immutable('appendonlydir'),
  'appendfilename': immutable('appendonly.aof'),
  'appendfsync': oneOf('everysec', 'everysec', 'always', 'no'),
  'appendonly': boolean('no'),
  'auto-aof-rewrite-min-size': memory(67_108_864),
  'auto-aof-rewrite-percentage': integer(100),
  'busy-reply-threshold': integer(5000, 0, LONG_MAX),
  'client-output-buffer-limit': text('normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60'),
  'client-query-buffer-limit': memory(1_073_741_824),
  'databases': immutable('16'),
  'dbfilename': immutable('dump.rdb'),
  'hash-max-listpack-entries': integer(512, 0, LONG_MAX),
  'hash-max-listpack-value': memory(64),
  'hll-sparse-max-bytes': memory(3000),
  'hz': integer(10),
  'latency-monitor-threshold': integer(0, 0, LONG_MAX),
  'latency-tracking': boolean('yes'),
  'lazyfree-lazy-eviction': boolean('no'),
  'lazyfree-lazy-expire': boolean('no'),
  'lazyfree-lazy-server-del': boolean('no'),
  'lazyfree-lazy-user-del': boolean('no'),
  'lazyfree-lazy-user-flush': boolean('no'),
  'lfu-decay-time': integer(1),
  'lfu-log-factor': integer(10),
  'list-compress-depth': integer(0),
  'list-max-listpack-size': integer(-2, -2_147_483_648),
  'maxclients': integer(10_000, 1),
  'maxmemory': memory(0),
  'maxmemory-clients': text('0'),
  'maxmemory-eviction-tenacity': integer(10, 0, '100'),
  'maxmemory-policy': oneOf('noeviction', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl', 'allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'noeviction'),
  'maxmemory-samples': integer(5, 1),
  'min-replicas-max-lag': integer(10),
  'min-replicas-to-write': integer(0),
  'no-appendfsync-on-rewrite': boolean('no'),
  'notify-keyspace-events': text(''),
  'proto-max-bulk-len': memory(536_870_912),
  'repl-backlog-size': memory(1_048_576),
  'repl-backlog-ttl': integer(3600),
  'repl-ping-replica-period': integer(10, 1),
  'repl-timeout': integer(60, 1),
  'replica-priority': integer(100),
  'replica-read-only': boolean('yes'),
  'replica-serve-stale-data': boolean('yes'),
  'requirepass': text(''),
  'save': text(''),
  'set-max-intset-entries': integer(512, 0, LONG_MAX),
  'slowlog-log-slower-than': integer(10_000, -1, LONG_MAX),
  'slowlog-max-len': integer(128, 0, LONG_MAX),
  'stop-writes-on-bgsave-error': boolean('yes'),
  'stream-node-max-bytes': memory(4096),
  'stream-node-max-entries': integer(100, 0, LONG_MAX),
  'timeout': integer(0),
  'tracking-table-max-keys': integer(1_000_000, 0, LONG_MAX),
  'zset-max-listpack-entries': integer(128, 0, LONG_MAX),
  'zset-max-listpack-value': memory(64),
};

const ALIASES: Readonly<Record<string, string>> = {
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'list-max-ziplist-size': 'list-max-listpack-size',
  'lua-time-limit': 'busy-reply-threshold',
  'min-slaves-max-lag': 'min-replicas-max-lag',
  'min-slaves-to-write': 'min-replicas-to-write',
  'repl-ping-slave-period': 'repl-ping-replica-period',
  'slave-priority': 'replica-priority',
  'slave-read-only': 'replica-read-only',
  'slave-serve-stale-data': 'replica-serve-stale-data',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
};

/** The configuration of one server. */
export class Configuration {
  readonly #values = new Map<string, string>();

  /** A parameter's value, under its name or an alias. */
  value(name: string): string {
    const real = realName(name);
    return this.#values.get(real) ?? PARAMETERS[real]?.value ?? '';
  }

  /** Puts a value in place without a check: for what is given at start. */
  preset(name: string, value: string): void {
    this.#values.set(realName(name), value);
  }

  /** The parameters whose names, aliases included, match any of the patterns: names and values in turn, sorted by name. */
  matching(patterns: readonly Bytes[]): string[] {
    const names = [...Object.keys(PARAMETERS), ...Object.keys(ALIASES)]
      .filter((name) => patterns.some((pattern) => globMatches(pattern.toLowerCase(), name)));
    return names.sort((a, b) => (a < b ? -1 : 1)).flatMap((name) => [name, this.value(name)]);
  }

  /**
   * Sets parameters, all or none.
   *
   * @param pairs - names and values in turn
   * @returns the error reply, or undefined when they are set
   */
  set(pairs: readonly Bytes[]): string | undefined {
    const wanted = new Map<string, string>();
    for (let i = 0; i < pairs.length; i += 2) {
      const given = (pairs[i] ?? '').toLowerCase();
      const name = realName(given);
      const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
      if (parameter === undefined) return `ERR Unknown option or number of arguments for CONFIG SET - '${pairs[i] ?? ''}'`;
      const read = readValue(parameter, pairs[i + 1] ?? '');
      const problem = wanted.has(name) ? 'duplicate parameter' : 'problem' in read ? read.problem : undefined;
      if (problem !== undefined) return `ERR CONFIG SET failed (possibly related to argument '${given}') - ${problem}`;
      if ('value' in read) wanted.set(name, read.value);
    }
    for (const [name, value] of wanted) this.#values.set(name, value);
    return undefined;
  }
}

function realName(name: string): string {
  return ALIASES[name] ?? name;
}

const MEMORY_UNITS: Readonly<Record<string, number>> = {
  '': 1, 'b': 1, 'k': 1000, 'kb': 1024, 'm': 1e6, 'mb': 1_048_576, 'g': 1e9, 'gb': 1_073_741_824,
};

function readValue(parameter: Parameter, written: Bytes): { readonly value: string } | { readonly problem: string } {
  switch (parameter.kind) {
    case 'immutable':
      return { problem: "can't set immutable config" };
    case 'text':
      return { value: written };
    case 'boolean': {
      const value = written.toLowerCase();
      return value === 'yes' || value === 'no' ? { value } : { problem: "argument must be 'yes' or 'no'" };
    }
    case 'enum': {
      const value = written.toLowerCase();
      return parameter.of.includes(value) ? { value } : { problem: `argument(s) must be one of the following: ${parameter.of.join(', ')}` };
    }
    case 'memory': {
      const match = /^([0-9]+)([a-z]*)$/.exec(written.toLowerCase());
      const unit = match === null ? undefined : MEMORY_UNITS[match[2] ?? ''];
      return unit === undefined ? { problem: 'argument must be a memory value' } : { value: String(Number(match?.[1]) * unit) };
    }
    case 'integer': {
      if (!/^-?[0-9]{1,19}$/.test(written)) return { problem: "argument couldn't be parsed into an integer" };
      const value = BigInt(written);
      return value >= BigInt(parameter.low) && value <= BigInt(parameter.high)
        ? { value: String(value) }
        : { problem: `argument must be between ${parameter.low} and ${parameter.high} inclusive` };
    }
  }
}
