import { expect, test } from 'vitest';
import { Simulation } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import { drawWorkload, formatWorkload, readWorkload, redisClients, runWorkload, type Workload, type WorkloadKind } from '../../src/scenarios/index.ts';

/** When each client asked, in milliseconds, beside when it was to. */
async function asked(workload: Workload, latency: string): Promise<{ planned: number; at: number }[][]> {
  const sim = new Simulation({ seed: 1, topology: { sameZone: latency } });
  const clients = redisClients(sim, createRedis(sim), workload, { timeout: '10s' });
  await sim.run(() => runWorkload(sim, clients, workload));
  return workload.clients.map(({ name, operations }) => {
    const invoked = sim.history.entries.filter(({ process, type }) => process === name && type === 'invoke');
    return operations.map(({ at = 0 }, index) => ({ planned: at, at: (invoked[index]?.time ?? NaN) / 1000 }));
  });
}

test('a rate is that of all clients together, at instants as independent as those of strangers', () => {
  const workload = drawWorkload({ kind: 'register', seed: 3, clients: 20, operations: 20_000, rate: 500 });
  for (const { operations } of workload.clients) {
    const instants = operations.map(({ at = 0 }) => at);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(operations.every(({ wait }) => wait === undefined)).toBe(true);
  }
  const gapsOf = (instants: readonly number[]): { mean: number; spread: number } => {
    const gaps = instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    return { mean, spread: Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean };
  };
  const all = gapsOf(workload.clients.flatMap(({ operations }) => operations.map(({ at = 0 }) => at)).filter((at) => at < 38_000).sort((a, b) => a - b));
  expect(all.mean).toBeCloseTo(2, 1);
  // Of a Poisson process the gaps deviate by as much as they last; of each client's part of it, too.
  expect(all.spread).toBeCloseTo(1, 1);
  for (const { operations } of workload.clients) expect(Math.abs(gapsOf(operations.map(({ at = 0 }) => at)).spread - 1)).toBeLessThan(0.15);
});

test('operations of a rate are asked at their instants while the store keeps up, and as soon as the last one is answered when it does not', async () => {
  const workload = drawWorkload({ kind: 'register', seed: 3, clients: 4, operations: 80, rate: 40 });
  const early = (await asked(workload, '100us')).flat();
  expect(early.filter(({ planned, at }) => at !== planned)).toEqual([]);
  for (const client of await asked(workload, '200ms')) {
    expect(client.every(({ planned, at }) => at >= planned)).toBe(true);
    expect(client.some(({ planned, at }) => at > planned + 1000)).toBe(true);
    // 400 ms to and fro: it never pauses once it is behind.
    client.slice(1).forEach(({ planned, at }, index) => { expect(at).toBeCloseTo(Math.max(planned, (client[index]?.at ?? 0) + 400), 0); });
  }
});

test.each([
  [{ rate: 0 }, /rate is operations a second, above 0 and at most 100000, got 0/],
  [{ rate: Number.NaN }, /rate is operations a second.*got NaN/],
  [{ rate: 1e9 }, /at most 100000, got 1000000000/],
  [{ rate: 5, thinkTime: '10ms' }, /a rate or a thinkTime, not both/],
])('%j is refused', (description, message) => {
  expect(() => drawWorkload({ kind: 'register', seed: 1, ...description })).toThrow(message);
});

test.each<WorkloadKind>(['register', 'cas', 'set', 'counter', 'list', 'bank', 'row', 'queue', 'hash', 'sorted-set', 'stream'])('a drawn %s is read back from what is printed', (kind) => {
  const workload = drawWorkload({ kind, seed: 4, clients: 3, operations: 60 });
  expect(readWorkload(JSON.parse(formatWorkload(workload)))).toEqual(workload);
  // Each of what it changes is another value.
  const values = workload.clients.flatMap(({ operations }) => operations).filter(({ f }) => ['write', 'append', 'enqueue', 'xadd'].includes(f)).map(({ value }) => value);
  expect(new Set(values).size).toBe(values.length);
});

test('an operation that its kind does not have is refused by name, in its place', () => {
  const workload = { kind: 'queue', clients: [{ name: 'c1', operations: [{ f: 'dequeue', key: 'k1' }, { f: 'append', key: 'k1', value: '1' }] }] };
  expect(() => readWorkload(workload, 'case.json')).toThrow("case.json: 'clients.0.operations.1.f': a queue has enqueue, dequeue, got 'append'");
  expect(() => readWorkload({ ...workload, kind: 'heap' }, 'case.json')).toThrow("case.json: 'kind'");
});
