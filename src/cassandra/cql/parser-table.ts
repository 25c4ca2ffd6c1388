/**
 * The grammar of CREATE TABLE and ALTER TABLE (Apache Cassandra 5.0, Parser.g `createTableStatement`, `alterTableStatement`).
 *
 * @module
 */
import type { ClusteringOrdering, ColumnDefinition, ColumnMask, CreateTableStatement, PrimaryKeyDefinition, SchemaStatement, TableAlteration } from './ast.ts';
import { listOf, parseFunctionName, parseRawType, parseTableName } from './parser-names.ts';
import { parseIfExists, parseIfNotExists, parseProperties, PropertyCollector } from './parser-properties.ts';
import { beginsTerm, parseTerm } from './parser-terms.ts';
import { isNameType, type TokenReader } from './token-reader.ts';
import { T } from './tokens.ts';

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

/** `PRIMARY KEY (…)` */
export function parsePrimaryKey(reader: TokenReader): PrimaryKeyDefinition {
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

/** WITH of a table or view. */
export function tableProperties(reader: TokenReader): Pick<CreateTableStatement, 'clusteringOrder' | 'compactStorage' | 'properties'> {
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

/** `a TO b AND …` */
export function renames(reader: TokenReader): [string, string][] {
  const pairs: [string, string][] = [];
  do {
    const from = reader.name();
    reader.expect(T.K_TO);
    pairs.push([from, reader.name()]);
  } while (reader.accept(T.K_AND));
  return pairs;
}
