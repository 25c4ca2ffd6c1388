/**
 * The grammar of statements that change the schema, but for tables (Apache Cassandra 5.0, Parser.g `createAggregateStatement` to
 * `truncateStatement`). What comes behind CREATE, ALTER and DROP was looked at before: see `parser.ts`.
 *
 * @module
 */
import type { CreateViewStatement, IndexTargetDefinition, Properties, QualifiedName, RawType, SchemaStatement, TypeAlteration } from './ast.ts';
import { allowedFunctionName, listOf, nameOrMarker, parseFunctionName, parseIndexName, parseKeyspaceName, parseRawType, parseTableName, parseTypeName } from './parser-names.ts';
import { parseIfExists, parseIfNotExists, parseProperties } from './parser-properties.ts';
import { parseSelectors } from './parser-select.ts';
import { parsePrimaryKey, renames, tableProperties } from './parser-table.ts';
import { parseTerm } from './parser-terms.ts';
import { parseWhereClause } from './parser-where.ts';
import type { TokenReader } from './token-reader.ts';
import { T } from './tokens.ts';

/** CREATE KEYSPACE, at KEYSPACE. */
export function parseCreateKeyspace(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = parseKeyspaceName(reader);
  reader.expect(T.K_WITH);
  return { kind: 'createKeyspace', name, ifNotExists, properties: parseProperties(reader) };
}

/** ALTER KEYSPACE, at KEYSPACE. */
export function parseAlterKeyspace(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  const name = parseKeyspaceName(reader);
  reader.expect(T.K_WITH);
  return { kind: 'alterKeyspace', name, ifExists, properties: parseProperties(reader) };
}

/** CREATE TYPE, at TYPE. */
export function parseCreateType(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = parseTypeName(reader);
  reader.expect(T.LEFT_PAREN);
  const field = (): [string, RawType] => [reader.name(), parseRawType(reader)];
  const fields = [field()];
  while (reader.accept(T.COMMA)) {
    if (reader.isName()) fields.push(field());
  }
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'createType', name, ifNotExists, fields };
}

/** ALTER TYPE, at TYPE. */
export function parseAlterType(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  const name = parseTypeName(reader);
  return { kind: 'alterType', name, ifExists, alteration: typeAlteration(reader) };
}

function typeAlteration(reader: TokenReader): TypeAlteration {
  if (reader.accept(T.K_ALTER)) {
    const field = reader.name();
    reader.expect(T.K_TYPE);
    return { kind: 'type', field, type: parseRawType(reader) };
  }
  if (reader.accept(T.K_ADD)) {
    const ifNotExists = parseIfNotExists(reader);
    return { kind: 'add', ifNotExists, field: reader.name(), type: parseRawType(reader) };
  }
  if (!reader.accept(T.K_RENAME)) throw reader.noViable();
  const ifExists = parseIfExists(reader);
  return { kind: 'rename', ifExists, fields: renames(reader) };
}

/** CREATE [CUSTOM] INDEX, at CUSTOM or INDEX. */
export function parseCreateIndex(reader: TokenReader): SchemaStatement {
  const custom = reader.accept(T.K_CUSTOM);
  reader.expect(T.K_INDEX);
  const ifNotExists = parseIfNotExists(reader);
  const name = reader.isName() || reader.is(T.QMARK) ? nameOrMarker(reader, 'index') : undefined;
  reader.expect(T.K_ON);
  const table = parseTableName(reader);
  reader.expect(T.LEFT_PAREN);
  const targets = beginsIndexTarget(reader) ? listOf(reader, indexTarget) : [];
  reader.expect(T.RIGHT_PAREN);
  let using: string | undefined;
  if (reader.accept(T.K_USING)) {
    using = reader.is(T.STRING) ? reader.text() : undefined;
    reader.expect(T.STRING);
  }
  const properties: Properties = reader.accept(T.K_WITH) ? parseProperties(reader) : new Map();
  return { kind: 'createIndex', name, table, ifNotExists, custom, targets, using, properties };
}

function beginsIndexTarget(reader: TokenReader): boolean {
  return reader.isColumnName() || reader.is(T.K_ENTRIES) || reader.is(T.K_FULL);
}

function indexTarget(reader: TokenReader): IndexTargetDefinition {
  if (!beginsIndexTarget(reader)) throw reader.noViable();
  const target = indexTargetKind(reader);
  if (target === 'simple') return { column: reader.columnName(), target };
  reader.skip();
  reader.expect(T.LEFT_PAREN);
  const column = reader.columnName();
  reader.expect(T.RIGHT_PAREN);
  return { column, target };
}

function indexTargetKind(reader: TokenReader): IndexTargetDefinition['target'] {
  switch (reader.peek()) {
    case T.K_ENTRIES: return 'entries';
    case T.K_FULL: return 'full';
    case T.K_VALUES:
    case T.K_KEYS: {
      const second = reader.peek(2);
      if (second === T.COMMA || second === T.RIGHT_PAREN) return 'simple';
      if (second !== T.LEFT_PAREN) throw reader.noViable(2);
      return reader.is(T.K_VALUES) ? 'values' : 'keys';
    }
    default: return 'simple';
  }
}

/** CREATE MATERIALIZED VIEW, at MATERIALIZED. */
export function parseCreateView(reader: TokenReader): CreateViewStatement {
  reader.expectAll(T.K_MATERIALIZED, T.K_VIEW);
  const ifNotExists = parseIfNotExists(reader);
  const name = parseTableName(reader);
  reader.expectAll(T.K_AS, T.K_SELECT);
  const selectors = parseSelectors(reader);
  reader.expect(T.K_FROM);
  const base = parseTableName(reader);
  const where = reader.accept(T.K_WHERE) ? parseWhereClause(reader) : [];
  const primaryKey = parsePrimaryKey(reader);
  const { clusteringOrder, compactStorage, properties } = tableProperties(reader);
  if (compactStorage) throw reader.refuse('COMPACT STORAGE tables are not allowed starting with version 4.0');
  return { kind: 'createView', name, ifNotExists, base, selectors, where, primaryKey, clusteringOrder, properties };
}

/** ALTER MATERIALIZED VIEW, at MATERIALIZED. */
export function parseAlterView(reader: TokenReader): SchemaStatement {
  reader.expectAll(T.K_MATERIALIZED, T.K_VIEW);
  const ifExists = parseIfExists(reader);
  const name = parseTableName(reader);
  reader.expect(T.K_WITH);
  return { kind: 'alterView', name, ifExists, properties: parseProperties(reader) };
}

/** CREATE [OR REPLACE] FUNCTION, at FUNCTION. */
export function parseCreateFunction(reader: TokenReader, orReplace: boolean): SchemaStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = parseFunctionName(reader);
  reader.expect(T.LEFT_PAREN);
  const args = reader.isName() ? listOf(reader, (): [string, RawType] => [reader.name(), parseRawType(reader)]) : [];
  reader.expect(T.RIGHT_PAREN);
  const calledOnNull = reader.accept(T.K_CALLED);
  if (!calledOnNull) {
    if (!reader.accept(T.K_RETURNS)) throw reader.noViable();
    reader.expect(T.K_NULL);
  }
  reader.expectAll(T.K_ON, T.K_NULL, T.K_INPUT, T.K_RETURNS);
  const returns = parseRawType(reader);
  reader.expect(T.K_LANGUAGE);
  const language = reader.text().toLowerCase();
  reader.expectAll(T.IDENT, T.K_AS);
  const body = reader.text();
  reader.expect(T.STRING);
  return { kind: 'createFunction', name, orReplace, ifNotExists, args, calledOnNull, returns, language, body };
}

/** DROP FUNCTION or DROP AGGREGATE, at the second word. */
export function parseDropFunction(reader: TokenReader, kind: 'dropFunction' | 'dropAggregate'): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  const name = parseFunctionName(reader);
  return { kind, name, args: reader.is(T.LEFT_PAREN) ? parseArgumentTypes(reader) : undefined, ifExists };
}

/** `(type, …)` */
export function parseArgumentTypes(reader: TokenReader): RawType[] {
  reader.expect(T.LEFT_PAREN);
  const types = reader.isName() || reader.is(T.K_SET) || reader.is(T.STRING) ? listOf(reader, parseRawType) : [];
  reader.expect(T.RIGHT_PAREN);
  return types;
}

/** CREATE [OR REPLACE] AGGREGATE, at AGGREGATE. */
export function parseCreateAggregate(reader: TokenReader, orReplace: boolean): SchemaStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = parseFunctionName(reader);
  const args = parseArgumentTypes(reader);
  reader.expect(T.K_SFUNC);
  const stateFunction = allowedFunctionName(reader);
  reader.expect(T.K_STYPE);
  const stateType = parseRawType(reader);
  const finalFunction = reader.accept(T.K_FINALFUNC) ? allowedFunctionName(reader) : undefined;
  const initialCondition = reader.accept(T.K_INITCOND) ? parseTerm(reader) : undefined;
  return { kind: 'createAggregate', name, orReplace, ifNotExists, args, stateFunction, stateType, finalFunction, initialCondition };
}

/** CREATE TRIGGER, at TRIGGER. */
export function parseCreateTrigger(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = reader.name();
  reader.expect(T.K_ON);
  const table = parseTableName(reader);
  reader.expect(T.K_USING);
  const className = reader.text();
  reader.expect(T.STRING);
  return { kind: 'createTrigger', name, table, ifNotExists, className };
}

/** DROP TRIGGER, at TRIGGER. */
export function parseDropTrigger(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  const name = reader.name();
  reader.expect(T.K_ON);
  return { kind: 'dropTrigger', name, table: parseTableName(reader), ifExists };
}

/** DROP of what has a qualified name, at the second word. */
export function parseDrop(reader: TokenReader, kind: 'dropTable' | 'dropType' | 'dropIndex' | 'dropView'): SchemaStatement {
  reader.skip();
  if (kind === 'dropView') reader.expect(T.K_VIEW);
  const ifExists = parseIfExists(reader);
  const name: QualifiedName = kind === 'dropType' ? parseTypeName(reader) : kind === 'dropIndex' ? parseIndexName(reader) : parseTableName(reader);
  return { kind, name, ifExists };
}

/** DROP KEYSPACE, at KEYSPACE. */
export function parseDropKeyspace(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  return { kind: 'dropKeyspace', name: parseKeyspaceName(reader), ifExists };
}
