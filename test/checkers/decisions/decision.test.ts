import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideCounter } from '../../../src/checkers/decisions/counter-slots.ts';
import { decideList } from '../../../src/checkers/decisions/list-order.ts';
import { decideQueue } from '../../../src/checkers/decisions/queue-order.ts';
import { decideSet } from '../../../src/checkers/decisions/set-order.ts';
import type { Decision } from '../../../src/checkers/decisions/decision.ts';
import type { Model } from '../../../src/checkers/model.ts';
import { MODELS } from '../../../src/checkers/models/table.ts';
import type { Operation } from '../../../src/history/operation.ts';
import type { HistoryValue } from '../../../src/kernel/history.ts';
import { isLinearizable, lateHistories, type Play } from '../exhaustive.ts';

const list = (state: HistoryValue): readonly HistoryValue[] => (Array.isArray(state) ? (state as readonly HistoryValue[]) : []);

/** Every element once, and nobody finds the queue empty; a wrong answer is the element of another place. */
const queue: Play<HistoryValue> = {
  init: [],
  request: (a, _b, _c, place) => (a < 4 ? { f: 'enqueue', input: place } : { f: 'dequeue', input: null }),
  answer: (state, f, input) => (f === 'enqueue' ? [[...list(state), input], input] : [list(state).slice(1), list(state)[0] ?? null]),
  lie: (f, input, a) => (f === 'enqueue' ? input : a % 4),
  possible: (state, f) => f === 'enqueue' || list(state).length > 0,
};

function grown(f: string): Play<HistoryValue> {
  return {
    init: [],
    request: (a, _b, _c, place) => (a < 4 ? { f, input: place } : { f: 'read', input: null }),
    answer: (state, asked, input) => (asked === 'read' ? [state, state] : [[...list(state), input], input]),
    lie: (asked, input, a) => (asked === 'read' ? [[], [0], [1], [0, 1], [1, 0], [0, 2], [2], [0, 1, 2]][a] ?? [] : input),
  };
}

const counter: Play<HistoryValue> = {
  init: 0,
  request: (a) => (a < 3 ? { f: 'add', input: 1 } : a < 5 ? { f: 'add-and-get', input: 1 } : { f: 'read', input: null }),
  answer: (state, f) => (f === 'read' ? [state, state] : [Number(state) + 1, f === 'add' ? 1 : Number(state) + 1]),
  lie: (f, input, a) => (f === 'add' ? input : a % 5),
};

const CASES: readonly (readonly [name: keyof typeof MODELS, play: Play<HistoryValue>, decide: (operations: readonly Operation[]) => Decision])[] = [
  ['queue', queue, decideQueue], ['append-list', grown('append'), decideList], ['set', grown('add'), decideSet],
  ['counter', counter, (operations) => decideCounter(operations, 0)],
];

describe('what is decided without a search', () => {
  for (const [name, play, decide] of CASES) {
    it(`agrees with exhaustive search of the model ${name}, and its witness is none that some order explains`, () => {
      const model = MODELS[name]() as Model;
      const seen = { ok: 0, refuted: 0, 'not applicable': 0 };
      fc.assert(fc.property(lateHistories(play, 8, 5), (operations) => {
        const decision = decide(operations);
        const refuted = typeof decision === 'object';
        seen[refuted ? 'refuted' : decision]++;
        if (decision === 'not applicable') return;
        expect(isLinearizable(model, operations)).toBe(!refuted);
        expect(refuted && isLinearizable(model, decision.witness)).toBe(false);
      }), { seed: 95, numRuns: 5000 });
      expect(Math.min(seen.ok, seen.refuted)).toBeGreaterThan(100);
    });
  }
});
