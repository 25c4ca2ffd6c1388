import { afterEach, beforeEach, expect, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { followTimers, test } from '../../src/vitest/index.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test('fake timers drive the simulation: what is asked is answered when its time has come', async ({ sim }) => {
  const client = createDynamo(sim, { nodes: 3 }).client({ name: 'c' });
  using _slow = sim.faults.delay({ by: '50ms' });
  sim.followTimers();
  let told = 'nothing';
  void client.put('k', 'v').then(() => { told = 'written'; });
  await vi.advanceTimersByTimeAsync(20);
  expect([told, sim.now]).toEqual(['nothing', 20_000]);
  await vi.advanceTimersByTimeAsync(400);
  expect([told, sim.now]).toEqual(['written', 420_000]);
});

test('timers of the code under test and virtual time go hand in hand', async ({ sim }) => {
  const client = createDynamo(sim, { nodes: 3 }).client({ name: 'c' });
  const end = sim.followTimers();
  const seen: number[] = [];
  setTimeout(() => { seen.push(sim.now); void client.put('k', 'v').then(() => { seen.push(sim.now); }); }, 100);
  await vi.advanceTimersByTimeAsync(200);
  expect(seen[0]).toBeGreaterThanOrEqual(99_000);
  expect(seen[1]).toBeGreaterThan(seen[0] ?? 0);
  end();
  await vi.advanceTimersByTimeAsync(200);
  expect(sim.now).toBe(200_000);
});

test('the synchronous form is refused, and so is following without fake timers', ({ sim }) => {
  sim.followTimers();
  expect(() => vi.advanceTimersByTime(10)).toThrow('await vi.advanceTimersByTimeAsync');
  vi.useRealTimers();
  expect(() => followTimers(sim)).toThrow('call vi.useFakeTimers() first');
  expect(createRedis().set('a', 'b')).toBe('OK');
});
