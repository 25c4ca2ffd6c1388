import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import { isExactNumber, numberOf, parseJson } from '../../src/history/exact-number.ts';
import { readHistories } from '../../src/history/read.ts';

describe('numberOf', () => {
  it('makes different values of different whole numbers, plain ones where a double prints the same', () => {
    expect(numberOf('42')).toBe(42);
    expect(numberOf('-9007199254740991')).toBe(-9007199254740991);
    expect(numberOf('9007199254740992')).toBe(9007199254740992);
    expect(numberOf('9007199254740993')).toEqual({ '#number': '9007199254740993' });
    fc.assert(fc.property(fc.bigInt(-(2n ** 70n), 2n ** 70n), fc.bigInt(-2n, 2n), (one, step) => {
      const [a, b] = [numberOf(String(one)), numberOf(String(one + step))];
      expect(JSON.stringify(a) === JSON.stringify(b)).toBe(step === 0n);
    }), { seed: 8, numRuns: 500 });
  });
});

describe('parseJson', () => {
  it('parses as JSON.parse does what JSON.stringify printed', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(parseJson(JSON.stringify(value)))).toBe(JSON.stringify(value));
    }), { seed: 9, numRuns: 500 });
  });

  it('keeps the digits of long numbers, wherever they stand, and leaves texts alone', () => {
    expect(parseJson('{"a":[9007199254740993,-9007199254740993,1.5],"9007199254740993":"9007199254740993 \\" 9007199254740993","b":1e999}')).toEqual({
      a: [{ '#number': '9007199254740993' }, { '#number': '-9007199254740993' }, 1.5],
      '9007199254740993': '9007199254740993 " 9007199254740993', b: { '#number': '1e999' },
    });
    expect(isExactNumber(parseJson('9007199254740993'))).toBe(true);
    expect(isExactNumber('9007199254740993')).toBe(false);
  });

  it('refuses what is not JSON', () => {
    for (const text of ['+9007199254740993', '09007199254740993', '9007199254740993.', '[9007199254740993', '9007199254740993n']) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});

describe('a history with numbers beyond 2^53', () => {
  const entry = (process: number, type: string, f: string, value: string): string => (
    `{"process":${process},"type":"${type}","f":"${f}","value":${value}}`
  );
  const json = (written: string, read: string): string[] => [
    entry(0, 'invoke', 'write', written), entry(0, 'ok', 'write', written), entry(1, 'invoke', 'read', 'null'), entry(1, 'ok', 'read', read),
  ];
  const edn = (written: string, read: string): string => json(written, read).join('\n')
    .replaceAll(/"(process|type|f|value)":/g, ' :$1 ').replaceAll(/"(\w+)"/g, (whole, word: string) => (/^\d/.test(word) ? whole : `:${word}`)).replaceAll('null', 'nil');
  const verdictOf = (text: string): string => {
    const { verdict, explanation } = checkLinearizability(readHistories(text, 'h')[0]?.operations ?? []);
    return `${verdict}: ${explanation}`;
  };

  it('is judged by its digits, in every format', () => {
    const one = '9007199254740993';
    const other = '9007199254740992';
    for (const write of [(a: string, b: string) => json(a, b).join('\n'), (a: string, b: string) => `[${json(a, b).join(',\n')}]`, edn]) {
      expect(verdictOf(write(one, one))).toBe('ok: 2 operations have a legal order');
      expect(verdictOf(write(one, other))).toBe(`violation: process 1 read ${other}, which nobody ever wrote`);
      expect(verdictOf(write(other, one))).toBe(`violation: process 1 read ${one}, which nobody ever wrote`);
      expect(verdictOf(write(one, `"${one}"`))).toBe(`violation: process 1 read "${one}", which nobody ever wrote`);
      expect(verdictOf(write(`"${one}"`, `"${one}"`))).toBe('ok: 2 operations have a legal order');
    }
    expect(verdictOf(`0 :invoke :write ${one}\n0 :ok :write ${one}\n1 :invoke :read nil\n1 :ok :read ${other}\n`)).toContain('violation');
    const ops = (read: string): string => `{"id":"a","ops":[{"p":0,"f":"write","v":${one},"call":0,"ret":1},{"p":1,"f":"read","v":${read},"call":2,"ret":3}]}`;
    expect(verdictOf(ops(one))).toContain('ok');
    expect(verdictOf(ops(other))).toContain('violation');
  });

  it('is refused where a version is too long to be compared', () => {
    const line = '{"process":0,"type":"invoke","f":"read","version":9007199254740993}';
    expect(() => readHistories(line, 'h')).toThrow('h:1: version must be a number that a double holds, a vector clock or null, got 9007199254740993');
  });

  it('may have such keys, clients and instants', () => {
    const [first, second] = ['9007199254740993', '9007199254740994'].map((key) => (
      `{"process":${key},"type":"invoke","f":"write","key":${key},"value":1,"time":${key}}`
    ));
    const [history] = readHistories(`${first ?? ''}\n${second ?? ''}`, 'h');
    expect(new Set(history?.operations.map(({ key }) => key)).size).toBe(2);
    expect(history?.operations).toMatchObject([{ process: '9007199254740993', calledAt: 9007199254740992 }, { process: 9007199254740994 }]);
    const [pairs] = readHistories('{:process 0, :type :invoke, :f :write, :value [9007199254740993 1]}', 'h');
    expect(pairs?.operations).toMatchObject([{ key: '{"#number":"9007199254740993"}', input: 1 }]);
  });
});
