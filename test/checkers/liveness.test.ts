import { expect, it } from 'vitest';
import { checkLiveness } from '../../src/checkers/liveness.ts';
import type { HistoryEntry } from '../../src/kernel/history.ts';

/** Requests as [asked, answered, type]; instants in milliseconds. */
function requests(...all: (readonly [number, number, 'ok' | 'fail' | 'info'])[]): HistoryEntry[] {
  return all.flatMap(([asked, answered, type], i): HistoryEntry[] => [
    { index: i * 2, time: asked * 1000, process: i, type: 'invoke', f: 'read', key: 'x', value: null },
    { index: i * 2 + 1, time: answered * 1000, process: i, type, f: 'read', key: 'x', value: null },
  ]);
}

it('judges what was asked once the store had its time to recover', () => {
  const options = { healedAt: '1s', settleWithin: '500ms', answerWithin: '100ms' };
  expect(checkLiveness(requests([900, 5000, 'info'], [1400, 5000, 'fail'], [1500, 1600, 'ok']), options).verdict).toBe('ok');
  expect(checkLiveness(requests([1500, 1601, 'ok']), options).explanation).toBe(
    "process 0's read of x at 1.5s was answered after 101ms, later than 100ms, behind 1.5s, when the store had had its time to recover",
  );
  expect(checkLiveness(requests([2000, 2001, 'fail']), options).explanation).toContain('was refused');
  expect(checkLiveness(requests([2000, 2001, 'info']), options).explanation).toContain('was never answered');
  expect(checkLiveness(requests([900, 901, 'ok']), options).verdict).toBe('unknown');
});

it('wants replicas to agree in the end', () => {
  const replicas = [{ node: 'n1', key: 'x', value: 1 }, { node: 'n2', key: 'x', value: 2 }];
  expect(checkLiveness(requests([2, 3, 'ok']), { healedAt: 0, replicas })).toMatchObject({ verdict: 'violation', key: 'x' });
  expect(checkLiveness(requests([2, 3, 'ok']), { healedAt: 0, replicas: replicas.slice(0, 1) }).verdict).toBe('ok');
});
