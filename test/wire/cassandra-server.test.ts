/** Cassandra on ports, under the driver that programs use: npm's cassandra-driver. */
import { Client, policies, types, type ClientOptions } from 'cassandra-driver';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveCassandra, type CassandraPort, type ServeCassandraOptions } from '../../src/wire/index.ts';

// Sockets and real clients live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const open: { close(): unknown }[] = [];
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

async function serve(options?: ServeCassandraOptions): Promise<CassandraPort> {
  const served = await serveCassandra(options);
  open.push(served);
  return served;
}

async function connect(served: CassandraPort, options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ ...served.clientOptions, ...options });
  open.push({ close: () => client.shutdown() });
  await client.connect();
  return client;
}

const KEYSPACE = "CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': ";
const { consistencies } = types;

async function failure(work: Promise<unknown>): Promise<Record<string, unknown>> {
  return work.then(() => ({ message: 'no error' }), (error: unknown) => error as Record<string, unknown>);
}

describe('one node', () => {
  test('values of every type come back as they went', async () => {
    const client = await connect(await serve());
    await client.execute(`${KEYSPACE}1}`);
    await client.execute('CREATE TYPE app.point (x int, y int)');
    await client.execute(`CREATE TABLE app.t (k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, db double, du duration, f float, i inet, s smallint, tx text,
      ti time, ts timestamp, tu timeuuid, ty tinyint, u uuid, v varint, l list<int>, se set<text>, m map<text, double>, tp tuple<int, text>, p frozen<point>, ve vector<float, 2>)`);
    const columns = {
      k: 1, a: 'ascii', b: types.Long.fromString('9007199254740993'), bl: Buffer.from([0, 255, 10]), bo: true, d: types.LocalDate.fromString('2026-11-26'), de: types.BigDecimal.fromString('-1.50'),
      db: 0.1, du: types.Duration.fromString('1mo2d3h'), f: 0.5, i: types.InetAddress.fromString('::1'), s: -2, tx: 'é€', ti: types.LocalTime.fromString('10:11:12.000000013'), ts: new Date(1234),
      tu: types.TimeUuid.fromString('50554d6e-29bb-11e5-b345-feff819cdc9f'), ty: 7, u: types.Uuid.fromString('00000000-0000-0000-0000-000000000001'), v: types.Integer.fromString('123456789012345678901234567890'),
      l: [3, 1], se: ['a', 'b'], m: { pi: 3.14 }, tp: new types.Tuple(1, 'x'), p: { x: 1, y: 2 }, ve: new types.Vector([1, 2], 'float'),
    };
    const names = Object.keys(columns);
    await client.execute(`INSERT INTO app.t (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`, Object.values(columns), { prepare: true });
    for (const prepare of [true, false]) {
      const row = (await client.execute('SELECT * FROM app.t WHERE k = 1', [], { prepare })).first();
      for (const [name, value] of Object.entries(columns)) expect([name, `${row.get(name) as string}`]).toEqual([name, `${value as string}`]);
    }
    await client.execute('INSERT INTO app.t (k, tx, l) VALUES (?, ?, ?)', [1, null, types.unset], { prepare: true });
    expect((await client.execute('SELECT tx, l FROM app.t WHERE k = 1')).first()).toMatchObject({ tx: null, l: [3, 1] });
  });

  test('pages, streams, batches, conditions, named values, a keyspace in use, timestamps', async () => {
    const client = await connect(await serve());
    await client.execute(`${KEYSPACE}1}`);
    await client.execute('USE app');
    await client.execute('CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))');
    await client.batch(Array.from({ length: 25 }, (_, c) => ({ query: 'INSERT INTO t (k, c, v) VALUES (?, ?, ?)', params: [1, c, `v${c}`] })), { prepare: true });
    await client.batch(["INSERT INTO t (k, c, v) VALUES (2, 0, 'x')", 'DELETE FROM t WHERE k = 1 AND c = 24'], { prepare: false });
    const first = await client.execute('SELECT c FROM t WHERE k = 1', [], { fetchSize: 10 });
    const second = await client.execute('SELECT c FROM t WHERE k = 1', [], { fetchSize: 10, pageState: first.pageState });
    expect([first.rows.length, second.rows.map(({ c }) => c as number)]).toEqual([10, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]]);
    let streamed = 0;
    const rows = client.stream('SELECT c FROM t WHERE k = ?', [1], { prepare: true, fetchSize: 7, autoPage: true }) as unknown as AsyncIterable<types.Row>;
    for await (const row of rows) streamed += row.keys().length;
    expect(streamed).toBe(24);
    const named = await client.execute('SELECT v FROM t WHERE k = :k AND c = :c', { c: 3, k: 1 }, { prepare: true });
    expect(named.first()['v']).toBe('v3');
    expect((await client.execute("UPDATE t SET v = 'new' WHERE k = 1 AND c = 3 IF v = 'old'")).first()).toMatchObject({ '[applied]': false, v: 'v3' });
    expect((await client.execute("UPDATE t SET v = ? WHERE k = 1 AND c = 3 IF v = 'v3'", ['new'], { prepare: true })).wasApplied()).toBe(true);
    await client.execute("INSERT INTO t (k, c, v) VALUES (3, 0, 'late')", [], { timestamp: types.Long.fromNumber(2000) });
    await client.execute("INSERT INTO t (k, c, v) VALUES (3, 0, 'early')", [], { timestamp: types.Long.fromNumber(1000) });
    expect((await client.execute('SELECT v, writetime(v) AS w FROM t WHERE k = 3')).first()).toMatchObject({ v: 'late', w: types.Long.fromNumber(2000) });
  });

  test('errors bear the protocol\'s codes and the server\'s texts', async () => {
    const client = await connect(await serve());
    await client.execute(`${KEYSPACE}1}`);
    await client.execute('CREATE TABLE app.t (k int PRIMARY KEY, v int)');
    const told = async (query: string, values: unknown[] = [], prepare = false): Promise<unknown> => {
      const { code, message } = await failure(client.execute(query, values, { prepare }));
      return [code, message];
    };
    expect(await told('SELEC')).toEqual([0x2000, "line 1:0 no viable alternative at input 'SELEC' ([SELEC])"]);
    expect(await told('SELECT * FROM app.x')).toEqual([0x2200, 'table x does not exist']);
    expect(await told('CREATE TABLE app.t (k int PRIMARY KEY)')).toEqual([0x2400, 'Cannot add already existing table "t" to keyspace "app"']);
    // A number without a type goes as a double: the driver guesses.
    expect(await told('INSERT INTO app.t (k, v) VALUES (?, ?)', [1, 2])).toEqual([0x2200, 'Expected 4 or 0 byte int (8)']);
    expect(await told('SELECT * FROM app.t WHERE k = ?', [], true)).toEqual([0x2200, 'there were 1 markers(?) in CQL but 0 bound variables']);
    // What was prepared before a table was altered is prepared again, and shows the new column.
    await client.execute('INSERT INTO app.t (k, v) VALUES (?, ?)', [1, 2], { prepare: true });
    const all = async (): Promise<unknown> => (await client.execute('SELECT * FROM app.t WHERE k = ?', [1], { prepare: true })).first();
    expect(await all()).toEqual({ k: 1, v: 2 });
    await client.execute('ALTER TABLE app.t ADD w int');
    expect(await all()).toEqual({ k: 1, v: 2, w: null });
  });

  test('the clock is moved by hand: rows expire', async () => {
    const served = await serve();
    const client = await connect(served);
    await client.execute(`${KEYSPACE}1}`);
    await client.execute('CREATE TABLE app.t (k int PRIMARY KEY, v int)');
    await client.execute('INSERT INTO app.t (k, v) VALUES (1, 1) USING TTL 3600');
    await served.simulation.advance('59m');
    expect((await client.execute('SELECT * FROM app.t')).rows).toHaveLength(1);
    await served.simulation.advance('2m');
    expect((await client.execute('SELECT * FROM app.t')).rows).toHaveLength(0);
  });

  test('another client hears of a change of the schema', async () => {
    const served = await serve();
    const [one, other] = [await connect(served), await connect(served, { refreshSchemaDelay: 10 })];
    await one.execute(`${KEYSPACE}1}`);
    await one.execute('CREATE TABLE app.t (k int PRIMARY KEY)');
    await vi.waitFor(async () => { expect((await other.metadata.getTable('app', 't'))?.columns).toHaveLength(1); });
    await one.execute('ALTER TABLE app.t ADD v int');
    // The driver keeps what it knows of a table until an event says that it is old.
    await vi.waitFor(async () => { expect((await other.metadata.getTable('app', 't'))?.columns).toHaveLength(2); });
  });
});

describe('three nodes', () => {
  test('drivers find them all, each on its own address, and prepare anew on a node that was restarted', async () => {
    const served = await serve({ nodes: 3 });
    const client = await connect(served);
    expect(client.hosts.values().map(({ address }) => address).toSorted()).toEqual(served.addresses.map(({ host, port }) => `${host}:${port}`));
    await client.execute(`${KEYSPACE}3}`);
    await client.execute('CREATE TABLE app.t (k int PRIMARY KEY, v int)');
    const put = async (k: number): Promise<unknown> => client.execute('INSERT INTO app.t (k, v) VALUES (?, 1)', [k], { prepare: true, consistency: consistencies.quorum });
    await Promise.all(Array.from({ length: 20 }, (_, k) => put(k)));
    served.simulation.faults.crash('n2');
    await served.simulation.advance('1s');
    served.simulation.heal();
    await served.simulation.advance('1s');
    await Promise.all(Array.from({ length: 20 }, (_, k) => put(100 + k)));
    expect((await client.execute('SELECT k FROM app.t', [], { consistency: consistencies.all })).rows).toHaveLength(40);
  });

  test('a cut makes writes time out with what was received; when it is known, requests are refused', async () => {
    const served = await serve({ nodes: 3, writeRequestTimeout: '50ms', readRequestTimeout: '50ms' });
    // Always by way of n1, and every error as it comes.
    const { AllowListPolicy, RoundRobinPolicy } = policies.loadBalancing;
    const client = await connect(served, {
      policies: { retry: new policies.retry.FallthroughRetryPolicy(), loadBalancing: new AllowListPolicy(new RoundRobinPolicy(), [`127.0.0.1:${served.port}`]) },
    });
    await client.execute(`${KEYSPACE}3}`);
    await client.execute('CREATE TABLE app.t (k int PRIMARY KEY, v int)');
    served.simulation.faults.partition('n1', ['n2', 'n3']);
    const quorum = { consistency: consistencies.quorum };
    expect(await failure(client.execute('INSERT INTO app.t (k, v) VALUES (1, 1)', [], quorum)))
      .toMatchObject({ code: 0x1100, consistencies: consistencies.quorum, received: 1, blockFor: 2, writeType: 'SIMPLE' });
    expect(await failure(client.execute('SELECT * FROM app.t WHERE k = 1', [], quorum)))
      .toMatchObject({ code: 0x1200, consistencies: consistencies.quorum, received: 1, blockFor: 2, isDataPresent: 1 });
    await served.simulation.advance('2m');
    expect(await failure(client.execute('INSERT INTO app.t (k, v) VALUES (1, 1)', [], quorum))).toMatchObject({ code: 0x1000, required: 2, alive: 1 });
    expect((await client.execute('SELECT * FROM app.t WHERE k = 1', [], { consistency: consistencies.one })).rows).toHaveLength(1);
  });

  test('drivers hear of nodes that are down, back, and new', async () => {
    const served = await serve({ nodes: 3, ringDelay: '1s' });
    const client = await connect(served, { policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(20) } });
    const heard: string[] = [];
    for (const event of ['hostUp', 'hostDown', 'hostAdd', 'hostRemove'] as const) client.on(event, (host: { address: string }) => { heard.push(`${event} ${host.address.split(':')[0]}`); });
    await served.simulation.advance('10s');
    served.simulation.faults.crash('n3');
    await vi.waitFor(() => { expect(heard).toContain('hostDown 127.0.0.3'); });
    served.simulation.heal();
    await served.simulation.advance('1m');
    await vi.waitFor(() => { expect(heard).toContain('hostUp 127.0.0.3'); });
    const joined = served.cluster.addNode();
    await served.simulation.advance('3m');
    expect((await joined).id).toBe('n4');
    await vi.waitFor(() => { expect(heard).toContain('hostAdd 127.0.0.4'); }, 3000);
    expect(served.addresses.map(({ host }) => host)).toContain('127.0.0.4');
    await vi.waitFor(async () => {
      await client.execute('SELECT key FROM system.local', [], { host: client.hosts.values().find(({ address }) => address.startsWith('127.0.0.4')) } as never);
    });
    const left = served.cluster.node('n4').decommission();
    await served.simulation.advance('3m');
    await left;
    await vi.waitFor(() => { expect(heard).toContain('hostRemove 127.0.0.4'); }, 3000);
  });

  test('a node that stands still answers when it goes on', async () => {
    const served = await serve();
    const client = await connect(served);
    const pause = served.simulation.faults.pause('n1');
    let isAnswered = false;
    const asked = client.execute('SELECT release_version FROM system.local').then((result) => { isAnswered = true; return result; });
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    expect(isAnswered).toBe(false);
    pause.heal();
    expect((await asked).first()['release_version']).toBe('5.0.2');
  });
});

test('wrong options are refused by name, and a port that is taken in one line', async () => {
  await expect(serveCassandra({ port: 70_000 })).rejects.toThrow('port must be a whole number from 0 to 65535, got 70000');
  await expect(serveCassandra({ node: 3 } as never)).rejects.toThrow("no option 'node'");
  const { port } = await serve();
  await expect(serveCassandra({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
});
