/**
 * The same frames of the native protocol to a node of ours and to a real Apache Cassandra 5.0.2: the answers are equal to the byte, be they
 * results, metadata, what a PREPARE tells, or errors with all their fields.
 *
 * Not compared: what a server supports (SUPPORTED, versions of the protocol), paging states, which are each server's own, where the real one
 * answers with an exception of Java's, and the few requests of `TOLERATED`.
 */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createSession } from '../../src/cassandra/index.ts';
import { forgetPrepared, ProtocolConnection, type PreparedText } from '../../src/cassandra/protocol/connection.ts';
import { OPCODE } from '../../src/cassandra/protocol/frame.ts';
import { bytes, string } from '../../src/cassandra/protocol/notation.ts';
import { int16, int32, readInt32, utf8 } from '../../src/cassandra/types/bytes.ts';
import { CassandraOracle } from './cassandra-oracle.ts';

type Value = string | null | undefined;

const TOLERATED: Readonly<Record<string, string>> = {
  'PREPARE SELECT * FROM t WHERE k IN (?, 1)': 'the real one names a marker inside of an IN as the partition key',
  'SELECT * FROM t WHERE k = ? AND c > ? ["\\u0000\\u0000\\u0000\\u0001",null]': 'the real one lets null be the bound of a slice',
  'DELETE FROM t WHERE k = ? AND c > ? ["\\u0000\\u0000\\u0000\\u0001",null]': 'the real one lets null be the bound of a slice, and fails as it writes it',
};

/** A connection as frames. */
class Raw {
  #bytes = '';
  #waiting: ((frame: string) => void) | undefined;
  readonly #send: (bytes: string) => void;
  readonly close: () => void;

  constructor(open: (receive: (bytes: string) => void) => { readonly send: (bytes: string) => void; readonly close: () => void }) {
    const { send, close } = open((chunk) => {
      this.#bytes += chunk;
      const end = 9 + (this.#bytes.length < 9 ? Infinity : readInt32(this.#bytes, 5));
      if (this.#bytes.length < end) return;
      const frame = this.#bytes.slice(0, end);
      this.#bytes = this.#bytes.slice(end);
      this.#waiting?.(frame);
    });
    this.#send = send;
    this.close = close;
  }

  ask(opcode: number, body: string, version: number): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#send(String.fromCharCode(version, 0, 0, 5, opcode) + int32(body.length) + body);
    });
  }
}

const STARTUP = int16(1) + string('CQL_VERSION') + string('3.0.0');
const longString = (text: string): string => int32(utf8(text).length) + utf8(text);
const value = (one: Value): string => (one === undefined ? int32(-2) : bytes(one));
const parameters = (level = 1, flags = 0, rest = ''): string => int16(level) + String.fromCharCode(flags) + rest;
const given = (values: readonly Value[]): string => int16(values.length) + values.map(value).join('');

/** Both ends, asked the same. */
class Pair {
  readonly #session = createSession({ parameters: { materializedViewsEnabled: true } });
  readonly #prepared = new Map<string, PreparedText>();
  readonly #ids = new Map<string, string>();
  #ends: readonly [Raw, Raw] | undefined;
  #version = 4;
  readonly differences: { readonly request: string; readonly real: string; readonly ours: string }[] = [];
  compared = 0;

  async open(version = 4): Promise<void> {
    this.#ends?.[0].close();
    this.#version = version;
    const [host = '127.0.0.1', port = '9042'] = CassandraOracle.address.split(':');
    const socket = await new Promise<Socket>((resolve) => { const made: Socket = connect(Number(port), host, () => { resolve(made); }); });
    const real = new Raw((receive) => {
      socket.on('data', (chunk) => { receive(chunk.toString('latin1')); });
      return { send: (text) => { socket.write(text, 'latin1'); }, close: () => socket.destroy() };
    });
    const node = this.#session.cluster.node('n1');
    const ours = new Raw((receive) => {
      const connection = new ProtocolConnection({
        catalog: node.catalog, prepared: this.#prepared, proxy: () => node.machine.coordinator,
        announce: (event) => { if (event.type === 'SCHEMA_CHANGE') forgetPrepared(this.#prepared, event.change); },
      }, receive, () => undefined);
      return { send: (text) => { connection.receive(text); }, close: () => undefined };
    });
    this.#ends = [real, ours];
    await this.ask('STARTUP', OPCODE.STARTUP, STARTUP);
  }

  close(): void {
    this.#ends?.[0].close();
  }

  /** @returns the real one's answer */
  async ask(request: string, opcode: number, body: string): Promise<string> {
    if (this.#ends === undefined) throw new TypeError('not open');
    const [real, ours] = await Promise.all(this.#ends.map((end) => end.ask(opcode, body, this.#version))) as [string, string];
    this.compared++;
    const isForeseen = Object.hasOwn(TOLERATED, request) || real.includes('java.lang.');
    if (real !== ours && !isForeseen) this.differences.push({ request, real: JSON.stringify(real), ours: JSON.stringify(ours) });
    return real;
  }

  query(text: string, rest = parameters()): Promise<string> {
    return this.ask(`${text} ${rest.length > 3 ? JSON.stringify(rest) : ''}`.trimEnd(), OPCODE.QUERY, longString(text) + rest);
  }

  async prepare(text: string): Promise<void> {
    const answer = await this.ask(`PREPARE ${text}`, OPCODE.PREPARE, longString(text));
    // A warning may stand in front of it.
    const at = answer.indexOf('\x00\x00\x00\x04\x00\x10') + 6;
    this.#ids.set(text, answer.slice(at, at + 16));
  }

  execute(text: string, values: readonly Value[], level = 1, flags = 1, rest = ''): Promise<string> {
    const body = int16(16) + (this.#ids.get(text) ?? '') + parameters(level, flags, ((flags & 1) === 0 ? '' : given(values)) + rest);
    return this.ask(`${text} ${JSON.stringify(values)}${level === 1 ? '' : ` at ${level}`}${flags === 1 ? '' : ` with ${flags}`}`, OPCODE.EXECUTE, body);
  }

  batch(parts: readonly (readonly [text: string, values: readonly Value[], isPrepared?: boolean])[], type = 0): Promise<string> {
    const encoded = parts.map(([text, values, isPrepared = false]) => (isPrepared ? `\x01${int16(16)}${this.#ids.get(text) ?? ''}` : `\x00${longString(text)}`) + given(values));
    return this.ask(`BATCH ${type} ${JSON.stringify(parts)}`, OPCODE.BATCH, String.fromCharCode(type) + int16(parts.length) + encoded.join('') + parameters());
  }
}

const INSERT = 'INSERT INTO t (k, c, v) VALUES (?, ?, ?) USING TTL ? AND TIMESTAMP ?';
const PREPARED = [
  'SELECT * FROM t WHERE k = ?', 'SELECT * FROM px.t WHERE k = ? AND c IN ?', 'SELECT k, v AS w, writetime(v), ttl(v), cast(v AS text), count(*) FROM t WHERE k = :key', INSERT,
  'INSERT INTO t (k, c) VALUES (?, ?) IF NOT EXISTS', 'UPDATE t SET l = l + ?, m[?] = ?, v = ? WHERE k = ? AND c = ? IF v = ?', 'DELETE l[?] FROM t WHERE k = ? AND c = ?', 'UPDATE ctr SET n = n + ? WHERE k = ?',
  'SELECT * FROM two WHERE b = ? AND a = ? AND c > ? LIMIT ?', 'SELECT * FROM two WHERE token(a, b) > token(?, ?)', 'SELECT * FROM two WHERE (c) IN ? ALLOW FILTERING',
  'BEGIN BATCH INSERT INTO t (k, c) VALUES (?, ?); UPDATE two SET v = ? WHERE a = ? AND b = ? AND c = ?; APPLY BATCH',
  'BEGIN BATCH UPDATE t SET v = ? WHERE k = ? AND c = ?; UPDATE t SET v = ? WHERE k = ? AND c = ?; APPLY BATCH', 'INSERT INTO t JSON ?', 'SELECT JSON * FROM t', 'SELECT DISTINCT k, s FROM t',
  'CREATE TABLE z (k int PRIMARY KEY)', 'USE px', 'TRUNCATE t', 'DROP TABLE nothing', 'SELECT * FROM nothing', 'SELEC', 'LIST ROLES', 'GRANT SELECT ON t TO x', 'DESCRIBE KEYSPACES', 'SELECT ve, vp, vl FROM t',
  'SELECT u.x, ue.y FROM t', 'UPDATE t SET ue.x = ? WHERE k = 1 AND c = ?', 'SELECT (int) ? FROM t', 'SELECT sum(v), max(c) FROM t GROUP BY k', 'SELECT * FROM system.local', 'SELECT now(), toTimestamp(now()) FROM t',
  'SELECT * FROM t WHERE k = 1', "INSERT INTO t (k, c) VALUES (1, 'a')", 'SELECT * FROM t WHERE k = ? PER PARTITION LIMIT ?', 'SELECT k FROM t WHERE l CONTAINS ? ALLOW FILTERING', 'SELECT m[?] FROM t',
] as const;
const WITH_ABSENT_VALUES = [
  'SELECT * FROM t WHERE k = ? AND c = ?', 'SELECT * FROM t WHERE k = ? AND c > ?', 'SELECT * FROM t WHERE k IN ?', 'SELECT * FROM t WHERE k IN (?, 1)', 'SELECT * FROM t WHERE k = ? AND c IN (?)',
  'SELECT * FROM t WHERE k = ? AND (c) = (?)', 'SELECT * FROM t WHERE v = ? ALLOW FILTERING', 'SELECT * FROM t WHERE v > ? ALLOW FILTERING', 'SELECT * FROM t WHERE v IN ? ALLOW FILTERING',
  'SELECT * FROM t WHERE (c) IN ? ALLOW FILTERING', 'SELECT * FROM t WHERE l CONTAINS ? ALLOW FILTERING', 'SELECT * FROM t WHERE token(k) > ?', 'SELECT * FROM t LIMIT ?', 'SELECT * FROM t PER PARTITION LIMIT ?',
  'UPDATE t SET v = 1 WHERE k = ? AND c = ?', 'DELETE FROM t WHERE k = ? AND c = ?', 'DELETE FROM t WHERE k = ? AND c > ?', 'INSERT INTO t (k, c) VALUES (?, ?)', 'UPDATE t SET v = 1 WHERE k IN ? AND c = ?',
] as const;
const ONE = int32(1);

describe('frames to both', () => {
  const pair = new Pair();
  let hasOracle = false;

  beforeAll(async () => {
    const oracle = await CassandraOracle.connect();
    hasOracle = oracle !== undefined;
    oracle?.close();
  });
  afterAll(() => { pair.close(); });

  function needed(context: TestContext): void {
    if (!hasOracle) context.skip(`the oracle is missing: no Apache Cassandra answers on ${CassandraOracle.address} (test/differential/cassandra-oracle/start.ts starts one)`);
  }

  it('are answered alike', async (context) => {
    needed(context);
    await pair.open();
    await pair.ask('STARTUP again', OPCODE.STARTUP, STARTUP);
    await pair.ask('REGISTER', OPCODE.REGISTER, int16(1) + string('STATUS_CHANGE'));
    await pair.ask('AUTH_RESPONSE', OPCODE.AUTH_RESPONSE, int32(0));
    await pair.query('DROP KEYSPACE IF EXISTS px');
    for (const text of [
      "CREATE KEYSPACE px WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "CREATE KEYSPACE px WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      'CREATE TYPE px.p (x int, y text)',
      `CREATE TABLE px.t (k int, c text, v int, s text static, l list<int>, m map<text, frozen<set<int>>>, u frozen<p>, ue p, tp tuple<int, duration>, ve vector<float, 3>, vp vector<frozen<p>, 2>,
        vl vector<frozen<list<int>>, 2>, d duration, da date, ti time, si smallint, ty tinyint, PRIMARY KEY (k, c))`,
      'CREATE TABLE px.t (k int PRIMARY KEY)', 'CREATE TABLE px.ctr (k int PRIMARY KEY, n counter)', 'USE px', 'CREATE TABLE two (a int, b text, c int, v int, PRIMARY KEY ((a, b), c))',
    ]) await pair.query(text);
    for (const text of PREPARED) await pair.prepare(text);
    await pair.execute(INSERT, [ONE, 'a', int32(7), int32(0), int32(0) + int32(1000)]);
    for (const values of [[ONE, 'b', undefined, null, null], [ONE, 'b'], [], [null, 'b', null, null, null], [ONE, undefined, null, null, null]]) await pair.execute(INSERT, values);
    const byKey = PREPARED[0];
    for (const [values, level, flags, rest] of [
      [[ONE]], [[ONE], 1, 3], [[undefined]], [[null]], [['abc']], [[ONE], 4], [[ONE], 6], [[ONE], 8], [[ONE], 0], [[ONE], 2], [[ONE], 1, 9, bytes('junk')], [[ONE], 1, 4, int32(0)],
    ] as [Value[], number?, number?, string?][]) await pair.execute(byKey, values, level, flags, rest);
    await pair.execute('SELECT * FROM t WHERE k = 1', [], 1, 0);
    await pair.execute('SELECT * FROM t WHERE k = 1', [], 1, 2);
    await pair.execute('SELECT * FROM px.t WHERE k = ? AND c IN ?', [ONE, int32(2) + bytes('a') + bytes('b')]);
    await pair.execute('INSERT INTO t (k, c) VALUES (?, ?) IF NOT EXISTS', [ONE, 'a']);
    await pair.execute('INSERT INTO t (k, c) VALUES (?, ?) IF NOT EXISTS', [ONE, 'a'], 1, 3);
    await pair.execute('INSERT INTO t (k, c) VALUES (?, ?) IF NOT EXISTS', [ONE, 'zz'], 1, 3);
    await pair.execute('UPDATE t SET l = l + ?, m[?] = ?, v = ? WHERE k = ? AND c = ? IF v = ?', [ONE + bytes(int32(5)), 'k', ONE + bytes(ONE), int32(8), ONE, 'a', int32(9)]);
    await pair.execute('USE px', [], 1, 0);
    for (const text of WITH_ABSENT_VALUES) {
      await pair.prepare(text);
      for (const values of text.split('?').length === 2 ? [[undefined], [null]] : [[undefined, 'a'], [null, 'a'], [ONE, undefined], [ONE, null]]) await pair.execute(text, values);
    }
    const insert = "INSERT INTO t (k, c) VALUES (3, 'x')";
    await pair.batch([]);
    await pair.batch([[insert, []], ['INSERT INTO t (k, c) VALUES (?, ?)', [int32(3), 'y']]]);
    await pair.batch([['SELECT * FROM t', []]]);
    await pair.batch([['INSERT INTO t (k, c) VALUES (?, ?)', [int32(3)]]]);
    await pair.batch([[insert, []]], 9);
    await pair.batch([['UPDATE ctr SET n = n + 1 WHERE k = 1', []]]);
    await pair.batch([['UPDATE ctr SET n = n + 1 WHERE k = 1', []]], 2);
    await pair.batch([[insert, []]], 2);
    await pair.batch([['INSERT INTO t (k, c) VALUES (?, ?) IF NOT EXISTS', [int32(3), 'x'], true]]);
    await pair.batch([['never prepared', [], true]]);
    await pair.query('SELECT * FROM t WHERE k = ?', parameters(1, 1, given([int32(3)])));
    await pair.query('SELECT * FROM t WHERE k = ?');
    await pair.query('SELECT * FROM t WHERE k = ?', parameters(1, 1, given([int32(3), int32(3)])));
    await pair.query('SELECT * FROM t WHERE k = :a', parameters(1, 0x41, int16(1) + string('a') + value(int32(3))));
    await pair.query('SELECT * FROM t WHERE k = :a', parameters(1, 0x41, int16(1) + string('b') + value(int32(3))));
    await pair.query('SELECT k, c FROM t', parameters(1, 2));
    await pair.query('SELECT count(*) FROM t');
    await pair.query("SELECT key FROM system.local WHERE key = 'local'", parameters(99));
    await pair.query("SELECT key FROM system.local WHERE key = 'local'", parameters(1, 0x10, int16(4)));
    await pair.ask('EXECUTE of nothing', OPCODE.EXECUTE, int16(16) + 'abcdefghijklmnop' + parameters());
    await pair.query('CREATE INDEX ON t (v)');
    await pair.query('CREATE MATERIALIZED VIEW mv AS SELECT * FROM two WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, a, b)');
    await pair.query('ALTER TABLE t ADD nn int');
    await pair.execute(byKey, [ONE]);
    await pair.query('DROP TABLE two');
    expect(pair.differences).toEqual([]);
    expect(pair.compared).toBeGreaterThan(150);
  }, 120_000);

  it('and in version 3, which lacks some types', async (context) => {
    needed(context);
    await pair.open(3);
    await pair.query('USE px');
    await pair.prepare('SELECT da, ti, si, ty, d, ve, u FROM t WHERE k = ?');
    await pair.query('SELECT da, ti, si, ty, d, ve FROM t LIMIT 1');
    await pair.query('SELECT count(*) FROM t');
    await pair.query('SELECT * FROM t WHERE k = ?', parameters(1, 1, int16(1) + int32(-2)));
    await pair.query('DROP KEYSPACE px');
    expect(pair.differences).toEqual([]);
  }, 60_000);
});
