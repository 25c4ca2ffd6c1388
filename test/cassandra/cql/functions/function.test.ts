/**
 * Native functions whose results depend on clock and chance, and what overloads refuse (Apache Cassandra 5.0, `TimeFcts`, `UuidFcts`,
 * `FunctionResolver`). The others are held against recorded answers in `cql/select/session.test.ts`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naturalLogarithm, decimalLogarithm, exponential } from '../../../../src/cassandra/cql/functions/precise-math.ts';
import { javaDecimal, parseDecimal } from '../../../../src/cassandra/types/java-number.ts';
import { MemoryStore } from '../select/memory-store.ts';

function store(): MemoryStore {
  const made = new MemoryStore();
  made.run('CREATE KEYSPACE ks WITH replication = {\'class\': \'SimpleStrategy\', \'replication_factor\': 1}');
  made.run('USE ks');
  made.run('CREATE TABLE t (k int PRIMARY KEY, v int, d double, x text, u timeuuid)');
  made.run('INSERT INTO t (k, v, d, x) VALUES (1, 2147483647, 0.5, \'a\')');
  return made;
}

describe('functions of clock and chance', () => {
  it('tell the time of the node', () => {
    const made = store();
    made.micros = 1_700_000_000_123_000;
    expect(made.run('SELECT current_date(), current_timestamp(), currentTimestamp() FROM t').rows).toEqual([['2023-11-14', '2023-11-14T22:13:20.124Z', '2023-11-14T22:13:20.124Z']]);
    expect(made.run('SELECT to_date(now()) FROM t').rows).toEqual([['2023-11-14']]);
  });

  it('give another UUID each time, of version 1 and 4, and the same ones in the same run', () => {
    const ask = (): unknown => store().run('SELECT now(), now(), uuid(), uuid() FROM t').rows?.[0];
    const [a, b, c, d] = ask() as string[];
    expect(new Set([a, b, c, d]).size).toBe(4);
    expect([a, b].map((uuid) => uuid?.[14])).toEqual(['1', '1']);
    expect([c, d].map((uuid) => [uuid?.[14], '89ab'.includes(uuid?.[19] ?? '?')])).toEqual([['4', true], ['4', true]]);
    expect(ask()).toEqual([a, b, c, d]);
  });

  it('may be written', () => {
    const made = store();
    made.run('INSERT INTO t (k, u) VALUES (2, now())');
    expect(made.run('SELECT to_timestamp(u) > 0 FROM t').error?.code).toBe(0x2000);
    expect(made.run('SELECT to_unix_timestamp(u) FROM t WHERE k = 2').rows?.[0]?.[0]).toMatch(/^17000000000\d\d$/);
  });
});

describe('arithmetic', () => {
  it('of whole numbers wraps around as Java\'s does', () => {
    expect(store().run('SELECT v + 1, v * 2, -v - 2 FROM t').rows).toEqual([[-2_147_483_648, -2, 2_147_483_647]]);
  });

  it('by zero fails for whole numbers and decimals and not for doubles', () => {
    const made = store();
    expect(made.run('SELECT v % 0 FROM t').error).toEqual({ code: 0x1400, message: 'the operation \'int % int\' failed: / by zero' });
    expect(made.run('SELECT d / 0 FROM t').rows).toEqual([['Infinity']]);
  });

  it('with null is null', () => {
    expect(store().run('SELECT v + v FROM t WHERE k = 1').rows?.[0]?.[0]).not.toBeNull();
    const made = store();
    made.run('INSERT INTO t (k) VALUES (3)');
    expect(made.run('SELECT v + 1, abs(v), cast(v as text) FROM t WHERE k = 3').rows).toEqual([[null, null, null]]);
  });
});

describe('a call that no overload fits', () => {
  it('is refused with all signatures', () => {
    const message = store().run('SELECT abs(x) FROM t').error?.message ?? '';
    expect(message).toMatch(/^Invalid call to function abs, none of its type signatures match \(known type signatures: /);
    // Their order is that of a hash table in Cassandra and changes from start to start.
    expect(message.match(/system\.abs : \((\w+)\) -> \1/g)?.sort()).toEqual(
      ['bigint', 'counter', 'decimal', 'double', 'float', 'int', 'smallint', 'tinyint', 'varint'].map((type) => `system.abs : (${type}) -> ${type}`),
    );
  });
});

describe('logarithm and exponential', () => {
  it('of decimals have 32 significant digits', () => {
    const of = (text: string): { unscaled: bigint; scale: number } => parseDecimal(text) ?? { unscaled: 0n, scale: 0 };
    expect(javaDecimal(naturalLogarithm(of('2'), 32))).toBe('0.69314718055994530941723212145818');
    expect(javaDecimal(naturalLogarithm(of('10'), 32))).toBe('2.3025850929940456840179914546844');
    expect(javaDecimal(decimalLogarithm(of('3.25'), 32))).toBe('0.51188336097887437877902736849334');
    expect(javaDecimal(exponential(of('1'), 32))).toBe('2.7182818284590452353602874713527');
    expect(javaDecimal(exponential(of('-1'), 32))).toBe('0.36787944117144232159552377016146');
    expect(javaDecimal(decimalLogarithm(of('1000'), 32))).toBe('3');
  });

  it('undo each other', () => {
    fc.assert(fc.property(fc.double({ min: 0.001, max: 500, noNaN: true }), (value) => {
      const back = naturalLogarithm(exponential(parseDecimal(String(value)) ?? { unscaled: 0n, scale: 0 }, 40), 20);
      expect(Number(javaDecimal(back))).toBeCloseTo(value, 9);
    }));
  });
});
