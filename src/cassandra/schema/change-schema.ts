/**
 * Changes of the schema by statement. Functions, aggregates and triggers are refused as a server with the defaults refuses them.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { QualifiedName, SchemaStatement } from '../cql/ast.ts';
import { rawTypeText } from '../cql/term-text.ts';
import { InvalidRequestError } from '../errors.ts';
import { alterTable, dropTable } from './alter-table.ts';
import { authorize, keyspaceNameOf, requireKeyspace, unchanged, type SchemaChange, type SchemaContext } from './change.ts';
import { createIndex, dropIndex } from './change-index.ts';
import { alterKeyspace, createKeyspace, dropKeyspace } from './change-keyspace.ts';
import { alterType, createType, dropType } from './change-type.ts';
import { alterView, createView, dropView } from './change-view.ts';
import { createTable } from './create-table.ts';
import type { Schema } from './schema.ts';

/**
 * Does what a statement says.
 *
 * @returns the schema after it, what clients are told, and warnings
 * @throws the error Cassandra answers
 */
export function changeSchema(schema: Schema, statement: SchemaStatement, context: SchemaContext): SchemaChange {
  const change = makeChange(schema, statement, context);
  // Whoever changes nothing is told of no change.
  return change.event?.change === 'UPDATED' && isSame(schema, change.schema, change.event.keyspace) ? { ...unchanged(schema), warnings: change.warnings } : change;
}

function isSame(before: Schema, after: Schema, keyspace: string): boolean {
  return contentOf(before, keyspace) === contentOf(after, keyspace);
}

function contentOf(schema: Schema, keyspace: string): string {
  return JSON.stringify(schema.keyspaces.get(keyspace), (_, value: unknown) => (value instanceof Map ? [...value as Map<unknown, unknown>] : value));
}

function makeChange(schema: Schema, statement: SchemaStatement, context: SchemaContext): SchemaChange {
  switch (statement.kind) {
    case 'createKeyspace': return createKeyspace(schema, statement, context);
    case 'alterKeyspace': return alterKeyspace(schema, statement, context);
    case 'dropKeyspace': return dropKeyspace(schema, statement);
    case 'createTable': return createTable(schema, statement, context);
    case 'alterTable': return alterTable(schema, statement, context);
    case 'dropTable': return dropTable(schema, statement, context);
    case 'createType': return createType(schema, statement, context);
    case 'alterType': return alterType(schema, statement, context);
    case 'dropType': return dropType(schema, statement, context);
    case 'createIndex': return createIndex(schema, statement, context);
    case 'dropIndex': return dropIndex(schema, statement, context);
    case 'createView': return createView(schema, statement, context);
    case 'alterView': return alterView(schema, statement, context);
    case 'dropView': return dropView(schema, statement, context);
    case 'createFunction':
      keyspaceNameOf(statement.name, context);
      throw new InvalidRequestError('User-defined functions are disabled in cassandra.yaml - set user_defined_functions_enabled=true to enable');
    case 'dropFunction': return dropNothing(schema, 'Function', statement.name, statement.ifExists, context);
    case 'createAggregate': {
      const keyspace = requireKeyspace(schema, keyspaceNameOf(statement.name, context)).name;
      const types = [statement.stateType, ...statement.args].map((type) => rawTypeText(type)).join(', ');
      throw new InvalidRequestError(`State function ${keyspace}.${statement.stateFunction}(${types}) doesn't exist`);
    }
    case 'dropAggregate': return dropNothing(schema, 'Aggregate', statement.name, statement.ifExists, context);
    case 'createTrigger': {
      requireTable(schema, statement.table, context);
      throw new InvalidRequestError(`Trigger class '${statement.className}' couldn't be loaded`);
    }
    case 'dropTrigger': {
      if (statement.ifExists) return unchanged(schema);
      throw new InvalidRequestError(`Trigger '${statement.name}' on '${keyspaceNameOf(statement.table, context)}.${statement.table.name}' doesn't exist`);
    }
    default: return assertNever(statement);
  }
}

/** There are none of these, so none can be dropped. */
function dropNothing(schema: Schema, what: string, name: QualifiedName, ifExists: boolean, context: SchemaContext): SchemaChange {
  const keyspace = keyspaceNameOf(name, context);
  authorize(schema, keyspace, 'DROP', `all functions in ${keyspace}`);
  if (ifExists) return unchanged(schema);
  throw new InvalidRequestError(`${what} '${keyspace}.${name.name}' doesn't exist`);
}

function requireTable(schema: Schema, name: QualifiedName, context: SchemaContext): void {
  const keyspace = keyspaceNameOf(name, context);
  authorize(schema, keyspace, 'ALTER', `table ${keyspace}.${name.name}`);
  if (!requireKeyspace(schema, keyspace).tables.has(name.name)) throw new InvalidRequestError(`Table '${name.name}' doesn't exist`);
}
