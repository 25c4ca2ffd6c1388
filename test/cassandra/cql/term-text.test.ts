import { expect, it } from 'vitest';
import { parseStatement, parseType } from '../../../src/cassandra/cql/parser.ts';
import { rawTypeText, termText } from '../../../src/cassandra/cql/term-text.ts';

it.each([
  ["'a'", "'a'"], ['null', 'NULL'], ['?', '?'], ['[1,2]', '[1, 2]'], ['{a:1}', '{a: 1}'], ['(1,x())', '(1, x())'], ['(int)5', '(int)5'], ['1+2*3', 'system."_add"(1, system."_multiply"(2, 3))'], ['CAST(5 AS text)', 'system.cast_as_text(5)'],
  ['-(1)', 'system."_negate"((1))'], ['"Foo"(token(1))', '"Foo"(token(1))'],
])('%s is quoted as %s', (written, quoted) => {
  const { statement } = parseStatement(`INSERT INTO t (k) VALUES (${written})`);
  expect(statement.kind === 'insert' && statement.values.map(termText)).toEqual([quoted]);
});

it('types are quoted without the spaces they were written with', () => {
  expect(rawTypeText(parseType('map<int,frozen<list<ks . t>>>'))).toBe('map<int, frozen<list<ks.t>>>');
});
