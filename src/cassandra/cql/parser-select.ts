/**
 * The grammar of SELECT (Apache Cassandra 5.0, Parser.g `selectStatement` to `groupByClause`).
 *
 * Some choices are made by trying: whether JSON and DISTINCT are keywords or columns, whether a parenthesis holds a type.
 *
 * @module
 */
import type { ArithmeticOperator, Ordering, Selectable, Selector, SelectStatement, Term } from './ast.ts';
import { listOf, parseFunctionName, parseNativeType, parseRawType, parseTableName, typeSet } from './parser-names.ts';
import { isConstant, parseIntValue, parseTerm, takeConstant, takeMarker } from './parser-terms.ts';
import { parseWhereClause } from './parser-where.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { BITS, CONSTANT, OTHER, T, type TokenType } from './tokens.ts';

/** `SELECT …`, known to begin so. */
export function parseSelect(reader: TokenReader): SelectStatement {
  reader.skip();
  const isJson = reader.is(T.K_JSON);
  reader.decided(isJson ? 2 : 1);
  const jsonClause = isJson
    ? reader.attempt(() => {
      reader.skip();
      return selectClause(reader);
    })
    : undefined;
  const clause = jsonClause ?? selectClause(reader);
  reader.expect(T.K_FROM);
  const table = parseTableName(reader);
  const where = reader.accept(T.K_WHERE) ? parseWhereClause(reader) : [];
  let groupBy: readonly Selectable[] = [];
  if (reader.accept(T.K_GROUP)) {
    reader.expect(T.K_BY);
    groupBy = listOf(reader, sum);
  }
  let orderBy: readonly Ordering[] = [];
  if (reader.accept(T.K_ORDER)) {
    reader.expect(T.K_BY);
    orderBy = listOf(reader, ordering);
  }
  let perPartitionLimit: Term | undefined;
  if (reader.accept(T.K_PER)) {
    reader.expectAll(T.K_PARTITION, T.K_LIMIT);
    perPartitionLimit = parseIntValue(reader);
  }
  const limit = reader.accept(T.K_LIMIT) ? parseIntValue(reader) : undefined;
  const allowFiltering = reader.accept(T.K_ALLOW);
  if (allowFiltering) reader.expect(T.K_FILTERING);
  return { kind: 'select', table, ...clause, json: jsonClause !== undefined, where, groupBy, orderBy, perPartitionLimit, limit, allowFiltering };
}

function selectClause(reader: TokenReader): { distinct: boolean; selectors: readonly Selector[] } {
  if (reader.is(T.K_DISTINCT)) {
    reader.decided(2);
    const selectors = reader.attempt(() => {
      reader.skip();
      return parseSelectors(reader);
    });
    if (selectors !== undefined) return { distinct: true, selectors };
  }
  return { distinct: false, selectors: parseSelectors(reader) };
}

/** `*` (empty) or selectors. */
export function parseSelectors(reader: TokenReader): readonly Selector[] {
  if (reader.accept(T.STAR)) return [];
  if (!beginsSelectable(reader.peek())) throw reader.noViable();
  return listOf(reader, selector);
}

function selector(reader: TokenReader): Selector {
  const selectable = sum(reader);
  return { selectable, alias: reader.accept(T.K_AS) ? reader.name() : undefined };
}

const SELECTABLE_SIGNS = typeSet(T.K_NULL, T.LEFT_BRACKET, T.LEFT_BRACE, T.LEFT_PAREN, T.COLON, T.QMARK, T.K_TOKEN, T.MINUS);

function beginsSelectable(type: TokenType): boolean {
  return SELECTABLE_SIGNS[type] === 1 || isNameType(type) || ((BITS[type] ?? 0) & CONSTANT) !== 0;
}

const SUM_OPERATORS: ReadonlyMap<TokenType, ArithmeticOperator> = new Map<TokenType, ArithmeticOperator>([[T.PLUS, '+'], [T.MINUS, '-']]);
const PRODUCT_OPERATORS: ReadonlyMap<TokenType, ArithmeticOperator> = new Map<TokenType, ArithmeticOperator>([[T.STAR, '*'], [T.SLASH, '/'], [T.PERCENT, '%']]);

function chain(reader: TokenReader, operators: ReadonlyMap<TokenType, ArithmeticOperator>, part: (reader: TokenReader) => Selectable): Selectable {
  let left = part(reader);
  for (;;) {
    const operator = operators.get(reader.peek());
    if (operator === undefined) return left;
    reader.skip();
    left = { kind: 'arithmetic', operator, left, right: part(reader) };
  }
}

function sum(reader: TokenReader): Selectable {
  return chain(reader, SUM_OPERATORS, product);
}

function product(reader: TokenReader): Selectable {
  return chain(reader, PRODUCT_OPERATORS, group);
}

function group(reader: TokenReader): Selectable {
  if (!beginsSelectable(reader.peek())) throw reader.noViable();
  if (reader.accept(T.MINUS)) return { kind: 'negate', selectable: group(reader) };
  reader.decided(2);
  const bare = withoutField(reader);
  if (!reader.is(T.DOT) && !reader.is(T.LEFT_BRACKET)) return bare;
  // The grammar tries fields and elements; if they do not parse it goes on behind the bare thing, and fails there.
  return reader.attempt(() => modifiers(reader, bare)) ?? bare;
}

/** `.field`, `[element]` and `[from..to]`, as many as there are. */
function modifiers(reader: TokenReader, receiver: Selectable): Selectable {
  let selectable = receiver;
  for (;;) {
    if (reader.accept(T.DOT)) {
      selectable = { kind: 'field', selectable, field: reader.name() };
    } else if (reader.accept(T.LEFT_BRACKET)) {
      selectable = subSelection(reader, selectable);
      reader.expect(T.RIGHT_BRACKET);
    } else {
      if (AFTER_SIMPLE[reader.peek()] !== 1) throw reader.noViable();
      return selectable;
    }
  }
}

function subSelection(reader: TokenReader, selectable: Selectable): Selectable {
  if (reader.accept(T.RANGE)) return { kind: 'slice', selectable, from: undefined, to: parseTerm(reader) };
  if (!beginsSelectable(reader.peek())) throw reader.noViable();
  const from = parseTerm(reader);
  if (!reader.accept(T.RANGE)) return { kind: 'element', selectable, key: from };
  return { kind: 'slice', selectable, from, to: beginsSelectable(reader.peek()) ? parseTerm(reader) : undefined };
}

function withoutField(reader: TokenReader): Selectable {
  switch (reader.peek()) {
    case T.LEFT_PAREN: {
      reader.decided(2);
      const hint = reader.attempt(() => typeHint(reader));
      if (hint !== undefined) return hint;
      reader.skip();
      const elements = listOf(reader, sum);
      reader.expect(T.RIGHT_PAREN);
      return { kind: 'tuple', elements };
    }
    case T.LEFT_BRACKET: {
      reader.skip();
      const elements = beginsSelectable(reader.peek()) ? listOf(reader, sum) : [];
      reader.expect(T.RIGHT_BRACKET);
      return { kind: 'list', elements };
    }
    case T.LEFT_BRACE: return mapOrSet(reader);
    default: return simple(reader);
  }
}

function typeHint(reader: TokenReader): Selectable {
  reader.expect(T.LEFT_PAREN);
  const type = parseRawType(reader);
  reader.expect(T.RIGHT_PAREN);
  const first = reader.peek();
  if (first === T.MINUS || !beginsSelectable(first)) throw reader.noViable();
  return { kind: 'typeHint', type, selectable: withoutField(reader) };
}

function mapOrSet(reader: TokenReader): Selectable {
  const second = reader.peek(2);
  if (second !== T.RIGHT_BRACE && !beginsSelectable(second)) throw reader.noViable(2);
  reader.skip();
  if (reader.accept(T.RIGHT_BRACE)) return { kind: 'set', elements: [] };
  const first = sum(reader);
  if (reader.accept(T.COLON)) {
    const entries: [Selectable, Selectable][] = [[first, sum(reader)]];
    while (reader.accept(T.COMMA)) {
      const key = sum(reader);
      reader.expect(T.COLON);
      entries.push([key, sum(reader)]);
    }
    reader.expect(T.RIGHT_BRACE);
    return { kind: 'map', entries };
  }
  if (!reader.is(T.COMMA) && !reader.is(T.RIGHT_BRACE)) throw reader.noViable();
  const elements = [first];
  while (reader.accept(T.COMMA)) elements.push(sum(reader));
  reader.expect(T.RIGHT_BRACE);
  return { kind: 'set', elements };
}

const AFTER_SIMPLE = typeSet(
  T.EOF, T.SEMICOLON, T.DOT, T.LEFT_BRACKET, T.PLUS, T.MINUS, T.STAR, T.SLASH, T.PERCENT, T.COMMA, T.RIGHT_PAREN, T.RIGHT_BRACKET, T.RIGHT_BRACE, T.COLON, T.K_AS, T.K_FROM, T.K_ORDER,
  T.K_PER, T.K_LIMIT, T.K_ALLOW,
);

/** A column, a literal or a call. */
function simple(reader: TokenReader): Selectable {
  const type = reader.peek();
  reader.decided(1);
  if (isConstant(reader)) return { kind: 'term', term: takeConstant(reader) };
  if (type === T.K_NULL) {
    reader.skip();
    return { kind: 'term', term: { kind: 'null' } };
  }
  if (type === T.COLON) return { kind: 'term', term: takeMarker(reader) };
  if (type === T.K_TOKEN) return call(reader);
  if (!isNameType(type) && type !== T.QMARK) throw reader.noViable();
  if (isCallAhead(reader, type)) return call(reader);
  return type === T.QMARK ? { kind: 'term', term: takeMarker(reader) } : { kind: 'column', name: reader.takeName() };
}

function isCallAhead(reader: TokenReader, first: TokenType): boolean {
  const second = reader.peek(2);
  if (second === T.LEFT_PAREN && first !== T.QMARK) {
    if (first === T.K_KEY || first === T.K_JSON || first === T.K_DISTINCT) throw reader.noViable(2);
    reader.decided(2);
    return true;
  }
  if (second !== T.DOT) {
    if (AFTER_SIMPLE[second] !== 1) throw reader.noViable(2);
    reader.decided(2);
    return false;
  }
  const third = reader.peek(3);
  reader.decided(3);
  if (third === T.K_TOKEN) return true;
  if (!isNameType(third)) throw reader.noViable(3);
  if (third !== T.K_COUNT && ((BITS[third] ?? 0) & OTHER) !== 0) return false;
  const fourth = reader.peek(4);
  reader.decided(4);
  if (fourth === T.LEFT_PAREN) return true;
  if (AFTER_SIMPLE[fourth] !== 1) throw reader.noViable(4);
  return false;
}

function call(reader: TokenReader): Selectable {
  const type = reader.peek();
  if (reader.peek(2) === T.LEFT_PAREN) {
    if (type === T.K_COUNT || type === T.K_WRITETIME || type === T.K_MAXWRITETIME || type === T.K_TTL || type === T.K_CAST) reader.decided(type === T.K_COUNT ? 3 : 2);
    switch (type) {
      case T.K_COUNT:
        if (reader.peek(3) !== T.STAR) break;
        reader.skip();
        reader.expectAll(T.LEFT_PAREN, T.STAR, T.RIGHT_PAREN);
        return { kind: 'countRows' };
      case T.K_WRITETIME: return ofColumn(reader, 'writetime');
      case T.K_MAXWRITETIME: return ofColumn(reader, 'maxwritetime');
      case T.K_TTL: return ofColumn(reader, 'ttl');
      case T.K_CAST: {
        reader.skip();
        reader.skip();
        const selectable = sum(reader);
        reader.expect(T.K_AS);
        const native = parseNativeType(reader);
        reader.expect(T.RIGHT_PAREN);
        return { kind: 'cast', selectable, type: native };
      }
      default:
    }
  }
  if (isFunctionNameType(type) && reader.peek(2) === T.LEFT_PAREN) {
    const third = reader.peek(3);
    if (type === T.K_COUNT && third !== T.RIGHT_PAREN && !beginsSelectable(third)) throw reader.noViable(3);
  }
  const name = parseFunctionName(reader);
  reader.expect(T.LEFT_PAREN);
  const args = beginsSelectable(reader.peek()) ? listOf(reader, sum) : [];
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'function', name, args };
}

function ofColumn(reader: TokenReader, kind: 'writetime' | 'maxwritetime' | 'ttl'): Selectable {
  reader.skip();
  reader.skip();
  const column = reader.name();
  const of = modifiers(reader, { kind: 'column', name: column });
  reader.expect(T.RIGHT_PAREN);
  return { kind, column, of };
}

function ordering(reader: TokenReader): Ordering {
  const column = reader.columnName();
  let annOf: Term | undefined;
  if (reader.accept(T.K_ANN)) {
    reader.expect(T.K_OF);
    annOf = parseTerm(reader);
  }
  const descending = reader.accept(T.K_DESC);
  if (!descending) reader.accept(T.K_ASC);
  return { column, annOf, descending };
}
