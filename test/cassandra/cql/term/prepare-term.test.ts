/** Literals and casts where a value is wanted: what a real Apache Cassandra 5.0.2 answered to the same statements. */
import { describe, expect, it } from 'vitest';
import { createSession, type Session } from '../../../../src/cassandra/index.ts';

function session(): Session {
  const made = createSession();
  made.run(`CREATE KEYSPACE p WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE p; CREATE TYPE u (a int, b text);
    CREATE TABLE t (k int PRIMARY KEY, tu tuple<int, text>, v text, i int, b blob, l list<frozen<tuple<int, text>>>,
      nested frozen<tuple<int, frozen<tuple<int, text>>>>, typed frozen<tuple<frozen<u>, int>>, listed frozen<tuple<frozen<list<int>>, int>>, f frozen<u>);`);
  return made;
}

function messageOf(cql: string): string {
  try {
    session().run(cql);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('a literal where a tuple is wanted', () => {
  it.each([
    ['tu', "'1:a'", [1, 'a']], ['tu', '7', [7, null]], ['tu', '-3', [-3, null]], ['tu', "'@:x'", [null, 'x']], ['tu', "'1:a\\:b'", [1, 'a:b']], ['tu', "'1:\\@'", [1, '@']],
    ['tu', "'1:'", [1, '']], ['tu', "':a'", [null, 'a']], ['l', "['1:a', (2, 'b'), 3]", [[1, 'a'], [2, 'b'], [3, null]]], ['nested', "'1:2\\:b'", [1, [2, 'b']]],
    ['typed', "'2\\:b:3'", [{ a: 2, b: 'b' }, 3]], ['listed', "'00000000:3'", [[], 3]],
  ])('is read part by part between colons: %s = %s', (column, literal, value) => {
    const one = session();
    one.execute(`INSERT INTO t (k, ${column}) VALUES (1, ${literal})`);
    expect(one.execute(`SELECT ${column} FROM t`).toJsonRows()).toEqual([[value]]);
  });

  it('stands for a tuple in conditions and casts too, and bytes stand for themselves', () => {
    const one = session();
    one.execute("INSERT INTO t (k, tu) VALUES (1, (1, 'a'))");
    expect(one.execute("SELECT k FROM t WHERE tu = '1:a' ALLOW FILTERING").rows).toHaveLength(1);
    expect(one.execute("SELECT (tuple<int, text>) '1:a' FROM t").toJsonRows()).toEqual([[[1, 'a']]]);
    expect(one.execute("UPDATE t SET tu = '2:b' WHERE k = 1 IF tu = '1:a'").toJsonRows()).toEqual([[true]]);
    one.execute('INSERT INTO t (k, tu) VALUES (2, 0x000000040000000900000000)');
    expect(one.execute('SELECT tu FROM t WHERE k = 2').toJsonRows()).toEqual([[[9, '']]]);
  });

  it.each([
    ['tu', "'abc'", "Unable to make int from 'abc'"], ['tu', '1.5', "Unable to make int from '1.5'"], ['tu', 'true', "Unable to make int from 'true'"],
    ['tu', "'1:a:b'", 'Invalid tuple literal: too many elements. Type frozen<tuple<int, text>> expects 2 but got 3'], ['listed', "'xx:3'", "cannot parse 'xx' as hex bytes"],
    ['f', "'1:a'", 'Invalid STRING constant (1:a) for "f" of type frozen<u>'],
  ])('is refused for what it cannot be: %s = %s', (column, literal, message) => {
    expect(messageOf(`INSERT INTO t (k, ${column}) VALUES (1, ${literal})`)).toBe(message);
  });
});

it('quotes the fields of a literal of a user type in the order of a java.util.HashMap', () => {
  expect(messageOf("INSERT INTO t (k, i) VALUES (1, (int) {name: 'x', street: 1, zip_code: 2, city: 3, country: 4, phone1: 5, phone2: 6})"))
    .toBe("Cannot cast value {city: 3, zip_code: 2, phone2: 6, country: 4, phone1: 5, street: 1, name: 'x'} to type int");
  const many = Array.from({ length: 14 }, (_, i) => `f${i + 1}: ${i + 1}`);
  expect(messageOf(`INSERT INTO t (k, i) VALUES (1, (int) {${many.join(', ')}})`))
    .toBe('Cannot cast value {f11: 11, f10: 10, f13: 13, f12: 12, f14: 14, f9: 9, f8: 8, f7: 7, f6: 6, f5: 5, f4: 4, f3: 3, f2: 2, f1: 1} to type int');
  expect(messageOf('INSERT INTO t (k, i) VALUES (1, 3 + {"é": \'x\', bb: 1, "Zz": 2})')).toBe("the '+' operation is not supported between 3 and {bb: 1, Zz: 2, é: 'x'}");
  expect(messageOf("SELECT {b: 'x', a: 1} FROM t")).toBe("Cannot infer type for term {b: 'x', a: 1} in selection clause (try using a cast to force a type)");
});

describe('CAST where a value is wanted', () => {
  it.each([
    ['i', 'CAST((int) 3 AS int)', 3], ['v', 'CAST((int) 3 AS text)', '3'], ['i', 'CAST((bigint) 3 AS int)', 3], ['v', "CAST((ascii) 'a' AS text)", 'a'],
  ])('is a function like any other: %s = %s', (column, cast, value) => {
    const one = session();
    one.execute(`INSERT INTO t (k, ${column}) VALUES (1, ${cast})`);
    expect(one.execute(`SELECT ${column} FROM t`).toJsonRows()).toEqual([[value]]);
  });

  // The real one lists signatures in an order that changes from start to start.
  it.each([
    ['i', 'CAST(3 AS text)', 'Invalid call to function system.cast_as_text, none of its type signatures match (known type signatures: '],
    ['v', 'CAST((int) 3 AS int)', 'Invalid call to function system.cast_as_int, none of its type signatures match (known type signatures: '],
    ['v', "CAST((text) 'a' AS text)", 'Invalid call to function system.cast_as_text, none of its type signatures match (known type signatures: '],
    ['i', 'CAST(3 AS int)', 'Ambiguous call to function system.cast_as_int (can be matched by following signatures: '],
    ['i', 'CAST(3 AS boolean)', 'Unknown function system.cast_as_boolean called'],
    ['b', 'CAST((blob) 0x01 AS blob)', 'Unknown function system.cast_as_blob called'],
  ])('is refused as a function: %s = %s', (column, cast, message) => {
    expect(messageOf(`INSERT INTO t (k, ${column}) VALUES (1, ${cast})`).slice(0, message.length)).toBe(message);
  });
});

describe('a literal of bytes', () => {
  it.each([
    ['0x01 + 0x02', 3], ['i + 0x00000002', 5], ['0x02 + 1', 3], ['0x0102 + 1.5', 2.5], ['i - 0x01 + 0x01', 5], ['abs(0x81)', 127], ['(tinyint) 0x07', 7], ['0x + 0x01', null],
  ])('is a tinyint by itself, of its first byte: %s = %s', (expression, value) => {
    const one = session();
    one.execute('INSERT INTO t (k, i) VALUES (1, 5)');
    expect(one.execute(`SELECT ${expression} FROM t`).toJsonRows()).toEqual([[value]]);
  });

  it.each([
    ['b', '0x01 + 0x02', '0x03'], ['b', '- 0x02', '0xfe'], ['b', '0x0102', '0x0102'], ['i', '1 + 0x02', 3], ['i', 'CAST(0x05 AS int)', 5],
  ])('goes where a tinyint goes: %s = %s', (column, term, value) => {
    const one = session();
    one.execute(`INSERT INTO t (k, ${column}) VALUES (1, ${term})`);
    expect(one.execute(`SELECT ${column} FROM t`).toJsonRows()).toEqual([[value]]);
  });

  it.each([
    ['INSERT INTO t (k, i) VALUES (1, 0x01 + 0x02)', "the '+' operation is not supported between 0x01 and 0x02"],
    ['SELECT b + 0x01 FROM t', "the '+' operation is not supported between b and 0x01"],
    ['SELECT (int) 0x00000007 FROM t', 'Cannot assign value (int)0x00000007 to (int)0x00000007 of type int'],
    ['SELECT CAST(0x01 AS int) FROM t', 'Cannot infer type for term 0x01 in selection clause (try using a cast to force a type)'],
  ])('does not go where it does not: %s', (cql, message) => {
    expect(messageOf(cql)).toBe(message);
  });
});
