import { expect, test } from 'vitest';
import { pass, Simulation, type Host, type Machine, type Micros, type NodeId, type SimulatedNode } from '../../src/index.ts';
import { Echo, echoes, say, seen } from '../support/cluster.ts';

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

test('a node that a packet rule crashes as it sends does nothing more: no message, no write, no note', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const [other] = echoes(sim, 'other') as [SimulatedNode];
  const node = sim.addNode('n1', (host) => ({
    onMessage: () => {
      host.send(other.id, { type: 'first' });
      host.send(other.id, { type: 'ghost' });
      host.disk.append('log', 'ghost');
      host.disk.replace('log', 'ghost');
      host.trace('ghost');
    },
  }));
  using _rule = sim.network.rule(({ message }) => { if (message.type === 'first') node.crash(); return pass; });
  say(other, node, 'go');
  await sim.advance('1s');
  expect([seen(other), node.disk.list(), node.isUp]).toEqual([['first'], [], false]);
  expect([...sim.trace].filter(({ kind }) => kind === 'note')).toEqual([]);
});

test('a node that is crashed as it starts stays down', () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1') as [SimulatedNode];
  n1.crash();
  const off = sim.on('node', ({ what }) => { if (what === 'start') sim.faults.crash('n1'); });
  n1.restart();
  expect(n1.isUp).toBe(false);
  off();
  sim.heal();
  expect(n1.isUp).toBe(true);
});

test('a factory that throws tells whoever starts the node, which stays down and can be started again', async () => {
  const sim = new Simulation();
  let broken = true;
  expect(() => sim.addNode('n1', (host) => { if (broken) throw new RangeError('factory'); return new Echo(host); })).toThrow('factory');
  expect(sim.node('n1').isUp).toBe(false);
  sim.faults.crash('n1').for('1s');
  await expect(sim.advance('2s')).rejects.toThrow('factory');
  broken = false;
  sim.node('n1').restart();
  expect(sim.node('n1').isUp).toBe(true);
});

test('a node that pauses and resumes itself while it catches up is not entered twice', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const log: string[] = [];
  const [other] = echoes(sim, 'other') as [SimulatedNode];
  const node = sim.addNode('n1', () => ({
    onMessage: (_, message) => {
      const { text } = message as { text?: string };
      log.push(`${text ?? ''} begins`);
      if (text === 'one') { node.pause(); node.resume(); }
      log.push(`${text ?? ''} ends`);
    },
  }));
  node.pause();
  for (const text of ['one', 'two']) say(other, node, text, true);
  await sim.advance('5ms');
  node.resume();
  expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});

test('what waited behind a message that makes the program throw is handled all the same', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const log: string[] = [];
  const [other] = echoes(sim, 'other') as [SimulatedNode];
  const node = sim.addNode('n1', () => ({
    onMessage: (_, message) => {
      const { text = '' } = message as { text?: string };
      if (text === 'bad') throw new RangeError('machine');
      log.push(text);
    },
  }));
  node.pause();
  for (const text of ['a', 'bad', 'b']) say(other, node, text, true);
  await sim.advance('5ms');
  expect(() => { node.resume(); }).toThrow('machine');
  await sim.advance('5ms');
  expect(log).toEqual(['a', 'b']);
});

test('a timer that fires during a pause can still be cancelled by what is handled before it', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const log: string[] = [];
  const [other] = echoes(sim, 'other') as [SimulatedNode];
  const node = sim.addNode('n1', (host) => {
    const timeout = host.setTimer(3000 as Micros, { type: 'timeout' });
    host.setTimer(4000 as Micros, { type: 'other' });
    return { onMessage: () => { host.cancelTimer(timeout); }, onTimer: ({ type }) => { log.push(type); } };
  });
  sim.faults.pause('n1').for('10ms');
  say(other, node, 'answer');
  await sim.advance('20ms');
  expect(log).toEqual(['other']);
});

test('what waits for a paused node that crashes is lost, and the trace says so', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const [a, b] = echoes(sim, 'a', 'b') as [SimulatedNode, SimulatedNode];
  b.pause();
  say(a, b, 'x');
  await sim.advance('5ms');
  b.crash();
  b.restart();
  b.resume();
  await sim.advance('5ms');
  expect([seen(b), sim.network.counts]).toEqual([[], { sent: 1, delivered: 0, dropped: 1 }]);
  expect([...sim.trace].at(-1)).toMatchObject({ kind: 'start' });
  expect([...sim.trace].some(({ kind, what }) => kind === 'drop' && what === 'crashed')).toBe(true);
});

test('a timer set for a fraction of a microsecond fires at a whole one; one for no time that there is, is refused', async () => {
  const sim = new Simulation();
  const instants: number[] = [];
  let host: Host | undefined;
  sim.addNode('n1', (given) => { host = given; return { onTimer: () => { instants.push(sim.now); }, onMessage: () => undefined }; });
  host?.setTimer(10.6 as Micros, { type: 'a' });
  host?.setTimer(10.5 as Micros, { type: 'b' });
  host?.setTimer(Number.NaN as Micros, { type: 'c' });
  expect(() => host?.setTimer(Infinity as Micros, { type: 'd' })).toThrow('sets a timer for Infinity');
  await sim.advance('1ms');
  expect(instants).toEqual([0, 11, 11]);
});
