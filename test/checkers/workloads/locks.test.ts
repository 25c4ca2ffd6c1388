import { expect, it } from 'vitest';
import { checkLocks } from '../../../src/checkers/workloads/locks.ts';
import { history } from '../notation.ts';

it('finds two holders at once', () => {
  expect(checkLocks(history('a acquire l\na release l\nb acquire l')).verdict).toBe('ok');
  expect(checkLocks(history('a acquire l\nb acquire l'))).toMatchObject({
    verdict: 'violation', key: 'l', witness: [{ process: 'a' }, { process: 'b' }], explanation: 'two holders at once: b acquired lock l while a still held it',
  });
  // Asked to release: from then on it may be free.
  expect(checkLocks(history('a acquire l\n(a release l\nb acquire l\na)')).verdict).toBe('ok');
  expect(checkLocks(history('a acquire l\na acquire m\nb acquire n')).verdict).toBe('ok');
});

it('counts a lease as held until it runs out and no longer', () => {
  const timed = history('a acquire l\nb acquire l').map((operation, i) => ({ ...operation, calledAt: i * 10_000, returnedAt: i * 10_000 + 1000 }));
  expect(checkLocks(timed, { lease: '9ms' }).verdict).toBe('ok');
  expect(checkLocks(timed, { lease: '12ms' }).verdict).toBe('violation');
});

it('wants fencing tokens to grow', () => {
  const tokens = (first: number, second: number): string => `a acquire l ${first}\na release l\nb acquire l ${second}`;
  expect(checkLocks(history(tokens(1, 2))).verdict).toBe('ok');
  expect(checkLocks(history(tokens(2, 2))).explanation).toBe('b got the fencing token 2 after a had already got 2');
});
