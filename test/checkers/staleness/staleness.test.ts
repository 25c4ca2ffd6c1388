import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStaleness, freshnessCurve } from '../../../src/checkers/staleness/staleness.ts';
import { isRead, type Operation } from '../../../src/history/operation.ts';
import type { HistoryValue } from '../../../src/kernel/history.ts';
import { histories, isLinearizable, type Play } from '../exhaustive.ts';
import { history } from '../notation.ts';
import { uniqueRegister } from '../plays.ts';
import type { Model } from '../../../src/checkers/model.ts';

/** A register of which a read may return any of the last k values. */
function lastValues(k: number): Model<readonly HistoryValue[]> {
  return {
    name: 'last values', init: [null], equal: () => false,
    step: (state, { f, input, output, status }) => (
      isRead(f) ? (status === 'info' || state.includes(output) ? state : undefined) : [input, ...state].slice(0, k)
    ),
  };
}

function timed(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation, calledAt: operation.call * 1000, returnedAt: operation.return === null ? null : operation.return * 1000 }));
}

/** Writes of the first few places, and reads of any value they may have written: often an old one. */
const staleRegister: Play<HistoryValue> = {
  ...uniqueRegister,
  request: (a, _b, _c, place) => (a < 4 && place > 0 ? { f: 'read', input: null } : { f: 'write', input: place }),
  lie: (f, input, a) => (f === 'read' ? [null, 0, 0, 1, 1, 2, 2, 3][a] ?? null : input),
};

describe('checkStaleness', () => {
  it('finds the smallest k, as exhaustive search does', () => {
    const seen = [0, 0, 0, 0];
    fc.assert(fc.property(histories(staleRegister, 7, 1), (operations) => {
      const { k, exact, verdict } = checkStaleness(operations, { k: 2 });
      const { verdict: three } = checkStaleness(operations, { k: 3 });
      const smallest = [1, 2, 3, 4, 5, 6, 7, 8].find((n) => isLinearizable(lastValues(n), operations));
      const within = (smallest ?? 9) <= 2;
      expect(verdict).toBe(within ? 'ok' : 'violation');
      if (smallest === undefined) return;
      expect(three).toBe(smallest <= 3 ? 'ok' : 'violation');
      seen[Math.min(smallest, 3)] = (seen[Math.min(smallest, 3)] ?? 0) + 1;
      expect({ k, exact }).toEqual({ k: smallest, exact: true });
    }), { seed: 81, numRuns: 3000 });
    expect(Math.min(...seen.slice(1))).toBeGreaterThan(50);
  });

  it('finds a k that no single read tells of: four writes at once, each of them read when all are over', () => {
    const at = (id: number, f: string, value: number, call: number, returned: number): Operation => ({
      id, process: `${f}${value}`, f, key: 'x', input: f === 'write' ? value : null, output: value, call, return: returned, status: 'ok',
    });
    const values = [1, 2, 3, 4];
    const operations = [...values.map((value, i) => at(i, 'write', value, i, 10 + i)), ...values.map((value, i) => at(4 + i, 'read', value, 20 + 2 * i, 21 + 2 * i))];
    expect(checkStaleness(operations, { k: 4 })).toMatchObject({ verdict: 'ok', k: 4, exact: true, versionsBehind: 0 });
    expect(checkStaleness(operations, { k: 3 })).toMatchObject({ verdict: 'violation', k: 4, exact: true });
  });

  it('claims nothing of a k above 2 when the budget ran out: a lower bound, or unknown', () => {
    const operations = history('a write x 1\na write x 2\na write x 3\na write x 4\nb read x 2');
    expect(checkStaleness(operations, { k: 2, budget: 0 })).toMatchObject({ verdict: 'violation', k: 3, exact: false, explanation: expect.stringContaining('the last 3 values or more') as string });
    expect(checkStaleness(operations, { k: 3, budget: 0 })).toMatchObject({ verdict: 'unknown', k: 3, exact: false });
    expect(checkStaleness(operations, { k: 3 })).toMatchObject({ verdict: 'ok', k: 3, exact: true });
    expect(() => checkStaleness(operations, { budget: -1 })).toThrow('budget must be a number of steps, got -1');
  });

  it('finds the smallest delta that makes the history linearizable', () => {
    const model: Model = { ...lastValues(1), name: 'register' } as Model;
    let late = 0;
    fc.assert(fc.property(histories(staleRegister, 6, 1), (made) => {
      const operations = timed(made);
      const { delta, verdict } = checkStaleness(operations, { k: 99 });
      if (verdict === 'violation' || delta === null) return;
      const moved = (by: number): Operation[] => operations.map((operation) => ({
        ...operation, call: (operation.calledAt ?? 0) * 2 - (isRead(operation.f) ? by * 2 : 0), return: operation.return === null ? null : (operation.returnedAt ?? 0) * 2 + 1,
      }));
      expect(isLinearizable(model, moved(delta))).toBe(true);
      if (delta > 0) late++;
      expect(delta > 0 && isLinearizable(model, moved(delta - 1))).toBe(false);
    }), { seed: 82, numRuns: 1500 });
    expect(late).toBeGreaterThan(50);
  });

  it('names the stalest read and what it missed', () => {
    const operations = timed(history('a write x 1\na write x 2\na write x 3\nb read x 1'));
    const verdict = checkStaleness(operations, { k: 2 });
    expect(verdict).toMatchObject({ verdict: 'violation', k: 3, versionsBehind: 2, key: 'x', delta: 3000 });
    expect(verdict.explanation).toBe('it takes the last 3 values to explain every read: b read x=1, 2 versions behind');
    expect(verdict.witness.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    expect(checkStaleness(operations, { delta: '3ms' }).verdict).toBe('ok');
    expect(checkStaleness(operations, { delta: '2ms' })).toMatchObject({ verdict: 'violation', explanation: expect.stringContaining('a read was 3ms behind, more than 2ms') as string });
    expect(checkStaleness(history('a write x 1\nb write x 1\nc read x 1')).verdict).toBe('unknown');
    expect(() => checkStaleness([], { k: 0 })).toThrow('k must be a whole number from 1, got 0');
  });
});

describe('freshnessCurve', () => {
  it('counts reads by the time since the latest acknowledged write', () => {
    const write = { id: 0, process: 'a', f: 'write', key: 'x', input: 1, output: 1, call: 0, return: 1, status: 'ok' as const, calledAt: 0, returnedAt: 1000 };
    const read = (id: number, at: number, output: HistoryValue): Operation => ({
      id, process: 'b', f: 'read', key: 'x', input: null, output, call: id * 2, return: id * 2 + 1, status: 'ok', calledAt: at, returnedAt: at + 10,
    });
    const curve = freshnessCurve([write, read(1, 1500, null), read(2, 1900, 1), read(3, 7000, 1)], ['0ms', '1ms', '5ms']);
    expect(curve).toEqual([
      { since: 0, reads: 2, fresh: 1, probability: 0.5 }, { since: 1000, reads: 0, fresh: 0, probability: null }, { since: 5000, reads: 1, fresh: 1, probability: 1 },
    ]);
  });

  it('goes by the versions that the store stamped, where it did', () => {
    const base = { process: 'a', key: 'x', status: 'ok' as const };
    const curve = freshnessCurve([
      { ...base, id: 0, f: 'write', input: 1, output: 1, call: 0, return: 1, calledAt: 0, returnedAt: 0, version: 5 },
      { ...base, id: 1, f: 'read', input: null, output: 'merged', call: 2, return: 3, calledAt: 0, returnedAt: 0, version: 6 },
      { ...base, id: 2, f: 'read', input: null, output: 'old', call: 4, return: 5, calledAt: 0, returnedAt: 0, version: 4 },
    ], [0]);
    expect(curve).toEqual([{ since: 0, reads: 2, fresh: 1, probability: 0.5 }]);
  });
});
