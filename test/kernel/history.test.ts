import { expect, test } from 'vitest';
import { History, Simulation, SplitbrainError, type Micros } from '../../src/index.ts';
import { echoes, ping } from '../support/cluster.ts';

test('an operation is an invocation and one completion, at the instants at which they happened', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const alice = sim.addClient({ name: 'alice' });
  await sim.run(async () => {
    await sim.sleep('1s');
    await ping(alice, 'n1');
  });
  const [invoked, completed] = sim.history.entries;
  expect(invoked).toEqual({ index: 0, time: 1_000_000, process: 'alice', type: 'invoke', f: 'ping', key: 'n1', value: null });
  expect(completed).toMatchObject({ index: 1, process: 'alice', type: 'ok', f: 'ping', key: 'n1' });
  expect(completed?.time).toBe(sim.now);
});

test('a definite error is a fail, anything else is an info', () => {
  const history = new History(() => 0 as Micros);
  history.failed(history.invoke('a', 'write', 'k', 1), new SplitbrainError('REFUSED', 'no'));
  history.failed(history.invoke('a', 'write', 'k', 2), new SplitbrainError('TIMEOUT', 'who knows', { definite: false }));
  history.failed(history.invoke('a', 'write', 'k', 3), new Error('bug'));
  expect([...history].filter(({ type }) => type !== 'invoke').map(({ type, error, value }) => [type, error, value]))
    .toEqual([['fail', 'REFUSED', 1], ['info', 'TIMEOUT', 2], ['info', 'UNKNOWN', 3]]);
});

test('an operation completes once', () => {
  const history = new History(() => 0 as Micros);
  const invocation = history.invoke('a', 'read', 'k');
  history.ok(invocation, { value: 1 });
  expect(() => { history.ok(invocation); }).toThrow('completed twice');
  expect([...history]).toHaveLength(2);
});
