/**
 * SELECT against a plain model: rows in an array, conditions as functions, an order by comparing columns. Whatever slices, prefixes and
 * commands a WHERE is turned into, and whatever the size of a page, the rows must be the model's.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.ts';

type Name = 'k' | 'a' | 'b' | 'c' | 'v';
type Shown = Readonly<Record<Name, number>>;

interface Condition {
  readonly text: string;
  readonly holds: (row: Shown) => boolean;
}

const COMPARE: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0, '<=': (order) => order <= 0, '>': (order) => order > 0, '>=': (order) => order >= 0, '=': (order) => order === 0,
};

function tuplesOrder(row: Shown, columns: readonly Name[], values: readonly number[]): number {
  for (const [i, column] of columns.entries()) {
    const order = row[column] - (values[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

const small = fc.integer({ min: 0, max: 3 });
const slice = fc.constantFrom('<', '<=', '>', '>=');

function single(column: Name, operator: string, value: number): Condition {
  return { text: `${column} ${operator} ${value}`, holds: (row) => COMPARE[operator]?.(row[column] - value) ?? false };
}

function among(column: Name, values: readonly number[]): Condition {
  return { text: `${column} IN (${values.join(', ')})`, holds: (row) => values.includes(row[column]) };
}

function tuple(columns: readonly Name[], operator: string, values: readonly number[]): Condition {
  return { text: `(${columns.join(', ')}) ${operator} (${values.join(', ')})`, holds: (row) => COMPARE[operator]?.(tuplesOrder(row, columns, values)) ?? false };
}

const equal = (column: Name): fc.Arbitrary<Condition> => fc.oneof(
  small.map((value) => single(column, '=', value)),
  fc.uniqueArray(small, { minLength: 2, maxLength: 3 }).map((values) => among(column, values)),
);

/** A cut behind the clustering columns before it: one end or both, of one column or of a tuple. */
const cut = (columns: readonly Name[]): fc.Arbitrary<readonly Condition[]> => {
  const [first = 'a'] = columns;
  const length = fc.integer({ min: 2, max: Math.max(2, columns.length) });
  const values = fc.tuple(small, small, small);
  const end = (signs: readonly string[]): fc.Arbitrary<Condition> => fc.oneof(
    fc.tuple(fc.constantFrom(...signs), small).map(([operator, value]) => single(first, operator, value)),
    ...(columns.length < 2 ? [] : [fc.tuple(fc.constantFrom(...signs), length, values).map(([operator, size, parts]) => tuple(columns.slice(0, size), operator, parts.slice(0, size)))]),
  );
  return fc.oneof(end(['<', '<=']).map((one) => [one]), end(['>', '>=']).map((one) => [one]), fc.tuple(end(['<', '<=']), end(['>', '>='])));
};

const clusteringConditions: fc.Arbitrary<readonly Condition[]> = fc.oneof(
  fc.constant([]),
  equal('a').map((a) => [a]),
  cut(['a', 'b', 'c']),
  fc.tuple(equal('a'), equal('b')),
  fc.tuple(equal('a'), cut(['b', 'c'])).map(([a, rest]) => [a, ...rest]),
  fc.tuple(equal('a'), equal('b'), equal('c')),
  fc.tuple(equal('a'), equal('b'), cut(['c'])).map(([a, b, rest]) => [a, b, ...rest]),
);

const ORDERS = ['a ASC, b ASC, c ASC', 'a DESC, b DESC, c DESC', 'a DESC, b ASC, c DESC', 'a ASC, b DESC, c ASC'];

function storeOf(order: string, rows: readonly Shown[]): MemoryStore {
  const store = new MemoryStore();
  store.run('CREATE KEYSPACE ks WITH replication = {\'class\': \'SimpleStrategy\', \'replication_factor\': 1}');
  store.run('USE ks');
  store.run(`CREATE TABLE t (k int, a int, b int, c int, v int, PRIMARY KEY (k, a, b, c)) WITH CLUSTERING ORDER BY (${order})`);
  for (const { k, a, b, c, v } of rows) store.run(`INSERT INTO t (k, a, b, c, v) VALUES (${k}, ${a}, ${b}, ${c}, ${v})`);
  return store;
}

function sorted(rows: readonly Shown[], order: string, reversed: boolean): readonly Shown[] {
  const signs = order.split(', ').map((part) => [part.split(' ')[0] as Name, part.endsWith('DESC') !== reversed ? -1 : 1] as const);
  return [...rows].sort((x, y) => {
    if (x.k !== y.k) return x.k - y.k;
    for (const [column, sign] of signs) if (x[column] !== y[column]) return sign * (x[column] - y[column]);
    return 0;
  });
}

const rowsOfTable = fc.uniqueArray(fc.record({ k: fc.integer({ min: 0, max: 1 }), a: small, b: small, c: small, v: small }), {
  selector: ({ k, a, b, c }) => `${k}/${a}/${b}/${c}`, maxLength: 40,
});

describe('SELECT shows the rows of a plain model', () => {
  it('for any conditions on the primary key, with or without one on another column, in any order, in pages of any size', () => {
    fc.assert(fc.property(
      rowsOfTable, fc.constantFrom(...ORDERS), fc.boolean(), equal('k'), clusteringConditions, fc.option(slice.chain((operator) => small.map((value) => single('v', operator, value)))),
      fc.option(fc.integer({ min: 1, max: 8 })), fc.integer({ min: 1, max: 6 }),
      (rows, order, reversed, key, conditions, other, limit, pageSize) => {
        const isReversed = reversed && key.text.includes('=');
        const all = [key, ...conditions, ...(other === null ? [] : [other])];
        const reverse = order.split(', ').map((part) => (part.endsWith('DESC') ? part.replace('DESC', 'ASC') : part.replace('ASC', 'DESC'))).join(', ');
        const cql = `SELECT k, a, b, c FROM t WHERE ${all.map(({ text }) => text).join(' AND ')}${isReversed ? ` ORDER BY ${reverse}` : ''}${limit === null ? '' : ` LIMIT ${limit}`}${other === null ? '' : ' ALLOW FILTERING'}`;
        const expected = sorted(rows.filter((row) => all.every(({ holds }) => holds(row))), order, isReversed).slice(0, limit ?? undefined).map(({ k, a, b, c }) => [k, a, b, c]);
        const store = storeOf(order, rows);
        expect([cql, store.run(cql, [], { pageSize: undefined }).rows]).toEqual([cql, expected]);
        const paged: (readonly unknown[])[] = [];
        let pagingState: string | undefined;
        do {
          const page = store.run(cql, [], { pageSize, pagingState });
          paged.push(...(page.rows ?? []));
          pagingState = page.pagingState;
        } while (pagingState !== undefined && paged.length <= rows.length);
        expect([cql, paged]).toEqual([cql, expected]);
      },
    ), { numRuns: 400 });
  });

  it('for conditions on any columns of all partitions', () => {
    fc.assert(fc.property(rowsOfTable, fc.constantFrom(...ORDERS), clusteringConditions, fc.option(equal('b')), fc.option(equal('v')), (rows, order, conditions, b, v) => {
      const used = conditions.some(({ text }) => /\bb\b/.test(text));
      const all = [...conditions, ...(b === null || used ? [] : [b]), ...(v === null ? [] : [v])];
      const cql = `SELECT k, a, b, c FROM t${all.length === 0 ? '' : ` WHERE ${all.map(({ text }) => text).join(' AND ')}`} ALLOW FILTERING`;
      const expected = rows.filter((row) => all.every(({ holds }) => holds(row))).map(({ k, a, b: second, c }) => [k, a, second, c].join('/')).sort();
      const answer = storeOf(order, rows).run(cql);
      expect([cql, answer.error, (answer.rows ?? []).map((row) => row.map((value) => JSON.stringify(value)).join('/')).sort()]).toEqual([cql, undefined, expected]);
    }), { numRuns: 300 });
  });
});
