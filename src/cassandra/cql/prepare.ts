/**
 * From a text to a statement that can be executed (`QueryProcessor` of Apache Cassandra 5.0). What was prepared is kept until the schema
 * changes.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { InvalidRequestError, UnauthorizedError } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { Partitioner } from '../partitioner.ts';
import type { SchemaContext } from '../schema/change.ts';
import { changeSchema } from '../schema/change-schema.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { Schema } from '../schema/schema.ts';
import type { Table } from '../table.ts';
import type { BatchStatement, ModificationStatement, ParsedStatement, QualifiedName, RoleStatement, SchemaStatement, Statement } from './ast.ts';
import { describeStatement } from './describe-statement.ts';
import { prepareAttributes } from './modify/attributes.ts';
import { batchStatement, checkBatch, executeBatch, type BatchLimits, type PreparedBatch } from './modify/batch.ts';
import { modificationStatement } from './modify/execute.ts';
import { prepareModification, type PreparedModification } from './modify/modification.ts';
import { parseStatement } from './parser.ts';
import { splitStatements } from './lexer.ts';
import { prepareSelect } from './select/prepare-select.ts';
import type { ExecuteRequest, HistoryOperation, PreparedStatement, StatementResult } from './statement.ts';
import type { Callback, StorageProxy } from './storage-proxy.ts';
import { Variables, type TermScope } from './term/scope.ts';

/** The statements that a cluster knows how to execute, and its schema. */
export class Catalog {
  readonly clusterName: string;
  readonly partitioner: Partitioner;
  /** As `DESCRIBE CLUSTER` says: the dynamic one stands before the other. */
  readonly snitch: string;
  readonly limits: BatchLimits;
  readonly #datacenters: () => ReadonlyMap<string, number>;
  readonly #materializedViewsEnabled: boolean;
  readonly #valueTieBreak: 'unsigned' | 'signed';
  #schema = Schema.initial();
  #prepared = new Map<string, PreparedStatement>();
  /** Told of each change of the schema. */
  onChange: (before: Schema, after: Schema) => void = () => undefined;

  /**
   * @param clusterName - `cluster_name`
   * @param partitioner - the cluster's
   * @param parameters - the cluster's
   * @param datacenters - the datacentres that there are, and how many nodes each has
   */
  constructor(clusterName: string, partitioner: Partitioner, parameters: Parameters, datacenters: () => ReadonlyMap<string, number>) {
    this.clusterName = clusterName;
    this.partitioner = partitioner;
    this.snitch = parameters.dynamicSnitch ? 'DynamicEndpointSnitch' : parameters.endpointSnitch;
    this.limits = {
      warnBytes: parameters.batchSizeWarnThreshold,
      failBytes: parameters.batchSizeFailThreshold,
      warnPartitions: parameters.unloggedBatchAcrossPartitionsWarnThreshold,
    };
    this.#datacenters = datacenters;
    this.#materializedViewsEnabled = parameters.materializedViewsEnabled;
    this.#valueTieBreak = parameters.valueTieBreak;
  }

  /** What a change of the schema needs to know. @param keyspace - the one in use @param now - microseconds since the Unix epoch */
  contextOf(keyspace: string | undefined, now: number): SchemaContext {
    return { keyspace, now, datacenters: this.#datacenters(), materializedViewsEnabled: this.#materializedViewsEnabled, valueTieBreak: this.#valueTieBreak };
  }

  /** The present schema. */
  get schema(): Schema {
    return this.#schema;
  }

  set schema(schema: Schema) {
    const before = this.#schema;
    this.#schema = schema;
    this.onChange(before, schema);
    // Prepared for another schema.
    this.#prepared = new Map();
  }

  /** A statement by its text and the connection's keyspace. @throws {@link CassandraError} as Cassandra words it */
  prepare(text: string, keyspace: string | undefined): PreparedStatement {
    const name = keyspace === undefined ? text : `${keyspace}\n${text}`;
    let prepared = this.#prepared.get(name);
    if (prepared === undefined) {
      prepared = prepareParsed(this, parseStatement(text), text, keyspace);
      if (this.#prepared.size >= 10_000) this.#prepared.clear();
      this.#prepared.set(name, prepared);
    }
    return prepared;
  }

  /** Statements of DDL, done at once. @throws {@link CassandraError} */
  change(cql: string): void {
    let keyspace: string | undefined;
    for (const text of splitStatements(cql)) {
      const { statement } = parseStatement(text);
      if (statement.kind === 'use') keyspace = statement.keyspace;
      else if (isSchemaStatement(statement)) this.schema = changeSchema(this.schema, statement, this.contextOf(keyspace, 0)).schema;
      else throw new InvalidRequestError('Only statements that change the schema can be executed here; data are for clients');
    }
  }

  /** A table by its handle or name, without a keyspace in `ks`. @throws {@link InvalidRequestError} */
  metadataOf(table: Table | string): TableMetadata {
    const id = typeof table === 'string' ? table : table.id;
    const dot = id.indexOf('.');
    return this.schema.table(dot < 0 ? 'ks' : id.slice(0, dot), dot < 0 ? id : id.slice(dot + 1));
  }
}

/**
 * Whether a statement reads or writes tables, and says of each which keyspace it is in: then it is the same statement whatever keyspace is in
 * use. Undefined when it is about no table's data.
 */
export function isFullyQualified(text: string): boolean | undefined {
  const { statement } = parseStatement(text);
  if (statement.kind === 'batch') return statement.statements.every(({ table }) => table.keyspace !== undefined);
  const isAboutData = statement.kind === 'select' || statement.kind === 'insert' || statement.kind === 'insertJson' || statement.kind === 'update' || statement.kind === 'delete' || statement.kind === 'truncate';
  return isAboutData ? statement.table.keyspace !== undefined : undefined;
}

/** A statement by its text. @throws {@link CassandraError} */
export function prepareStatement(catalog: Catalog, text: string, keyspace: string | undefined): PreparedStatement {
  return catalog.prepare(text, keyspace);
}

/** Executes statements as one batch, each with its own values. */
export function executeQueries(catalog: Catalog, { keyspace, options, batch }: ExecuteRequest, proxy: StorageProxy, done: Callback<StatementResult>): void {
  const modifications: PreparedModification[] = [];
  for (const { text } of batch?.statements ?? []) {
    const prepared = catalog.prepare(text, keyspace);
    const modification = modificationOf.get(prepared);
    if (modification === undefined) throw new InvalidRequestError('Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.');
    modifications.push(modification);
  }
  const prepared: PreparedBatch = { kind: batch?.kind ?? 'LOGGED', modifications, attributes: undefined };
  checkBatch(prepared);
  executeBatch(prepared, (batch?.statements ?? []).map(({ values }) => values), options, catalog.limits, proxy, done);
}

/** What statements of batches are made of. */
const modificationOf = new WeakMap<PreparedStatement, PreparedModification>();

function prepareParsed(catalog: Catalog, { statement, markers }: ParsedStatement, text: string, keyspace: string | undefined): PreparedStatement {
  switch (statement.kind) {
    case 'select': return prepareSelect(statement, markers, { schema: catalog.schema, partitioner: catalog.partitioner, keyspace, text });
    case 'insert':
    case 'insertJson':
    case 'update':
    case 'delete': {
      const { modification, variables } = modificationIn(catalog, statement, new Variables(markers), keyspace);
      const prepared = modificationStatement(text, keyspace, modification, variables.list());
      modificationOf.set(prepared, modification);
      return prepared;
    }
    case 'batch': return prepareBatch(catalog, statement, markers, text, keyspace);
    case 'truncate': {
      const table = tableOf(catalog, statement.table, keyspace);
      if (table.view !== undefined) throw new InvalidRequestError('Cannot TRUNCATE materialized view directly; must truncate base table instead');
      return simple(text, keyspace, true, { f: 'truncate', key: `${table.keyspace}.${table.name}`, value: null }, (proxy, done) => {
        proxy.truncate(table, (error) => (error === undefined ? done(undefined, { kind: 'void' }) : done(error)));
      });
    }
    case 'use': return simple(text, keyspace, false, { f: 'use', key: statement.keyspace, value: null }, (proxy, done) => {
      if (!proxy.schema.keyspaces.has(statement.keyspace)) throw new InvalidRequestError(`Keyspace '${statement.keyspace}' does not exist`);
      done(undefined, { kind: 'set-keyspace', keyspace: statement.keyspace });
    });
    case 'describe': return describeStatement(statement, text, keyspace, catalog);
    case 'createView':
      if (markers.length > 0) throw new InvalidRequestError('Bind variables are not allowed in CREATE MATERIALIZED VIEW statements');
      return schemaStatement(catalog, statement, text, keyspace);
    case 'createKeyspace':
    case 'alterKeyspace':
    case 'dropKeyspace':
    case 'createTable':
    case 'alterTable':
    case 'dropTable':
    case 'createType':
    case 'alterType':
    case 'dropType':
    case 'createIndex':
    case 'dropIndex':
    case 'alterView':
    case 'dropView':
    case 'createFunction':
    case 'dropFunction':
    case 'createAggregate':
    case 'dropAggregate':
    case 'createTrigger':
    case 'dropTrigger': return schemaStatement(catalog, statement, text, keyspace);
    case 'grantPermissions':
    case 'revokePermissions':
    case 'listPermissions':
    case 'grantRole':
    case 'revokeRole':
    case 'createRole':
    case 'alterRole':
    case 'dropRole':
    case 'listRoles':
    case 'listUsers':
    case 'listSuperusers':
    case 'addIdentity':
    case 'dropIdentity': return refuseRole(statement);
    default: return assertNever(statement);
  }
}

function modificationIn(catalog: Catalog, statement: ModificationStatement, variables: Variables, keyspace: string | undefined): { readonly modification: PreparedModification; readonly variables: Variables } {
  const table = tableOf(catalog, statement.table, keyspace);
  const scope: TermScope = {
    keyspace: table.keyspace, table, variables,
    partitioner: catalog.partitioner,
    userType: (name, type) => catalog.schema.keyspaces.get(name)?.types.get(type),
  };
  return { modification: prepareModification(statement, table, scope), variables };
}

function prepareBatch(catalog: Catalog, statement: BatchStatement, markers: ParsedStatement['markers'], text: string, keyspace: string | undefined): PreparedStatement {
  const variables = new Variables(markers);
  const modifications = statement.statements.map((one) => {
    variables.table = tableOf(catalog, one.table, keyspace);
    return modificationIn(catalog, one, variables, keyspace).modification;
  });
  variables.table = undefined;
  const scope: TermScope = { keyspace: keyspace ?? '', table: undefined, variables, partitioner: catalog.partitioner, userType: () => undefined };
  const batch: PreparedBatch = { kind: statement.type, modifications, attributes: prepareAttributes(statement.attributes, scope) };
  return batchStatement(text, keyspace, batch, variables.list(), catalog.limits);
}

function schemaStatement(catalog: Catalog, statement: SchemaStatement, text: string, keyspace: string | undefined): PreparedStatement {
  return simple(text, keyspace, true, { f: 'schema', key: undefined, value: null }, (proxy, done) => {
    const { schema, event, warnings } = changeSchema(proxy.schema, statement, catalog.contextOf(keyspace, proxy.timestamp()));
    proxy.changeSchema(schema, (error) => {
      if (error !== undefined) done(error);
      else if (event === undefined) done(undefined, { kind: 'void', ...(warnings.length > 0 ? { warnings } : {}) });
      else done(undefined, { kind: 'schema-change', ...event, ...(warnings.length > 0 ? { warnings } : {}) });
    });
  });
}

/** Statements about roles: authentication is off, as in a server with the defaults, and nobody has a name. */
function refuseRole(statement: RoleStatement): never {
  if (statement.kind === 'createRole' || statement.kind === 'alterRole') checkRole(statement);
  throw new UnauthorizedError('You have to be logged in and not anonymous to perform this request');
}

/** What is wrong with a role comes before who asks. */
function checkRole(statement: RoleStatement & { readonly kind: 'createRole' | 'alterRole' }): void {
  const { kind, name, options } = statement;
  if (kind === 'createRole' && options.superuser === true) throw new UnauthorizedError('Only superusers can create a role with superuser status');
  if (kind === 'alterRole' && options.superuser !== undefined) throw new UnauthorizedError('Only superusers are allowed to alter superuser status');
  const refused = ROLE_OPTIONS.find(([option]) => options[option] !== undefined);
  if (refused !== undefined) throw new InvalidRequestError(`org.apache.cassandra.auth.CassandraRoleManager doesn't support ${refused[1]}`);
  if (kind === 'createRole' && name === '') throw new InvalidRequestError("Role name can't be an empty string");
  if (kind === 'alterRole' && Object.keys(options).length === 0) throw new InvalidRequestError("ALTER [ROLE|USER] can't be empty");
}

/** What the role manager does not take while nobody logs in with a password. */
const ROLE_OPTIONS = [['password', 'PASSWORD'], ['hashedPassword', 'HASHED_PASSWORD'], ['options', 'OPTIONS']] as const;

function simple(text: string, keyspace: string | undefined, isWrite: boolean, operation: HistoryOperation, act: (proxy: StorageProxy, done: Callback<StatementResult>) => void): PreparedStatement {
  return {
    text, keyspace, isWrite,
    variables: [], routing: undefined, isIdempotent: false, columns: undefined,
    operation: () => operation,
    execute: (_options, proxy, done) => act(proxy, done),
  };
}

function tableOf(catalog: Catalog, { keyspace: named, name }: QualifiedName, keyspace: string | undefined): TableMetadata {
  const where = named ?? keyspace;
  if (where === undefined) throw new InvalidRequestError("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
  return catalog.schema.table(where, name);
}

const SCHEMA_KINDS: ReadonlySet<string> = new Set<SchemaStatement['kind']>([
  'createKeyspace', 'alterKeyspace', 'dropKeyspace', 'createTable', 'alterTable', 'dropTable', 'createType', 'alterType', 'dropType', 'createIndex', 'dropIndex',
  'createView', 'alterView', 'dropView', 'createFunction', 'dropFunction', 'createAggregate', 'dropAggregate', 'createTrigger', 'dropTrigger',
]);

function isSchemaStatement(statement: Statement): statement is SchemaStatement {
  return SCHEMA_KINDS.has(statement.kind);
}

