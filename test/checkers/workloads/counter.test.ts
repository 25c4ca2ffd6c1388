import fc from 'fast-check';
import { expect, it } from 'vitest';
import { counter } from '../../../src/checkers/models/counter.ts';
import { checkCounter } from '../../../src/checkers/workloads/counter.ts';
import { histories, isLinearizable } from '../exhaustive.ts';
import { history } from '../notation.ts';
import { PLAYS } from '../plays.ts';

it('calls nothing a violation that some order explains', () => {
  let found = 0;
  fc.assert(fc.property(histories(PLAYS.counter, 7, 3), (operations) => {
    if (checkCounter(operations).verdict !== 'violation') return;
    found++;
    expect(isLinearizable(counter(), operations)).toBe(false);
  }), { seed: 91, numRuns: 1500 });
  expect(found).toBeGreaterThan(200);
});

it('says which bound a read broke, decrements and concurrent additions counted in', () => {
  expect(checkCounter(history('a add n 1\nb add n 2\nc read n 1'))).toMatchObject({
    verdict: 'violation', key: 'n', explanation: 'c read n=1, where it must be 3: less than what was certainly added',
  });
  expect(checkCounter(history('a add n 1\nc read n 2')).explanation).toBe('c read n=2, where it must be 1: more than anybody asked to add');
  expect(checkCounter(history('(a add n 1\n?b add n 5\nc read n 6\na)')).verdict).toBe('ok');
  expect(checkCounter(history('a add n 5\n(a decr n 2\nc read n 3\na)')).verdict).toBe('ok');
  expect(checkCounter(history('a add n 5\na decr n 2\nc read n 5')).verdict).toBe('violation');
  expect(checkCounter(history('a add n 5')).verdict).toBe('unknown');
});
