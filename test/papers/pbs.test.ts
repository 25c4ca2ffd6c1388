/**
 * Bailis, Venkataraman, Franklin, Hellerstein, Stoica, "Probabilistically Bounded Staleness for Practical Partial Quorums", VLDB 2012, on
 * the real store: every write and read goes through its messages.
 *
 * By default 20,000 trials a cell, and tolerances for what 20 samples beyond the 99.9th percentile can tell: 25 %, and 45 % for the
 * cells whose tail is flat. `PBS_OPERATIONS=100000` (a minute) and `1000000` narrow both: 10 % and 30 %; 5 % (t: 8 %) and 10 %. Probabilities that
 * are known from 100,000 trials of the model, not from millions, may be a hundredth off.
 */
import { describe, expect, test } from 'vitest';
import { tradeoff, type LatencyModelName, type TradeoffRow } from '../../src/dynamo/index.ts';
import { FRESH, isUnsteady, MODEL, type ModelCell } from './pbs-table.ts';

const OPERATIONS = Number(process.env['PBS_OPERATIONS'] ?? 20_000);
interface Tolerance { readonly latency: number; readonly visible: number; readonly unsteady: number; readonly fresh: number }
const TOLERANCE: Tolerance = OPERATIONS >= 1_000_000 ? { latency: 0.05, visible: 0.08, unsteady: 0.1, fresh: 0.003 }
  : OPERATIONS >= 100_000 ? { latency: 0.1, visible: 0.1, unsteady: 0.3, fresh: 0.01 }
    : { latency: 0.25, visible: 0.25, unsteady: 0.45, fresh: 0.02 };
const NAMES = Object.keys(MODEL) as LatencyModelName[];
const QUORUMS = MODEL.WAN.map(({ r, w }) => ({ r, w }));

const tables = new Map<LatencyModelName, readonly TradeoffRow[]>();
/** Made once for all tests of a deployment. */
function table(latency: LatencyModelName): readonly TradeoffRow[] {
  const made = tables.get(latency) ?? tradeoff({ latency, operations: OPERATIONS, quorums: QUORUMS });
  tables.set(latency, made);
  return made;
}

const rowOf = (latency: LatencyModelName, r: number, w: number): TradeoffRow => {
  const row = table(latency).find((each) => each.r === r && each.w === w);
  expect(row).toBeDefined();
  return row as TradeoffRow;
};

function boundsOf(name: LatencyModelName, cell: ModelCell, figure: 'read' | 'write' | 'visible'): readonly [low: number, high: number] {
  const expected = cell[figure];
  // No t at all: exactly for R + W > N; else the share of fresh reads is so near to 99.9 % that a few samples decide.
  if (expected === 0) return [0, cell.r + cell.w > 3 ? 0 : 1];
  const tolerance = isUnsteady(name, cell, figure) ? TOLERANCE.unsteady : figure === 'visible' ? TOLERANCE.visible : TOLERANCE.latency;
  return [expected * (1 - tolerance), expected * (1 + tolerance)];
}

describe.each(NAMES)('%s, N = 3, no read repair', (name) => {
  test.each([...MODEL[name]])('table 4: R=$r W=$w', (cell) => {
    const row = rowOf(name, cell.r, cell.w);
    const figures = [['read', row.readMs999], ['write', row.writeMs999], ['visible', row.tVisibilityMs999]] as const;
    for (const [figure, measured] of figures) {
      const [low, high] = boundsOf(name, cell, figure);
      expect({ figure, measured, low, high, isNear: measured >= low && measured <= high }).toMatchObject({ isNear: true });
    }
  }, 600_000);

  test.each(FRESH[name].map(({ r, w, at }) => ({ r, w, at: Object.entries(at) })))('P(fresh) after a commit, R=$r W=$w', ({ r, w, at }) => {
    for (const [delay, expected] of at) {
      const measured = rowOf(name, r, w).pFreshAt[delay] ?? -1;
      const isSure = r === 1 && w === 1 && delay === '0';
      expect({ delay, measured, expected, isNear: Math.abs(measured - expected) <= (isSure ? TOLERANCE.fresh : Math.max(TOLERANCE.fresh, 0.01)) }).toMatchObject({ isNear: true });
    }
  }, 600_000);

  test('R + W > N: not one stale read', () => {
    const strict = table(name).filter(({ r, w, n }) => r + w > n);
    expect(strict.map(({ staleReads }) => staleReads)).toEqual([0, 0, 0]);
    expect(strict.flatMap(({ pFreshAt }) => Object.values(pFreshAt)).every((share) => share === 1)).toBe(true);
  }, 600_000);
});

test('section 5.3: how quickly writes spread against reads, and how many replicas there are, decide', () => {
  const exponential = (mean: number): TradeoffRow | undefined => {
    const fast = { kind: 'exponential', mean: 1 } as const;
    return tradeoff({ latency: { write: { kind: 'exponential', mean }, ack: fast, read: fast, response: fast }, operations: OPERATIONS, quorums: [{ r: 1, w: 1 }] })[0];
  };
  const [quick, slow] = [exponential(0.25), exponential(10)];
  expect(Math.abs((quick?.pFreshAt['0'] ?? 0) - 0.943)).toBeLessThan(TOLERANCE.fresh);
  expect(Math.abs((slow?.pFreshAt['0'] ?? 0) - 0.419)).toBeLessThan(TOLERANCE.fresh);
  expect(Math.abs((quick?.tVisibilityMs999 ?? 0) / 1.02 - 1)).toBeLessThan(TOLERANCE.visible);
  expect(Math.abs((slow?.tVisibilityMs999 ?? 0) / 63.9 - 1)).toBeLessThan(TOLERANCE.visible);
  for (const [n, expected] of [[2, 0.576], [10, 0.21]] as const) {
    const [row] = tradeoff({ n, operations: OPERATIONS, quorums: [{ r: 1, w: 1 }] });
    expect(Math.abs((row?.pFreshAt['0'] ?? 0) - expected)).toBeLessThan(TOLERANCE.fresh);
  }
}, 600_000);
