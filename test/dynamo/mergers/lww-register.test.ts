import { expect, test } from 'vitest';
import { lwwRegister } from '../../../src/dynamo/mergers/lww-register.ts';
import { UsageError } from '../../../src/index.ts';

test('the later write wins, whenever it is heard of; of equal times the greater actor\'s', () => {
  const ten = lwwRegister.set(lwwRegister.empty, 'a', 'ten', 10);
  expect(lwwRegister.value(lwwRegister.set(ten, 'b', 'nine', 9))).toBe('ten');
  expect(lwwRegister.value(lwwRegister.set(ten, 'b', 'also ten', 10))).toBe('also ten');
  expect(lwwRegister.value(lwwRegister.set(ten, 'a', 'eleven', 11))).toBe('eleven');
  expect(lwwRegister.value(lwwRegister.empty)).toBeNull();
});

test.each([-1, 0.5, NaN])('a time of %d is refused', (time) => {
  expect(() => lwwRegister.set(null, 'a', 'x', time)).toThrow(UsageError);
});
