import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimingWheel } from '../../src/structures/timing-wheel.ts';

type Step = { kind: 'add'; ahead: number } | { kind: 'take' } | { kind: 'until'; ahead: number } | { kind: 'cancel'; which: number };

const ahead = fc.oneof(
  fc.nat(3), fc.nat(5000), fc.nat(20_000_000), fc.double({ min: 0, max: 2 ** 52, noNaN: true }).map(Math.floor),
  fc.constantFrom(4095, 4096, 4097, 2 ** 24 - 1, 2 ** 24, 2 ** 36, 2 ** 48),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: ahead.map((value): Step => ({ kind: 'add', ahead: value })) },
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'take' }) },
  { weight: 1, arbitrary: ahead.map((value): Step => ({ kind: 'until', ahead: value })) },
  { weight: 1, arbitrary: fc.nat(50).map((which): Step => ({ kind: 'cancel', which })) },
);

test('gives what a sorted list gives: by instant, then in the order of adding, whatever is cancelled or limited', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const wheel = new TimingWheel(2);
    let pending: { time: number; slot: number }[] = [];
    let now = 0;
    const earliest = (): { time: number; slot: number } | undefined =>
      pending.reduce<{ time: number; slot: number } | undefined>((best, entry) => (best === undefined || entry.time < best.time ? entry : best), undefined);
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
        const time = now + todo.ahead;
        if (time > Number.MAX_SAFE_INTEGER) continue;
        pending.push({ time, slot: wheel.add(time) });
      } else if (todo.kind === 'take') {
        takeUntil(Infinity);
      } else if (todo.kind === 'until') {
        if (now + todo.ahead <= Number.MAX_SAFE_INTEGER) takeUntil(now + todo.ahead);
      } else if (pending.length > 0) {
        const [gone] = pending.splice(todo.which % pending.length, 1);
        wheel.cancel(gone?.slot ?? -1);
      }
      expect(wheel.size).toBe(pending.length);
    }
    while (pending.length > 0) takeUntil(Infinity);
    expect(wheel.take(Infinity)).toBe(-1);
  }), { numRuns: 300 });
});

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
