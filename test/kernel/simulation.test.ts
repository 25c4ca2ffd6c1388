import { expect, test, vi } from 'vitest';
import { HangError, perform, Simulation, type Micros } from '../../src/index.ts';
import { echoes, ping, say } from '../support/cluster.ts';

test('a chain of 5,000 awaits runs to its end before virtual time moves', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  const elapsed = await sim.run(async () => {
    await ping(client, 'n1');
    const before = sim.now;
    // A timer due in a microsecond must not fire while the workload computes.
    let fired = false;
    sim.after('1us', () => { fired = true; });
    for (let i = 0; i < 5000; i++) await Promise.resolve(i);
    expect(fired).toBe(false);
    return sim.now - before;
  });
  expect(elapsed).toBe(0);
});

test('sleeps end at their instants, in order, and take no real time', async () => {
  const sim = new Simulation();
  const order: string[] = [];
  await sim.run(async () => {
    await Promise.all(['3d', '1h', '2us'].map(async (span) => {
      await sim.sleep(span);
      order.push(`${span} at ${sim.now}`);
    }));
  });
  expect(order).toEqual(['2us at 2', '1h at 3600000000', '3d at 259200000000']);
});

test("runs under vitest's fake timers: the hop was captured at import", async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useFakeTimers();
  try {
    const sim = new Simulation();
    echoes(sim, 'n1');
    const client = sim.addClient({ name: 'c' });
    await sim.run(async () => { await ping(client, 'n1'); await sim.sleep('1s'); });
    expect(sim.now).toBeGreaterThan(1_000_000);
  } finally {
    vi.useRealTimers();
  }
});

test('virtual time stands still until an external promise has settled', async () => {
  const sim = new Simulation();
  let resolve: (value: string) => void = () => undefined;
  const outside = new Promise<string>((settle) => { resolve = settle; });
  const run = sim.run(async () => {
    let woke = false;
    sim.after('1ms', () => { woke = true; });
    const value = await sim.external(outside);
    return { value, now: sim.now, woke };
  });
  // Many turns of the real event loop go by.
  const { setImmediate: turn } = await import('node:timers/promises');
  for (let i = 0; i < 20; i++) await turn();
  expect(sim.now).toBe(0);
  resolve('file');
  expect(await run).toEqual({ value: 'file', now: 0, woke: false });
});

test('an external promise that rejects lets time go on', async () => {
  const sim = new Simulation();
  await expect(sim.run(() => sim.external(Promise.reject(new Error('ENOENT'))))).rejects.toThrow('ENOENT');
});

test('external refuses what only virtual time can settle', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  await expect(sim.run(() => sim.external(sim.sleep('1s')))).rejects.toThrow('this one waits for virtual time');
  await expect(sim.run(() => sim.external(ping(client, 'n1')))).rejects.toThrow('this one waits for virtual time');
});

test('a workload that waits for something outside fails at once', async () => {
  const sim = new Simulation();
  // A node that always has something to do must not hide it.
  sim.addNode('busy', (host) => ({
    onStart: () => host.setTimer(10 as Micros, { type: 'tick' }),
    onTimer: () => host.setTimer(10 as Micros, { type: 'tick' }),
    onMessage: () => undefined,
  }));
  await expect(sim.run(() => new Promise(() => undefined))).rejects.toThrow(/waits at 0us for something outside.*sim\.external/);
});

test('an empty queue names the operations that hang', async () => {
  const sim = new Simulation();
  const client = sim.addClient({ name: 'alice' });
  const hang = sim.run(() => Promise.all([
    client.operation({ f: 'read', key: 'cart' }, () => undefined),
    client.operation({ f: 'write', key: 'order' }, () => undefined),
  ]));
  await expect(hang).rejects.toThrow(HangError);
  await expect(hang).rejects.toThrow('nothing is left to happen at 0us, but these never complete: alice: read cart; alice: write order');
});

test('background work for ever does not hide an operation that never completes', async () => {
  const sim = new Simulation();
  sim.addNode('busy', (host) => ({
    onStart: () => host.setTimer(1_000_000 as Micros, { type: 'tick' }),
    onTimer: () => host.setTimer(1_000_000 as Micros, { type: 'tick' }),
    onMessage: () => undefined,
  }));
  const client = sim.addClient({ name: 'alice' });
  await expect(sim.run(() => client.operation({ f: 'read', key: 'k' }, () => undefined))).rejects.toThrow(/no operation has completed for 1h.*alice: read k/);
});

test('what a workload throws comes out as it is, and the simulation can run again', async () => {
  const sim = new Simulation();
  const mistake = new TypeError('mine');
  await expect(sim.run(() => { throw mistake; })).rejects.toBe(mistake);
  expect(await sim.run(() => 7)).toBe(7);
});

test('advance moves time by hand: what falls due happens, what does not waits', async () => {
  const sim = new Simulation();
  const [a, b] = echoes(sim, 'a', 'b');
  const client = sim.addClient({ name: 'c' });
  let done = false;
  const pending = ping(client, 'b').then(() => { done = true; });
  await sim.advance('1us');
  expect([sim.now, done]).toEqual([1, false]);
  await sim.advance('1s');
  expect([sim.now, done]).toEqual([1_000_001, true]);
  await pending;
  if (a && b) say(a, b, 'hi');
  await sim.advance(0);
  expect(sim.network.counts.delivered).toBe(2);
});

test('a second run at the same time is refused', async () => {
  const sim = new Simulation();
  await expect(sim.run(() => sim.run(() => 1))).rejects.toThrow('running already');
});

test('generators and callbacks run without a single promise, and see the same simulation', async () => {
  const asked = async (style: 'promise' | 'generator' | 'callback'): Promise<string> => {
    const sim = new Simulation({ seed: 5 });
    echoes(sim, 'n1', 'n2');
    const client = sim.addClient({ name: 'c' });
    const ask = (to: string, done: () => void): void => {
      client.request(to as never, { type: 'ping', requestId: 0 }, 1_000_000 as Micros, done);
    };
    if (style === 'promise') {
      await sim.run(async () => {
        for (const to of ['n1', 'n2', 'n1']) await client.operation<void>({ f: 'ping', record: false }, (settle) => { ask(to, () => settle.ok()); });
      });
    } else if (style === 'generator') {
      sim.runSync(function* () { for (const to of ['n1', 'n2', 'n1']) yield* perform<void>((resume) => { ask(to, resume); }); });
    } else {
      sim.runSync<void>((_, done) => { ask('n1', () => { ask('n2', () => { ask('n1', () => done()); }); }); });
    }
    return sim.trace.digest;
  };
  const digests = [await asked('promise'), await asked('generator'), await asked('callback')];
  expect(new Set(digests).size).toBe(1);
});

test('runSync refuses a workload that settles promises, and names what hangs', () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  expect(() => sim.runSync(() => { void ping(client, 'n1'); })).toThrow('await sim.run');
  expect(() => new Simulation().runSync(() => undefined)).toThrow('nothing is left to happen');
});

test('the same seed gives the same digest, another seed another', async () => {
  const digest = async (seed: number): Promise<string> => {
    const sim = new Simulation({ seed });
    echoes(sim, 'n1', 'n2');
    const client = sim.addClient({ name: 'c' });
    await sim.run(async () => { for (let i = 0; i < 20; i++) await ping(client, i % 2 === 0 ? 'n1' : 'n2'); });
    return sim.trace.digest;
  };
  expect(await digest(1)).toBe(await digest(1));
  expect(await digest(1)).not.toBe(await digest(2));
});

test('a name used twice, a bad name, a bad seed, an unknown node: one clear line each', () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  expect(() => echoes(sim, 'n1')).toThrow("there is a node 'n1' already");
  expect(() => sim.addClient({ name: 'n1' })).toThrow("there is a node 'n1' already");
  expect(() => echoes(sim, 'a b')).toThrow("a node's name is");
  expect(() => sim.node('n9')).toThrow("there is no node 'n9'");
  for (const name of [undefined, 7, null, true]) {
    expect(() => sim.node({ id: name } as never)).toThrow(`there is no node '${String(name)}'`);
    expect(sim.hasNode(name as never)).toBe(false);
  }
  expect(() => new Simulation({ seed: -1 })).toThrow('a seed is');
  expect(() => new Simulation({ trace: 'all' as never })).toThrow("trace is 'digest', 'events' or 'messages'");
  expect(() => new Simulation({ topology: { sameZone: 'fast' } })).toThrow("unknown distribution 'fast'");
  expect(sim.nodes.map(({ id }) => id)).toEqual(['n1']);
});

test('observers see what happens; one that throws stops neither the run nor the others', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1');
  const client = sim.addClient({ name: 'c' });
  const seen: string[] = [];
  sim.on('message', () => { throw new Error('listener'); });
  const off = sim.on('message', ({ from, to, message }) => seen.push(`${from}>${to} ${message.type}`));
  sim.on('operation', ({ type, f }) => seen.push(`${type} ${f}`));
  sim.on('fault', ({ what, planned }) => seen.push(`${what} ${planned.fault.kind}`));
  sim.on('drop', ({ reason }) => seen.push(`lost: ${reason}`));
  sim.on('node', ({ node, what }) => seen.push(`${node} ${what}`));
  await sim.run(async () => {
    await ping(client, 'n1');
    { using _cut = sim.faults.isolate('n1', { clients: true }); await ping(client, 'n1').catch(() => undefined); }
    sim.node('n1').crash();
    off();
  });
  expect(seen).toEqual([
    'invoke ping', 'c>n1 ping', 'n1>c pong', 'ok ping', 'begin isolate', 'invoke ping', 'lost: cut', 'info ping', 'end isolate', 'n1 crash',
  ]);
  expect(sim.listenerErrors).toHaveLength(2);
});

test('adding a fault on other links does not change what the workload draws nor the latencies elsewhere', async () => {
  const instants = async (faulty: boolean): Promise<number[]> => {
    const sim = new Simulation({ seed: 3 });
    echoes(sim, 'n1', 'n2', 'n3');
    const client = sim.addClient({ name: 'c' });
    if (faulty) {
      sim.faults.loss({ probability: 0.5, between: ['n2', 'n3'] });
      sim.faults.at('1ms').crash('n3').for('2ms');
      sim.faults.at('1ms').clockSkew('n2', '5s').for('2ms');
    }
    const result: number[] = [];
    await sim.run(async () => {
      const own = sim.random.fork('workload');
      for (let i = 0; i < 20; i++) {
        await sim.sleep(own.between(0, 3));
        await ping(client, 'n1');
        result.push(sim.now);
      }
    });
    return result;
  };
  expect(await instants(true)).toEqual(await instants(false));
});

test('a workload may await what calls back within the simulation; what never does is named', async () => {
  const sim = new Simulation();
  let ring: ((value: number) => void) | undefined;
  sim.addNode('bell', (host) => ({ onStart: () => { host.setTimer(1000 as Micros, { type: 'ring' }); }, onMessage: () => undefined, onTimer: () => ring?.(7) }));
  expect(await sim.run(() => sim.callback<number>('the bell', (done) => { ring = done; }))).toBe(7);
  await expect(sim.run(() => sim.callback<void>('the bell', () => undefined))).rejects.toThrow(/these never complete: the bell/);
});

test('to cancel a callback that has been called changes nothing for those to come', async () => {
  const sim = new Simulation();
  await sim.run(async () => {
    const cancel = sim.after('1ms', () => undefined);
    await sim.sleep('2ms');
    cancel();
    // Nothing else is under way: were this one not counted, the run would be taken for one that waits for the outside.
    await new Promise<void>((resolve) => { sim.after('5ms', resolve); });
  });
  expect(sim.now).toBe(7000);
});
