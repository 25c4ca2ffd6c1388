/**
 * The grammar of WHERE (Apache Cassandra 5.0, Parser.g `whereClause`, `relation`).
 *
 * @module
 */
import type { ComparisonOperator, InValues, Relation, Term } from './ast.ts';
import { listOf, nameOrMarker } from './parser-names.ts';
import { beginsTerm, isMarker, parseTerm, parseTuple, takeMarker } from './parser-terms.ts';
import type { TokenReader } from './token-reader.ts';
import { BITS, COMPARISON, T, type TokenType } from './tokens.ts';

/** What stands behind WHERE. */
export function parseWhereClause(reader: TokenReader): Relation[] {
  const relations = [relationOrExpression(reader)];
  while (reader.accept(T.K_AND)) relations.push(relationOrExpression(reader));
  return relations;
}

function relationOrExpression(reader: TokenReader): Relation {
  if (reader.accept(T.EXPR)) {
    const index = { keyspace: undefined, name: nameOrMarker(reader, 'index') };
    reader.expect(T.COMMA);
    const value = parseTerm(reader);
    reader.expect(T.RIGHT_PAREN);
    return { kind: 'expression', index, value };
  }
  return relation(reader);
}

/** Whether a relation goes on like this behind its column. */
function continuesRelation(type: TokenType): boolean {
  return ((BITS[type] ?? 0) & COMPARISON) !== 0 || type === T.K_IN || type === T.K_LIKE || type === T.K_IS || type === T.K_CONTAINS || type === T.LEFT_BRACKET;
}

function relation(reader: TokenReader): Relation {
  const type = reader.peek();
  reader.decided(1);
  if (type === T.K_TOKEN) {
    reader.skip();
    const columns = tupleOfNames(reader);
    const operator = parseComparison(reader);
    return { kind: 'token', columns, operator, value: parseTerm(reader) };
  }
  if (type === T.LEFT_PAREN) return isNestedRelation(reader) ? nested(reader) : tupleRelation(reader);
  if (!reader.isColumnName()) throw reader.noViable();
  const second = reader.peek(2);
  if (!continuesRelation(second)) throw reader.noViable(2);
  if (second === T.K_IN) {
    const third = reader.peek(3);
    if (third !== T.LEFT_PAREN && third !== T.QMARK && third !== T.COLON) throw reader.noViable(3);
  }
  reader.decided(second === T.K_IN ? 3 : 2);
  const column = reader.columnName();
  switch (second) {
    case T.K_IN:
      reader.skip();
      return { kind: 'in', column, values: parseInValues(reader) };
    case T.K_IS:
      reader.skip();
      reader.expectAll(T.K_NOT, T.K_NULL);
      return { kind: 'isNotNull', column };
    case T.K_LIKE:
      reader.skip();
      return { kind: 'column', column, operator: 'LIKE', value: parseTerm(reader) };
    case T.K_CONTAINS: {
      const operator = parseContains(reader);
      return { kind: 'column', column, operator, value: parseTerm(reader) };
    }
    case T.LEFT_BRACKET: {
      reader.skip();
      const key = parseTerm(reader);
      reader.expect(T.RIGHT_BRACKET);
      const operator = parseComparison(reader);
      return { kind: 'element', column, key, operator, value: parseTerm(reader) };
    }
    default: {
      const operator = parseComparison(reader);
      return { kind: 'column', column, operator, value: parseTerm(reader) };
    }
  }
}

/** `CONTAINS` or `CONTAINS KEY`, known to begin so. KEY with a dot behind it is a keyspace of that name. */
export function parseContains(reader: TokenReader): 'CONTAINS' | 'CONTAINS KEY' {
  reader.skip();
  return reader.is(T.K_KEY) && beginsTerm(reader.peek(2)) && reader.accept(T.K_KEY) ? 'CONTAINS KEY' : 'CONTAINS';
}

function isNestedRelation(reader: TokenReader): boolean {
  const second = reader.peek(2);
  reader.decided(2);
  if (second === T.LEFT_PAREN || second === T.K_TOKEN) return true;
  if (!reader.isColumnName(2)) throw reader.noViable(2);
  const third = reader.peek(3);
  reader.decided(3);
  if (third === T.COMMA || third === T.RIGHT_PAREN) return false;
  if (continuesRelation(third)) return true;
  throw reader.noViable(3);
}

function nested(reader: TokenReader): Relation {
  reader.skip();
  const inner = relation(reader);
  reader.expect(T.RIGHT_PAREN);
  return inner;
}

function tupleRelation(reader: TokenReader): Relation {
  const columns = tupleOfNames(reader);
  const type = reader.peek();
  reader.decided(1);
  if (type === T.K_IN) {
    reader.skip();
    return { kind: 'tupleIn', columns, values: tupleInValues(reader) };
  }
  if (((BITS[type] ?? 0) & COMPARISON) === 0) throw reader.noViable();
  const second = reader.peek(2);
  if (second !== T.LEFT_PAREN && second !== T.QMARK && second !== T.COLON) throw reader.noViable(2);
  reader.decided(2);
  const operator = parseComparison(reader);
  return { kind: 'tuple', columns, operator, value: second === T.LEFT_PAREN ? parseTuple(reader) : takeMarker(reader) };
}

function tupleInValues(reader: TokenReader): InValues {
  if (isMarker(reader)) return takeMarker(reader);
  if (!reader.is(T.LEFT_PAREN)) throw reader.noViable();
  const second = reader.peek(2);
  if (second !== T.RIGHT_PAREN && second !== T.LEFT_PAREN && second !== T.QMARK && second !== T.COLON) throw reader.noViable(2);
  reader.skip();
  if (reader.accept(T.RIGHT_PAREN)) return { kind: 'terms', terms: [] };
  const terms = listOf(reader, second === T.LEFT_PAREN ? parseTuple : markerForTuple);
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'terms', terms };
}

function markerForTuple(reader: TokenReader): Term {
  if (!isMarker(reader)) throw reader.noViable();
  return takeMarker(reader);
}

/** What stands behind IN. */
export function parseInValues(reader: TokenReader): InValues {
  if (isMarker(reader)) return takeMarker(reader);
  reader.expect(T.LEFT_PAREN);
  const terms = beginsTerm(reader.peek()) ? listOf(reader, parseTerm) : [];
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'terms', terms };
}

function tupleOfNames(reader: TokenReader): string[] {
  reader.expect(T.LEFT_PAREN);
  const names = listOf(reader, () => reader.columnName());
  reader.expect(T.RIGHT_PAREN);
  return names;
}

/** `=` and the others. */
export function parseComparison(reader: TokenReader): ComparisonOperator {
  if (((BITS[reader.peek()] ?? 0) & COMPARISON) === 0) throw reader.noViable();
  return reader.take() as ComparisonOperator;
}
