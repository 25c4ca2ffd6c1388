import { expect, test } from 'vitest';
import { Simulation } from '../../../src/index.ts';
import { createRedis } from '../../../src/redis/index.ts';
import { drawWorkload, formatWorkload, readWorkload, redisClients, runWorkload, type TransactionStep, type Workload, type WorkloadDescription, type WorkloadKind } from '../../../src/scenarios/index.ts';

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

test.each<WorkloadKind>(['register', 'cas', 'set', 'counter', 'list', 'bank', 'row', 'item', 'queue', 'lock', 'list-append', 'rw-register', 'siblings', 'string', 'redis-list', 'redis-set', 'hash', 'sorted-set', 'stream'])('a drawn %s is read back from what is printed', (kind) => {
  const workload = drawWorkload({ kind, seed: 4, clients: 3, operations: 60 });
  expect(readWorkload(JSON.parse(formatWorkload(workload)))).toEqual(workload);
  // Each of what it changes is another value.
  const operations = workload.clients.flatMap((client) => client.operations);
  const steps = operations.flatMap(({ f, value }) => (f === 'txn' ? value as readonly TransactionStep[] : [])).filter(([f]) => f !== 'r').map(([, , value]) => value);
  const values = [...steps, ...operations.filter(({ f }) => ['write', 'append', 'enqueue', 'set', 'rpush', 'lpush', 'xadd', 'put'].includes(f)).map(({ value }) => value)];
  expect(new Set(values).size).toBe(values.length);
  expect(values.length > 0).toBe(!['set', 'counter', 'bank', 'row', 'lock', 'redis-set', 'hash', 'sorted-set'].includes(kind));
});

test('an operation that its kind does not have is refused by name, in its place', () => {
  const workload = { kind: 'queue', clients: [{ name: 'c1', operations: [{ f: 'dequeue', key: 'k1' }, { f: 'append', key: 'k1', value: '1' }] }] };
  expect(() => readWorkload(workload, 'case.json')).toThrow("case.json: 'clients.0.operations.1.f': a queue has dequeue, enqueue, got 'append'");
  expect(() => readWorkload({ ...workload, kind: 'heap' }, 'case.json')).toThrow("case.json: 'kind'");
});

test.each<readonly [object, string]>([
  [{ kind: 'list-append', f: 'txn', value: [['w', 'k1', 1]] }, `'clients.0.operations.0.value': a list-append has steps ["r", key, null] and ["append", key, number], got ["w","k1",1]`],
  [{ kind: 'rw-register', f: 'txn', value: [['r', 'k1', 1]] }, `got ["r","k1",1]`],
  [{ kind: 'rw-register', f: 'txn', value: [['w', 'k1', null]] }, `got ["w","k1",null]`],
  [{ kind: 'rw-register', f: 'txn' }, 'got null'],
  [{ kind: 'register', f: 'write', value: [['w', 'k1', 1]] }, `'clients.0.operations.0.value': only a txn has steps, not write`],
  [{ kind: 'register', f: 'write' }, `'clients.0.operations.0.value': write needs one`],
  [{ kind: 'register', f: 'write', value: [] }, `'clients.0.operations.0.value'`],
])('%j is refused in its place', ({ kind, ...operation }: { kind?: string }, message) => {
  expect(() => readWorkload({ kind, clients: [{ name: 'c1', operations: [{ key: 'txn', ...operation }] }] })).toThrow(message);
});

/** How many tenths of what is drawn each operation is. */
function counts(description: Partial<WorkloadDescription> & { readonly kind: WorkloadKind }): Record<string, number> {
  const drawn = drawWorkload({ seed: 7, clients: 3, operations: 3000, ...description }).clients.flatMap(({ operations }) => operations.map(({ f }) => f));
  return Object.fromEntries([...new Set(drawn)].sort((a, b) => (a < b ? -1 : 1)).map((f) => [f, Math.round(drawn.filter((one) => one === f).length / 300)]));
}

test('a mix says how often each operation is drawn; otherwise the share of reads does, and the kind', () => {
  expect(counts({ kind: 'hash', mix: { hget: 2, hset: 1 } })).toEqual({ hget: 7, hset: 3 });
  expect(counts({ kind: 'cas', mix: { cas: 1 } })).toEqual({ cas: 10 });
  expect(counts({ kind: 'cas', reads: 0.2 })).toEqual({ cas: 4, read: 2, write: 4 });
  expect(counts({ kind: 'redis-set', reads: 0 })).toEqual({ sadd: 6, srem: 4 });
  expect(counts({ kind: 'queue', reads: 0 })).toEqual({ enqueue: 10 });
});

test.each([
  [{ kind: 'hash', mix: { read: 1 } }, "the mix of a hash has hgetall, hget, hdel, hsetnx, hset, got 'read'"],
  [{ kind: 'hash', mix: { hget: -1 } }, 'the mix says how often hget is drawn, a number from 0, got -1'],
  [{ kind: 'queue', mix: { enqueue: 0 } }, 'the mix of a queue must name one of dequeue, enqueue'],
  [{ kind: 'lock', mix: { acquire: 1 } }, 'a lock has no mix'],
  [{ kind: 'rw-register', transactions: { steps: 0 } }, "a workload's transactions.steps is a whole number from 1, got 0"],
  [{ kind: 'register', skew: 'zipf' }, `a workload's skew is 'uniform', { zipf: exponent } or { hot: share }, got "zipf"`],
  [{ kind: 'heap' }, "unknown kind of workload 'heap'; there are register, cas,"],
] as const)('%j is refused', (description, message) => {
  expect(() => drawWorkload({ seed: 1, ...description } as unknown as WorkloadDescription)).toThrow(message);
});

test('a transaction has up to so many steps; where it does not mix, it reads or changes', () => {
  const stepsOf = (mixed: boolean): (readonly TransactionStep[])[] => (
    drawWorkload({ kind: 'list-append', seed: 3, operations: 300, reads: 0.25, transactions: { steps: 3, mixed } }).clients.flatMap(({ operations }) => operations.map(({ value }) => value as readonly TransactionStep[]))
  );
  const readsIn = (steps: readonly TransactionStep[]): number => steps.filter(([f]) => f === 'r').length;
  const [mixed, apart] = [stepsOf(true), stepsOf(false)];
  expect([...new Set(mixed.map(({ length }) => length))].sort((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(mixed.filter((steps) => readsIn(steps) > 0 && readsIn(steps) < steps.length).length).toBeGreaterThan(60);
  expect(apart.filter((steps) => readsIn(steps) > 0 && readsIn(steps) < steps.length)).toEqual([]);
  for (const all of [mixed.flat(), apart.flat()]) expect(readsIn(all) / all.length).toBeCloseTo(0.25, 1);
});

test('whoever acquired a lock releases it before acquiring another', () => {
  for (const { operations } of drawWorkload({ kind: 'lock', seed: 3, clients: 2, operations: 41, keys: 4 }).clients) {
    operations.forEach(({ f, key }, at) => { expect([f, key]).toEqual([at % 2 === 0 ? 'acquire' : 'release', at % 2 === 0 ? key : operations[at - 1]?.key]); });
    expect(new Set(operations.map(({ key }) => key)).size).toBe(4);
  }
});
