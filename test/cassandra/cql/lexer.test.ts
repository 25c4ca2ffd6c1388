import { expect, it } from 'vitest';
import { splitStatements, tokenize, tokenText } from '../../../src/cassandra/cql/lexer.ts';
import { tokenName } from '../../../src/cassandra/cql/tokens.ts';
import { parseStatement } from '../../../src/cassandra/cql/parser.ts';

function kinds(text: string): string {
  const tokens = tokenize(text);
  return tokens.types.slice(0, -1).map((type, i) => `${tokenName(type)}:${tokenText(tokens, i)}`).join(' ');
}

// CQL 3.4.7, "Constants": what a constant looks like decides its kind.
it.each([
  ['1 -2 1.5 1e5 1.', 'INTEGER:1 INTEGER:-2 FLOAT:1.5 FLOAT:1e5 FLOAT:1.'],
  ['1..2', 'INTEGER:1 RANGE:.. INTEGER:2'],
  ['0xCAFE 0x', 'HEXNUMBER:0xCAFE HEXNUMBER:0x'],
  ['1y2mo3w P1Y2M PT3H P2W -5h 12us', 'DURATION:1y2mo3w DURATION:P1Y2M DURATION:PT3H DURATION:P2W DURATION:-5h DURATION:12us'],
  ['abcdef12-e89b-12d3-a456-426614174000 123e4567-e89b-12d3-a456-426614174000', 'UUID:abcdef12-e89b-12d3-a456-426614174000 UUID:123e4567-e89b-12d3-a456-426614174000'],
  ["'it''s' $$it's$$ ''", "STRING_LITERAL:it's STRING_LITERAL:it's STRING_LITERAL:"],
  ['Name "a""b" ""', 'IDENT:Name QUOTED_NAME:a"b EMPTY_QUOTED_NAME:""'],
  ['sElEcT columnfamily True nan -Infinity', 'K_SELECT:sElEcT K_COLUMNFAMILY:columnfamily BOOLEAN:True K_POSITIVE_NAN:nan K_NEGATIVE_INFINITY:-Infinity'],
  ['a-b a--b\n+=-=<=', "IDENT:a '-':- IDENT:b IDENT:a '+=':+= '-=':-= '<=':<="],
  ['a/* -- */b // c\nd', 'IDENT:a IDENT:b IDENT:d'],
])('%s', (text, expected) => {
  expect(kinds(text)).toBe(expected);
});

// The messages are those of Apache Cassandra 5.0.2's lexer.
it.each([
  ["SELECT 'abc", "line 1:11 mismatched character '<EOF>' expecting '''"],
  ['SELECT\n "abc', `line 2:5 mismatched character '<EOF>' expecting '"'`],
  ['SELECT $ FROM', "line 1:8 mismatched character ' ' expecting '$'"],
  ['SELECT ^ FROM t', "line 1:7 no viable alternative at character '^'"],
  ['SELECT 5foo FROM t', "line 1:9 mismatched character 'o' expecting set null"],
  ['SELECT * FROM t -- end', "line 1:22 mismatched character '<EOF>' expecting set null"],
])('%s is refused', (text, message) => {
  expect(() => parseStatement(text)).toThrow(message);
});

it('a script is cut at each ; that ends a statement', () => {
  expect(splitStatements("SELECT ';' FROM t; -- a; b\nBEGIN BATCH INSERT INTO t (k) VALUES (1); APPLY BATCH;\n;; SELECT $$;$$ FROM t /* ; */")).toEqual([
    "SELECT ';' FROM t", 'BEGIN BATCH INSERT INTO t (k) VALUES (1); APPLY BATCH', 'SELECT $$;$$ FROM t /* ; */',
  ]);
});
