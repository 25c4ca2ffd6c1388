import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/index.ts';
import { statisticsOf } from '../../src/scenarios/index.ts';
import { Histogram } from '../../src/structures/histogram.ts';

const entries = (...lines: [time: number, process: string, type: HistoryEntry['type'], f: string, version?: HistoryEntry['version']][]): HistoryEntry[] =>
  lines.map(([time, process, type, f, version], index) => ({ index, time, process, type, f, key: 'x', value: 1, ...(version === undefined ? {} : { version }) }));
const largest = (data: readonly number[]): number | undefined => {
  const histogram = new Histogram();
  histogram.merge(data);
  return histogram.percentile(1);
};

test('operations are counted by how they ended, and answered ones are timed', () => {
  const counted = statisticsOf(entries(
    [0, 'a', 'invoke', 'write'], [10, 'b', 'invoke', 'write'], [20, 'c', 'invoke', 'write'], [25, 'd', 'invoke', 'read'], [40, 'a', 'ok', 'write'], [50, 'b', 'fail', 'write'], [60, 'c', 'info', 'write'],
  ));
  expect(counted).toMatchObject({ ok: 1, fail: 1, info: 1, open: 1, latency: [40, 1], versioned: 0 });
});

test.each([
  ['timestamps', 1, 2],
  ['vector clocks', { n1: 1 }, { n1: 1, n2: 1 }],
])('a read is as stale as the first acknowledged write that it misses: %s', (_, older, newer) => {
  const writes = entries([0, 'a', 'invoke', 'write'], [5, 'a', 'ok', 'write', older], [10, 'a', 'invoke', 'write'], [15, 'a', 'ok', 'write', newer], [40, 'b', 'invoke', 'read'], [50, 'b', 'ok', 'read', older]);
  const { staleness, versioned } = statisticsOf(writes);
  expect({ versioned, age: largest(staleness) }).toEqual({ versioned: 1, age: 25 });
});

test('a read that was asked before the write was acknowledged is not stale, nor one of a concurrent version that contains it', () => {
  const concurrent = entries([0, 'a', 'invoke', 'write'], [10, 'b', 'invoke', 'read'], [15, 'a', 'ok', 'write', { n1: 1 }], [20, 'b', 'ok', 'read', null]);
  expect(statisticsOf(concurrent)).toMatchObject({ versioned: 1, staleness: [] });
  const newer = entries([0, 'a', 'invoke', 'write'], [5, 'a', 'ok', 'write', { n1: 1 }], [10, 'b', 'invoke', 'read'], [15, 'b', 'ok', 'read', { n1: 1, n2: 7 }]);
  expect(statisticsOf(newer)).toMatchObject({ versioned: 1, staleness: [] });
});
