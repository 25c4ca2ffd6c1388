import { describe, expect, it } from 'vitest';
import { checkDuplicates, checkLostWrites, checkResurrections } from '../../../src/checkers/workloads/lost-writes.ts';
import { history } from '../notation.ts';

describe('checkLostWrites', () => {
  it('finds writes that the end is certainly older than', () => {
    const verdict = checkLostWrites(history('a write x 1\na write x 2\na write x 3\nb read x 1'));
    expect(verdict).toMatchObject({ verdict: 'violation', key: 'x', lost: [{ input: 2 }, { input: 3 }] });
    expect(verdict.explanation).toBe('2 acknowledged writes lost: a wrote x=2, but b read 1 in the end');
    expect(checkLostWrites(history('a write x 1\nb read x null')).explanation).toContain('b read nothing in the end');
  });

  it('does not call lost what was overwritten, or never acknowledged, or concurrent with what stayed', () => {
    expect(checkLostWrites(history('a write x 1\na write x 2\nb read x 2')).verdict).toBe('ok');
    expect(checkLostWrites(history('a write x 1\n?a write x 2\nb read x 1')).verdict).toBe('ok');
    expect(checkLostWrites(history('(a write x 1\nb write x 2\na)\nc read x 1')).verdict).toBe('ok');
    expect(checkLostWrites(history('a write x 1\nb read x 1\na write x 2')).verdict).toBe('unknown');
  });

  it('goes by what the replicas hold, and by versions', () => {
    const written = history('a write x 1\na write x 2');
    expect(checkLostWrites(written, { replicas: [{ node: 'n1', key: 'x', value: 1 }] }).explanation).toContain('in the end the replicas hold 1');
    expect(checkLostWrites(written, { replicas: [{ node: 'n1', key: 'x', value: 1 }, { node: 'n2', key: 'x', value: 2 }] }).verdict).toBe('ok');
    const concurrent = history('(a write x 1\nb write x 2\na)\nc read x 1').map((operation, i) => ({ ...operation, version: [1, 2, 1][i] ?? 0 }));
    expect(checkLostWrites(concurrent)).toMatchObject({ verdict: 'violation', lost: [{ input: 2 }] });
  });

  it('looks for every acknowledged element of a set or list', () => {
    expect(checkLostWrites(history('a add s 1\nb add s 2\nc read s [1]'))).toMatchObject({ verdict: 'violation', lost: [{ input: 2 }] });
    expect(checkLostWrites(history('a add s 1\nb remove s 1\nc read s []')).verdict).toBe('ok');
  });
});

describe('checkResurrections', () => {
  it('finds a deleted value that came back', () => {
    const verdict = checkResurrections(history('a write x 1\na delete x\nb read x null\nb read x 1'));
    expect(verdict).toMatchObject({ verdict: 'violation', key: 'x', explanation: 'b read x=1 again, although a had deleted it and it had been seen absent' });
    expect(checkResurrections(history('a write x 1\na delete x'), { replicas: [{ node: 'n', key: 'x', value: 1 }] }).verdict).toBe('violation');
  });

  it('does not take a late reader, or a value written again, for one', () => {
    expect(checkResurrections(history('a write x 1\na delete x\nb read x 1')).verdict).toBe('ok');
    expect(checkResurrections(history('a write x 1\na delete x\nb read x null\nc write x 1\nb read x 1')).verdict).toBe('ok');
  });
});

it('finds an element that was appended once and stands twice', () => {
  expect(checkDuplicates(history('a append l 1\nb read l [1,1]'))).toMatchObject({ verdict: 'violation', explanation: 'b saw 1 2 times where it was appended 1 time' });
  expect(checkDuplicates(history('a append l 1\na append l 1\nb read l [1,1]')).verdict).toBe('ok');
});
