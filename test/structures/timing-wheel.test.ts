import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimingWheel } from '../../src/structures/timing-wheel.ts';

type Step = { kind: 'add'; ahead: number } | { kind: 'take' } | { kind: 'until'; ahead: number } | { kind: 'cancel'; which: number } | { kind: 'flood'; ahead: number[] } | { kind: 'ebb'; left: number };

const ahead = fc.oneof(
  fc.nat(3), fc.nat(5000), fc.nat(20_000_000), fc.double({ min: 0, max: 2 ** 52, noNaN: true }).map(Math.floor),
  fc.constantFrom(4095, 4096, 4097, 2 ** 24 - 1, 2 ** 24, 2 ** 36, 2 ** 48),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: ahead.map((value): Step => ({ kind: 'add', ahead: value })) },
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'take' }) },
  { weight: 1, arbitrary: ahead.map((value): Step => ({ kind: 'until', ahead: value })) },
  { weight: 1, arbitrary: fc.nat(200).map((which): Step => ({ kind: 'cancel', which })) },
);
/** Few entries lie in a list and many in buckets: these go to and fro. */
const tide: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: step },
  { weight: 1, arbitrary: fc.array(ahead, { minLength: 90, maxLength: 160 }).map((spans): Step => ({ kind: 'flood', ahead: spans })) },
  { weight: 1, arbitrary: fc.nat(60).map((left): Step => ({ kind: 'ebb', left })) },
);

test.each([['few', step, 300], ['now few, now many', tide, 200]] as const)('gives what a sorted list gives, %s: by instant, then in the order of adding, whatever is cancelled or limited', (_, steps, numRuns) => {
  fc.assert(fc.property(fc.array(steps, { maxLength: 120 }), follow), { numRuns });
});

function follow(steps: readonly Step[]): void {
  const wheel = new TimingWheel(2);
  let pending: { time: number; slot: number }[] = [];
  let now = 0;
  const earliest = (): { time: number; slot: number } | undefined =>
    pending.reduce<{ time: number; slot: number } | undefined>((best, entry) => (best === undefined || entry.time < best.time ? entry : best), undefined);
  const add = (span: number): void => {
    const time = now + span;
    if (time <= Number.MAX_SAFE_INTEGER) pending.push({ time, slot: wheel.add(time) });
  };
  const takeUntil = (limit: number): void => {
    const expected = earliest();
    const slot = wheel.take(limit);
    const due = expected !== undefined && expected.time <= limit;
    expect(due ? [slot, wheel.timeOf(slot)] : slot).toEqual(due ? [expected.slot, expected.time] : -1);
    if (!due) {
      if (limit < Infinity) now = Math.max(now, limit);
      return;
    }
    now = expected.time;
    pending = pending.filter((entry) => entry !== expected);
  };
  for (const todo of steps) {
    if (todo.kind === 'add') {
      add(todo.ahead);
    } else if (todo.kind === 'flood') {
      todo.ahead.forEach(add);
    } else if (todo.kind === 'ebb') {
      while (pending.length > todo.left) takeUntil(Infinity);
    } else if (todo.kind === 'take') {
      takeUntil(Infinity);
    } else if (todo.kind === 'until') {
      if (now + todo.ahead <= Number.MAX_SAFE_INTEGER) takeUntil(now + todo.ahead);
    } else if (pending.length > 0) {
      const [gone] = pending.splice(todo.which % pending.length, 1);
      wheel.cancel(gone?.slot ?? -1);
    }
    expect([wheel.size, wheel.earliest()]).toEqual([pending.length, earliest()?.time]);
  }
  while (pending.length > 0) takeUntil(Infinity);
  expect(wheel.take(Infinity)).toBe(-1);
}

test('grows far beyond the slots it began with', () => {
  const wheel = new TimingWheel(2);
  for (let i = 0; i < 10_000; i++) wheel.add((i * 7919) % 10_007);
  let last = -1;
  for (let i = 0; i < 10_000; i++) {
    const time = wheel.timeOf(wheel.take(Infinity));
    expect(time).toBeGreaterThanOrEqual(last);
    last = time;
  }
  expect(wheel.size).toBe(0);
});

test('tells the earliest instant without taking it', () => {
  const wheel = new TimingWheel();
  expect(wheel.earliest()).toBeUndefined();
  fc.assert(fc.property(fc.array(ahead, { minLength: 1, maxLength: 30 }), (times) => {
    const fresh = new TimingWheel();
    for (const time of times) fresh.add(time);
    for (const time of times.toSorted((a, b) => a - b)) {
      expect(fresh.earliest()).toBe(time);
      fresh.take(Infinity);
    }
  }));
});
