import { expect, it } from 'vitest';
import { checkSet } from '../../../src/checkers/workloads/set-contents.ts';
import { history } from '../notation.ts';

it('misses acknowledged elements in the last read', () => {
  expect(checkSet(history('a add s 1\nb add s 2\nc read s [2,1]')).verdict).toBe('ok');
  expect(checkSet(history('a add s 1\nb add s 2\nc read s [2]'))).toMatchObject({
    verdict: 'violation', key: 's', explanation: '1 acknowledged element lost: 1; c, who read the set last, did not see it',
  });
  expect(checkSet(history('a add s 1\n?b add s 2\nc read s [1]')).verdict).toBe('ok');
  expect(checkSet(history('a add s 1\nc read s [1,7]')).explanation).toContain('saw 7, which nobody added');
  expect(checkSet(history('a add s 1')).verdict).toBe('unknown');
});

it('looks at every read when asked to: lost for good, or late', () => {
  const late = history('a add s 1\nb read s []\nc read s [1]');
  expect(checkSet(late).verdict).toBe('ok');
  expect(checkSet(late, { full: true }).verdict).toBe('ok');
  expect(checkSet(late, { full: true, linearizable: true }).explanation).toBe('1 was certainly there, but b read the set without it, though it came back later');
  expect(checkSet(history('a add s 1\na add s 2\nb read s [1,2]\nc read s [2]'), { full: true }).explanation).toContain('1 was certainly there, but c read the set without it, and it never came back');
  expect(checkSet(history('(a add s 1\nb read s []\na)'), { full: true }).verdict).toBe('unknown');
});
