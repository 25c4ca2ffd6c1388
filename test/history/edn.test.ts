import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEdn, readEdnForm } from '../../src/history/edn.ts';
import type { HistoryValue } from '../../src/kernel/history.ts';

const value = (text: string): HistoryValue => readEdnForm(text, 'x.edn');

describe('readEdnForm', () => {
  it('reads the scalars', () => {
    expect(value('nil')).toBe(null);
    expect(value('true')).toBe(true);
    expect(value('-12')).toBe(-12);
    expect(value('+7N')).toBe(7);
    expect(value('1.5e3')).toBe(1500);
    expect(value('2.5M')).toBe(2.5);
    expect(value(':a/b')).toBe('a/b');
    expect(value('timed-out')).toBe('timed-out');
    expect(value('\\a')).toBe('a');
    expect(value('\\newline')).toBe('\n');
    expect(value('\\(')).toBe('(');
    expect(value('"a\\n\\"b\\" \\u0041"')).toBe('a\n"b" A');
  });

  it('keeps numbers exact that a double cannot hold', () => {
    expect(value('123456789012345678901')).toEqual({ '#number': '123456789012345678901' });
    expect(value('+9007199254740993N')).toEqual({ '#number': '9007199254740993' });
    expect(value('9007199254740993M')).toEqual({ '#number': '9007199254740993' });
    expect(value('9007199254740992')).toBe(9007199254740992);
    expect(value('"9007199254740993"')).toBe('9007199254740993');
    expect(value('1e400')).toEqual({ '#number': '1e400' });
    expect(value('1/3')).toEqual({ '#number': '1/3' });
  });

  it('reads nested collections, sets, tags, comments, discarded forms and metadata', () => {
    expect(value('{:a [1, (2 3) #{4}] "b" {0 100} ; comment\n :c #_ignored #inst "2020" [:x 1] [0]}')).toEqual({
      a: [1, [2, 3], [4]], b: { 0: 100 }, c: '2020', '["x",1]': [0],
    });
    expect(value('^{:doc "m"} [1]')).toEqual([1]);
    expect(value('#jepsen.history.Op{:index 0}')).toEqual({ index: 0 });
  });

  it('treats __proto__ as a name', () => {
    expect(Object.keys(value('{"__proto__" 1}') as object)).toEqual(['__proto__']);
  });

  it('reads back every JSON value printed as EDN', () => {
    const print = (json: HistoryValue): string => {
      if (Array.isArray(json)) return `[${(json as HistoryValue[]).map(print).join(' ')}]`;
      if (typeof json === 'object' && json !== null) {
        return `{${Object.entries(json).map(([k, v]) => `${JSON.stringify(k)} ${print(v)}`).join(', ')}}`;
      }
      // Whole numbers that a double does not hold exactly come back as text unless they are marked as decimals.
      if (typeof json === 'number' && !Number.isSafeInteger(json)) return `${JSON.stringify(json)}M`;
      return json === null ? 'nil' : JSON.stringify(json);
    };
    fc.assert(fc.property(fc.jsonValue(), (json) => {
      expect(JSON.stringify(value(print(json as HistoryValue)))).toBe(JSON.stringify(json));
    }), { seed: 3, numRuns: 300 });
  });
});

describe('readEdn', () => {
  it('gives the elements of one vector or list, or the forms one after another, each with its offset', () => {
    expect(readEdn('[1 2]', 'x')).toEqual([{ value: 1, offset: 1 }, { value: 2, offset: 3 }]);
    expect(readEdn('; c\n({:a 1}\n {:a 2})\n', 'x').map((form) => form.value)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(readEdn('{:a 1}\n{:a 2}', 'x').map((form) => form.offset)).toEqual([0, 7]);
  });

  it('names file and line of what is wrong', () => {
    for (const [text, message] of [
      ['[{:a 1}\n {:b 2}', "h.edn:1: '[' is never closed"],
      ['{:a 1}\n{:b "x}', 'h.edn:2: a string is never closed'],
      ['{:a 1}\n\n}', "h.edn:3: '}' closes nothing"],
      ['{:a}', 'h.edn:1: a map has a key without a value'],
      ['[1\n 2x]', "h.edn:2: '2x' is no number"],
      ['["\\q"]', "h.edn:1: '\\q' is no escape"],
      ['['.repeat(1000), 'h.edn:1: nested more than 256 deep'],
      ['{:a #}', "h.edn:1: '#' stands before nothing"],
    ] as const) {
      expect(() => readEdn(text, 'h.edn')).toThrow(message);
    }
  });
});
