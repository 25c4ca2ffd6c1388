/**
 * A deployment's configuration: Redis's own parameters under their own names in camel case, with redis.conf's defaults.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../../kernel/errors.ts';
import type { AppendFsync } from '../persistence/append-only-file.ts';

/** The configuration of every node of a deployment. */
export interface RedisConfig {
  /** `appendonly`: whether changes are written to the append-only file. Default false, as in redis.conf. */
  readonly appendonly: boolean;
  /** `appendfsync`. Default `everysec`. */
  readonly appendfsync: AppendFsync;
  /** `aof-load-truncated`: cut an incomplete tail at start, or refuse to start. Default true. */
  readonly aofLoadTruncated: boolean;
  /** `min-replicas-to-write`. Default 0. */
  readonly minReplicasToWrite: number;
  /** `min-replicas-max-lag`, in seconds. Default 10. */
  readonly minReplicasMaxLag: number;
  /** `repl-backlog-size`, in bytes. Default 1 MB. */
  readonly replBacklogSize: number;
  /** `repl-timeout`, in seconds. Default 60. */
  readonly replTimeout: number;
  /** `repl-ping-replica-period`, in seconds. Default 10. */
  readonly replPingReplicaPeriod: number;
  /** `databases`. Default 16. */
  readonly databases: number;
  /** `requirepass`: the password that clients must give. Default none. */
  readonly requirepass: string;
}

/** What `createRedis(sim, …)` takes. */
export interface RedisOptions extends Partial<RedisConfig> {
  /** How many replicas the primary has. Default 0. */
  readonly replicas?: number;
  /** Nodes are called `name-1`, `name-2`, … Default `redis`. */
  readonly name?: string;
  /** Where the nodes stand, the primary first; taken in turn. */
  readonly placements?: readonly { readonly region?: string; readonly zone?: string; readonly rack?: string }[];
}

/** More than anybody has; each costs memory from the start. */
export const DATABASES_MAX = 100_000;

/** redis.conf's defaults. */
export const DEFAULT_CONFIG: RedisConfig = {
  appendonly: false,
  appendfsync: 'everysec',
  aofLoadTruncated: true,
  minReplicasToWrite: 0,
  minReplicasMaxLag: 10,
  replBacklogSize: 1024 * 1024,
  replTimeout: 60,
  replPingReplicaPeriod: 10,
  databases: 16,
  requirepass: '',
};

/** The whole configuration. @throws {@link UsageError} `INVALID_OPTION` on a value that makes no sense */
export function configOf(options: RedisOptions): RedisConfig {
  refuseUnknownOptions('a Redis deployment', options, [...Object.keys(DEFAULT_CONFIG), 'replicas', 'name', 'placements']);
  const config: RedisConfig = { ...DEFAULT_CONFIG, ...options };
  const check = (name: keyof RedisConfig | 'replicas', value: number, least: number): void => {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${least}, got ${String(value)}`);
    }
  };
  for (const name of ['appendonly', 'aofLoadTruncated'] as const) {
    if (typeof config[name] !== 'boolean') throw new UsageError('INVALID_OPTION', `${name} is true or false, got ${String(config[name])}`);
  }
  if (typeof config.requirepass !== 'string') throw new UsageError('INVALID_OPTION', `requirepass is a text, got ${String(config.requirepass)}`);
  check('replicas', options.replicas ?? 0, 0);
  check('minReplicasToWrite', config.minReplicasToWrite, 0);
  check('minReplicasMaxLag', config.minReplicasMaxLag, 0);
  check('replBacklogSize', config.replBacklogSize, 0);
  check('replTimeout', config.replTimeout, 1);
  check('replPingReplicaPeriod', config.replPingReplicaPeriod, 1);
  check('databases', config.databases, 1);
  if (config.databases > DATABASES_MAX) throw new UsageError('INVALID_OPTION', `databases must be at most ${DATABASES_MAX}, got ${config.databases}`);
  if (!['always', 'everysec', 'no'].includes(config.appendfsync)) {
    throw new UsageError('INVALID_OPTION', `appendfsync is always, everysec or no, got ${String(config.appendfsync)}`);
  }
  return config;
}
