/**
 * The grammar of statements that change the schema (Apache Cassandra 5.0, Parser.g `createAggregateStatement` to
 * `truncateStatement`). What comes behind CREATE, ALTER and DROP was looked at before: see `parser.ts`.
 *
 * @module
 */
import type {
  ClusteringOrdering, ColumnDefinition, ColumnMask, CreateTableStatement, CreateViewStatement, IndexTargetDefinition, PrimaryKeyDefinition, Properties, PropertyValue, QualifiedName, RawType, SchemaStatement,
  TableAlteration, Term, TypeAlteration,
} from './ast.ts';
import { parseIfNotExists } from './parser-modify.ts';
import { parseSelectors, parseWhereClause } from './parser-select.ts';
import {
  allowedFunctionName, beginsTerm, isConstant, listOf, nameOrMarker, parseFunctionName, parseIndexName, parseKeyspaceName, parseRawType, parseTableName, parseTerm, parseTypeName, takeConstant,
} from './parser-terms.ts';
import { termText } from './term-text.ts';
import { isNameType, type TokenReader } from './token-reader.ts';
import { BITS, CONSTANT, T } from './tokens.ts';

/** `IF EXISTS`, if it is there. */
export function parseIfExists(reader: TokenReader): boolean {
  if (!reader.accept(T.K_IF)) return false;
  reader.expect(T.K_EXISTS);
  return true;
}

/** The `name = value` pairs behind WITH. */
class PropertyCollector {
  readonly properties = new Map<string, PropertyValue>();

  read(reader: TokenReader): void {
    if (!reader.isName()) throw reader.noViable();
    if (reader.peek(2) !== T.EQUALS) throw reader.noViable(2);
    const third = reader.peek(3);
    if (third !== T.LEFT_BRACE && !isNameType(third) && ((BITS[third] ?? 0) & CONSTANT) === 0) throw reader.noViable(3);
    if (third === T.QUOTED_NAME || third === T.IDENT) throw reader.noViable(3);
    reader.decided(3);
    const name = reader.takeName();
    reader.skip();
    const value = third === T.LEFT_BRACE ? parsePropertyMap(reader) : isConstant(reader) ? takeConstant(reader).text : reader.take();
    if (this.properties.has(name)) throw reader.refuse(`Multiple definition for property '${name}'`);
    this.properties.set(name, value);
  }
}

/** `{'name': 'value', …}` of literals. */
export function parsePropertyMap(reader: TokenReader): ReadonlyMap<string, string> {
  reader.expect(T.LEFT_BRACE);
  const entries: (readonly [Term, Term])[] = [];
  if (beginsTerm(reader.peek())) {
    entries.push(...listOf(reader, (): [Term, Term] => {
      const key = parseTerm(reader);
      reader.expect(T.COLON);
      return [key, parseTerm(reader)];
    }));
  }
  reader.expect(T.RIGHT_BRACE);
  const map = new Map<string, string>();
  for (const [key, value] of entries) {
    if (key.kind !== 'literal') throw reader.refuse(`Invalid property name: ${describe(key)}`);
    if (value.kind !== 'literal') throw reader.refuse(`Invalid property value: ${describe(value)} for property: ${key.type === 'STRING' ? `'${key.text}'` : key.text}`);
    if (map.has(key.text)) throw reader.refuse(`Multiple definition for property ${key.text}`);
    map.set(key.text, value.text);
  }
  return map;
}

function describe(term: Term): string {
  return term.kind === 'marker' ? '? (bind variables are not supported in DDL queries)' : termText(term);
}

function parseProperties(reader: TokenReader): Properties {
  const collector = new PropertyCollector();
  do collector.read(reader);
  while (reader.accept(T.K_AND));
  return collector.properties;
}

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

/** CREATE TABLE, at TABLE. */
export function parseCreateTable(reader: TokenReader): CreateTableStatement {
  reader.skip();
  const ifNotExists = parseIfNotExists(reader);
  const name = parseTableName(reader);
  const columns: ColumnDefinition[] = [];
  const primaryKeys: PrimaryKeyDefinition[] = [];
  reader.expect(T.LEFT_PAREN);
  tableColumn(reader, columns, primaryKeys);
  while (reader.accept(T.COMMA)) {
    // A comma may end the list.
    if (reader.isName() || reader.is(T.K_PRIMARY)) tableColumn(reader, columns, primaryKeys);
  }
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'createTable', name, ifNotExists, columns, primaryKeys, ...tableProperties(reader) };
}

function tableColumn(reader: TokenReader, columns: ColumnDefinition[], primaryKeys: PrimaryKeyDefinition[]): void {
  if (reader.is(T.K_PRIMARY)) {
    primaryKeys.push(parsePrimaryKey(reader));
    return;
  }
  const column = columnDefinition(reader);
  columns.push(column);
  if (!reader.accept(T.K_PRIMARY)) return;
  reader.expect(T.K_KEY);
  primaryKeys.push({ partitionKey: [column.name], clustering: [] });
}

function columnDefinition(reader: TokenReader): ColumnDefinition {
  const name = reader.name();
  const type = parseRawType(reader);
  const isStatic = reader.accept(T.K_STATIC);
  return { name, type, isStatic, mask: reader.is(T.K_MASKED) ? columnMask(reader) : undefined };
}

function columnMask(reader: TokenReader): ColumnMask {
  if (reader.peek() !== T.K_MASKED) throw reader.noViable();
  if (reader.peek(2) !== T.K_WITH) throw reader.noViable(2);
  const third = reader.peek(3);
  if (!isNameType(third) && third !== T.K_TOKEN && third !== T.QMARK) throw reader.noViable(3);
  if (third === T.K_DEFAULT) {
    // DEFAULT may be a function's name as well.
    const fourth = reader.peek(4);
    if (fourth !== T.LEFT_PAREN && fourth !== T.DOT) {
      reader.expectAll(T.K_MASKED, T.K_WITH, T.K_DEFAULT);
      return { function: { keyspace: 'system', name: 'mask_default' }, args: [] };
    }
  }
  reader.expectAll(T.K_MASKED, T.K_WITH);
  const name = parseFunctionName(reader);
  const first = reader.is(T.LEFT_PAREN) ? reader.peek(2) : T.RIGHT_PAREN;
  if (first !== T.RIGHT_PAREN && !beginsTerm(first)) throw reader.noViable(2);
  reader.expect(T.LEFT_PAREN);
  const args = first === T.RIGHT_PAREN ? [] : listOf(reader, parseTerm);
  reader.expect(T.RIGHT_PAREN);
  return { function: name, args };
}

function parsePrimaryKey(reader: TokenReader): PrimaryKeyDefinition {
  reader.expectAll(T.K_PRIMARY, T.K_KEY, T.LEFT_PAREN);
  let partitionKey: string[];
  if (reader.accept(T.LEFT_PAREN)) {
    partitionKey = listOf(reader, () => reader.name());
    reader.expect(T.RIGHT_PAREN);
  } else {
    partitionKey = [reader.name()];
  }
  const clustering: string[] = [];
  while (reader.accept(T.COMMA)) clustering.push(reader.name());
  reader.expect(T.RIGHT_PAREN);
  return { partitionKey, clustering };
}

function tableProperties(reader: TokenReader): Pick<CreateTableStatement, 'clusteringOrder' | 'compactStorage' | 'properties'> {
  const clusteringOrder: ClusteringOrdering[] = [];
  const collector = new PropertyCollector();
  let compactStorage = false;
  if (reader.accept(T.K_WITH)) {
    do {
      const second = reader.is(T.K_COMPACT) || reader.is(T.K_CLUSTERING) ? reader.peek(2) : undefined;
      if (reader.is(T.K_COMPACT) && second !== T.EQUALS) {
        if (second !== T.K_STORAGE) throw reader.noViable(2);
        reader.expectAll(T.K_COMPACT, T.K_STORAGE);
        compactStorage = true;
      } else if (reader.is(T.K_CLUSTERING) && second !== T.EQUALS) {
        if (second !== T.K_ORDER) throw reader.noViable(2);
        reader.expectAll(T.K_CLUSTERING, T.K_ORDER, T.K_BY, T.LEFT_PAREN);
        clusteringOrder.push(...listOf(reader, clusteringOrdering));
        reader.expect(T.RIGHT_PAREN);
      } else {
        collector.read(reader);
      }
    } while (reader.accept(T.K_AND));
  }
  return { clusteringOrder, compactStorage, properties: collector.properties };
}

function clusteringOrdering(reader: TokenReader): ClusteringOrdering {
  const column = reader.name();
  const ascending = reader.accept(T.K_ASC);
  if (!ascending && !reader.accept(T.K_DESC)) throw reader.noViable();
  return { column, ascending };
}

/** ALTER TABLE, at TABLE. */
export function parseAlterTable(reader: TokenReader): SchemaStatement {
  reader.skip();
  const ifExists = parseIfExists(reader);
  const name = parseTableName(reader);
  return { kind: 'alterTable', name, ifExists, alteration: tableAlteration(reader) };
}

function tableAlteration(reader: TokenReader): TableAlteration {
  reader.decided(1);
  switch (reader.peek()) {
    case T.K_ALTER: return columnAlteration(reader);
    case T.K_ADD: {
      reader.skip();
      const ifNotExists = parseIfNotExists(reader);
      return { kind: 'add', ifNotExists, columns: oneOrMore(reader, columnDefinition) };
    }
    case T.K_DROP: return dropAlteration(reader);
    case T.K_RENAME: {
      reader.skip();
      const ifExists = parseIfExists(reader);
      return { kind: 'rename', ifExists, columns: renames(reader) };
    }
    case T.K_WITH:
      reader.skip();
      return { kind: 'options', properties: parseProperties(reader) };
    default: throw reader.noViable();
  }
}

function columnAlteration(reader: TokenReader): TableAlteration {
  const second = reader.peek(2);
  reader.decided(second === T.K_IF ? 2 : 3);
  if (second !== T.K_IF) {
    if (!reader.isColumnName(2)) throw reader.noViable(2);
    const third = reader.peek(3);
    if (third === T.K_TYPE) {
      reader.skip();
      const column = reader.columnName();
      reader.skip();
      return { kind: 'type', column, type: parseRawType(reader) };
    }
    if (third !== T.K_MASKED && third !== T.K_DROP) throw reader.noViable(3);
  }
  reader.skip();
  const ifExists = parseIfExists(reader);
  const column = reader.columnName();
  if (reader.accept(T.K_DROP)) {
    reader.expect(T.K_MASKED);
    return { kind: 'mask', column, ifExists, mask: undefined };
  }
  return { kind: 'mask', column, ifExists, mask: columnMask(reader) };
}

function dropAlteration(reader: TokenReader): TableAlteration {
  const second = reader.peek(2);
  reader.decided(second === T.K_COMPACT ? 3 : 2);
  if (second === T.K_COMPACT) {
    const third = reader.peek(3);
    if (third === T.K_STORAGE) {
      reader.expectAll(T.K_DROP, T.K_COMPACT, T.K_STORAGE);
      return { kind: 'dropCompactStorage' };
    }
    if (third !== T.EOF && third !== T.SEMICOLON && third !== T.K_USING) throw reader.noViable(3);
  } else if (second !== T.K_IF && second !== T.LEFT_PAREN && !isNameType(second)) {
    throw reader.noViable(2);
  }
  reader.skip();
  const ifExists = parseIfExists(reader);
  const columns = oneOrMore(reader, () => reader.name());
  let timestamp: bigint | undefined;
  if (reader.accept(T.K_USING)) {
    reader.expect(T.K_TIMESTAMP);
    timestamp = reader.is(T.INTEGER) ? BigInt(reader.text()) : undefined;
    reader.expect(T.INTEGER);
  }
  return { kind: 'drop', ifExists, columns, timestamp };
}

/** One, or several in parentheses. */
function oneOrMore<R>(reader: TokenReader, read: (reader: TokenReader) => R): R[] {
  if (!reader.accept(T.LEFT_PAREN)) {
    if (!reader.isName()) throw reader.noViable();
    return [read(reader)];
  }
  const list = listOf(reader, read);
  reader.expect(T.RIGHT_PAREN);
  return list;
}

function renames(reader: TokenReader): [string, string][] {
  const pairs: [string, string][] = [];
  do {
    const from = reader.name();
    reader.expect(T.K_TO);
    pairs.push([from, reader.name()]);
  } while (reader.accept(T.K_AND));
  return pairs;
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
