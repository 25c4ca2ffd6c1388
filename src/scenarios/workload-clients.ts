/**
 * Clients of the three stores that do what a workload says, and write what came of it as the checkers read it. Registers are
 * recorded by the stores' own clients, with versions; of everything else the operation is recorded as a whole, whatever
 * commands it takes.
 *
 * Left out: on Dynamo everything but registers and sets (a set is read, added to and written back, siblings united); on
 * Cassandra a bank, which has no transaction for it, a queue, and the types of Redis.
 *
 * @module
 */
import type { CassandraClient, Cassandra } from '../cassandra/index.ts';
import type { Dynamo, DynamoClientOptions } from '../dynamo/index.ts';
import { UsageError } from '../kernel/errors.ts';
import type { Completion, HistoryValue } from '../kernel/history.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { RedisClient, RedisClientOptions, RedisDeployment } from '../redis/index.ts';
import type { WorkloadClient } from './run-workload.ts';
import type { Workload, WorkloadKind, WorkloadOperation } from './workload.ts';

/** Clients of a Dynamo deployment. @param options - for each of them, but the name */
export function dynamoClients(sim: Simulation, dynamo: Dynamo, workload: Workload, options: Omit<DynamoClientOptions, 'name'> = {}): readonly WorkloadClient[] {
  const { kind } = workload;
  if (kind !== 'register' && kind !== 'set') throw unsupported('Dynamo', kind);
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const { callbacks } = dynamo.client({ ...(zone === undefined ? {} : { zone }), ...options, name });
    if (kind === 'register') {
      return {
        id: name, style: 'callbacks',
        perform({ f, key, value }, done) {
          if (f === 'read') callbacks.get(key, done);
          else callbacks.put(key, String(value), done);
        },
      };
    }
    return {
      id: name, style: 'callbacks',
      perform({ f, key, value = null }, done) {
        const call = sim.history.invoke(name, f, key, f === 'read' ? null : value as HistoryValue);
        callbacks.get(key, (error, result) => {
          if (error !== undefined || result === undefined) {
            // Nothing was written yet.
            sim.history.fail(call, { error: error?.code ?? 'UNKNOWN' });
            done();
            return;
          }
          const elements = [...new Set(result.values.flatMap((sibling) => JSON.parse(sibling) as number[]))].sort((a, b) => a - b);
          if (f === 'read') {
            sim.history.ok(call, { value: elements });
            done();
            return;
          }
          callbacks.put(key, JSON.stringify([...elements, value]), (refused) => {
            if (refused === undefined) sim.history.ok(call);
            else sim.history.failed(call, refused);
            done();
          }, { context: result.context, record: false });
        }, { record: false });
      },
    };
  });
}

type Reply = (operation: WorkloadOperation) => Promise<Completion | 'failed'>;

/** What stands in the history as the argument, where it is not the workload's value as it is. */
type Asked = (operation: WorkloadOperation) => HistoryValue;

/** A client that records each operation by itself. */
function recorded(sim: Simulation, name: string, reply: Reply, asked: Asked = ({ f, value }) => (f === 'read' || value === undefined ? null : value)): WorkloadClient {
  return {
    id: name, style: 'promises',
    perform(operation, done) {
      const { f, key } = operation;
      const call = sim.history.invoke(name, f, key, asked(operation));
      void concluded(async () => {
        try {
          const completion = await reply(operation);
          if (completion === 'failed') sim.history.fail(call, { error: 'NOT_EQUAL' });
          else sim.history.ok(call, completion);
        } catch (error) {
          sim.history.failed(call, error);
        }
      }, done);
    },
  };
}

/** A client whose store records. */
function recording(name: string, reply: (operation: WorkloadOperation) => Promise<unknown>): WorkloadClient {
  return { id: name, style: 'promises', perform: (operation, done) => void concluded(() => reply(operation), done) };
}

/** Calls back when it is over, whatever became of it: that stands in the history. */
async function concluded(work: () => Promise<unknown>, done: () => void): Promise<void> {
  try {
    await work();
  } catch {
    // The store's client has recorded it.
  }
  done();
}

const COMPARE_AND_SET = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0";
const TRANSFER = "redis.call('HINCRBY', 'bank', KEYS[1], -ARGV[2]) redis.call('HINCRBY', 'bank', ARGV[1], ARGV[2]) return 1";

/** How a command of a type is asked, and how its reply stands in a history, whatever version of the protocol it came by. */
interface TypeCommand {
  readonly args: (given: readonly (string | number)[]) => readonly (string | number)[];
  /** Left out where the reply says nothing, or is another one each time. */
  readonly reply?: (reply: unknown) => HistoryValue;
}

const asGiven: TypeCommand['args'] = (given) => given;
const whole: TypeCommand['reply'] = (reply) => Number(reply);
const score: TypeCommand['reply'] = (reply) => (reply === null ? null : Number(reply));
const COMMANDS_OF_TYPES: Readonly<Partial<Record<WorkloadOperation['f'], TypeCommand>>> = {
  hset: { args: asGiven, reply: whole },
  hsetnx: { args: asGiven, reply: whole },
  hdel: { args: asGiven, reply: whole },
  hget: { args: asGiven, reply: (reply) => reply as string | null },
  hgetall: { args: asGiven, reply: (reply) => Object.fromEntries(fieldsOf(reply)) },
  zadd: { args: asGiven, reply: whole },
  zincrby: { args: asGiven, reply: score },
  zrem: { args: asGiven, reply: whole },
  zscore: { args: asGiven, reply: score },
  zrange: { args: () => [0, -1], reply: (reply) => reply as readonly string[] },
  xadd: { args: ([entry = '']) => ['*', 'entry', entry] },
  xlen: { args: asGiven, reply: whole },
  xrange: { args: () => ['-', '+'], reply: (reply) => (reply as readonly [string, readonly string[]][]).map(([, [, entry = '']]) => entry) },
};

/** Clients of a Redis deployment. @param options - for each of them, but the name */
export function redisClients(sim: Simulation, redis: RedisDeployment, workload: Workload, options: Omit<RedisClientOptions, 'name'> = {}): readonly WorkloadClient[] {
  const { kind } = workload;
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const client: RedisClient = redis.client({ ...(zone === undefined ? {} : { zone }), ...options, name, record: kind === 'register' });
    const number = async (command: Promise<unknown>): Promise<number> => Number(await command ?? 0);
    switch (kind) {
      case 'register':
        return recording(name, ({ f, key, value }) => (f === 'read' ? client.get(key) : client.set(key, String(value))));
      case 'cas':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'read') return { value: await client.get(key) };
          if (f === 'write') return client.set(key, String(value)).then(() => ({}));
          const [expected, next] = value as readonly [string, string];
          return await number(client.command('EVAL', COMPARE_AND_SET, 1, key, expected, next)) === 1 ? { value: true } : 'failed';
        });
      case 'set':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f !== 'read') return client.command('SADD', key, String(value)).then(() => ({}));
          const members = await client.command('SMEMBERS', key) as readonly string[];
          return { value: members.map(Number).sort((a, b) => a - b) };
        });
      case 'counter':
        return recorded(sim, name, async ({ f, key, value }) => (
          f === 'read' ? { value: await number(client.get(key)) } : client.command('INCRBY', key, String(value)).then(() => ({}))
        ));
      case 'list':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f !== 'read') return client.command('RPUSH', key, String(value)).then(() => ({}));
          return { value: (await client.command('LRANGE', key, 0, -1) as readonly string[]).map(Number) };
        });
      case 'bank':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f !== 'read') {
            const [to, amount] = value as readonly [string, number];
            return client.command('EVAL', TRANSFER, 1, key, to, String(amount)).then(() => ({}));
          }
          // All accounts at once: the sum is what must not change.
          const accounts = fieldsOf(await client.command('HGETALL', 'bank'));
          return { value: Object.fromEntries(accounts.map(([account, amount]) => [account, Number(amount)])) };
        });
      case 'queue':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'enqueue') return client.command('RPUSH', key, String(value)).then(() => ({}));
          return { value: await client.command('LPOP', key) as string | null };
        });
      case 'hash':
      case 'sorted-set':
      case 'stream':
        return recorded(sim, name, async ({ f, key, value }) => {
          const rule = COMMANDS_OF_TYPES[f];
          if (rule === undefined) throw new UsageError('INVALID_ARGUMENT', `a workload of kind ${kind} has no operation '${f}'`);
          const given = value === undefined ? [] : Array.isArray(value) ? value as readonly (string | number)[] : [value as string | number];
          const reply = await client.command(f, key, ...rule.args(given));
          return rule.reply === undefined ? {} : { value: rule.reply(reply) };
        });
      case 'row':
      default:
        throw unsupported('Redis', kind);
    }
  });
}

/** The fields of a hash, which one version of the protocol sends as a map, the other as a list. */
function fieldsOf(reply: unknown): [string, string][] {
  if (reply instanceof Map) return [...reply.entries()].map(([field, value]) => [String(field), String(value)]);
  const flat = reply as readonly string[];
  return flat.flatMap((item, at) => (at % 2 === 0 ? [[item, flat[at + 1] ?? ''] as [string, string]] : []));
}

/** The table of each kind of workload, which must be there before the clients are made. */
const TABLES: Readonly<Partial<Record<WorkloadKind, string>>> = {
  register: 'k text PRIMARY KEY, v text',
  cas: 'k text PRIMARY KEY, v text',
  set: 'k text PRIMARY KEY, v set<int>',
  counter: 'k text PRIMARY KEY, v counter',
  list: 'k text PRIMARY KEY, v list<int>',
  row: 'k text PRIMARY KEY, a text, b text',
};

/** A change of a row: in the history, as the model of rows has it; and the statement with its values. */
function rowChange({ f, key, value }: WorkloadOperation): { readonly asked: HistoryValue; readonly statement: string; readonly values: readonly string[] } {
  const [first, second] = Array.isArray(value) ? value.map(String) : [String(value)];
  if (f === 'insert-if-not-exists') {
    return { asked: { a: first ?? '', b: second ?? '' }, statement: 'INSERT INTO t (k, a, b) VALUES (?, ?, ?) IF NOT EXISTS', values: [key, first ?? '', second ?? ''] };
  }
  if (f === 'update-if') return { asked: [{ a: first ?? '' }, { a: second ?? '' }], statement: 'UPDATE t SET a = ? WHERE k = ? IF a = ?', values: [second ?? '', key, first ?? ''] };
  if (f === 'update-if-exists') return { asked: { b: first ?? '' }, statement: 'UPDATE t SET b = ? WHERE k = ? IF EXISTS', values: [first ?? '', key] };
  return { asked: null, statement: 'DELETE FROM t WHERE k = ? IF EXISTS', values: [key] };
}

/**
 * Clients of a Cassandra cluster; makes keyspace and table `workload.t` if they are not there. A workload's zones are its datacentres.
 *
 * @param options - the consistency level of reads and writes (default QUORUM; `cas` and `row` workloads use lightweight transactions
 *   and read at SERIAL), and the replication factor (default 3)
 */
export function cassandraClients(
  sim: Simulation, cassandra: Cassandra, workload: Workload, options: { readonly consistency?: Parameters<Cassandra['client']>[0]['consistency']; readonly rf?: number } = {},
): readonly WorkloadClient[] {
  const { kind } = workload;
  const columns = TABLES[kind];
  if (columns === undefined) throw unsupported('Cassandra', kind);
  cassandra.schema(`CREATE KEYSPACE IF NOT EXISTS workload WITH replication = {'class': 'SimpleStrategy', 'replication_factor': ${options.rf ?? 3}}; CREATE TABLE IF NOT EXISTS workload.t (${columns});`);
  const consistency = options.consistency ?? 'QUORUM';
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const client: CassandraClient = cassandra.client({ name, keyspace: 'workload', consistency, ...(zone === undefined ? {} : { datacenter: zone }) });
    const read = (key: string, record: boolean): Promise<unknown> => client.execute('SELECT v FROM t WHERE k = ?', [key], { record, ...(kind === 'cas' ? { consistency: 'SERIAL' as const } : {}) }).then((result) => result.first()?.['v'] ?? null);
    switch (kind) {
      case 'register':
        return recording(name, ({ f, key, value }) => (f === 'read' ? read(key, true) : client.execute('UPDATE t SET v = ? WHERE k = ?', [String(value), key])));
      case 'cas':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'read') return { value: await read(key, false) as string | null };
          const [condition, values] = f === 'write'
            // A plain write beside transactions is not ordered with them: it is made one, with a condition that always holds.
            ? ['IF v != ?', [String(value), key, String(value)]] as const
            : ['IF v = ?', [(value as readonly [string, string])[1], key, (value as readonly [string, string])[0]]] as const;
          const result = await client.execute(`UPDATE t SET v = ? WHERE k = ? ${condition}`, values, { record: false });
          if (f === 'cas') return result.wasApplied() ? { value: true } : 'failed';
          return result.wasApplied() ? {} : 'failed';
        });
      case 'set':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'read') return { value: [...((await read(key, false) as Iterable<number> | null) ?? [])] };
          return client.execute(`UPDATE t SET v = v + {${String(value)}} WHERE k = ?`, [key], { record: false }).then(() => ({}));
        });
      case 'counter':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'read') return { value: Number(await read(key, false) ?? 0) };
          return client.execute(`UPDATE t SET v = v + ${String(value)} WHERE k = ?`, [key], { record: false }).then(() => ({}));
        });
      case 'list':
        return recorded(sim, name, async ({ f, key, value }) => {
          if (f === 'read') return { value: [...((await read(key, false) as Iterable<number> | null) ?? [])] };
          return client.execute(`UPDATE t SET v = v + [${String(value)}] WHERE k = ?`, [key], { record: false }).then(() => ({}));
        });
      case 'row':
        return recorded(sim, name, async (operation) => {
          if (operation.f === 'read') {
            const row = (await client.execute('SELECT a, b FROM t WHERE k = ?', [operation.key], { record: false, consistency: 'SERIAL' })).first();
            return { value: row === undefined || row === null ? null : { a: row['a'] as string, b: row['b'] as string } };
          }
          const { statement, values } = rowChange(operation);
          return { value: (await client.execute(statement, values, { record: false })).wasApplied() };
        }, (operation) => (operation.f === 'read' ? null : rowChange(operation).asked));
      case 'bank':
      case 'queue':
      case 'hash':
      case 'sorted-set':
      case 'stream':
      default:
        throw unsupported('Cassandra', kind);
    }
  });
}

function unsupported(store: string, kind: WorkloadKind): UsageError {
  return new UsageError('INVALID_ARGUMENT', `the clients of ${store} know no workload '${kind}'`);
}
