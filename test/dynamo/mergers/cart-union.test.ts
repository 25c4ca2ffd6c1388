import { expect, test } from 'vitest';
import { cartUnion } from '../../../src/dynamo/mergers/cart-union.ts';
import { UsageError } from '../../../src/index.ts';

test('sections 4.4 and 6.3: adds of both carts survive a merge, and a deleted item comes back', () => {
  const before = cartUnion.add(cartUnion.add(cartUnion.empty, 'milk'), 'beer');
  const merged = cartUnion.decode(cartUnion.merge([cartUnion.encode(cartUnion.remove(before, 'beer')), cartUnion.encode(cartUnion.add(cartUnion.add(before, 'tea'), 'milk', 2))]));
  expect([...cartUnion.value(merged)]).toEqual([['beer', 1], ['milk', 3], ['tea', 1]]);
});

test('a cart written by hand is read in any order and written in one', () => {
  expect(cartUnion.merge(['{"milk": 2, "10": 1, "2": 5}'])).toBe('{"10":1,"2":5,"milk":2}');
  expect(cartUnion.merge(['{"__proto__":3}', '{"a":1}'])).toBe('{"__proto__":3,"a":1}');
});

test.each([0, -1, 1.5, NaN, Infinity])('a quantity of %d is refused', (quantity) => {
  expect(() => cartUnion.add(cartUnion.empty, 'milk', quantity)).toThrow(UsageError);
  expect(cartUnion.merge([`{"milk":${quantity}}`, '{"a":1}'])).toBe('{"a":1}');
});
