/**
 * The grammar of INSERT, UPDATE, DELETE and BATCH (Apache Cassandra 5.0, Parser.g `insertStatement` to `batchStatement`,
 * `columnOperation`, `columnCondition`).
 *
 * @module
 */
import type { Assignment, Attributes, BatchStatement, Condition, DeleteStatement, Deletion, InsertJsonStatement, InsertStatement, ModificationStatement, Term, UpdateStatement } from './ast.ts';
import { listOf, parseTableName } from './parser-names.ts';
import { parseIfNotExists } from './parser-properties.ts';
import { beginsTerm, isMarker, parseIntValue, parseTerm, takeConstant, takeMarker } from './parser-terms.ts';
import { parseComparison, parseContains, parseInValues, parseWhereClause } from './parser-where.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { BITS, COMPARISON, T } from './tokens.ts';

const NO_ATTRIBUTES: Attributes = { timestamp: undefined, ttl: undefined };

/** `INSERT …`, known to begin so. */
export function parseInsert(reader: TokenReader): InsertStatement | InsertJsonStatement {
  reader.skip();
  reader.expect(T.K_INTO);
  const table = parseTableName(reader);
  if (reader.accept(T.K_JSON)) return insertJson(reader, table);
  if (!reader.accept(T.LEFT_PAREN)) throw reader.noViable();
  const columns = listOf(reader, () => reader.columnName());
  reader.expectAll(T.RIGHT_PAREN, T.K_VALUES, T.LEFT_PAREN);
  const values = listOf(reader, parseTerm);
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'insert', table, columns, values, ifNotExists: parseIfNotExists(reader), attributes: attributes(reader) };
}

function insertJson(reader: TokenReader, table: InsertJsonStatement['table']): InsertJsonStatement {
  if (!reader.is(T.STRING) && !isMarker(reader)) throw reader.noViable();
  const json = reader.is(T.STRING) ? reader.take() : takeMarker(reader);
  let defaultUnset = false;
  if (reader.accept(T.K_DEFAULT)) {
    defaultUnset = reader.accept(T.K_UNSET);
    if (!defaultUnset && !reader.accept(T.K_NULL)) throw reader.noViable();
  }
  return { kind: 'insertJson', table, json, defaultUnset, ifNotExists: parseIfNotExists(reader), attributes: attributes(reader) };
}

function attributes(reader: TokenReader): Attributes {
  if (!reader.accept(T.K_USING)) return NO_ATTRIBUTES;
  let timestamp: Term | undefined;
  let ttl: Term | undefined;
  do {
    if (reader.accept(T.K_TIMESTAMP)) timestamp = parseIntValue(reader);
    else if (reader.accept(T.K_TTL)) ttl = parseIntValue(reader);
    else throw reader.noViable();
  } while (reader.accept(T.K_AND));
  return { timestamp, ttl };
}

/** `UPDATE …`, known to begin so. */
export function parseUpdate(reader: TokenReader): UpdateStatement {
  reader.skip();
  const table = parseTableName(reader);
  const using = attributes(reader);
  reader.expect(T.K_SET);
  const assignments: Assignment[] = [];
  do addAssignment(reader, assignments);
  while (reader.accept(T.COMMA));
  reader.expect(T.K_WHERE);
  const where = parseWhereClause(reader);
  return { kind: 'update', table, attributes: using, assignments, where, ...conditions(reader) };
}

function addAssignment(reader: TokenReader, assignments: Assignment[]): void {
  const assignment = parseAssignment(reader);
  for (const other of assignments) {
    if (other.column === assignment.column && !isCompatible(other, assignment)) throw reader.refuse(`Multiple incompatible setting of column ${assignment.column}`);
  }
  assignments.push(assignment);
}

/** Whether two assignments of one column may stand in one statement. */
function isCompatible(first: Assignment, second: Assignment): boolean {
  if (first.kind === 'set') return false;
  if (first.kind === 'setField' && second.kind === 'setField') return first.field !== second.field;
  return second.kind !== 'set';
}

function parseAssignment(reader: TokenReader): Assignment {
  const column = reader.columnName();
  switch (reader.peek()) {
    case T.EQUALS:
      reader.skip();
      return plainAssignment(reader, column);
    case T.PLUS_EQUALS:
      reader.skip();
      return { kind: 'add', column, value: parseTerm(reader) };
    case T.MINUS_EQUALS:
      reader.skip();
      return { kind: 'subtract', column, value: parseTerm(reader) };
    case T.LEFT_BRACKET: {
      reader.skip();
      const key = parseTerm(reader);
      reader.expectAll(T.RIGHT_BRACKET, T.EQUALS);
      return { kind: 'setElement', column, key, value: parseTerm(reader) };
    }
    case T.DOT: {
      reader.skip();
      const field = reader.name();
      reader.expect(T.EQUALS);
      return { kind: 'setField', column, field, value: parseTerm(reader) };
    }
    default: throw reader.noViable();
  }
}

function plainAssignment(reader: TokenReader, column: string): Assignment {
  if (beginsWithColumn(reader)) {
    const source = reader.columnName();
    const check = (form: string) => {
      if (source !== column) throw reader.refuse(`Only expressions of the form X = X ${form} are supported.`);
    };
    if (reader.is(T.INTEGER)) {
      // `c - 3` is read as the two tokens `c` and `-3`.
      const value = takeConstant(reader);
      check(`${value.text.startsWith('-') ? '-' : '+'} <value>`);
      return { kind: 'add', column, value };
    }
    const isPlus = reader.is(T.PLUS);
    reader.skip();
    const value = parseTerm(reader);
    check(`${isPlus ? '+' : '-'}<value>`);
    return { kind: isPlus ? 'add' : 'subtract', column, value };
  }
  const value = parseTerm(reader);
  if (!reader.accept(T.PLUS)) return { kind: 'set', column, value };
  if (reader.columnName() !== column) throw reader.refuse('Only expressions of the form X = <value> + X are supported.');
  return { kind: 'prepend', column, value };
}

/** Whether the value is of the form `column + …` rather than a term. */
function beginsWithColumn(reader: TokenReader): boolean {
  const first = reader.peek();
  if (!isNameType(first) && first !== T.EMPTY_QUOTED_NAME) {
    if (!beginsTerm(first)) throw reader.noViable();
    reader.decided(1);
    return false;
  }
  const second = reader.peek(2);
  reader.decided(2);
  if (second === T.PLUS || second === T.MINUS || second === T.INTEGER) return true;
  if (first !== T.EMPTY_QUOTED_NAME && (second === T.DOT || (second === T.LEFT_PAREN && (isFunctionNameType(first) || first === T.K_CAST)))) return false;
  throw reader.noViable(2);
}

/** `DELETE …`, known to begin so. */
export function parseDelete(reader: TokenReader): DeleteStatement {
  reader.skip();
  const deletions = reader.isColumnName() ? listOf(reader, deletion) : [];
  reader.expect(T.K_FROM);
  const table = parseTableName(reader);
  let timestamp: Term | undefined;
  if (reader.accept(T.K_USING)) {
    reader.expect(T.K_TIMESTAMP);
    timestamp = parseIntValue(reader);
  }
  reader.expect(T.K_WHERE);
  const where = parseWhereClause(reader);
  return { kind: 'delete', table, deletions, attributes: { timestamp, ttl: undefined }, where, ...conditions(reader) };
}

function deletion(reader: TokenReader): Deletion {
  if (!reader.isColumnName()) throw reader.noViable();
  const second = reader.peek(2);
  if (second !== T.LEFT_BRACKET && second !== T.DOT && second !== T.COMMA && second !== T.K_FROM) throw reader.noViable(2);
  reader.decided(2);
  const column = reader.columnName();
  if (reader.accept(T.DOT)) return { kind: 'field', column, field: reader.name() };
  if (!reader.accept(T.LEFT_BRACKET)) return { kind: 'column', column };
  const key = parseTerm(reader);
  reader.expect(T.RIGHT_BRACKET);
  return { kind: 'element', column, key };
}

function conditions(reader: TokenReader): { ifExists: boolean; conditions: readonly Condition[] } {
  if (!reader.accept(T.K_IF)) return { ifExists: false, conditions: [] };
  if (isExists(reader)) {
    reader.skip();
    return { ifExists: true, conditions: [] };
  }
  if (!reader.isColumnName()) throw reader.noViable();
  const list = [condition(reader)];
  while (reader.accept(T.K_AND)) list.push(condition(reader));
  return { ifExists: false, conditions: list };
}

/** EXISTS may be a column's name too. */
function isExists(reader: TokenReader): boolean {
  if (!reader.is(T.K_EXISTS)) return false;
  const second = reader.peek(2);
  if (second === T.EOF || second === T.SEMICOLON || second === T.K_INSERT || second === T.K_UPDATE || second === T.K_DELETE || second === T.K_APPLY) return true;
  if (second === T.K_IN || second === T.K_CONTAINS || second === T.LEFT_BRACKET || second === T.DOT || ((BITS[second] ?? 0) & COMPARISON) !== 0) return false;
  throw reader.noViable(2);
}

function condition(reader: TokenReader): Condition {
  const column = reader.columnName();
  switch (reader.peek()) {
    case T.K_CONTAINS: {
      const operator = parseContains(reader);
      return { kind: 'compare', column, element: undefined, field: undefined, operator, value: parseTerm(reader) };
    }
    case T.LEFT_BRACKET: {
      reader.skip();
      const element = parseTerm(reader);
      reader.expect(T.RIGHT_BRACKET);
      return compared(reader, column, element, undefined);
    }
    case T.DOT: {
      reader.skip();
      return compared(reader, column, undefined, reader.name());
    }
    default: return compared(reader, column, undefined, undefined);
  }
}

function compared(reader: TokenReader, column: string, element: Term | undefined, field: string | undefined): Condition {
  if (reader.accept(T.K_IN)) {
    if (!reader.is(T.LEFT_PAREN) && !isMarker(reader)) throw reader.noViable();
    return { kind: 'in', column, element, field, values: parseInValues(reader) };
  }
  const operator = parseComparison(reader);
  return { kind: 'compare', column, element, field, operator, value: parseTerm(reader) };
}

/** `BEGIN … BATCH`, known to begin so. */
export function parseBatch(reader: TokenReader): BatchStatement {
  reader.skip();
  const type = reader.accept(T.K_UNLOGGED) ? 'UNLOGGED' : reader.accept(T.K_COUNTER) ? 'COUNTER' : 'LOGGED';
  reader.expect(T.K_BATCH);
  const using = attributes(reader);
  const statements: ModificationStatement[] = [];
  for (;;) {
    if (reader.is(T.K_INSERT)) statements.push(parseInsert(reader));
    else if (reader.is(T.K_UPDATE)) statements.push(parseUpdate(reader));
    else if (reader.is(T.K_DELETE)) statements.push(parseDelete(reader));
    else break;
    reader.accept(T.SEMICOLON);
  }
  reader.expectAll(T.K_APPLY, T.K_BATCH);
  return { kind: 'batch', type, attributes: using, statements };
}
