import { expect, it } from 'vitest';
import { Schema } from '../../../src/cassandra/schema/schema.ts';
import { rowsOfSystemSchema, rowsOfVirtualSchema } from '../../../src/cassandra/schema/system-schema-rows.ts';

// The nine that the Python driver reads on connecting, the two that the Node driver does, and those of tracing.
it.each([
  ['system_schema', ['keyspaces', 'tables', 'columns', 'types', 'functions', 'aggregates', 'triggers', 'indexes', 'views']], ['system', ['local', 'peers', 'peers_v2']],
  ['system_traces', ['sessions', 'events']], ['system_virtual_schema', ['keyspaces', 'tables', 'columns']],
])('%s has the tables that drivers read', (keyspace, names) => {
  const schema = Schema.initial();
  for (const name of names) expect(schema.findTable(keyspace, name)?.id).toBe(`${keyspace}.${name}`);
});

it('what is not there is refused in the words of statements', () => {
  expect(() => Schema.initial().table('nosuch', 't')).toThrow('keyspace nosuch does not exist');
  expect(() => Schema.initial().table('system', 't')).toThrow('table t does not exist');
});

it('the schema describes itself', () => {
  const rows = rowsOfSystemSchema(Schema.initial(), 'columns').filter((row) => row.get('keyspace_name') === 'system' && row.get('table_name') === 'local');
  expect(rows.map((row) => row.get('column_name'))).toContain('data_center');
  expect(rows.find((row) => row.get('column_name') === 'key')?.get('kind')).toBe('partition_key');
  expect(rowsOfVirtualSchema(Schema.initial(), 'tables').map((row) => row.get('table_name'))).toEqual(['columns', 'keyspaces', 'tables']);
  expect(rowsOfSystemSchema(Schema.initial(), 'nosuch')).toEqual([]);
});
