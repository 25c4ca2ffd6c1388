/**
 * Reads CQL 3.4.7 as Apache Cassandra 5.0's grammar does, with the same errors (see `syntax-error.ts`).
 *
 * @module
 */
import type { ParsedStatement, RawType, Relation, Statement } from './ast.ts';
import { parseBatch, parseDelete, parseInsert, parseUpdate } from './parser-modify.ts';
import { parseKeyspaceName, parseRawType, parseTableName } from './parser-names.ts';
import { parseDescribe, parseGrant, parseIdentity, parseList, parseRole, parseUser } from './parser-roles.ts';
import {
  parseAlterKeyspace, parseAlterType, parseAlterView, parseCreateAggregate, parseCreateFunction, parseCreateIndex, parseCreateKeyspace, parseCreateTrigger, parseCreateType, parseCreateView,
  parseDrop, parseDropFunction, parseDropKeyspace, parseDropTrigger,
} from './parser-schema.ts';
import { parseSelect } from './parser-select.ts';
import { parseAlterTable, parseCreateTable } from './parser-table.ts';
import { parseWhereClause } from './parser-where.ts';
import { TokenReader } from './token-reader.ts';
import { T } from './tokens.ts';

/**
 * Reads one statement; `;` may follow.
 *
 * @throws {@link CqlSyntaxError} with Cassandra's text
 */
export function parseStatement(text: string): ParsedStatement {
  const reader = new TokenReader(text);
  const statement = parseOne(reader);
  reader.end();
  return { statement, markers: reader.markers };
}

/** Reads a type. @throws {@link CqlSyntaxError} */
export function parseType(text: string): RawType {
  const reader = new TokenReader(text);
  const type = parseRawType(reader);
  reader.end();
  return type;
}

/** Reads what stands behind WHERE. @throws {@link CqlSyntaxError} */
export function parseWhere(text: string): readonly Relation[] {
  const reader = new TokenReader(text);
  const relations = parseWhereClause(reader);
  reader.end();
  return relations;
}

function parseOne(reader: TokenReader): Statement {
  reader.decided(1);
  switch (reader.peek()) {
    case T.K_SELECT: return parseSelect(reader);
    case T.K_INSERT: return parseInsert(reader);
    case T.K_UPDATE: return parseUpdate(reader);
    case T.K_BEGIN: return parseBatch(reader);
    case T.K_DELETE: return parseDelete(reader);
    case T.K_USE:
      reader.skip();
      return { kind: 'use', keyspace: parseKeyspaceName(reader) };
    case T.K_TRUNCATE:
      reader.skip();
      reader.accept(T.K_TABLE);
      return { kind: 'truncate', table: parseTableName(reader) };
    case T.K_CREATE: return parseCreate(reader);
    case T.K_ALTER: return parseAlter(reader);
    case T.K_DROP: return parseDropStatement(reader);
    case T.K_GRANT:
    case T.K_REVOKE: return parseGrant(reader);
    case T.K_LIST: return parseList(reader);
    case T.K_DESCRIBE:
    case T.K_DESC: return parseDescribe(reader);
    case T.K_ADD:
      reader.skip();
      if (!reader.is(T.K_IDENTITY)) throw reader.mismatch(T.K_IDENTITY);
      return parseIdentity(reader, 'addIdentity');
    default: throw reader.noViable();
  }
}

function parseCreate(reader: TokenReader): Statement {
  const second = reader.peek(2);
  if (second === T.K_OR) {
    const third = reader.peek(3);
    if (third !== T.K_REPLACE) throw reader.noViable(3);
    const fourth = reader.peek(4);
    if (fourth !== T.K_FUNCTION && fourth !== T.K_AGGREGATE) throw reader.noViable(4);
    reader.expectAll(T.K_CREATE, T.K_OR, T.K_REPLACE);
    return fourth === T.K_FUNCTION ? parseCreateFunction(reader, true) : parseCreateAggregate(reader, true);
  }
  const read = CREATE.get(second);
  reader.decided(2);
  if (read === undefined) throw reader.noViable(2);
  reader.skip();
  return read(reader);
}

const CREATE: ReadonlyMap<number, (reader: TokenReader) => Statement> = new Map<number, (reader: TokenReader) => Statement>([
  [T.K_KEYSPACE, parseCreateKeyspace], [T.K_TABLE, parseCreateTable], [T.K_CUSTOM, parseCreateIndex], [T.K_INDEX, parseCreateIndex], [T.K_TYPE, parseCreateType],
  [T.K_MATERIALIZED, parseCreateView], [T.K_TRIGGER, parseCreateTrigger], [T.K_FUNCTION, (reader) => parseCreateFunction(reader, false)],
  [T.K_AGGREGATE, (reader) => parseCreateAggregate(reader, false)], [T.K_USER, (reader) => parseUser(reader, 'createRole')], [T.K_ROLE, (reader) => parseRole(reader, 'createRole')],
]);

function parseAlter(reader: TokenReader): Statement {
  const read = ALTER.get(reader.peek(2));
  reader.decided(2);
  if (read === undefined) throw reader.noViable(2);
  reader.skip();
  return read(reader);
}

const ALTER: ReadonlyMap<number, (reader: TokenReader) => Statement> = new Map<number, (reader: TokenReader) => Statement>([
  [T.K_KEYSPACE, parseAlterKeyspace], [T.K_TABLE, parseAlterTable], [T.K_TYPE, parseAlterType], [T.K_MATERIALIZED, parseAlterView],
  [T.K_USER, (reader) => parseUser(reader, 'alterRole')], [T.K_ROLE, (reader) => parseRole(reader, 'alterRole')],
]);

function parseDropStatement(reader: TokenReader): Statement {
  const read = DROP.get(reader.peek(2));
  reader.decided(2);
  if (read === undefined) throw reader.noViable(2);
  reader.skip();
  return read(reader);
}

const DROP: ReadonlyMap<number, (reader: TokenReader) => Statement> = new Map<number, (reader: TokenReader) => Statement>([
  [T.K_KEYSPACE, parseDropKeyspace], [T.K_TABLE, (reader) => parseDrop(reader, 'dropTable')], [T.K_INDEX, (reader) => parseDrop(reader, 'dropIndex')],
  [T.K_TYPE, (reader) => parseDrop(reader, 'dropType')], [T.K_MATERIALIZED, (reader) => parseDrop(reader, 'dropView')], [T.K_TRIGGER, parseDropTrigger],
  [T.K_FUNCTION, (reader) => parseDropFunction(reader, 'dropFunction')], [T.K_AGGREGATE, (reader) => parseDropFunction(reader, 'dropAggregate')],
  [T.K_USER, (reader) => parseUser(reader, 'dropRole')], [T.K_ROLE, (reader) => parseRole(reader, 'dropRole')], [T.K_IDENTITY, (reader) => parseIdentity(reader, 'dropIdentity')],
]);
