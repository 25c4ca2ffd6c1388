/**
 * Clients of a simulated Redis that do what a workload says. Registers are recorded by the store's own client, with versions; of
 * everything else the operation is recorded as a whole, whatever commands it takes.
 *
 * @module
 */
import type { RedisClient, RedisClientOptions, RedisDeployment } from '../../redis/index.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import { duration, type DurationInput } from '../../kernel/units.ts';
import { recorded, recording, unsupported, type Outcome, type Reply } from './recorded-client.ts';
import { fieldsOf } from './redis-hash.ts';
import { askedOfItem, item } from './redis-items.ts';
import { LISTS, REGISTERS, transactions, type TransactionManner } from './redis-transactions.ts';
import type { WorkloadClient } from './run-workload.ts';
import type { WorkloadKind, WorkloadWord } from './workload-kinds.ts';
import type { Workload } from './workload.ts';

/** How the clients of a workload use Redis. */
export interface RedisWorkloadOptions extends Omit<RedisClientOptions, 'name' | 'record'> {
  /** Whether transactions are sent between `MULTI` and `EXEC` (default), or as single commands one after the other. */
  readonly isolated?: boolean;
  /**
   * Whether transactions read first, under `WATCH`, and are given up when what they read has changed by `EXEC` (optimistic locking). Default:
   * everything is between `MULTI` and `EXEC`.
   */
  readonly watch?: boolean;
  /** When a lock that nobody gave back is free again (`PX`). Default: never. */
  readonly lease?: DurationInput;
}

/** Clients of a Redis deployment. @param options - for each of them, but the name */
export function redisClients(sim: Simulation, redis: RedisDeployment, workload: Workload, options: RedisWorkloadOptions = {}): readonly WorkloadClient[] {
  const { kind } = workload;
  const { isolated = true, watch = false, lease, ...rest } = options;
  if (watch && !isolated) throw new UsageError('INVALID_OPTION', 'watch is a way to be isolated: { isolated: false } does not go with it');
  const replyOf = REPLIES[kind];
  if (replyOf === undefined && kind !== 'register') throw unsupported('Redis', kind);
  const leaseMs = lease === undefined ? undefined : Math.ceil(duration(lease, 'lease') / 1000);
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const client = redis.client({ ...(zone === undefined ? {} : { zone }), ...rest, name, record: kind === 'register' });
    if (replyOf === undefined) return recording(name, ({ f, key, value }) => (f === 'read' ? client.get(key) : client.set(key, String(value))));
    return recorded(sim, name, replyOf(client, { name, isolated, watch, leaseMs }), kind === 'item' ? askedOfItem : undefined);
  });
}

interface Manner extends TransactionManner {
  readonly name: string;
  readonly leaseMs: number | undefined;
}

const COMPARE_AND_SET = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0";
const COMPARE_AND_DELETE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
const TRANSFER = "redis.call('HINCRBY', 'bank', KEYS[1], -ARGV[2]) redis.call('HINCRBY', 'bank', ARGV[1], ARGV[2]) return 1";

async function whole(command: Promise<unknown>): Promise<number> {
  return Number(await command ?? 0);
}

/** Of what has been written nothing but that is said. */
async function written(command: Promise<unknown>): Promise<Outcome> {
  await command;
  return {};
}

const REPLIES: Readonly<Partial<Record<WorkloadKind, (client: RedisClient, manner: Manner) => Reply>>> = {
  cas: (client) => async ({ f, key, value }) => {
    if (f === 'read') return { value: await client.get(key) };
    if (f === 'write') return written(client.set(key, String(value)));
    const [expected, next] = value as readonly [string, string];
    return await whole(client.command('EVAL', COMPARE_AND_SET, 1, key, expected, next)) === 1 ? { value: true } : 'failed';
  },
  set: (client) => async ({ f, key, value }) => {
    if (f !== 'read') return written(client.command('SADD', key, String(value)));
    const members = await client.command('SMEMBERS', key) as readonly string[];
    return { value: members.map(Number).sort((a, b) => a - b) };
  },
  counter: (client) => async ({ f, key, value }) => (
    f === 'read' ? { value: await whole(client.get(key)) } : written(client.command('INCRBY', key, String(value)))
  ),
  list: (client) => async ({ f, key, value }) => {
    if (f !== 'read') return written(client.command('RPUSH', key, String(value)));
    return { value: (await client.command('LRANGE', key, 0, -1) as readonly string[]).map(Number) };
  },
  bank: (client) => async ({ f, key, value }) => {
    if (f !== 'read') {
      const [to, amount] = value as readonly [string, number];
      return written(client.command('EVAL', TRANSFER, 1, key, to, String(amount)));
    }
    // All accounts at once: the sum is what must not change.
    const accounts = fieldsOf(await client.command('HGETALL', 'bank'));
    return { value: Object.fromEntries(accounts.map(([account, amount]) => [account, Number(amount)])) };
  },
  lock(client, { name, leaseMs }) {
    // Each holding has a token of its own, so that nobody gives back what another one has taken since.
    let taken = 0;
    return async ({ f, key }) => {
      if (f === 'release') return await whole(client.command('EVAL', COMPARE_AND_DELETE, 1, key, `${name}/${taken}`)) === 1 ? {} : 'failed';
      const lease = leaseMs === undefined ? [] : ['PX', leaseMs];
      return await client.command('SET', key, `${name}/${++taken}`, 'NX', ...lease) === null ? 'failed' : {};
    };
  },
  queue: (client) => async ({ f, key, value }) => {
    if (f === 'enqueue') return written(client.command('RPUSH', key, String(value)));
    return { value: await client.command('LPOP', key) as string | null };
  },
  item,
  'list-append': transactions(LISTS),
  'rw-register': transactions(REGISTERS),
  string: typed,
  'redis-list': typed,
  'redis-set': typed,
  hash: typed,
  'sorted-set': typed,
  stream: typed,
};

/** How a command of a type is asked, and how its reply stands in a history, whatever version of the protocol it came by. */
interface TypeCommand {
  readonly args: (given: readonly (string | number)[]) => readonly (string | number)[];
  /** Left out where the reply says nothing, or is another one each time. */
  readonly reply?: (reply: unknown) => HistoryValue;
}

const asGiven: TypeCommand['args'] = (given) => given;
const count: TypeCommand['reply'] = (reply) => Number(reply);
const score: TypeCommand['reply'] = (reply) => (reply === null ? null : Number(reply));
const textOrNull: TypeCommand['reply'] = (reply) => reply as string | null;
const texts: TypeCommand['reply'] = (reply) => reply as readonly string[];
const COMMANDS_OF_TYPES: Readonly<Partial<Record<WorkloadWord, TypeCommand>>> = {
  get: { args: asGiven, reply: textOrNull },
  strlen: { args: asGiven, reply: count },
  set: { args: asGiven },
  setnx: { args: asGiven, reply: count },
  append: { args: asGiven, reply: count },
  getset: { args: asGiven, reply: textOrNull },
  getdel: { args: asGiven, reply: textOrNull },
  rpush: { args: asGiven, reply: count },
  lpush: { args: asGiven, reply: count },
  rpop: { args: asGiven, reply: textOrNull },
  lpop: { args: asGiven, reply: textOrNull },
  llen: { args: asGiven, reply: count },
  lrange: { args: () => [0, -1], reply: texts },
  sadd: { args: asGiven, reply: count },
  srem: { args: asGiven, reply: count },
  sismember: { args: asGiven, reply: count },
  smembers: { args: asGiven, reply: (reply) => [...(reply as Iterable<string>)].sort((a, b) => (a < b ? -1 : 1)) },
  hset: { args: asGiven, reply: count },
  hsetnx: { args: asGiven, reply: count },
  hdel: { args: asGiven, reply: count },
  hget: { args: asGiven, reply: textOrNull },
  hgetall: { args: asGiven, reply: (reply) => Object.fromEntries(fieldsOf(reply)) },
  zadd: { args: asGiven, reply: count },
  zincrby: { args: asGiven, reply: score },
  zrem: { args: asGiven, reply: count },
  zscore: { args: asGiven, reply: score },
  zrange: { args: () => [0, -1], reply: texts },
  xadd: { args: ([entry = '']) => ['*', 'entry', entry] },
  xlen: { args: asGiven, reply: count },
  xrange: { args: () => ['-', '+'], reply: (reply) => (reply as readonly [string, readonly string[]][]).map(([, [, entry = '']]) => entry) },
};

/** Operations that are commands. */
function typed(client: RedisClient): Reply {
  return async ({ f, key, value }) => {
    const rule = COMMANDS_OF_TYPES[f];
    if (rule === undefined) throw new UsageError('INVALID_ARGUMENT', `Redis has no command for the operation '${f}'`);
    const given = value === undefined ? [] : Array.isArray(value) ? value as readonly (string | number)[] : [value as string | number];
    const reply = await client.command(f, key, ...rule.args(given));
    return rule.reply === undefined ? {} : { value: rule.reply(reply) };
  };
}
