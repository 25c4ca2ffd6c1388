/**
 * Our verdicts of linearizability against Porcupine's: of the histories it is tested with, and of random ones too long for the exhaustive
 * search that the unit tests compare with.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import { checkTransactions } from '../../src/checkers/transactions/transactions.ts';
import type { ModelName } from '../../src/checkers/models/table.ts';
import { histories, lateHistories, type Play } from '../checkers/exhaustive.ts';
import { PLAYS, TELLING_PLAYS, uniqueRegister } from '../checkers/plays.ts';
import { openPorcupine, type Question } from './porcupine-oracle.ts';

const opened = openPorcupine();
const porcupine = typeof opened === 'string' ? undefined : opened;
const note = typeof opened === 'string' ? ` (MISSING: Porcupine, ${opened})` : '';

afterAll(() => porcupine?.close());

interface Comparison {
  /** What Porcupine gave up on is no difference. */
  readonly differing: readonly unknown[];
  readonly ok: number;
  readonly violation: number;
  readonly unknown: number;
}

function compare(questions: readonly Question[]): Comparison {
  const answers = porcupine?.ask(questions) ?? [];
  const differing: unknown[] = [];
  const counts = { ok: 0, violation: 0, unknown: 0 };
  questions.forEach(({ model, operations }, index) => {
    const theirs = answers[index]?.verdict ?? 'unknown';
    const { verdict, order, witness } = checkLinearizability(operations, { model });
    counts[theirs]++;
    if (theirs !== 'unknown' && verdict !== theirs) differing.push({ model, theirs, verdict, order, witness, operations });
  });
  return { differing, ...counts };
}

describe('linearizability as Porcupine decides it', () => {
  it.skipIf(porcupine === undefined)(`on the hundred and eight histories that come with it${note}`, () => {
    const recorded = porcupine?.recorded() ?? [];
    expect(recorded).toHaveLength(108);
    expect(compare(recorded)).toEqual({ differing: [], ok: 26, violation: 82, unknown: 0 });
  });

  const plays: readonly (readonly [label: string, model: ModelName, play: Play<never>])[] = [
    ...(['register', 'cas-register', 'multi-register', 'mutex', 'kv', 'set', 'counter', 'queue', 'stack', 'append-list'] as const)
      .map((model) => [model, model, PLAYS[model]] as const),
    ['register of unique values', 'register', uniqueRegister as Play<never>],
    ...TELLING_PLAYS.filter(([model]) => !model.startsWith('redis-')).map(([model, play]) => [`${model} of unique elements`, model, play] as const),
  ];
  for (const [label, model, play] of plays) {
    it.skipIf(porcupine === undefined)(`on random histories of the model ${label}, up to forty operations${note}`, () => {
      const drawn = [histories(play, 14, 12, 4), histories(play, 40, 60, 5), lateHistories(play, 14, 12, 4), lateHistories(play, 40, 60, 5)]
        .flatMap((arbitrary) => fc.sample(arbitrary, { seed: 610, numRuns: 500 }));
      const { differing, ok, violation } = compare(drawn.map((operations) => ({ model, operations })));
      expect(differing).toEqual([]);
      expect(Math.min(ok, violation)).toBeGreaterThan(80);
    });
  }

  it.skipIf(porcupine === undefined)(`and what the anomalies of transactions over registers prove is a violation to it too${note}`, () => {
    const [, play] = TELLING_PLAYS.find(([model]) => model === 'multi-register') ?? [];
    expect(play).toBeDefined();
    const drawn = [[12, 4, 4], [40, 12, 5], [60, 30, 6]].flatMap(([size = 0, truth, clients]) => (
      fc.sample(lateHistories(play as Play<never>, size, truth, clients), { seed: 611, numRuns: 1000 })
    ));
    const exact = porcupine?.ask(drawn.map((operations) => ({ model: 'multi-register', operations }))) ?? [];
    const counts = { found: 0, missed: 0, 'not there': 0 };
    const unproven: string[] = [];
    drawn.forEach((operations, index) => {
      const { verdict, explanation } = checkTransactions(operations);
      const theirs = exact[index]?.verdict;
      if (verdict === 'violation' && theirs !== 'violation') unproven.push(explanation);
      counts[verdict === 'violation' ? 'found' : theirs === 'violation' ? 'missed' : 'not there']++;
    });
    expect(unproven).toEqual([]);
    // They are not all, but most.
    expect(counts['not there']).toBeGreaterThan(500);
    expect(counts.found).toBeGreaterThan(150 * counts.missed);
    expect(counts.found).toBeGreaterThan(500);
  });
});
