import fc from 'fast-check';
import { expect, test } from 'vitest';
import { delay, drop, pass, Simulation, type FaultHandle, type Message, type SimulatedNode, type SimulationOptions } from '../../src/index.ts';
import { echoes, say, seen, type Echo } from '../support/cluster.ts';

const FIXED: SimulationOptions = { topology: { sameZone: '1ms' } };

function three(options: SimulationOptions = FIXED): { sim: Simulation; a: SimulatedNode; b: SimulatedNode; c: SimulatedNode } {
  const sim = new Simulation(options);
  const [a, b, c] = echoes(sim, 'a', 'b', 'c') as [SimulatedNode, SimulatedNode, SimulatedNode];
  return { sim, a, b, c };
}

test('a message takes the latency of its link; a node reaches itself at once', async () => {
  const { sim, a, b } = three();
  say(a, b, 'x');
  say(a, a, 'self');
  await sim.advance('999us');
  expect([seen(b), seen(a)]).toEqual([[], ['self']]);
  await sim.advance('1us');
  expect(seen(b)).toEqual(['x']);
});

test('distance decides: rack, zone, region, world; a link may have its own', async () => {
  const sim = new Simulation({ topology: { sameRack: '1ms', sameZone: '2ms', sameRegion: '10ms', betweenRegions: '50ms' } });
  const at = new Map<string, number>();
  const add = (name: string, region: string, zone: string, rack: string): SimulatedNode =>
    sim.addNode(name, () => ({ onMessage: () => { at.set(name, sim.now); } }), { region, zone, rack });
  const from = echoes(sim, 'probe')[0] as SimulatedNode;
  add('rack', 'local', 'local', ''); // a rack that was not named is shared with nobody
  add('zone', 'local', 'z2', '');
  add('world', 'eu', 'eu-1', '');
  sim.network.setLatency('probe', 'world', '7ms');
  for (const name of ['rack', 'zone', 'world']) say(from, sim.node(name), 'x');
  await sim.advance('1s');
  expect(Object.fromEntries(at)).toEqual({ rack: 2000, zone: 10_000, world: 7000 });
});

test('a cut loses what is sent and what is in flight, both ways, and nothing after it heals', async () => {
  const { sim, a, b, c } = three();
  say(a, b, 'in flight');
  const cut = sim.faults.partition(a, b);
  say(a, b, 'lost');
  say(b, a, 'lost too');
  say(a, c, 'elsewhere');
  await sim.advance('10ms');
  cut.heal();
  say(a, b, 'after');
  await sim.advance('10ms');
  expect([seen(a), seen(b), seen(c)]).toEqual([[], ['after'], ['elsewhere']]);
  expect(sim.network.counts).toEqual({ sent: 5, delivered: 2, dropped: 3 });
});

test('a cut may let through what is in flight', async () => {
  const { sim, a, b } = three();
  say(a, b, 'in flight');
  sim.faults.inject({ kind: 'partition', groups: [['a'], ['b']], inFlight: 'deliver' });
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['in flight']);
});

test('one way: requests pass, replies do not', async () => {
  const { sim, a, b } = three();
  sim.faults.oneWay('b', 'a');
  say(a, b, 'there');
  say(b, a, 'back');
  await sim.advance('10ms');
  expect([seen(a), seen(b)]).toEqual([[], ['there']]);
});

test('isolate cuts a node from servers; clients still reach it unless asked otherwise', async () => {
  const { sim, a, b } = three();
  const client = sim.addClient({ name: 'client' });
  sim.faults.isolate('a');
  say(a, b, 'x');
  client.send(a.id, { type: 'hello' });
  await sim.advance('10ms');
  expect([seen(a), seen(b)]).toEqual([['hello'], []]);
  sim.faults.isolate('b', { clients: true });
  client.send(b.id, { type: 'hello' });
  await sim.advance('10ms');
  expect(seen(b)).toEqual([]);
});

test('overlapping cuts: a link is whole again when the last has ended', async () => {
  const { sim, a, b } = three();
  const first = sim.faults.partition(a, b);
  const second = sim.faults.isolate('a');
  first.heal();
  say(a, b, 'still cut');
  second.heal();
  say(a, b, 'whole');
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['whole']);
});

test('held messages can be looked at, let go one by one, dropped, and the rest follow on release', async () => {
  const { sim, a, b } = three();
  say(a, b, 'in flight');
  const hold = sim.faults.hold('a', 'b');
  for (const text of ['one', 'two', 'three', 'four']) say(a, b, text);
  await sim.advance('10ms');
  expect(hold.messages.map(({ message }) => (message as { text?: string }).text)).toEqual(['in flight', 'one', 'two', 'three', 'four']);
  hold.messages[3]?.deliver();
  hold.messages[1]?.drop();
  await sim.advance(0);
  expect(seen(b)).toEqual(['three']);
  hold.release();
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['three', 'in flight', 'two', 'four']);
});

test('packet rules: the first that does not pass decides; a rule goes with its block', async () => {
  const { sim, a, b } = three();
  {
    using _first = sim.network.rule(({ message }) => ((message as { text?: string }).text === 'late' ? delay('5ms') : pass));
    using _second = sim.network.rule(({ to }) => (to === 'b' ? drop : pass));
    say(a, b, 'late');
    say(a, b, 'dropped');
  }
  say(a, b, 'free');
  await sim.advance('2ms');
  expect(seen(b)).toEqual(['free']);
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['free', 'late']);
});

test('loss and duplication happen about as often as asked', async () => {
  const { sim, a, b } = three({ ...FIXED, seed: 4 });
  sim.faults.loss({ probability: 0.3, between: ['a', 'b'] });
  for (let i = 0; i < 2000; i++) say(a, b, 'x');
  await sim.advance('10ms');
  expect(seen(b).length).toBeGreaterThan(1300);
  expect(seen(b).length).toBeLessThan(1500);
  sim.heal();
  const before = seen(b).length;
  sim.faults.duplicate({ probability: 0.5 });
  for (let i = 0; i < 1000; i++) say(a, b, 'y');
  await sim.advance('10ms');
  expect(seen(b).length - before).toBeGreaterThan(1430);
  expect(seen(b).length - before).toBeLessThan(1570);
});

test('reordering lets later messages overtake, but never ordered ones', async () => {
  const { sim, a, b } = three({ ...FIXED, seed: 1 });
  sim.faults.reorder({ probability: 0.5, by: '10ms' });
  const texts = Array.from({ length: 30 }, (_, i) => String(i));
  for (const text of texts) say(a, b, text);
  await sim.advance('1s');
  expect([...seen(b)].sort((x, y) => Number(x) - Number(y))).toEqual(texts);
  expect(seen(b)).not.toEqual(texts);
  b.crash();
  b.restart();
  for (const text of texts) say(a, b, text, true);
  await sim.advance('1s');
  expect(seen(b)).toEqual(texts);
});

test('delay and bandwidth add up: 10 messages of 128 bytes at 12,800 bytes a second take 100 ms', async () => {
  const { sim, a, b } = three();
  sim.faults.bandwidth({ bytesPerSecond: 12_800 });
  for (let i = 0; i < 10; i++) say(a, b, String(i));
  await sim.advance('100ms');
  expect(seen(b)).toHaveLength(9);
  await sim.advance('1ms');
  expect(seen(b)).toHaveLength(10);
  sim.heal();
  sim.faults.delay({ by: '20ms' });
  say(a, b, 'late');
  await sim.advance('20ms');
  expect(seen(b)).toHaveLength(10);
  await sim.advance('1ms');
  expect(seen(b)).toHaveLength(11);
});

test('a message weighs what it says, in a number or by something with a length', async () => {
  const { sim, a, b } = three();
  sim.faults.bandwidth({ bytesPerSecond: 1000 });
  const arrived = async (bytes?: unknown): Promise<number> => {
    const before = seen(b).length;
    const start = sim.now;
    (a.machine as Echo).host.send(b.id, { type: 'say', text: 'x', bytes } as Message);
    while (seen(b).length === before) await sim.advance('1ms');
    await sim.advance('5s');
    return Math.round((sim.now - start) / 1000) - 5000;
  };
  const [said, measured, assumed, odd] = [await arrived(500), await arrived({ length: 500 }), await arrived(), await arrived('much')];
  expect([measured, odd]).toEqual([said, assumed]);
  expect(said - assumed).toBe(500 - 128);
});

test('shapes: halves, a majority ring in which all see three of five, a bridge that alone sees everyone', () => {
  const reach = (shape: (sim: Simulation) => void): Record<string, string> => {
    const sim = new Simulation();
    const nodes = echoes(sim, 'n1', 'n2', 'n3', 'n4', 'n5');
    shape(sim);
    return Object.fromEntries(nodes.map((from) => [from.id, nodes.filter((to) => !sim.network.isCut(from, to)).map(({ id }) => id.slice(1)).join('')]));
  };
  expect(reach((sim) => sim.faults.halves())).toEqual({ n1: '123', n2: '123', n3: '123', n4: '45', n5: '45' });
  expect(reach((sim) => sim.faults.majorityRing())).toEqual({ n1: '125', n2: '123', n3: '234', n4: '345', n5: '145' });
  expect(reach((sim) => sim.faults.bridge())).toEqual({ n1: '123', n2: '123', n3: '12345', n4: '345', n5: '345' });
});

test('a message reaches the incarnation it was sent to, or nobody', async () => {
  const { sim, a, b } = three();
  say(a, b, 'for the dead');
  b.crash();
  b.restart();
  await sim.advance('10ms');
  expect(seen(b)).toEqual([]);
});

test('a hold lets go in the order of sending, behind what it missed', async () => {
  const { sim, a, b } = three();
  say(a, b, 'one', true);
  const hold = sim.faults.hold('a', 'b');
  say(a, b, 'two', true);
  await sim.advance('10ms');
  say(a, b, 'three', true);
  hold.heal();
  say(a, b, 'four', true);
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['one', 'two', 'three', 'four']);
  say(a, b, 'under way', true);
  const short = sim.faults.hold('a', 'b');
  say(a, b, 'caught', true);
  short.heal();
  await sim.advance('10ms');
  expect(seen(b).slice(4)).toEqual(['under way', 'caught']);
});

test('under two holds a link opens with the second; a cut takes what a hold lets go; a message let go by hand passes', async () => {
  const { sim, a, b } = three();
  const first = sim.faults.hold('a', 'b');
  const second = sim.faults.hold('a', ['b', 'c']);
  for (const text of ['one', 'two', 'three']) say(a, b, text);
  first.heal();
  await sim.advance('10ms');
  expect([seen(b), second.messages.length]).toEqual([[], 3]);
  second.messages[1]?.deliver();
  await sim.advance(0);
  expect(seen(b)).toEqual(['two']);
  sim.faults.partition('a', 'b');
  second.heal();
  await sim.advance('10ms');
  expect([seen(b), sim.network.counts.dropped]).toEqual([['two'], 2]);
});

test('a held message reaches the incarnation it was sent to, or nobody, wherever it was caught', async () => {
  const { sim, a, b } = three();
  say(a, b, 'in flight');
  const hold = sim.faults.hold('a', 'b');
  say(a, b, 'caught');
  b.crash();
  b.restart();
  await sim.advance('10ms');
  expect(hold.messages).toHaveLength(2);
  say(a, b, 'for the living');
  a.crash();
  hold.heal();
  await sim.advance('10ms');
  expect(seen(b)).toEqual(['for the living']);
});

test('a new latency concerns its link alone, from then on, and ordered messages keep their order', async () => {
  const instants = async (change: boolean): Promise<string[]> => {
    const sim = new Simulation({ seed: 8 });
    const [a, b, c] = echoes(sim, 'a', 'b', 'c') as [SimulatedNode, SimulatedNode, SimulatedNode];
    const log: string[] = [];
    sim.on('message', ({ to, time }) => { if (to === 'c') log.push(String(time)); });
    sim.network.setLatency('a', 'b', '50ms');
    say(a, b, 'slow', true);
    say(a, c, 'x');
    await sim.advance('10ms');
    if (change) sim.network.setLatency('a', 'b', '1ms');
    say(a, b, 'quick', true);
    for (let i = 0; i < 5; i++) say(a, c, 'x');
    await sim.advance('1s');
    expect(seen(b)).toEqual(['slow', 'quick']);
    return log;
  };
  expect(await instants(true)).toEqual(await instants(false));
});

test('ordered messages never overtake nor arrive twice, whatever impairs the link and stops the receiver', async () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant('send') },
    fc.constantFrom('hold', 'delay', 'reorder', 'duplicate', 'loss', 'bandwidth', 'pause', 'latency', 'rule', 'heal one', 'drop held'),
  );
  await fc.assert(fc.asyncProperty(fc.nat(1000), fc.array(fc.tuple(action, fc.nat(8)), { maxLength: 60 }), async (seed, script) => {
    const { sim, a, b } = three({ seed });
    const active: FaultHandle[] = [];
    let rule: Disposable | undefined;
    let next = 0;
    for (const [what, wait] of script) {
      if (what === 'send') say(a, b, String(next++), true);
      else if (what === 'hold') active.push(sim.faults.hold('a', 'b'));
      else if (what === 'delay') active.push(sim.faults.delay({ by: wait * 3 }));
      else if (what === 'reorder') active.push(sim.faults.reorder({ probability: 0.5, by: '9ms' }));
      else if (what === 'duplicate') active.push(sim.faults.duplicate({ probability: 0.7 }));
      else if (what === 'loss') active.push(sim.faults.loss({ probability: 0.3 }));
      else if (what === 'bandwidth') active.push(sim.faults.bandwidth({ bytesPerSecond: 10_000 * (wait + 1) }));
      else if (what === 'pause') active.push(sim.faults.pause('b'));
      else if (what === 'latency') sim.network.setLatency('a', 'b', { kind: 'uniform', low: 0, high: wait });
      else if (what === 'rule') rule ??= sim.network.rule(({ message }) => ((message as { text?: string }).text?.endsWith('3') === true ? delay('7ms') : pass));
      else if (what === 'heal one') active.splice(wait % Math.max(1, active.length), 1)[0]?.heal();
      else active.flatMap(({ messages }) => messages)[wait]?.drop();
      await sim.advance(wait / 2);
    }
    sim.heal();
    await sim.advance('10m');
    const got = seen(b).map(Number);
    expect(got).toEqual([...new Set(got)].toSorted((x, y) => x - y));
    expect(sim.network.counts.sent).toBe(sim.network.counts.delivered + sim.network.counts.dropped);
  }), { numRuns: 150 });
});

test('a rule added twice goes once; a verdict that is none is refused in words', () => {
  const { sim, a, b } = three();
  const rule = (): typeof drop => drop;
  const [first] = [sim.network.rule(rule), sim.network.rule(rule)];
  first?.[Symbol.dispose]();
  say(a, b, 'x');
  expect(sim.network.counts.dropped).toBe(1);
  for (const verdict of [undefined, null, { delay: -1 }, { delay: 0.5 }, { delay: Number.NaN }]) {
    const other = three();
    other.sim.network.rule(() => verdict as never);
    expect(() => { say(other.a, other.b, 'x'); }).toThrow('a packet rule says pass, drop or delay');
  }
});

test('a bottleneck begins with an empty queue, and what says its size in other words counts as any', async () => {
  const { sim, a, b } = three();
  const narrow = sim.faults.bandwidth({ bytesPerSecond: 128 });
  for (let i = 0; i < 50; i++) say(a, b, 'x');
  narrow.heal();
  say(a, b, 'x');
  sim.faults.bandwidth({ bytesPerSecond: 128 });
  (a.machine as Echo).host.send(b.id, { type: 'note', bytes: 'many' } as never);
  await sim.advance('1001ms');
  expect(seen(b)).toHaveLength(3);
});

test('links to nodes that are added later are impaired like the others', async () => {
  const { sim, a } = three();
  sim.network.setLatency('a', 'late', '5ms');
  sim.faults.delay({ by: '10ms' });
  const [late] = echoes(sim, 'late') as [SimulatedNode];
  say(a, late, 'x');
  await sim.advance('14ms');
  expect(seen(late)).toEqual([]);
  await sim.advance('1ms');
  expect(seen(late)).toEqual(['x']);
});
