import { expect, test } from 'vitest';
import { HangError, Simulation, type Message, type Micros, type SimulatedNode } from '../../src/index.ts';
import { echoes, ping, say, seen } from '../support/cluster.ts';

/** A node that never rests. */
function busy(sim: Simulation, every = 1_000_000): void {
  sim.addNode('busy', (host) => ({
    onStart: () => host.setTimer(every as Micros, { type: 'tick' }),
    onTimer: () => host.setTimer(every as Micros, { type: 'tick' }),
    onMessage: () => undefined,
  }));
}

test('a workload may wait for a promise that a callback settles, and goes on at that very instant', async () => {
  const sim = new Simulation();
  busy(sim, 1);
  const [before, after] = await sim.run(async () => {
    await new Promise<void>((resolve) => { sim.after('1ms', resolve); });
    const first = sim.now;
    // Through two callbacks, beside an operation that is under way all the time.
    const client = sim.addClient({ name: 'c' });
    const stuck = client.operation({ f: 'read' }, () => undefined);
    await Promise.race([stuck, new Promise<void>((resolve) => { sim.after('1ms', () => { sim.after('1ms', resolve); }); })]);
    return [first, sim.now];
  });
  expect([before, after]).toEqual([1000, 3000]);
});

test('a workload may wait for a promise that a listener settles', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const [a, b] = echoes(sim, 'a', 'b') as [SimulatedNode, SimulatedNode];
  const client = sim.addClient({ name: 'c' });
  busy(sim, 1);
  const instants = await sim.run(async () => {
    say(a, b, 'x');
    await new Promise<void>((resolve) => { sim.on('message', () => resolve()); });
    const first = sim.now;
    say(a, client as unknown as SimulatedNode, 'pushed');
    await new Promise<void>((resolve) => { client.onPush(() => resolve()); });
    return [first, sim.now];
  });
  expect(instants).toEqual([1000, 2000]);
});

test('a workload that waits for an operation begun before the run, or only races sleeps, is no hang', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  const early = ping(client, 'n1');
  await sim.run(() => early);
  await sim.run(() => Promise.race([sim.sleep('1s'), sim.sleep('5h')]));
  expect(sim.now).toBeLessThan(2_000_000);
});

test('hours of waiting are no hang while something that the workload asked for is bound to happen', async () => {
  const sim = new Simulation();
  busy(sim);
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  sim.faults.isolate('n1', { clients: true });
  await sim.run(() => expect(ping(client, 'n1', '3h')).rejects.toThrow('no answer'));
  await sim.run(() => new Promise<void>((resolve) => { sim.after('5h', resolve); }));
  expect(sim.now).toBe(8 * 3_600_000_000);
  // One that only sets itself again and again hides nothing.
  const again = (): void => { sim.after('1s', again); };
  again();
  const hang = sim.run(() => client.operation({ f: 'read', key: 'k' }, () => undefined));
  await expect(hang).rejects.toThrow(/no operation has completed for 1h.*c: read k/);
});

test('an outside promise holds time still from the step on in which it began, whoever began it', async () => {
  const sim = new Simulation();
  busy(sim, 1);
  let resolve: (value: string) => void = () => undefined;
  let outside: Promise<string> | undefined;
  sim.after('1ms', () => { outside = sim.external(new Promise<string>((settle) => { resolve = settle; })); });
  const run = sim.run(() => sim.sleep('2ms'));
  const { setImmediate: turn } = await import('node:timers/promises');
  for (let i = 0; i < 20; i++) await turn();
  expect(sim.now).toBe(1000);
  resolve('done');
  await run;
  expect([await outside, sim.now]).toEqual(['done', 2000]);
});

test('several outside promises hold time until the last has settled', async () => {
  const sim = new Simulation();
  const resolves: (() => void)[] = [];
  const outside = (): Promise<void> => sim.external(new Promise<void>((settle) => { resolves.push(settle); }));
  const run = sim.run(async () => {
    const first = outside();
    const second = outside();
    await Promise.all([first, second, sim.sleep('1s')]);
  });
  const { setImmediate: turn } = await import('node:timers/promises');
  for (let i = 0; i < 3; i++) await turn();
  resolves[0]?.();
  for (let i = 0; i < 20; i++) await turn();
  expect(sim.now).toBe(0);
  resolves[1]?.();
  await run;
  expect(sim.now).toBe(1_000_000);
});

test('a workload that has finished or thrown does not wait for an outside promise that never settles', async () => {
  const sim = new Simulation();
  expect(await sim.run(() => { void sim.external(new Promise(() => undefined)); return 7; })).toBe(7);
  const other = new Simulation();
  const never = other.run(() => Promise.race([other.external(new Promise(() => undefined)), Promise.reject(new Error('mine'))]));
  await expect(never).rejects.toThrow('mine');
});

test('thenables, async generators, races and promises of promises all run to their end before time moves', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  await sim.run(async () => {
    async function* pings(): AsyncGenerator<number> {
      for (let i = 0; i < 3; i++) { await ping(client, 'n1'); yield i; }
    }
    for await (const i of pings()) {
      const at = sim.now;
      let moved = false;
      const forget = sim.after('1us', () => { moved = true; });
      // oxlint-disable-next-line unicorn/no-thenable, promise/no-callback-in-promise -- a thenable of somebody else's is the point
      const thenable = { then: (done: (value: number) => void) => { void Promise.resolve().then(() => { done(i); }); } };
      for (let n = 0; n < 50; n++) await thenable;
      await Promise.resolve(Promise.resolve(new Promise((resolve) => { resolve(thenable); })));
      await Promise.race([thenable, sim.sleep('1h')]);
      expect([sim.now, moved]).toEqual([at, false]);
      forget();
    }
  });
});

test('what a machine or a callback throws reaches the caller, and the simulation goes on from there', async () => {
  const sim = new Simulation({ topology: { sameZone: '1ms' } });
  const [a, b] = echoes(sim, 'a', 'b') as [SimulatedNode, SimulatedNode];
  let wrong = true;
  const faulty = sim.addNode('faulty', () => ({ onMessage: () => { if (wrong) throw new RangeError('machine'); } }));
  say(a, faulty, 'x');
  await expect(sim.run(() => sim.sleep('1s'))).rejects.toThrow('machine');
  say(a, faulty, 'x');
  await expect(sim.advance('1s')).rejects.toThrow('machine');
  say(a, faulty, 'x');
  expect(() => sim.runSync(() => undefined)).toThrow('machine');
  sim.after('1ms', () => { throw new RangeError('callback'); });
  await expect(sim.advance('1s')).rejects.toThrow('callback');
  sim.after('1ms', () => { throw new RangeError('callback'); });
  expect(() => sim.drain()).toThrow('callback');
  wrong = false;
  say(a, faulty, 'x');
  say(a, b, 'after all');
  await sim.run(() => sim.sleep('1s'));
  expect(seen(b)).toEqual(['after all']);
});

test('a run after one that hung still works', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  await expect(sim.run(() => client.operation({ f: 'read' }, () => undefined))).rejects.toThrow(HangError);
  await sim.run(() => ping(client, 'n1'));
  expect(sim.history.entries.at(-1)).toMatchObject({ type: 'ok', f: 'ping' });
});

test('after a drain to an instant, what is due before the next event is not lost', async () => {
  const sim = new Simulation();
  const log: string[] = [];
  sim.after('10ms', () => log.push(`late at ${sim.now}`));
  expect(sim.drain('9ms')).toBe(0);
  expect(sim.now).toBe(9000);
  sim.after('10us', () => log.push(`soon at ${sim.now}`));
  await sim.advance('1s');
  expect(log).toEqual(['soon at 9010', 'late at 10000']);
});

test('runSync refuses an async workload at once', () => {
  const sim = new Simulation();
  busy(sim);
  expect(() => sim.runSync((() => Promise.resolve()) as () => void)).toThrow('await sim.run');
});

test('a callback is forgotten once, and a delay beyond the end of time is refused', async () => {
  const sim = new Simulation();
  let fired = 0;
  const forget = sim.after('1ms', () => { fired++; });
  forget();
  forget();
  await sim.advance('1s');
  expect(fired).toBe(0);
  await sim.advance('100000d');
  expect(() => sim.after('100000d', () => undefined)).toThrow('below 285 years');
  expect(() => new Simulation({ epoch: Number.NaN })).toThrow('epoch is milliseconds');
});

test('a push to a client that nobody listens to wakes nobody and harms nobody', async () => {
  const sim = new Simulation();
  const [a] = echoes(sim, 'a') as [SimulatedNode];
  const client = sim.addClient({ name: 'c' });
  sim.on('message', () => { throw new Error('listener'); });
  const message: Message = { type: 'push' };
  for (let i = 0; i < 300; i++) say(a, client as unknown as SimulatedNode, message.type);
  await sim.advance('1s');
  expect([sim.network.counts.delivered, sim.listenerErrors.length]).toEqual([300, 100]);
});
