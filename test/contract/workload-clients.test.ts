/**
 * The clients of each store do every kind of workload they know, judged by the checker that fits it: nothing is found when nothing is
 * wrong, nor under a fault that the store bears; and one that it does not bear is found.
 */
import { describe, expect, test } from 'vitest';
import { createCassandra, type CassandraOptions, type ConsistencyLevel } from '../../src/cassandra/index.ts';
import { checkBank, checkCounter, checkLinearizability, checkLocks, checkSessionGuarantees, checkSet, checkTransactions, type Verdict } from '../../src/checkers/index.ts';
import { createDynamo, type DynamoOptions } from '../../src/dynamo/index.ts';
import { Simulation, type FaultPlan } from '../../src/index.ts';
import { createRedis, type RedisOptions } from '../../src/redis/index.ts';
import { cassandraClients, drawWorkload, dynamoClients, redisClients, runWorkload, type Workload, type WorkloadClient, type WorkloadKind } from '../../src/scenarios/index.ts';

type Check = (sim: Simulation) => Verdict;

/** What each kind of workload is for. */
const CHECKS: Readonly<Record<WorkloadKind, Check>> = {
  register: (sim) => checkLinearizability(sim.history, { model: 'register' }),
  cas: (sim) => checkLinearizability(sim.history, { model: 'cas-register' }),
  set: (sim) => checkSet(sim.history, { full: true, linearizable: true }),
  counter: (sim) => checkCounter(sim.history),
  list: (sim) => checkLinearizability(sim.history, { model: 'append-list' }),
  bank: (sim) => checkBank(sim.history, { negativeBalances: true }),
  row: (sim) => checkLinearizability(sim.history, { model: 'cassandra-row' }),
  item: (sim) => checkLinearizability(sim.history, { model: 'dynamodb-item' }),
  lock: (sim) => checkLocks(sim.history),
  queue: (sim) => checkLinearizability(sim.history, { model: 'queue' }),
  'list-append': (sim) => checkTransactions(sim.history),
  'rw-register': (sim) => checkTransactions(sim.history),
  siblings: (sim) => checkLinearizability(sim.history, { model: 'dynamo-siblings' }),
  string: (sim) => checkLinearizability(sim.history, { model: 'redis-string' }),
  'redis-list': (sim) => checkLinearizability(sim.history, { model: 'redis-list' }),
  'redis-set': (sim) => checkLinearizability(sim.history, { model: 'redis-set' }),
  hash: (sim) => checkLinearizability(sim.history, { model: 'redis-hash' }),
  'sorted-set': (sim) => checkLinearizability(sim.history, { model: 'redis-sorted-set' }),
  stream: (sim) => checkLinearizability(sim.history, { model: 'redis-stream' }),
};

interface Case {
  readonly kind: WorkloadKind;
  readonly plan?: FaultPlan;
  readonly check?: Check;
  readonly mixed?: boolean;
  readonly clients: (sim: Simulation, workload: Workload) => readonly WorkloadClient[];
}

/** @returns the verdict, and how many operations of each sort were answered with ok */
async function run({ kind, plan = [], clients, check = CHECKS[kind], mixed = true }: Case): Promise<{ verdict: Verdict; answered: (f: string) => number }> {
  const sim = new Simulation({ seed: 5 });
  const workload = drawWorkload({ kind, seed: 5, clients: 4, operations: 200, keys: 3, thinkTime: '50ms', transactions: { mixed } });
  const made = clients(sim, workload);
  sim.faults.add(plan);
  await sim.run(() => runWorkload(sim, made, workload));
  return { verdict: check(sim), answered: (f) => sim.history.entries.filter((entry) => entry.f === f && entry.type === 'ok').length };
}

const redis = (options: RedisOptions = {}): Case['clients'] => (sim, workload) => redisClients(sim, createRedis(sim, options), workload, { timeout: '300ms' });
const cassandra = (consistency: ConsistencyLevel = 'QUORUM', options: CassandraOptions = {}, isolated = true): Case['clients'] => (sim, workload) => (
  cassandraClients(sim, createCassandra(sim, { commitlogSync: 'batch', requestTimeout: '500ms', ...options }), workload, { consistency, isolated })
);
const dynamo = (options: DynamoOptions = {}): Case['clients'] => (sim, workload) => (
  dynamoClients(sim, createDynamo(sim, { nodes: 3, sloppy: false, readRepair: 'before-reply', conflict: workload.kind === 'register' ? 'lww' : 'siblings', versions: 'dotted', ...options }), workload, { timeout: '300ms', ...(workload.kind === 'siblings' ? { coordinator: 'd1' } : {}) })
);

const WRITES: Readonly<Record<WorkloadKind, string>> = {
  'register': 'write', 'cas': 'write', 'set': 'add', 'counter': 'add', 'list': 'append', 'bank': 'transfer', 'row': 'insert-if-not-exists', 'item': 'update-if', 'queue': 'enqueue', 'lock': 'acquire', 'list-append': 'txn',
  'rw-register': 'txn', 'siblings': 'write', 'string': 'set', 'redis-list': 'rpush', 'redis-set': 'sadd', 'hash': 'hset', 'sorted-set': 'zadd', 'stream': 'xadd',
};
const READS: Readonly<Record<WorkloadKind, readonly string[]>> = {
  'register': ['read'], 'cas': ['read'], 'set': ['read'], 'counter': ['read'], 'list': ['read'], 'bank': ['read'], 'row': ['read'], 'item': ['get'],
  'lock': ['release'], 'list-append': ['txn'], 'rw-register': ['txn'], 'siblings': ['read'], 'string': ['get', 'strlen'], 'redis-list': ['lrange', 'llen'],
  'redis-set': ['smembers', 'sismember'], 'queue': ['dequeue'], 'hash': ['hget', 'hgetall'], 'sorted-set': ['zscore', 'zrange'], 'stream': ['xlen', 'xrange'],
};
const crash = (node: string): FaultPlan => [{ at: '800ms', for: '400ms', fault: { kind: 'crash', node } }];
/** So short that whoever holds a lock does not notice. */
const blinks = (node: string): FaultPlan => Array.from({ length: 8 }, (_, index) => ({ at: `${300 * (index + 1)}ms`, for: '5ms', fault: { kind: 'crash', node } }));
const isolate = (node: string): FaultPlan => [{ at: '300ms', for: '1500ms', fault: { kind: 'isolate', node } }];

describe('nothing is wrong, and nothing is found', () => {
  const cases: readonly (readonly [string, Case['clients'], readonly WorkloadKind[]])[] = [
    ['Redis', redis(), ['register', 'cas', 'set', 'counter', 'list', 'bank', 'lock', 'queue', 'list-append', 'rw-register', 'item', 'string', 'redis-list', 'redis-set', 'hash', 'sorted-set', 'stream']],
    ['Cassandra', cassandra(), ['register', 'cas', 'set', 'counter', 'list', 'bank', 'lock', 'list-append', 'rw-register', 'row']],
    ['Dynamo', dynamo(), ['register', 'set', 'siblings']],
  ];
  test.each(cases.flatMap(([store, clients, kinds]) => kinds.map((kind) => [store, kind, clients] as const)))('%s, %s', async (store, kind, clients) => {
    const { verdict, answered } = await run({ kind, clients, mixed: store !== 'Cassandra' });
    expect([verdict.verdict, verdict.explanation]).toEqual(['ok', verdict.explanation]);
    for (const f of READS[kind]) expect(answered(f)).toBeGreaterThan(50 / READS[kind].length - 5);
    expect(answered(WRITES[kind])).toBeGreaterThan(25);
    expect(answered('cas') > 0).toBe(kind === 'cas');
  });
});

describe('a fault that the store bears', () => {
  const durable: RedisOptions = { appendonly: true, appendfsync: 'always' };
  test.each<readonly [string, WorkloadKind, FaultPlan, Case['clients']]>([
    ['Redis synced always, and a crash', 'set', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'counter', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'list', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'queue', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'hash', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'sorted-set', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'stream', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'lock', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'list-append', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'rw-register', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'item', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'string', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'redis-list', crash('redis-1'), redis(durable)],
    ['Redis synced always, and a crash', 'redis-set', crash('redis-1'), redis(durable)],
    ['Redis, a lost second of transfers, each whole', 'bank', crash('redis-1'), redis({ appendonly: true })],
    ['Cassandra at QUORUM, and a node cut off', 'set', isolate('n1'), cassandra()],
    ['Cassandra at QUORUM, and a node cut off', 'counter', isolate('n1'), cassandra()],
    ['Cassandra transactions, and a crash', 'cas', crash('n2'), cassandra()],
    ['Cassandra transactions, and a crash', 'row', crash('n2'), cassandra()],
    ['Cassandra transactions, and a crash', 'bank', crash('n2'), cassandra()],
    ['Cassandra transactions, and a crash', 'lock', crash('n2'), cassandra()],
    ['Cassandra transactions, and a crash', 'list-append', crash('n2'), cassandra()],
    ['Cassandra transactions, and a crash', 'rw-register', crash('n2'), cassandra()],
    ['Dynamo, one coordinator, and a crash', 'siblings', crash('d2'), dynamo()],
    ['Dynamo, a strict quorum, and a node cut off', 'register', isolate('d1'), dynamo()],
    ['Dynamo, a strict quorum, and a crash', 'set', crash('d1'), dynamo()],
  ])('%s: %s', async (store, kind, plan, clients) => {
    const { verdict, answered } = await run({ kind, plan, clients, mixed: !store.startsWith('Cassandra') });
    expect([verdict.verdict, verdict.explanation]).toEqual(['ok', verdict.explanation]);
    expect(answered(WRITES[kind])).toBeGreaterThan(15);
  });
});

describe('a fault that it does not bear is found', () => {
  test.each<readonly [string, WorkloadKind, FaultPlan, Case['clients'], Check | undefined]>(([
    ['Redis, a crash and no disk', 'register', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'cas', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'set', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'counter', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'list', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'queue', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'hash', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'sorted-set', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'stream', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'lock', blinks('redis-1'), redis()],
    ['Redis, a crash and no disk', 'list-append', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'rw-register', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'item', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'string', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'redis-list', crash('redis-1'), redis()],
    ['Redis, a crash and no disk', 'redis-set', crash('redis-1'), redis()],
    ['Cassandra at ONE, and a node cut off', 'register', isolate('n1'), cassandra('ONE')],
    ['Cassandra at ONE, and a node cut off', 'set', isolate('n1'), cassandra('ONE')],
    ['Cassandra at ONE, and a node cut off', 'counter', isolate('n1'), cassandra('ONE')],
    ['Cassandra at ONE, and a node cut off', 'list', isolate('n1'), cassandra('ONE')],
    ['Cassandra at ONE, and a node cut off', 'list-append', isolate('n1'), cassandra('ONE', {}, false)],
    ['Cassandra at ONE, and a node cut off', 'rw-register', isolate('n1'), cassandra('ONE', {}, false)],
    ['Dynamo, one counter a coordinator', 'siblings', [], dynamo({ versions: 'vector-clock' })],
    ['Dynamo, R = W = 1, and a node cut off', 'register', isolate('d1'), dynamo({ r: 1, w: 1 }), (sim) => checkSessionGuarantees(sim.history)],
    ['Dynamo, R = W = 1, and a node cut off', 'set', isolate('d1'), dynamo({ r: 1, w: 1, readRepair: 'none' })],
    ['Dynamo, the last write wins', 'set', isolate('d1'), dynamo({ conflict: 'lww' })],
  ] satisfies readonly (readonly [string, WorkloadKind, FaultPlan, Case['clients'], Check?])[]).map(([name, kind, plan, clients, check]) => [name, kind, plan, clients, check] as const))('%s: %s', async (store, kind, plan, clients, check) => {
    expect((await run({ kind, plan, clients, mixed: !store.startsWith('Cassandra'), ...(check === undefined ? {} : { check }) })).verdict.verdict).toBe('violation');
  });
});

describe('what is not isolated', () => {
  const alone = (sim: Simulation, workload: Workload): readonly WorkloadClient[] => redisClients(sim, createRedis(sim), workload, { isolated: false });
  test.each<readonly [string, WorkloadKind, Case['clients']]>([
    ['Redis, commands one after the other', 'list-append', alone],
    ['Redis, commands one after the other', 'rw-register', alone],
    ['Cassandra, a balance that is read and written', 'bank', cassandra('QUORUM', {}, false)],
  ])('%s: %s shows it without any fault', async (_, kind, clients) => {
    expect((await run({ kind, clients })).verdict.verdict).toBe('violation');
  });

  test('Redis: a transaction that changed something before it was refused may have happened', async () => {
    const sim = new Simulation({ seed: 1 });
    const workload: Workload = { kind: 'list-append', clients: [{ name: 'c', operations: [{ f: 'txn', key: 'txn', value: [['append', 'a', 1], ['append', 'b', 2]] }] }] };
    const server = createRedis(sim);
    await sim.run(async () => {
      // The second key is no list.
      await server.client({ name: 'other' }).set('{txn}b', 'text');
      for (const isolated of [true, false]) await runWorkload(sim, redisClients(sim, server, { ...workload, clients: workload.clients.map((client) => ({ ...client, name: String(isolated) })) }, { isolated }), workload);
    });
    const ends = sim.history.entries.filter(({ f, type }) => f === 'txn' && type !== 'invoke');
    expect(ends.map(({ process, type, key }) => [process, type, key])).toEqual([['true', 'info', undefined], ['false', 'info', undefined]]);
  });

  test.each<WorkloadKind>(['list-append', 'rw-register'])('Redis: %s under WATCH is given up when something changed, and is otherwise as good as MULTI', async (kind) => {
    const { verdict, answered } = await run({ kind, clients: (sim, workload) => redisClients(sim, createRedis(sim), workload, { watch: true }) });
    expect([verdict.verdict, verdict.explanation]).toEqual(['ok', verdict.explanation]);
    expect(answered('txn') > 120 && answered('txn') < 200).toBe(true);
    expect(() => redisClients(new Simulation(), createRedis(new Simulation()), { kind, clients: [] }, { watch: true, isolated: false })).toThrow('watch is a way to be isolated');
  });

  test('Cassandra: a transaction that reads and changes is refused', () => {
    const workload = drawWorkload({ kind: 'rw-register', seed: 1, operations: 40 });
    expect(() => cassandra()(new Simulation(), workload)).toThrow('reads or changes, not both: draw them with { transactions: { mixed: false } }');
  });
});

test.each<readonly [string, (sim: Simulation, workload: Workload) => readonly WorkloadClient[]]>([
  ['Redis', (sim, workload) => redisClients(sim, createRedis(sim), workload, { lease: '3s' })],
  ['Cassandra', (sim, workload) => cassandraClients(sim, createCassandra(sim), workload, { lease: '3s' })],
])('%s: a lock is held by one, given back by nobody else, and free again when its lease is over', async (_, clients) => {
  const sim = new Simulation({ seed: 1 });
  const workload: Workload = {
    kind: 'lock',
    clients: [
      { name: 'a', operations: [{ f: 'acquire', key: 'lock1', at: 1000 }, { f: 'release', key: 'lock1', at: 6500 }] },
      { name: 'b', operations: [{ f: 'acquire', key: 'lock1', at: 2000 }, { f: 'release', key: 'lock1', at: 2500 }, { f: 'acquire', key: 'lock1', at: 6000 }, { f: 'release', key: 'lock1', at: 7000 }] },
    ],
  };
  const made = clients(sim, workload);
  await sim.run(() => runWorkload(sim, made, workload));
  const ends = sim.history.entries.filter(({ type }) => type !== 'invoke').map(({ process, f, type }) => `${String(process)} ${f} ${type}`);
  expect(ends).toEqual(['a acquire ok', 'b acquire fail', 'b release fail', 'b acquire ok', 'a release fail', 'b release ok']);
  expect([checkLocks(sim.history).verdict, checkLocks(sim.history, { lease: '4s' }).verdict]).toEqual(['violation', 'ok']);
});

test('a kind that a store has no operations for is refused by name', () => {
  const sim = new Simulation();
  expect(() => redis()(sim, { kind: 'row', clients: [] })).toThrow("the clients of Redis know no workload 'row'");
  expect(() => cassandra()(sim, { kind: 'queue', clients: [] })).toThrow("the clients of Cassandra know no workload 'queue'");
  expect(() => dynamo()(sim, { kind: 'counter', clients: [] })).toThrow("the clients of Dynamo know no workload 'counter'");
});

test('clients stand where the workload says, in turn', async () => {
  const sim = new Simulation({ seed: 2 });
  const zones = ['east', 'west'];
  const workload = drawWorkload({ kind: 'register', seed: 2, clients: 4, operations: 40, zones });
  const cluster = createCassandra(sim, { datacenters: { east: 3, west: 3 } });
  const made = cassandraClients(sim, cluster, workload, { consistency: 'ONE' });
  await sim.run(() => runWorkload(sim, made, workload));
  const east = new Set<string>(cluster.nodes.filter(({ datacenter }) => datacenter === 'east').map(({ id }) => id));
  const answered = sim.history.entries.filter(({ type }) => type === 'ok');
  expect(answered.length).toBeGreaterThan(30);
  expect(answered.filter(({ process, node = '' }) => east.has(node) !== ['c1', 'c3'].includes(String(process)))).toEqual([]);
  expect(() => cassandraClients(sim, cluster, { kind: 'register', clients: [{ name: 'far', zone: 'north', operations: [] }] })).toThrow("there is no datacentre 'north'");

  const other = new Simulation({ seed: 2 });
  redisClients(other, createRedis(other), workload);
  dynamoClients(other, createDynamo(other, { nodes: 3 }), { ...workload, clients: workload.clients.map((client) => ({ ...client, name: `d-${client.name}` })) });
  const placed = other.nodes.filter(({ role }) => role === 'client').map(({ id, placement: { zone } }) => [id, zone]);
  expect(placed).toEqual(['c1', 'c2', 'c3', 'c4', 'd-c1', 'd-c2', 'd-c3', 'd-c4'].map((id, index) => [id, zones[index % 2]]));
});
