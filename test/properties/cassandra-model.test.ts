/**
 * A single node against a model that any reader can check: cells by name, each with the timestamp of its last write, and the
 * deletions that cover them. Random statements, flushes, compactions and time between; after each step every shape of SELECT.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSession, type Session } from '../../src/cassandra/index.ts';

const KEYS = [1, 2];
const CLUSTERINGS = [0, 1, 2, 3, 4];
const GC_GRACE = 30;

type Value = number | readonly string[] | null;

interface Cell {
  readonly value: Value;
  readonly timestamp: number;
  /** Second at which it is gone. */
  readonly until: number;
}

interface Deletion {
  readonly k: number;
  /** Rows from here to there; undefined for the whole partition, static row included. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly timestamp: number;
}

/** The plain model: nothing is ever forgotten, the latest write that is not covered by a deletion is shown. */
class Model {
  /** By `k/c/column` or, of sets, `k/c/column/element`; static columns have `s` for c, and markers of rows the column `marker`. */
  readonly #cells = new Map<string, Cell>();
  readonly #deletions: Deletion[] = [];
  /** Whole collections written anew: what they held before is gone. By `k/c/column`. */
  readonly #emptied = new Map<string, number>();
  now = 0;

  set(name: string, value: Value, timestamp: number, ttl: number): void {
    const cell = this.#cells.get(name);
    if (cell !== undefined && cell.timestamp > timestamp) return;
    this.#cells.set(name, { value, timestamp, until: ttl === 0 ? Infinity : this.now + ttl });
  }

  empty(name: string, timestamp: number): void {
    this.#emptied.set(name, Math.max(timestamp, this.#emptied.get(name) ?? -1));
  }

  delete(deletion: Deletion): void {
    this.#deletions.push(deletion);
  }

  rows(k: number): readonly Readonly<Record<string, Value>>[] {
    const s = this.#value(k, 's', 's');
    const rows = CLUSTERINGS.flatMap((c) => {
      const row = { k, c, s, a: this.#value(k, c, 'a'), b: this.#value(k, c, 'b'), tags: this.#set(k, c) };
      const exists = row.a !== null || row.b !== null || row.tags !== null || this.#value(k, c, 'marker') !== null;
      return exists ? [row] : [];
    });
    return rows.length === 0 && s !== null ? [{ k, c: null, s, a: null, b: null, tags: null }] : rows;
  }

  #value(k: number, c: number | 's', column: string): Value {
    return this.#live(this.#cells.get(`${k}/${c}/${column}`), k, c, -1);
  }

  #set(k: number, c: number): Value {
    const since = this.#emptied.get(`${k}/${c}/tags`) ?? -1;
    const elements = ['x', 'y', 'z'].filter((element) => this.#live(this.#cells.get(`${k}/${c}/tags/${element}`), k, c, since) !== null);
    return elements.length === 0 ? null : elements;
  }

  #live(cell: Cell | undefined, k: number, c: number | 's', since: number): Value {
    if (cell === undefined || cell.value === null || cell.until <= this.now || cell.timestamp <= since) return null;
    const covers = ({ from, to }: Deletion): boolean => (from === undefined ? true : c !== 's' && c >= from && c <= (to ?? from));
    return this.#deletions.some((deletion) => deletion.k === k && deletion.timestamp >= cell.timestamp && covers(deletion)) ? null : cell.value;
  }
}

type Step =
  | { readonly do: 'insert' | 'update'; readonly k: number; readonly c: number; readonly a: number | null | undefined; readonly b: number | null | undefined; readonly ttl: number; readonly late: number }
  | { readonly do: 'static'; readonly k: number; readonly s: number | null; readonly late: number }
  | { readonly do: 'tags'; readonly k: number; readonly c: number; readonly how: '=' | '+' | '-'; readonly tags: readonly string[]; readonly ttl: number; readonly late: number }
  | { readonly do: 'deleteColumn' | 'deleteRow'; readonly k: number; readonly c: number; readonly late: number }
  | { readonly do: 'deleteRange'; readonly k: number; readonly from: number; readonly to: number; readonly late: number }
  | { readonly do: 'deletePartition'; readonly k: number; readonly late: number }
  | { readonly do: 'flush' | 'compact' }
  | { readonly do: 'wait'; readonly seconds: number };

const k = fc.constantFrom(...KEYS);
const c = fc.constantFrom(...CLUSTERINGS);
const cell = fc.option(fc.option(fc.integer({ min: 0, max: 99 })), { nil: undefined });
const ttl = fc.constantFrom(0, 0, 0, 5, 20);
// Some writes come with a timestamp of the past.
const late = fc.constantFrom(0, 0, 0, 0, 3, 11);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(
  fc.record({ do: fc.constantFrom('insert' as const, 'update' as const), k, c, a: cell, b: cell, ttl, late }),
  fc.record({ do: fc.constantFrom('insert' as const, 'update' as const), k, c, a: cell, b: cell, ttl, late }),
  fc.record({ do: fc.constant('static' as const), k, s: fc.option(fc.integer({ min: 0, max: 9 })), late }),
  fc.record({ do: fc.constant('tags' as const), k, c, how: fc.constantFrom('=' as const, '+' as const, '-' as const), tags: fc.subarray(['x', 'y', 'z']), ttl, late }),
  fc.record({ do: fc.constantFrom('deleteColumn' as const, 'deleteRow' as const), k, c, late }),
  fc.record({ do: fc.constant('deleteRange' as const), k, from: c, to: c, late }),
  fc.record({ do: fc.constant('deletePartition' as const), k, late }),
  fc.record({ do: fc.constantFrom('flush' as const, 'compact' as const) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 4, 20, 40) }),
), { maxLength: 40 });

/** Executes a step on both. @param at - its timestamp; every step has another */
function perform(session: Session, model: Model, step: Step, at: number): void {
  const execute = (text: string, timestamp: number): void => void session.execute(text, [], { timestamp });
  const timestampOf = (one: { readonly late: number }): number => at - one.late * 10;
  switch (step.do) {
    case 'insert':
    case 'update': {
      const timestamp = timestampOf(step);
      const given = (['a', 'b'] as const).flatMap((column) => (step[column] === undefined ? [] : [[column, step[column]] as const]));
      if (step.do === 'update' && given.length === 0) return;
      const using = step.ttl === 0 ? '' : ` USING TTL ${step.ttl}`;
      if (step.do === 'insert') {
        execute(`INSERT INTO ks.t (${['k', 'c', ...given.map(([column]) => column)].join(', ')}) VALUES (${[step.k, step.c, ...given.map(([, value]) => String(value))].join(', ')})${using}`, timestamp);
        model.set(`${step.k}/${step.c}/marker`, 1, timestamp, step.ttl);
      } else {
        execute(`UPDATE ks.t${using} SET ${given.map(([column, value]) => `${column} = ${String(value)}`).join(', ')} WHERE k = ${step.k} AND c = ${step.c}`, timestamp);
      }
      for (const [column, value] of given) model.set(`${step.k}/${step.c}/${column}`, value, timestamp, value === null ? 0 : step.ttl);
      return;
    }
    case 'static':
      execute(`UPDATE ks.t SET s = ${String(step.s)} WHERE k = ${step.k}`, timestampOf(step));
      model.set(`${step.k}/s/s`, step.s, timestampOf(step), 0);
      return;
    case 'tags': {
      const timestamp = timestampOf(step);
      const name = `${step.k}/${step.c}/tags`;
      const literal = `{${step.tags.map((tag) => `'${tag}'`).join(', ')}}`;
      execute(`UPDATE ks.t${step.ttl === 0 ? '' : ` USING TTL ${step.ttl}`} SET tags = ${step.how === '=' ? literal : `tags ${step.how} ${literal}`} WHERE k = ${step.k} AND c = ${step.c}`, timestamp);
      // A collection that is written anew deletes what is a microsecond older than itself.
      if (step.how === '=') model.empty(name, timestamp - 1);
      for (const tag of step.tags) model.set(`${name}/${tag}`, step.how === '-' ? null : 1, timestamp, step.how === '-' ? 0 : step.ttl);
      return;
    }
    case 'deleteColumn':
      execute(`DELETE a FROM ks.t WHERE k = ${step.k} AND c = ${step.c}`, timestampOf(step));
      model.set(`${step.k}/${step.c}/a`, null, timestampOf(step), 0);
      return;
    case 'deleteRow':
      execute(`DELETE FROM ks.t WHERE k = ${step.k} AND c = ${step.c}`, timestampOf(step));
      model.delete({ k: step.k, from: step.c, to: step.c, timestamp: timestampOf(step) });
      return;
    case 'deleteRange':
      execute(`DELETE FROM ks.t WHERE k = ${step.k} AND c >= ${step.from} AND c <= ${step.to}`, timestampOf(step));
      model.delete({ k: step.k, from: step.from, to: step.to, timestamp: timestampOf(step) });
      return;
    case 'deletePartition':
      execute(`DELETE FROM ks.t WHERE k = ${step.k}`, timestampOf(step));
      model.delete({ k: step.k, from: undefined, to: undefined, timestamp: timestampOf(step) });
      return;
    case 'flush': session.flush(); return;
    case 'compact': session.cluster.node('n1').compact(); return;
    case 'wait':
      session.advance(`${step.seconds}s`);
      model.now += step.seconds;
      return;
    default: step satisfies never;
  }
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Every shape of SELECT beside the model's answer. */
function expectSame(session: Session, model: Model): void {
  const select = (text: string): Rows => session.execute(text).rows.map((row) => ({ ...row }));
  const expected = KEYS.map((key) => model.rows(key));
  const real = (rows: Rows): Rows => rows.filter((row) => row['c'] !== null);
  for (const [i, key] of KEYS.entries()) {
    const rows = expected[i] ?? [];
    expect(select(`SELECT k, c, s, a, b, tags FROM ks.t WHERE k = ${key}`)).toEqual(rows);
    expect(select(`SELECT c FROM ks.t WHERE k = ${key} ORDER BY c DESC`).filter((row) => row['c'] !== null)).toEqual(real(rows).map((row) => ({ c: row['c'] })).reverse());
    expect(select(`SELECT c, a FROM ks.t WHERE k = ${key} AND c > 0 AND c <= 3`)).toEqual(real(rows).filter((row) => Number(row['c']) > 0 && Number(row['c']) <= 3).map((row) => ({ c: row['c'], a: row['a'] })));
    expect(select(`SELECT c, b FROM ks.t WHERE k = ${key} AND c IN (1, 4)`)).toEqual(real(rows).filter((row) => row['c'] === 1 || row['c'] === 4).map((row) => ({ c: row['c'], b: row['b'] })));
    expect(select(`SELECT c FROM ks.t WHERE k = ${key} AND c >= 1 LIMIT 2`)).toEqual(real(rows).filter((row) => Number(row['c']) >= 1).slice(0, 2).map((row) => ({ c: row['c'] })));
  }
  const all = (rows: Rows): readonly string[] => rows.map((row) => JSON.stringify(row)).sort((x, y) => (x < y ? -1 : 1));
  expect(all(select('SELECT k, c, s, a, b, tags FROM ks.t'))).toEqual(all(expected.flat()));
  expect(all(select('SELECT k, c FROM ks.t WHERE a = 7 ALLOW FILTERING'))).toEqual(all(expected.flat().filter((row) => row['a'] === 7).map((row) => ({ k: row['k'] ?? null, c: row['c'] ?? null }))));
  expect(all(select("SELECT k, c FROM ks.t WHERE tags CONTAINS 'x' ALLOW FILTERING"))).toEqual(all(expected.flat().filter((row) => Array.isArray(row['tags']) && row['tags'].includes('x')).map((row) => ({ k: row['k'] ?? null, c: row['c'] ?? null }))));
  expect(all(select('SELECT DISTINCT k, s FROM ks.t'))).toEqual(all(expected.filter((rows) => rows.length > 0).map((rows) => ({ k: rows[0]?.['k'] ?? null, s: rows[0]?.['s'] ?? null }))));
  const paged: unknown[] = [];
  let pageState: string | undefined;
  do {
    const page = session.execute('SELECT k, c, s, a, b, tags FROM ks.t', [], { pageSize: 2, ...(pageState === undefined ? {} : { pageState }) });
    paged.push(...page.rows.map((row) => ({ ...row })));
    ({ pageState } = page);
  } while (pageState !== undefined);
  expect(all(paged as Rows)).toEqual(all(expected.flat()));
}

function fresh(compaction: string, gcGrace: number): Session {
  const session = createSession();
  session.run(`CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
    CREATE TABLE ks.t (k int, c int, s int static, a int, b int, tags set<text>, PRIMARY KEY (k, c)) WITH compaction = {'class': '${compaction}'} AND gc_grace_seconds = ${gcGrace}`);
  return session;
}

describe('a single node', () => {
  it.each(['SizeTieredCompactionStrategy', 'LeveledCompactionStrategy', 'UnifiedCompactionStrategy'])('shows what a plain list of writes says, with %s', (compaction) => {
    expect(() => fc.assert(fc.property(steps, (script) => {
      const session = fresh(compaction, 864_000);
      const model = new Model();
      let at = 1_000_000;
      for (const step of script) {
        perform(session, model, step, at);
        at += 7;
        if (step.do !== 'flush') expectSame(session, model);
      }
      session.flush();
      expectSame(session, model);
      session.cluster.node('n1').compact();
      session.advance('1s');
      model.now++;
      expectSame(session, model);
    }), { numRuns: 100 })).not.toThrow();
  }, 60_000);

  it('does so when tombstones are dropped after a short gc_grace_seconds, as long as no write comes late', () => {
    expect(() => fc.assert(fc.property(steps, (script) => {
      const session = fresh('SizeTieredCompactionStrategy', GC_GRACE);
      const model = new Model();
      let at = 1_000_000;
      for (const step of script) {
        perform(session, model, 'late' in step ? { ...step, late: 0 } : step, at);
        at += 7;
        expectSame(session, model);
      }
      model.now += 100;
      session.advance('100s');
      session.flush();
      session.cluster.node('n1').compact();
      session.advance('1s');
      model.now++;
      expectSame(session, model);
    }), { numRuns: 100 })).not.toThrow();
  }, 60_000);

  it('keeps it all through crashes that its sync mode bears', () => {
    expect(() => fc.assert(fc.property(steps, fc.array(fc.nat(40), { maxLength: 4 }), (script, crashes) => {
      const session = createSession({ parameters: { commitlogSync: 'batch' } });
      session.run(`CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
        CREATE TABLE ks.t (k int, c int, s int static, a int, b int, tags set<text>, PRIMARY KEY (k, c))`);
      const model = new Model();
      let at = 1_000_000;
      script.forEach((step, i) => {
        perform(session, model, step, at);
        at += 7;
        if (!crashes.includes(i)) return;
        const { simulated } = session.cluster.node('n1');
        simulated.crash('power');
        simulated.restart();
      });
      expectSame(session, model);
    }), { numRuns: 100 })).not.toThrow();
  }, 60_000);
});
