/**
 * What Apache Cassandra 5.0.2 answered to seventeen scripts of CQL (recorded, statement by statement; `random` is what chance wrote for the comparison in
 * `test/differential`), against a node in this process.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CassandraError, createSession, type Session } from '../../src/cassandra/index.ts';

interface Recorded {
  readonly cql: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly error?: { readonly code: number; readonly message: string };
}

const SCRIPTS = ['keyspaces', 'tables', 'values', 'collections', 'modify', 'select', 'indexes', 'functions', 'vectors', 'definitions', 'views', 'mistakes', 'choices', 'structures', 'instants', 'bounds', 'everyday', 'random'] as const;

/** What differs on purpose, by the beginning of the statement. */
const TOLERATED: Readonly<Record<string, string>> = {
  'SELECT v, v FROM t': 'the driver that recorded it keeps one of two columns of one name',
  "SELECT k, c FROM t WHERE w = 'b'": 'the real index was still being built',
};

function answer(session: Session, cql: string): Omit<Recorded, 'cql'> {
  try {
    const result = session.execute(cql, [], { pageSize: 5000 });
    return result.hasRows ? { columns: result.columns.map(({ name }) => name), rows: result.toJsonRows() } : {};
  } catch (error) {
    if (!(error instanceof CassandraError)) throw error;
    return { error: { code: error.protocolCode, message: error.message } };
  }
}

describe.each(SCRIPTS)('the script %s', (script) => {
  const recorded = JSON.parse(readFileSync(new URL(`answers/${script}.json`, import.meta.url), 'utf8')) as readonly Recorded[];

  it('is answered as Apache Cassandra 5.0.2 answered it, row for row and word for word', () => {
    const session = createSession({ parameters: { materializedViewsEnabled: true } });
    const differences: unknown[] = [];
    for (const { cql, columns, rows, error } of recorded) {
      const expected = error === undefined ? (columns === undefined ? {} : { columns, rows }) : { error: { code: error.code, message: error.message } };
      const got = answer(session, cql);
      if (Object.keys(TOLERATED).some((beginning) => cql.startsWith(beginning))) continue;
      if (JSON.stringify(got) !== JSON.stringify(expected)) differences.push({ cql, expected, got });
    }
    expect(differences).toEqual([]);
  });
});
