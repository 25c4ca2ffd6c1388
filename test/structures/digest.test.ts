import { expect, test } from 'vitest';
import { Digest } from '../../src/structures/digest.ts';

const of = (fill: (digest: Digest) => void): string => {
  const digest = new Digest();
  fill(digest);
  return digest.toString();
};

test('tells apart order, type and structure', () => {
  const all = [
    of((d) => { d.fold(1); d.fold(2); }),
    of((d) => { d.fold(2); d.fold(1); }),
    of((d) => { d.foldData([1, 2]); }),
    of((d) => { d.foldData([[1], 2]); }),
    of((d) => { d.foldData('1'); }),
    of((d) => { d.foldData(1); }),
    of((d) => { d.foldData(1.5); }),
    of((d) => { d.foldData(null); }),
    of((d) => { d.foldData(false); }),
    of((d) => { d.foldData({ a: 1 }); }),
    of((d) => { d.foldNumber(2 ** 40); }),
    of((d) => { d.foldNumber(2 ** 41); }),
    of((d) => { d.foldNumber(-1); }),
    of((d) => { d.foldNumber(2 ** 32 - 1); }),
    of((d) => { d.foldData({ a: { b: 1 } }); }),
    of((d) => { d.foldData({ a: {}, b: 1 }); }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test('is sixteen hexadecimal digits that do not change between releases', () => {
  expect(of((d) => { d.foldData({ key: ['x', 1, null, true, -3, 2 ** 33] }); })).toMatchInlineSnapshot(`"9e5fb8e2397221a8"`);
});
