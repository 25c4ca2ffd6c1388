/**
 * Clients of a simulated Cassandra that do what a workload says. Registers are recorded by the store's own client, with versions; of
 * everything else the operation is recorded as a whole, whatever statements it takes.
 *
 * Whatever has a condition is a lightweight transaction and read at SERIAL: compare-and-set registers, rows, locks; and, unless told
 * otherwise, banks and transactions, each of them in one partition, which is as far as a condition reaches.
 *
 * Left out: queues, and the types of Redis; a transaction that reads some rows and changes others, which CQL has no statement for.
 *
 * @module
 */
import type { Cassandra, CassandraClient, ConsistencyLevel } from '../../cassandra/index.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import { duration, type DurationInput } from '../../kernel/units.ts';
import { recorded, recording, unsupported, type Asked, type Outcome, type Reply } from './recorded-client.ts';
import type { WorkloadClient } from './run-workload.ts';
import type { TransactionStep, WorkloadKind } from './workload-kinds.ts';
import { transactionSteps, type Workload, type WorkloadOperation } from './workload.ts';

/** How the clients of a workload use Cassandra. */
export interface CassandraWorkloadOptions {
  /** Of reads and writes without a condition; default QUORUM. */
  readonly consistency?: ConsistencyLevel;
  /** The replication factor; default 3. */
  readonly rf?: number;
  /** Whether banks and transactions are changed under a condition and read at SERIAL (default), or by plain batches and reads. */
  readonly isolated?: boolean;
  /** When a lock that nobody gave back is free again, in whole seconds (`USING TTL`). Default: never. */
  readonly lease?: DurationInput;
}

interface Way {
  /** The columns of `workload.t`, which must be there before the clients are made. */
  readonly columns: string;
  readonly reply: (client: CassandraClient, manner: Manner) => Reply;
  readonly asked?: Asked;
}

interface Manner {
  readonly name: string;
  readonly isolated: boolean;
  /** The level at which banks and transactions are read. */
  readonly level: ConsistencyLevel;
  readonly using: string;
}

const SILENT = { record: false } as const;
const SERIAL = { record: false, consistency: 'SERIAL' } as const;
const READ = 'SELECT v FROM t WHERE k = ?';
const WRITE = 'UPDATE t SET v = ? WHERE k = ?';

/**
 * Clients of a Cassandra cluster; makes keyspace and table `workload.t` if they are not there. A workload's zones are its datacentres.
 *
 * @param options - levels, replication, isolation
 */
export function cassandraClients(sim: Simulation, cassandra: Cassandra, workload: Workload, options: CassandraWorkloadOptions = {}): readonly WorkloadClient[] {
  const { kind } = workload;
  const { consistency = 'QUORUM', rf = 3, isolated = true, lease } = options;
  const way = WAYS[kind];
  if (way === undefined && kind !== 'register') throw unsupported('Cassandra', kind);
  refuseMixed(workload);
  const using = lease === undefined ? '' : ` USING TTL ${Math.ceil(duration(lease, 'lease') / 1_000_000)}`;
  cassandra.schema(`CREATE KEYSPACE IF NOT EXISTS workload WITH replication = {'class': 'SimpleStrategy', 'replication_factor': ${rf}}; CREATE TABLE IF NOT EXISTS workload.t (${way?.columns ?? 'k text PRIMARY KEY, v text'});`);
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const client = cassandra.client({ name, keyspace: 'workload', consistency, ...(zone === undefined ? {} : { datacenter: zone }) });
    if (way === undefined) return recording(name, ({ f, key, value }) => (f === 'read' ? client.execute(READ, [key]) : client.execute(WRITE, [String(value), key])));
    return recorded(sim, name, way.reply(client, { name, isolated, using, level: isolated ? 'SERIAL' : consistency }), way.asked);
  });
}

/** CQL has no statement that reads some rows and changes others. */
function refuseMixed({ clients }: Workload): void {
  for (const { operations } of clients) {
    for (const { value } of operations) {
      const reads = transactionSteps(value)?.filter(([f]) => f === 'r').length ?? 0;
      if (reads === 0 || reads === transactionSteps(value)?.length) continue;
      throw new UsageError('INVALID_ARGUMENT', 'a transaction of Cassandra reads or changes, not both: draw them with { transactions: { mixed: false } }');
    }
  }
}

async function written(work: Promise<unknown>): Promise<Outcome> {
  await work;
  return {};
}

/** Whether a lightweight transaction was applied. */
async function applied(work: ReturnType<CassandraClient['execute']>): Promise<boolean> {
  return (await work).wasApplied();
}

/** A collection that is read, and changed by adding to it: the operand is written into the text. */
function growing(type: string, operand: (value: string) => string, shown: (value: unknown) => HistoryValue): Way {
  return {
    columns: `k text PRIMARY KEY, v ${type}`,
    reply: (client) => async ({ f, key, value }) => {
      if (f === 'read') return { value: shown((await client.execute(READ, [key], SILENT)).first()?.['v'] ?? null) };
      return written(client.execute(`UPDATE t SET v = v + ${operand(String(value))} WHERE k = ?`, [key], SILENT));
    },
  };
}

const numbers = (value: unknown): HistoryValue => [...((value as Iterable<number> | null) ?? [])];

const WAYS: Readonly<Partial<Record<WorkloadKind, Way>>> = {
  'cas': {
    columns: 'k text PRIMARY KEY, v text',
    reply: (client) => async ({ f, key, value }) => {
      if (f === 'read') return { value: ((await client.execute(READ, [key], SERIAL)).first()?.['v'] ?? null) as string | null };
      const [condition, values] = f === 'write'
        // A plain write beside transactions is not ordered with them: it is made one, with a condition that always holds.
        ? ['IF v != ?', [String(value), key, String(value)]] as const
        : ['IF v = ?', [(value as readonly [string, string])[1], key, (value as readonly [string, string])[0]]] as const;
      if (!await applied(client.execute(`${WRITE} ${condition}`, values, SILENT))) return 'failed';
      return f === 'cas' ? { value: true } : {};
    },
  },
  'set': growing('set<int>', (value) => `{${value}}`, numbers),
  'counter': growing('counter', (value) => value, (value) => Number(value ?? 0)),
  'list': growing('list<int>', (value) => `[${value}]`, numbers),
  'row': {
    columns: 'k text PRIMARY KEY, a text, b text',
    reply: (client) => async (operation) => {
      if (operation.f === 'read') {
        const row = (await client.execute('SELECT a, b FROM t WHERE k = ?', [operation.key], SERIAL)).first();
        return { value: row === undefined || row === null ? null : { a: row['a'] as string, b: row['b'] as string } };
      }
      const { statement, values } = rowChange(operation);
      return { value: await applied(client.execute(statement, values, SILENT)) };
    },
    asked: (operation) => (operation.f === 'read' ? null : rowChange(operation).asked),
  },
  'lock': {
    columns: 'k text PRIMARY KEY, holder text',
    reply(client, { name, using }) {
      // Each holding has a token of its own, so that nobody gives back what another one has taken since.
      let taken = 0;
      return async ({ f, key }) => {
        const isDone = f === 'acquire'
          ? await applied(client.execute(`INSERT INTO t (k, holder) VALUES (?, ?) IF NOT EXISTS${using}`, [key, `${name}/${++taken}`], SILENT))
          : await applied(client.execute('DELETE FROM t WHERE k = ? IF holder = ?', [key, `${name}/${taken}`], SILENT));
        return isDone ? {} : 'failed';
      };
    },
  },
  'bank': {
    columns: 'p text, k text, v int, PRIMARY KEY (p, k)',
    reply: (client, { isolated, level }) => async ({ f, key, value }) => {
      const balances = await partition(client, 'bank', level);
      if (f === 'read') return { value: Object.fromEntries(balances) as Readonly<Record<string, number>> };
      const [to, amount] = value as readonly [string, number];
      const changed = [[key, -amount], [to, amount]] as const;
      const queries = changed.map(([account, by]) => {
        const balance = (balances.get(account) ?? null) as number | null;
        // What it was when it was read is what it must still be.
        const [condition, expected] = isolated ? [' IF v = ?', [balance]] as const : ['', []] as const;
        return { query: `UPDATE t SET v = ? WHERE p = ? AND k = ?${condition}`, params: [(balance ?? 0) + by, 'bank', account, ...expected] };
      });
      if (!isolated) return written(client.batch(queries, SILENT));
      return await applied(client.batch(queries, SILENT)) ? {} : 'failed';
    },
  },
  'list-append': transactions('list<int>'),
  'rw-register': transactions('int'),
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

/** The values of a partition's rows. */
async function partition(client: CassandraClient, name: string, consistency: ConsistencyLevel): Promise<ReadonlyMap<string, unknown>> {
  const { rows } = await client.execute('SELECT k, v FROM t WHERE p = ?', [name], { ...SILENT, consistency });
  return new Map(rows.map((row): [string, unknown] => [row['k'] as string, row['v']]));
}

/** Transactions within one partition: a batch that changes rows, or a read of them. */
function transactions(type: 'int' | 'list<int>'): Way {
  const value = type === 'int' ? '?' : 'v + ?';
  return {
    columns: `p text, k text, v ${type}, version int static, PRIMARY KEY (p, k)`,
    reply: (client, { isolated, level }) => async ({ key: name, value: given }) => {
      const steps = transactionSteps(given) ?? [];
      if (steps.every(([f]) => f === 'r')) {
        const rows = await partition(client, name, level);
        return { value: steps.map(([f, key]) => [f, key, type === 'int' ? (rows.get(key) ?? null) as number | null : numbers(rows.get(key))]) };
      }
      const queries = changesOf(steps, type).map(([, key, what]) => ({ query: `UPDATE t SET v = ${value} WHERE p = ? AND k = ?`, params: [type === 'int' ? what : [what], name, key] }));
      if (!isolated) return written(client.batch(queries, SILENT)).then(() => ({ value: given as HistoryValue }));
      // One condition makes the batch a lightweight transaction; this one always holds.
      const condition = { query: 'UPDATE t SET version = ? WHERE p = ? IF version != ?', params: [1, name, 0] };
      return await applied(client.batch([condition, ...queries], SILENT)) ? { value: given as HistoryValue } : 'failed';
    },
  };
}

/** Within one batch, whose changes bear one timestamp, the largest value of a register would win, not the last: only the last is sent. */
function changesOf(steps: readonly TransactionStep[], type: 'int' | 'list<int>'): readonly TransactionStep[] {
  return type === 'int' ? steps.filter(([, key], at) => !steps.slice(at + 1).some(([, other]) => other === key)) : steps;
}
