import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../../src/checkers/linearizability.ts';
import type { Model } from '../../../src/checkers/model.ts';
import type { Operation } from '../../../src/history/operation.ts';
import type { HistoryEntry, HistoryValue } from '../../../src/kernel/history.ts';
import { UsageError } from '../../../src/kernel/errors.ts';
import { ISOLATION_LEVELS, type IsolationLevel } from '../../../src/checkers/transactions/isolation-levels.ts';
import { checkTransactions, type TransactionVerdict } from '../../../src/checkers/transactions/transactions.ts';
import { isLinearizable, lateHistories, type Play } from '../exhaustive.ts';

/**
 * A line a transaction: `name r x 1,2 | append y 3`, over before the next line; `(name …` begins one that the line `name)` ends;
 * `!name …` aborts, `?name …` has no outcome. Of a list `r x` reads the empty list, of a register null; `#` before a number: a list.
 */
function entries(text: string): HistoryEntry[] {
  const list: HistoryEntry[] = [];
  const open = new Map<string, HistoryValue>();
  const write = (process: string, type: HistoryEntry['type'], value: HistoryValue): void => {
    list.push({ index: list.length, time: list.length, process, type, f: 'txn', value });
  };
  for (const raw of text.trim().split('\n')) {
    const line = raw.trim();
    if (line.endsWith(')')) {
      write(line.slice(0, -1), 'ok', open.get(line.slice(0, -1)) ?? null);
      continue;
    }
    const [, mark = '', name = '', rest = ''] = /^([(!?]?)(\w+)\s+(.*)$/.exec(line) ?? [];
    const steps = rest.split('|').map((step): HistoryValue => {
      const [f = '', key = '', value] = step.trim().split(/\s+/);
      if (f !== 'r') return [f, key, Number(value)];
      return [f, key, value === undefined ? null : value.startsWith('#') ? value.slice(1).split(',').map(Number) : Number(value)];
    });
    write(name, 'invoke', steps.map((step) => (step as HistoryValue[]).map((part, i) => ((step as HistoryValue[])[0] === 'r' && i === 2 ? null : part))));
    if (mark === '(') open.set(name, steps);
    else write(name, mark === '!' ? 'fail' : mark === '?' ? 'info' : 'ok', steps);
  }
  return list;
}

function judge(text: string, level: IsolationLevel): TransactionVerdict {
  return checkTransactions(entries(text), { level });
}

const STORIES: readonly (readonly [anomaly: string, weakest: IsolationLevel, story: string])[] = [
  ['G0', 'read-uncommitted', '(a append x 1 | append y 1\n(b append x 2 | append y 2\na)\nb)\nc r x #1,2 | r y #2,1'],
  ['G1a', 'read-committed', '!a append x 1\nb r x #1'],
  ['G1b', 'read-committed', '(a append x 1 | append x 2\nb r x #1\na)'],
  ['G1c', 'read-committed', '(a append x 1 | r y #2\n(b append y 2 | r x #1\na)\nb)'],
  ['internal', 'read-atomic', 'a append x 1 | r x #2\nb append x 2'],
  ['fractured-read', 'read-atomic', '(a append x 1 | append y 2\nb r x #1 | r y\na)\nc r y #2'],
  ['G-single', 'consistent-view', '(a r x | r y #2\nb append x 1\nc r x #1 | append y 2\na)'],
  ['lost-update', 'consistent-view', '(a r x | append x 1\n(b r x | append x 2\na)\nb)\nc r x #1,2'],
  ['long-fork', 'snapshot-isolation', '(a append x 1\n(b append y 2\n(c r x #1 | r y\n(d r x | r y #2\na)\nb)\nc)\nd)\ne r x #1 | r y #2'],
  ['G2-item', 'repeatable-read', '(a r x | append y 1\n(b r y | append x 2\na)\nb)\nc r x #2 | r y #1'],
  ['G-single-process', 'parallel-snapshot-isolation', 'a append x 1\na r x\nc r x #1'],
  ['G-single-realtime', 'strong-snapshot-isolation', 'a append x 1\nb r x\nc r x #1'],
  ['unwritten-read', 'read-uncommitted', 'a r x #7'],
  ['duplicate-elements', 'read-uncommitted', 'a append x 1\nb r x #1,1'],
  ['incompatible-order', 'read-uncommitted', '(a append x 1\n(b append x 2\na)\nb)\nc r x #1,2\nd r x #2,1'],
];

describe('checkTransactions over lists', () => {
  for (const [anomaly, weakest, story] of STORIES) {
    it(`finds ${anomaly}, which ${weakest} is the weakest level to forbid`, () => {
      const verdict = judge(story, 'strict-serializable');
      expect(verdict.verdict).toBe('violation');
      expect(verdict.anomalies.map(({ name }) => name)).toContain(anomaly);
      const before = ISOLATION_LEVELS.slice(0, ISOLATION_LEVELS.indexOf(weakest));
      for (const level of before) expect({ level, verdict: judge(story, level).verdict }).toEqual({ level, verdict: 'ok' });
      expect(judge(story, weakest).verdict).toBe('violation');
    });
  }

  it('tells the circle in words', () => {
    expect(judge('a append x 1\nb r x\nc r x #1', 'strict-serializable').explanation).toBe(
      `G-single-realtime: T1 < T2, because T1 read x=[] without T2's append of 1; however, T2 < T1, because T2 was over before T1 began: a contradiction`,
    );
  });

  it('finds an acknowledged append that no later read shows', () => {
    expect(judge('a append x 1\nb append x 2\nc r x #2\nd r x #2', 'strict-serializable')).toMatchObject({ verdict: 'violation' });
    expect(judge('a append x 1\n?b append x 2\nc r x #1\nd r x #1', 'strict-serializable')).toMatchObject({ verdict: 'ok' });
  });

  it('says unknown where a value was appended twice, and refuses what is no transaction', () => {
    expect(judge('a append x 1\nb append x 1\nc r x #1', 'serializable').verdict).toBe('unknown');
    expect(() => checkTransactions([{ index: 0, time: 0, process: 0, type: 'invoke', f: 'read', value: 3 }])).toThrow(UsageError);
    expect(() => checkTransactions([], { level: 'snapshot' as never })).toThrow('level must be one of read-uncommitted');
    expect(() => judge('a append x 1 | w y 2', 'serializable')).toThrow('list-append cannot take operation 0');
  });
});

describe('checkTransactions over registers', () => {
  const stories: readonly (readonly [anomaly: string, level: IsolationLevel, story: string])[] = [
    ['G1a', 'read-committed', '!a w x 1\nb r x 1'],
    ['G1b', 'read-committed', '(a w x 1 | w x 2\nb r x 1\na)'],
    ['G1c', 'read-committed', '(a w x 1 | r y 2\n(b w y 2 | r x 1\na)\nb)'],
    ['internal', 'read-atomic', 'a w x 1 | r x 2\nb w x 2'],
    ['lost-update', 'snapshot-isolation', '(a r x | w x 1\n(b r x | w x 2\na)\nb)'],
    ['cyclic-versions', 'read-uncommitted', '(a r x 2 | w x 1\n(b r x 1 | w x 2\na)\nb)'],
    ['G2-item', 'serializable', '(a r x | w y 1\n(b r y | w x 2\na)\nb)'],
    ['long-fork', 'snapshot-isolation', '(a w x 1\n(b w y 2\n(c r x 1 | r y\n(d r x | r y 2\na)\nb)\nc)\nd)'],
    // Read 1 after 2 had replaced it in real time: only real time says which came first.
    ['G-single-realtime', 'strict-serializable', 'a w x 1\nb w x 2\nc r x 1'],
    // Written at the same time: which came first is known from who read them when.
    ['G-single-realtime', 'strict-serializable', '(a w x 1\n(b w x 2\na)\nb)\nc r x 1\nd r x 2\ne r x 1'],
    ['G2-item-realtime', 'strict-serializable', '(a w x 1 | w y 1\n(b w x 2 | w y 2\na)\nb)\nc r x 1\nd r y 2'],
    // Who read what comes before who wrote the next: in whatever order they were last seen, and though it wrote the register itself.
    ['G-single-realtime', 'strict-serializable', 'a w x 1\n(b w x 2 | w y 7\nc r y 7\nd r x 1\nb)'],
    ['G-single-realtime', 'strict-serializable', 'a w x 1\n(b w x 2 | w y 7\nc r y 7\nd r x 1 | w x 9\nb)'],
    ['G-single-realtime', 'strict-serializable', 'a w x 1\n(d r x 1 | w x 9 | r z 5\n(b w x 2 | w y 7\nc r y 7 | w z 5\nd)\nb)'],
    // Nobody was told that it happened, but somebody read what it wrote.
    ['G-single-realtime', 'strict-serializable', '?a w x 1 | w y 1\nb r y 1\nc r x'],
  ];
  for (const [anomaly, level, story] of stories) {
    it(`finds ${anomaly}, which ${level} forbids`, () => {
      const verdict = judge(story, level);
      expect(verdict.verdict).toBe('violation');
      expect(verdict.anomalies.map(({ name }) => name)).toContain(anomaly);
    });
  }

  it('infers nothing from a value that was written twice, and everything from the others', () => {
    expect(judge('!a w x 1\nb w x 1\nc r x 1', 'serializable').verdict).toBe('unknown');
    expect(judge('!a w x 1\nb w x 1\nc r x 1\n!d w y 2\ne r y 2', 'serializable').explanation).toContain('G1a: e read y=2');
  });

  it('allows under serializability what only real time forbids', () => {
    expect(judge('a w x 1\nb w x 2\nc r x 1', 'serializable').verdict).toBe('ok');
    expect(judge('(a w x 1 | w y 1\n(b w x 2 | w y 2\na)\nb)\nc r x 1\nd r y 2', 'serializable').verdict).toBe('ok');
  });

  it('says who was to have read what when, and has them among its witnesses', () => {
    const { explanation, witness } = judge('(a w x 1 | w y 1\n(b w x 2 | w y 2\na)\nb)\nc r x 1\nd r y 2\nz r q', 'strict-serializable');
    expect(explanation).toBe(
      'G2-item-realtime: T1 < T2, because T1 wrote y=1, which T2 overwrote with 2, since 1 was written before d read 2; '
      + 'however, T2 < T1, because T2 wrote x=2, which T1 overwrote with 1, since 2 was written before c read 1: a contradiction',
    );
    expect(new Set(witness.map(({ process }) => process))).toEqual(new Set(['a', 'b', 'c', 'd']));
    const first = judge('(a w x 1\n(b w x 2\nc r x 1\nd r x 2\ne r x 1\na)\nb)', 'strict-serializable');
    expect(first.explanation).toContain('T1 read x=2, which T2 overwrote with 1, since T1 had read 2 before e read 1');
  });

  it('takes what was over at the very instant at which another began for concurrent with it', () => {
    const done = (id: number, step: HistoryValue, call: number, end: number): Operation => (
      { id, process: id, f: 'txn', input: [step], output: [step], call, return: end, status: 'ok' }
    );
    const touching = (end: number): Operation[] => [done(0, ['w', 'x', 1], 0, end), done(1, ['w', 'x', 2], 5, 6), done(2, ['r', 'x', 1], 7, 8)];
    expect(checkTransactions(touching(5)).verdict).toBe('ok');
    expect(checkTransactions(touching(4)).verdict).toBe('violation');
  });

  it('takes a transaction that read one value and wrote the next for neither earlier nor later than itself', () => {
    expect(judge('a w x 1\nb r x 1\nc r x 1 | w x 2\nd r x 2 | w x 3\ne r x 3', 'strict-serializable').verdict).toBe('ok');
  });
});

interface Plan {
  readonly process: number;
  readonly steps: readonly { readonly key: string; readonly write: boolean }[];
  readonly fate: number;
  readonly stale: number;
}

const plans = fc.array(fc.record({
  process: fc.nat(2), fate: fc.nat(9), stale: fc.nat(5),
  steps: fc.array(fc.record({ key: fc.constantFrom('x', 'y'), write: fc.boolean() }), { minLength: 1, maxLength: 3 }),
}), { minLength: 3, maxLength: 12 });

/** Executes transactions one at a time; some see an old state, and some lose their writes: then it may not be serializable. */
function execute(turns: readonly Plan[], model: 'list-append' | 'rw-register', faulty: boolean): HistoryEntry[] {
  type State = Readonly<Record<string, readonly number[]>>;
  const states: State[] = [{}];
  const list: HistoryEntry[] = [];
  const open = new Map<number, { asked: HistoryValue; answer: HistoryValue; fate: number }>();
  const write = (process: number, type: HistoryEntry['type'], value: HistoryValue): void => {
    list.push({ index: list.length, time: list.length, process, type, f: 'txn', value });
  };
  const finish = (process: number): void => {
    const waiting = open.get(process);
    if (waiting === undefined) return;
    open.delete(process);
    write(process, waiting.fate === 0 ? 'fail' : waiting.fate === 1 ? 'info' : 'ok', waiting.fate > 1 ? waiting.answer : waiting.asked);
  };
  let next = 1;
  for (const { process, steps, fate, stale } of turns) {
    if (open.has(process)) finish(process);
    const base = faulty && stale > 3 ? states.at(-1 - (stale % 3)) ?? {} : states.at(-1) ?? {};
    let mine: State = base;
    let kept: State = states.at(-1) ?? {};
    const asked: HistoryValue[] = [];
    const answer: HistoryValue[] = [];
    for (const { key, write: writes } of steps) {
      const value = next++;
      if (writes) {
        const f = model === 'list-append' ? 'append' : 'w';
        asked.push([f, key, value]);
        answer.push([f, key, value]);
        mine = { ...mine, [key]: [...(mine[key] ?? []), value] };
        kept = { ...kept, [key]: [...(kept[key] ?? []), value] };
      } else {
        asked.push(['r', key, null]);
        answer.push(['r', key, model === 'list-append' ? [...(mine[key] ?? [])] : mine[key]?.at(-1) ?? null]);
      }
    }
    if (fate !== 0) states.push(kept);
    write(process, 'invoke', asked);
    open.set(process, { asked, answer, fate });
  }
  for (const process of Array.from(open.keys())) finish(process);
  return list;
}

interface Txn { readonly steps: readonly (readonly HistoryValue[])[]; readonly call: number; readonly end: number; readonly optional: boolean }

/** Whether some order of all committed and any unknown transactions explains every read; with `strict`, one that respects real time. */
function isSerializable(history: readonly HistoryEntry[], strict: boolean): boolean {
  const open = new Map<unknown, HistoryEntry>();
  const all: Txn[] = [];
  for (const entry of history) {
    const invoked = open.get(entry.process);
    if (entry.type === 'invoke') open.set(entry.process, entry);
    else if (entry.type !== 'fail' && invoked !== undefined) {
      const steps = (entry.type === 'ok' ? entry.value : (invoked.value as readonly (readonly HistoryValue[])[]).filter(([f]) => f !== 'r')) as Txn['steps'];
      all.push({ steps, call: invoked.index, end: entry.type === 'ok' ? entry.index : Infinity, optional: entry.type === 'info' });
    }
  }
  const place = (state: Readonly<Record<string, readonly HistoryValue[]>>, rest: readonly Txn[]): boolean => rest.every(({ optional }) => optional) || rest.some((txn) => {
    if (strict && rest.some((other) => other.end < txn.call)) return false;
    let next = state;
    for (const [f, name, value] of txn.steps) {
      const key = JSON.stringify(name);
      const held = next[key] ?? [];
      if (f !== 'r') next = { ...next, [key]: f === 'w' ? [value ?? null] : [...held, value ?? null] };
      else if (JSON.stringify(value) !== JSON.stringify(Array.isArray(value) ? held : held.at(-1) ?? null)) return false;
    }
    return place(next, rest.filter((other) => other !== txn));
  });
  return place({}, all);
}

describe('checkTransactions against exhaustive search', () => {
  for (const model of ['list-append', 'rw-register'] as const) {
    for (const level of ['serializable', 'strict-serializable'] as const) {
      it(`never calls a ${level} history of ${model} a violation`, () => {
        fc.assert(fc.property(plans, (turns) => {
          expect(checkTransactions(execute(turns, model, false), { level, model }).verdict).toBe('ok');
        }), { seed: 71, numRuns: 400 });
      });

      it(`has only proofs, and more than it misses, under ${level} of ${model} with stale reads`, () => {
        const seen = { found: 0, missed: 0, fine: 0 };
        fc.assert(fc.property(plans.map((turns) => turns.slice(0, 6)), (turns) => {
          const history = execute(turns, model, true);
          const { verdict } = checkTransactions(history, { level, model });
          const holds = isSerializable(history, level === 'strict-serializable');
          expect(holds && verdict === 'violation').toBe(false);
          seen[holds ? 'fine' : verdict === 'violation' ? 'found' : 'missed']++;
        }), { seed: 72, numRuns: 1500 });
        expect(Math.min(seen.found, seen.fine)).toBeGreaterThan(30);
        // Incomplete by design: with six transactions and few reads, much of the order of the versions was never seen.
        expect(seen.found).toBeGreaterThan(seen.missed);
      });
    }
  }

  it('misses nothing of one register', () => {
    type Step = readonly [string, string, HistoryValue];
    const steps = (a: number, place: number): readonly Step[] => (
      a < 4 ? [['r', 'x', null]] : a < 6 ? [['w', 'x', place]] : [['r', 'x', null], ['w', 'x', place]]
    );
    const register: Play<HistoryValue> = {
      init: null,
      request: (a, _b, _c, place) => ({ f: 'txn', input: steps(a, place) }),
      answer: (state, _, input) => [(input as readonly Step[]).at(-1)?.[2] ?? state, (input as readonly Step[]).map(([f, key, value]) => [f, key, f === 'r' ? state : value])],
      lie: (_, input, a) => (input as readonly Step[]).map(([f, key, value]) => [f, key, f === 'r' ? [null, 0, 1, 2, 3, 4, 5, 6][a] ?? null : value]),
    };
    const model: Model<HistoryValue> = {
      name: 'register',
      init: null,
      equal: (a, b) => a === b,
      step: (state, { status, input, output }) => {
        const [first, last] = (status === 'ok' ? output : input) as readonly [Step, Step?];
        if (first[0] === 'w') return first[2];
        return status === 'ok' && first[2] !== state ? undefined : last?.[2] ?? state;
      },
    };
    const seen = { found: 0, fine: 0 };
    fc.assert(fc.property(lateHistories(register, 9, 6, 3), (operations) => {
      const holds = isLinearizable(model, operations);
      expect(checkTransactions(operations).verdict).toBe(holds ? 'ok' : 'violation');
      seen[holds ? 'fine' : 'found']++;
    }), { seed: 73, numRuns: 4000 });
    expect(Math.min(seen.found, seen.fine)).toBeGreaterThan(300);
  });

  it('misses nothing of one register that is read and written by itself, however many versions lie between', () => {
    const register: Play<HistoryValue> = {
      init: null,
      request: (a, _b, _c, place) => (a < 3 ? { f: 'r', input: null } : { f: 'w', input: place }),
      answer: (state, f, input) => (f === 'r' ? [state, state] : [input, input]),
      lie: (f, input, a) => (f === 'r' ? [0, 1, 2, 3, 5, 8, 13, 21][a] ?? null : input),
    };
    const asTransaction = (operation: Operation): Operation => {
      const { f, input, output } = operation;
      return { ...operation, f: 'txn', input: [[f, 'x', input]], output: [[f, 'x', output]] };
    };
    const seen = { ok: 0, violation: 0, unknown: 0 };
    fc.assert(fc.property(lateHistories(register, 60, 80, 8, true), (operations) => {
      const { verdict } = checkLinearizability(operations, { model: 'register' });
      const transactions = operations.map(asTransaction);
      const found = checkTransactions(transactions);
      expect(found.verdict).toBe(verdict);
      // What it shows is a violation by itself; of nothing shown, nothing is wrong.
      expect(checkTransactions(transactions.filter(({ id }) => found.witness.some((one) => one.id === id))).verdict).toBe(verdict);
      seen[verdict]++;
    }), { seed: 74, numRuns: 1500 });
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(100);
  });
});
