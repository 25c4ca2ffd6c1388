import { expect, test } from 'vitest';
import { Simulation, type Host, type Machine, type Micros, type NodeId } from '../../src/index.ts';
import { echoes, say, seen } from '../support/cluster.ts';

test('a crash ends timers and memory; a restart is a new incarnation', async () => {
  const sim = new Simulation();
  const log: string[] = [];
  const node = sim.addNode('n1', (host): Machine => {
    let memory = 0;
    return {
      onStart: () => { host.setTimer(10_000 as Micros, { type: 'tick' }); log.push('start'); },
      onTimer: () => { log.push(`tick ${++memory}`); host.setTimer(10_000 as Micros, { type: 'tick' }); },
      onMessage: () => undefined,
    };
  });
  await sim.advance('25ms');
  node.crash();
  expect(node.isUp).toBe(false);
  await sim.advance('25ms');
  node.restart();
  await sim.advance('15ms');
  expect(log).toEqual(['start', 'tick 1', 'tick 2', 'start', 'tick 1']);
  expect(node.incarnation).toBe(2);
});

test('what a dead incarnation still tries to send goes nowhere', async () => {
  const sim = new Simulation();
  let old: Host | undefined;
  const node = sim.addNode('n1', (host) => { old ??= host; return { onMessage: () => undefined }; });
  const [other] = echoes(sim, 'n2');
  node.crash();
  node.restart();
  old?.send('n2' as NodeId, { type: 'ghost' });
  await sim.advance('1s');
  expect(other === undefined ? [] : seen(other)).toEqual([]);
});

test('a paused node gets nothing; when it resumes, messages and timers come in order, and its clock has moved on', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const log: string[] = [];
  const node = sim.addNode('n1', (host) => ({
    onStart: () => { host.setTimer(2_500 as Micros, { type: 'tick' }); },
    onTimer: () => { log.push(`tick at ${host.monotonic()}`); },
    onMessage: (_, message) => { log.push(`${(message as { text?: string }).text ?? ''} at ${host.monotonic()}`); },
  }));
  const [other] = echoes(sim, 'n2');
  if (other === undefined) throw new Error('no node');
  sim.faults.pause('n1').for('10ms');
  say(other, node, 'first');
  await sim.advance('3ms');
  say(other, node, 'second');
  await sim.advance('6ms');
  expect(log).toEqual([]);
  await sim.advance('1ms');
  expect(log).toEqual(['first at 10000', 'tick at 10000', 'second at 10000']);
});

test('a timer that was cancelled does not fire, and cancelling a fired one harms no other', async () => {
  const sim = new Simulation();
  const log: string[] = [];
  sim.addNode('n1', (host) => {
    const first = host.setTimer(1000 as Micros, { type: 'first' });
    host.cancelTimer(host.setTimer(1500 as Micros, { type: 'cancelled' }));
    return {
      onTimer: ({ type }) => {
        log.push(type);
        if (type !== 'first') return;
        // The freed slot is used again at once; the old handle must not reach it.
        host.setTimer(1000 as Micros, { type: 'second' });
        host.cancelTimer(first);
      },
      onMessage: () => undefined,
    };
  });
  await sim.advance('10ms');
  expect(log).toEqual(['first', 'second']);
});

test('clocks: skew while it lasts, jump for good, drift with time, strobe in turns; the monotonic clock is untouched', async () => {
  const sim = new Simulation({ epoch: 1000 });
  let host: Host | undefined;
  sim.addNode('n1', (given) => { host = given; return { onMessage: () => undefined }; });
  const error = (): number => (host?.now() ?? 0) - 1_000_000 - sim.now;
  expect(error()).toBe(0);
  sim.faults.clockSkew('n1', '-5s').for('1s');
  expect(error()).toBe(-5_000_000);
  await sim.advance('2s');
  expect(error()).toBe(0);
  sim.faults.clockJump('n1', '3s');
  expect(error()).toBe(3_000_000);
  sim.faults.clockDrift('n1', 0.01).for('10s');
  await sim.advance('10s');
  expect(error()).toBe(3_000_000); // the drift ended with its fault
  sim.faults.clockDrift('n1', 0.01);
  await sim.advance('10s');
  expect(error()).toBe(3_100_000);
  sim.heal();
  expect(error()).toBe(0);
  sim.faults.clockStrobe('n1', { by: '1s', every: '10ms' });
  const seenErrors: number[] = [];
  for (let i = 0; i < 4; i++) {
    seenErrors.push(error());
    await sim.advance('10ms');
  }
  expect(seenErrors).toEqual([1_000_000, 0, 1_000_000, 0]);
  expect(host?.monotonic()).toBe(sim.now);
});
