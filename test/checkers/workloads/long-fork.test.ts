import { expect, it } from 'vitest';
import { checkLongFork } from '../../../src/checkers/workloads/long-fork.ts';
import type { HistoryEntry, HistoryValue } from '../../../src/kernel/history.ts';

function transactions(...all: (readonly (readonly [string, string, HistoryValue])[])[]): HistoryEntry[] {
  return all.flatMap((steps, i): HistoryEntry[] => [
    { index: i * 2, time: i, process: `p${i}`, type: 'invoke', f: 'txn', value: steps.map(([f, key, value]) => [f, key, f === 'r' ? null : value]) },
    { index: i * 2 + 1, time: i, process: `p${i}`, type: 'ok', f: 'txn', value: steps },
  ]);
}

it('finds two reads that saw two writes in opposite orders', () => {
  const verdict = checkLongFork(transactions([['w', 'x', 1]], [['w', 'y', 1]], [['r', 'x', 1], ['r', 'y', null]], [['r', 'y', 1], ['r', 'x', null]]));
  expect(verdict).toMatchObject({ verdict: 'violation', witness: [{ process: 'p2' }, { process: 'p3' }] });
  expect(verdict.explanation).toBe('p2 saw the write of "x" but not that of "y", p3 that of "y" but not that of "x"');
});

it('finds them also behind reads in between', () => {
  const group = (x: HistoryValue, y: HistoryValue, z: HistoryValue): readonly (readonly [string, string, HistoryValue])[] => [['r', 'x', x], ['r', 'y', y], ['r', 'z', z]];
  expect(checkLongFork(transactions(group(1, null, null), group(1, 1, null), group(1, 1, 1))).verdict).toBe('ok');
  expect(checkLongFork(transactions(group(1, null, null), group(null, 1, 1), group(1, 1, 1))).verdict).toBe('violation');
});

it('is unknown where a key has two values, or nobody read two together', () => {
  expect(checkLongFork(transactions([['w', 'x', 1]], [['w', 'x', 2]])).verdict).toBe('unknown');
  expect(checkLongFork(transactions([['w', 'x', 1]], [['r', 'x', 1]])).verdict).toBe('unknown');
});
