import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { cqlCommand } from '../../src/cli/cql.ts';
import { runCommandLine, type Ran } from '../support/terminal.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const KEYSPACE = "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; USE ks;";

/** With a seed, so that no run differs from another. */
const cql = (...args: string[]): Promise<Ran> => runCommandLine(cqlCommand, '--seed', '1', ...args);

/** Lines of JSON as values. */
async function answers(text: string, ...args: string[]): Promise<unknown[]> {
  const { out, err } = await cql('--json', '-e', text, ...args);
  expect(err).toEqual([]);
  return out.map((line) => JSON.parse(line) as unknown);
}

function piped(input: string | Buffer, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('node', ['--import', 'tsx', 'src/cli/main.ts', 'cql', ...args], { encoding: 'utf8', input });
  return { status, stdout, stderr };
}

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'cql-')), 'script.cql');
  writeFileSync(path, text);
  return path;
}

describe('for people', () => {
  test('rows come as a table of cqlsh: names centred, values to the right, and how many there are', async () => {
    const { code, out, err } = await cql('-e', `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, name text, ok boolean);
      INSERT INTO t (k, name, ok) VALUES (1, 'ann', true); INSERT INTO t (k, name) VALUES (10, 'b
b'); SELECT * FROM t`);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual(['', ' k  | name |  ok', '----+------+------', ' 10 | b\\nb | null', '  1 |  ann | True', '', '(2 rows)']);
  });

  test('no row is a table too', async () => {
    expect((await cql('-e', `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, v text); SELECT * FROM t`)).out).toEqual(['', ' k | v', '---+---', '', '(0 rows)']);
  });

  test('an instant is shown in UTC to the microsecond', async () => {
    const { out } = await cql('-e', `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, at timestamp); INSERT INTO t (k, at) VALUES (1, 1234567890123); SELECT at FROM t`);
    expect(out).toContain(' 2009-02-13 23:31:30.123000+0000');
  });

  test('what DESCRIBE answers can be pasted', async () => {
    const { out } = await cql('-e', `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, v text); DESCRIBE TABLE t`);
    expect(out[0]).toMatch(/^\nCREATE TABLE ks\.t \(\n {4}k int PRIMARY KEY,\n {4}v text\n\) WITH /);
  });

  test('a statement that fails says which it was and why; those behind it run', async () => {
    const { code, out, err } = await cql('-e', `${KEYSPACE} SELECT * FROM nope; SELECT key FROM system.local`);
    expect(code).toBe(2);
    expect(err).toEqual(['statement 3: Invalid (0x2200): table nope does not exist']);
    expect(out).toContain('(1 rows)');
  });

  test('a warning goes to standard error', async () => {
    const { code, err } = await cql('-e', `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY); SELECT count(*) FROM t`);
    expect({ code, err }).toEqual({ code: 0, err: ['Warnings : Aggregation query used without partition key'] });
  });
});

describe('for programs', () => {
  test('each statement is one line of JSON, with what JSON cannot say as text', async () => {
    expect(await answers(`${KEYSPACE}
      CREATE TABLE t (k bigint PRIMARY KEY, d decimal, x blob, at timestamp, s set<int>, n varint, f double);
      INSERT INTO t (k, d, x, at, s, n, f) VALUES (9007199254740993, 1.50, 0xCAFE, '2026-01-01', {2, 1}, 12345678901234567890, NaN);
      SELECT k, d, x, at, s, n, f FROM t`)).toEqual([
      { ok: true }, { ok: true }, { ok: true }, { ok: true },
      {
        columns: ['k', 'd', 'x', 'at', 's', 'n', 'f'],
        rows: [['9007199254740993', '1.50', '0xcafe', '2026-01-01T00:00:00.000Z', [1, 2], '12345678901234567890', 'NaN']],
      },
    ]);
  });

  test('an error has the number and the name of the native protocol', async () => {
    expect(await answers(`${KEYSPACE} SELEC; SELECT * FROM nope; CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; CREATE ROLE ann`)).toEqual([
      { ok: true }, { ok: true },
      { error: { code: 0x2000, name: 'Syntax_error', message: "line 1:0 no viable alternative at input 'SELEC' ([SELEC])" } },
      { error: { code: 0x2200, name: 'Invalid', message: 'table nope does not exist' } },
      { error: { code: 0x2400, name: 'Already_exists', message: 'Cannot add existing keyspace "ks"' } },
      { error: { code: 0x2100, name: 'Unauthorized', message: 'You have to be logged in and not anonymous to perform this request' } },
    ]);
  });

  test('a conditional statement tells whether it was applied', async () => {
    const statement = "INSERT INTO t (k, v) VALUES (1, 'x') IF NOT EXISTS;";
    const lines = await answers(`${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, v text); ${statement} ${statement}`);
    expect(lines.slice(3)).toEqual([{ columns: ['[applied]'], rows: [[true]] }, { columns: ['[applied]', 'k', 'v'], rows: [[false, 1, 'x']] }]);
  });

  test('warnings stand beside the rows', async () => {
    const lines = await answers(`${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY); SELECT count(*) FROM t`);
    expect(lines[3]).toEqual({ columns: ['count'], rows: [['0']], warnings: ['Aggregation query used without partition key'] });
  });
});

describe('the text', () => {
  test('comments of all kinds, quotes with semicolons, batches and empty statements are read as cqlsh reads them', async () => {
    const lines = await answers(`${KEYSPACE} -- a comment; with a semicolon
      CREATE TABLE t (k int PRIMARY KEY, v text); // another; one
      /* and a block; of it */ INSERT INTO t (k, v) VALUES (1, 'it''s; fine');;
      BEGIN BATCH INSERT INTO t (k, v) VALUES (2, $$it's; too$$); UPDATE t SET v = 'c' WHERE k = 3; APPLY BATCH;
      SELECT v FROM t WHERE k IN (1, 2, 3)`);
    expect(lines).toHaveLength(6);
    expect(lines[5]).toEqual({ columns: ['v'], rows: [["it's; fine"], ["it's; too"], ['c']] });
  });

  test.each([['nothing', ''], ['white space and a comment', '  -- nothing\n'], ['semicolons', ';; ;']])('%s is no statement and no error', async (_, text) => {
    expect(await cql('-e', text)).toEqual({ code: 0, out: [], err: [] });
  });

  test('a string without an end is one error of Cassandra\'s', async () => {
    expect(await cql('-e', "SELECT 'abc")).toEqual({ code: 2, out: [], err: ["Syntax_error (0x2000): line 1:11 mismatched character '<EOF>' expecting '''"] });
  });

  test('several -e are one script', async () => {
    expect(await answers('SELECT key FROM system.local', '-e', 'SELECT key FROM system.local')).toHaveLength(2);
  });

  test('a file with a byte order mark and the line ends of Windows', async () => {
    const { code, out } = await cql('--json', '--file', file('\uFEFFSELECT key\r\nFROM system.local; -- x\r\nSELECT key FROM system.local\r\n'));
    expect({ code, out }).toEqual({ code: 0, out: Array(2).fill('{"columns":["key"],"rows":[["local"]]}') });
  });

  test('standard input', () => {
    expect(piped('SELECT key FROM system.local;\n', '--json')).toEqual({ status: 0, stdout: '{"columns":["key"],"rows":[["local"]]}\n', stderr: '' });
    expect(piped('')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a mistake ends the process with 2, in one line without a stack', () => {
    expect(piped('SELEC')).toEqual({ status: 2, stdout: '', stderr: "Syntax_error (0x2000): line 1:0 no viable alternative at input 'SELEC' ([SELEC])\n" });
    expect(piped('', '--nodes', 'x')).toEqual({ status: 2, stdout: '', stderr: "cql: --nodes takes a whole number, got 'x' (try 'splitbrain --help')\n" });
  });
});

describe('the cluster', () => {
  test('has as many nodes as asked for', async () => {
    expect(await answers('SELECT count(*) FROM system.peers', '--nodes', '5')).toEqual([expect.objectContaining({ rows: [['4']] })]);
  });

  test('has datacentres, in which a level of each needs its quorum', async () => {
    const lines = await answers(
      "CREATE KEYSPACE far WITH replication = {'class': 'NetworkTopologyStrategy', 'east': 1, 'west': 1}; CREATE TABLE far.t (k int PRIMARY KEY);"
      + 'INSERT INTO far.t (k) VALUES (1); SELECT * FROM far.t; SELECT data_center FROM system.local',
      '--datacenters', 'east:1,west:2', '--consistency', 'each_quorum',
    );
    expect(lines.slice(2)).toEqual([{ ok: true }, { columns: ['k'], rows: [[1]] }, { columns: ['data_center'], rows: [['east']] }]);
  });

  test('answers at the level asked for', async () => {
    expect(await answers(`${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t (k) VALUES (1)`, '--nodes', '2', '--consistency', 'ALL')).toEqual([
      { ok: true, warnings: expect.any(Array) as unknown }, { ok: true }, { ok: true },
      { error: { code: 0x1000, name: 'Unavailable exception', message: 'Cannot achieve consistency level ALL' } },
    ]);
  });

  test('what was written at ONE is there for the statement behind it', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const lines = await answers(`${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t (k) VALUES (1); SELECT * FROM t`, '--seed', String(seed));
      expect(lines[4]).toEqual({ columns: ['k'], rows: [[1]] });
    }
  });

  test('takes names without a keyspace in the one given', async () => {
    expect(await answers('SELECT key FROM local', '--keyspace', 'system')).toEqual([{ columns: ['key'], rows: [['local']] }]);
  });

  test.each([['materializedViewsEnabled=true'], ['materialized_views_enabled=true']])('takes the parameter %s', async (setting) => {
    const view = 'CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE a IS NOT NULL AND k IS NOT NULL PRIMARY KEY (a, k)';
    const text = `${KEYSPACE} CREATE TABLE t (k int PRIMARY KEY, a int); ${view}`;
    expect((await answers(text))[3]).toMatchObject({ error: { name: 'Invalid' } });
    expect((await answers(text, '--set', setting))[3]).toMatchObject({ ok: true });
  });

  test('is the same for the same seed', async () => {
    const text = 'SELECT now() FROM system.local';
    expect(await answers(text)).toEqual(await answers(text));
    expect(await answers(text)).not.toEqual(await answers(text, '--seed', '2'));
  });
});

test.each([
  [['--file', 'nowhere.cql'], /^cql: nowhere\.cql: no such file$/],
  [['--file', tmpdir()], /^cql: .*: is a folder$/],
  [['--file', 'x', '-e', 'y'], /^cql: give -e or --file, not both$/],
  [['-e'], /^cql: Option '-e, --execute <value>' argument missing \(try/],
  [['script.cql'], /^cql: unexpected argument 'script\.cql' \(try/],
  [['--nods', '3', '-e', ''], /^cql: Unknown option '--nods' \(try/],
  [['--nodes', '0', '-e', ''], /^cql: 1 to 100 nodes, got 0$/],
  [['--nodes', '3', '--datacenters', 'a:1', '-e', ''], /^cql: give --nodes or --datacenters, not both$/],
  [['--datacenters', 'a', '-e', ''], /^cql: --datacenters is written dc1:3,dc2:3, got 'a'$/],
  [['--datacenters', 'a:1,a:2', '-e', ''], /^cql: --datacenters names a twice$/],
  [['--datacenters', 'a:60,b:60', '-e', ''], /^cql: 1 to 100 nodes, got 120$/],
  [['--consistency', 'most', '-e', ''], /^cql: --consistency is one of ANY, ONE, .*, got 'MOST'$/],
  [['--set', 'readRequestTimeout', '-e', ''], /^cql: --set is written PARAMETER=VALUE, got 'readRequestTimeout'$/],
  [['--set', 'nodes=5', '-e', ''], /^cql: --set: there is no parameter 'nodes' /],
  [['--set', 'paxosVariant=v3', '-e', ''], /^paxosVariant must be one of v1, v2, got 'v3'$/],
  [['--set', 'readRequestTimeout=soon', '-e', ''], /readRequestTimeout/],
])('refuses %j in one line, with exit code 2', async (args, message) => {
  const { code, out, err } = await runCommandLine(cqlCommand, ...args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toEqual([expect.stringMatching(message)]);
});
