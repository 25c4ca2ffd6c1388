/* oxlint-disable vitest/no-standalone-expect -- the linter does not know an extended test for one */
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { createDynamo } from '../../src/dynamo/index.ts';
import { seedOf, test } from '../../src/vitest/index.ts';

// This suite is about the host's timers: nothing is poisoned in it.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(() => { vi.useRealTimers(); });

test('the seed comes from the name of the test', ({ sim }) => {
  expect(sim.seed).toBe(seedOf(undefined, 'the seed comes from the name of the test'));
  expect(sim.seed).not.toBe(seedOf(undefined, 'another test'));
});

describe('within a suite', () => {
  test('it is the full name', ({ sim }) => {
    expect(sim.seed).toBe(seedOf(undefined, 'within a suite it is the full name'));
  });
});

test('SPLITBRAIN_SEED goes before the name, and must be a seed', () => {
  expect(seedOf('17', 'whatever')).toBe(17);
  expect(() => seedOf('x', 'whatever')).toThrow("SPLITBRAIN_SEED must be a whole number, got 'x'");
});

test('await vi.advanceTimersByTimeAsync drives the simulation beside the fake timers', async ({ sim }) => {
  vi.useFakeTimers();
  sim.followTimers();
  const dynamo = createDynamo(sim, { nodes: 3 });
  const alice = dynamo.client({ name: 'alice' });
  const seen: (string | undefined)[] = [];
  const timer = setInterval(() => { void alice.get('x').then(({ value }) => seen.push(value)); }, 100);
  const put = alice.put('x', 'one');
  await vi.advanceTimersByTimeAsync(350);
  clearInterval(timer);
  await put;
  expect(seen).toEqual(['one', 'one', 'one']);
  expect(sim.now).toBe(350_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sim.now).toBe(60_350_000);
});

test('the synchronous forms are refused in one line, and are as they were when the simulation stops following', ({ sim }) => {
  expect(() => sim.followTimers()).toThrow('call vi.useFakeTimers() first');
  vi.useFakeTimers();
  sim.followTimers();
  for (const name of ['advanceTimersByTime', 'advanceTimersToNextTimer', 'runAllTimers', 'runOnlyPendingTimers'] as const) {
    expect(() => (vi[name] as (milliseconds: number) => void)(5)).toThrow(`vi.${name}() cannot drive a simulation`);
  }
  sim.stopFollowing();
  const ran = vi.fn<() => void>();
  setTimeout(ran, 5);
  vi.advanceTimersByTime(5);
  expect(ran).toHaveBeenCalledOnce();
});
