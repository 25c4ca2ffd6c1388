import { expect, test } from 'vitest';
import { RequestTimeoutError, Simulation, type SimulatedNode } from '../../src/index.ts';
import { echoes, ping, seen, type Note } from '../support/cluster.ts';

test('a request that gets no answer times out with the outcome unknown', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  sim.faults.oneWay('n1', 'c');
  const outcome = await sim.run(() => ping(client, 'n1', '250ms').catch((error: unknown) => error));
  expect(outcome).toBeInstanceOf(RequestTimeoutError);
  expect(outcome).toMatchObject({ definite: false, code: 'REQUEST_TIMEOUT', message: 'c: no answer to ping from n1 within 250ms' });
  expect(sim.now).toBe(250_000);
  expect(sim.history.entries.at(-1)).toMatchObject({ type: 'info', error: 'REQUEST_TIMEOUT' });
});

test('an answer that comes too late is ignored', async () => {
  const sim = new Simulation({ topology: { sameZone: '200ms' } });
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  await sim.run(async () => {
    await expect(ping(client, 'n1', '300ms')).rejects.toThrow('no answer');
    await sim.sleep('1s');
    await ping(client, 'n1', '1s');
  });
  expect(sim.history.entries.map(({ type }) => type)).toEqual(['invoke', 'info', 'invoke', 'ok']);
});

test('what is no reply goes to the listener', async () => {
  const sim = new Simulation();
  sim.addNode('n1', (host) => ({ onMessage: (from) => { host.send(from, { type: 'push', text: 'news' } as Note); } }));
  const client = sim.addClient({ name: 'c' });
  const heard: string[] = [];
  client.onPush((from, message) => heard.push(`${from} ${(message as Note).text ?? ''}`));
  client.send('n1' as never, { type: 'subscribe' });
  await sim.advance('1s');
  expect(heard).toEqual(['n1 news']);
});

test("a client's clock can be wrong, and the client cut off, like any node's", async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  const before = client.now();
  sim.faults.clockSkew('c', '5s');
  expect(client.now() - before).toBe(5_000_000);
  sim.faults.partition('c', 'n1');
  await sim.run(() => expect(ping(client, 'n1')).rejects.toThrow('no answer'));
});

test('a wrong argument fails the operation before anything is sent', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  const asked = client.operation({ f: 'x' }, () => { throw new RangeError('bad'); });
  await expect(asked).rejects.toThrow('bad');
  expect(sim.network.counts.sent).toBe(0);
});

test('a client that crashes learns nothing of what it asked; restarted, it asks again', async () => {
  const sim = new Simulation({ topology: { sameZone: '10ms' } });
  const [n1] = echoes(sim, 'n1') as [SimulatedNode];
  const client = sim.addClient({ name: 'c' });
  sim.faults.at('5ms').crash('c').for('995ms');
  await sim.run(async () => {
    await expect(ping(client, 'n1', '100ms')).rejects.toThrow('no answer to ping from n1 within 100ms');
    expect(sim.now).toBe(100_000);
    // Down: nothing leaves it.
    await expect(ping(client, 'n1', '100ms')).rejects.toThrow('no answer');
    expect(seen(n1)).toHaveLength(1);
    await sim.sleep('1s');
    await ping(client, 'n1', '100ms');
  });
  expect(sim.history.entries.map(({ type }) => type)).toEqual(['invoke', 'info', 'invoke', 'info', 'invoke', 'ok']);
});
