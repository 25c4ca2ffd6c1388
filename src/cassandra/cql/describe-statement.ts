/**
 * DESCRIBE as a statement (Apache Cassandra 4.0 and later answer it themselves).
 *
 * @module
 */
import { describe } from '../schema/describe.ts';
import { native } from '../types/type-name.ts';
import { utf8 } from '../types/bytes.ts';
import type { DescribeStatement } from './ast.ts';
import type { Catalog } from './prepare.ts';
import type { PreparedStatement, ResultColumn } from './statement.ts';

/** DESCRIBE, ready to be executed. */
export function describeStatement(statement: DescribeStatement, text: string, keyspace: string | undefined, catalog: Catalog): PreparedStatement {
  return {
    text, keyspace, variables: [], routing: undefined, isIdempotent: true, isWrite: false, columns: undefined,
    operation: () => ({ f: 'describe', key: undefined, value: null }),
    execute(_options, proxy, done) {
      const { columns, rows } = describe(proxy.schema, statement, {
        keyspace, clusterName: catalog.clusterName, partitioner: catalog.partitioner.name, snitch: catalog.snitch,
      });
      done(undefined, {
        kind: 'rows',
        columns: columns.map((name): ResultColumn => ({ keyspace: 'system', table: 'describe', name, type: native('text') })),
        rows: rows.map((row) => row.map((value) => utf8(value))),
        pagingState: undefined,
      });
    },
  };
}
