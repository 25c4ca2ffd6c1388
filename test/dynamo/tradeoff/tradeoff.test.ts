import { expect, test } from 'vitest';
import { tradeoff, type TradeoffOptions } from '../../../src/dynamo/index.ts';

const constant = (ms: number): { readonly kind: 'constant'; readonly value: number } => ({ kind: 'constant', value: ms });

test('with constant latencies every figure can be told beforehand', () => {
  const latency = { write: constant(5), ack: constant(1), read: constant(2), response: constant(3) };
  expect(tradeoff({ latency, operations: 10, quorums: [{ r: 2, w: 1 }], delays: [0] })).toEqual([{
    r: 2, w: 1, n: 3, readMs999: 5, writeMs999: 6, tVisibilityMs999: 0, pFreshAt: { 0: 1 }, availability: 1, messages: 6, bytes: expect.any(Number) as number,
    read: { p50: 5, p95: 5, p99: 5, p999: 5 }, write: { p50: 6, p95: 6, p99: 6, p999: 6 }, readAvailability: 1, writeAvailability: 1, sloppyAvailability: 1,
    durability: { 1: 1, 2: 1, 3: 0 }, staleReads: 0, operations: 10,
  }]);
});

test('far replicas: a write is near one of three at random, and a read another time', () => {
  const latency = { write: constant(1), ack: constant(1), read: constant(1), response: constant(1), remote: '10ms' };
  const [row] = tradeoff({ latency, operations: 3000, quorums: [{ r: 1, w: 1 }], delays: [0, 8, 9] });
  // Committed at 2 ms where it is near, it is at the others at 11 ms; a read that is near one of those gets there 1 ms after it was sent.
  expect(row).toMatchObject({ readMs999: 2, writeMs999: 2, tVisibilityMs999: 8, durability: { 1: expect.closeTo(2 / 3) as number, 2: expect.closeTo(1 / 3) as number } });
  expect(row?.pFreshAt['0']).toBeCloseTo(1 / 3, 1);
  expect(row?.pFreshAt).toMatchObject({ 8: 1, 9: 1 });
});

test('while a zone is down, requests that need all replicas are refused, or a stand-in takes part', () => {
  const options: TradeoffOptions = { latency: 'LNKD-SSD', operations: 10 };
  expect(tradeoff(options).map(({ r, w, availability, sloppyAvailability }) => [r, w, availability, sloppyAvailability])).toEqual([
    [1, 1, 1, 1], [1, 2, 1, 1], [1, 3, 0.5, 1], [2, 1, 1, 1], [2, 2, 1, 1], [2, 3, 0.5, 1], [3, 1, 0.5, 1], [3, 2, 0.5, 1], [3, 3, 0, 1],
  ]);
});

test('it tells how far it is', () => {
  const told: string[] = [];
  tradeoff({ n: 1, operations: 2000, onProgress: ({ done, operations, quorumsDone, quorums }) => told.push(`${done}/${operations} ${quorumsDone}/${quorums}`) });
  expect(told).toEqual(['0/2000 0/1', '1000/2000 0/1', '2000/2000 0/1']);
});

test.each([
  [{ n: 0 }, 'n must be'], [{ operations: 1.5 }, 'operations must be'], [{ seed: -1 }, 'seed must be'], [{ delays: [] }, 'delays must be'], [{ delays: [-1] }, 'delays must be'],
  [{ quorums: [{ r: 4, w: 1 }] }, 'r must be'], [{ latency: 'HDD' }, 'latency must be one of'], [{ latency: { write: 1 } }, 'latency needs ack'],
  [{ latency: { write: 1, ack: 1, read: 1, response: 'slow' } }, 'unknown distribution'], [{ latencies: 'WAN' }, "has no option 'latencies'"],
])('%j is refused', (options, message) => {
  expect(() => tradeoff(options as TradeoffOptions)).toThrow(message);
});
