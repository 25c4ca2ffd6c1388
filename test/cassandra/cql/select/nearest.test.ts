/**
 * Vector search and storage-attached indexes as Apache Cassandra 5.0.2 answered, statement by statement (`test/cassandra/answers/vectors`),
 * and the other two similarities (CQL, "Vector Search").
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CassandraError, createSession, type Session } from '../../../../src/cassandra/index.ts';

interface Recorded {
  readonly cql: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly unknown[];
  readonly error?: { readonly code: number; readonly message: string };
}

const RECORDED = JSON.parse(readFileSync(new URL('../../answers/vectors.json', import.meta.url), 'utf8')) as readonly Recorded[];

function ask(session: Session, cql: string): Omit<Recorded, 'cql'> {
  try {
    const result = session.execute(cql);
    return result.hasRows ? { columns: result.columns.map(({ name }) => name), rows: result.toJsonRows() } : {};
  } catch (error) {
    if (!(error instanceof CassandraError)) throw error;
    return { error: { code: error.protocolCode, message: error.message } };
  }
}

describe('ORDER BY … ANN OF', () => {
  const session = createSession();
  const answers = RECORDED.map(({ cql, columns, rows, error }) => ({ cql, ours: ask(session, cql), theirs: error !== undefined ? { error } : columns === undefined ? {} : { columns, rows } }));

  it.each(answers.filter(({ cql }) => cql.startsWith('SELECT')))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });

  it.each([
    ['COSINE', [2, 1, 3]],
    ['DOT_PRODUCT', [3, 2, 1]],
    ['EUCLIDEAN', [1, 2, 3]],
  ])('goes by the index\'s similarity: %s', (similarity, order) => {
    const fresh = createSession();
    fresh.run(`CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
      CREATE TABLE ks.t (k int PRIMARY KEY, e vector<float, 2>);
      CREATE CUSTOM INDEX ann ON ks.t (e) USING 'StorageAttachedIndex' WITH OPTIONS = {'similarity_function': '${similarity}'};
      INSERT INTO ks.t (k, e) VALUES (1, [1, 0.2]);
      INSERT INTO ks.t (k, e) VALUES (2, [2, 0]);
      INSERT INTO ks.t (k, e) VALUES (3, [9, 9])`);
    expect(fresh.execute('SELECT k FROM ks.t ORDER BY e ANN OF [1, 0] LIMIT 3').toJsonRows()).toEqual(order.map((k) => [k]));
  });
});
