import { expect, test } from 'vitest';
import { parseTrace, Simulation, type SimulatedNode, type SimulationOptions } from '../../src/index.ts';
import { Trace, TRACE } from '../../src/kernel/trace.ts';
import { echoes, ping, type Echo } from '../support/cluster.ts';

async function busy(options: SimulationOptions = {}): Promise<Simulation> {
  const sim = new Simulation({ seed: 2, ...options });
  echoes(sim, 'n1', 'n2');
  const client = sim.addClient({ name: 'c' });
  sim.faults.at('2s').partition(['n2'], ['c']).for('3s');
  sim.faults.at('6s').crash('n1').for('1s');
  await sim.run(async () => {
    await ping(client, 'n1');
    await sim.sleep('2500ms');
    await ping(client, 'n2').catch(() => undefined);
    await sim.sleep('6s');
  });
  return sim;
}

test('tells, in order, what was delivered, lost, and what befell nodes and links', async () => {
  const sim = await busy();
  const told = [...sim.trace].filter(({ kind }) => kind !== 'start' || sim.now > 0).map(({ kind, node, from, what }) => [kind, from, node, what].filter(Boolean).join(' '));
  expect(told).toEqual([
    'start n1', 'start n2', 'start c', 'deliver c n1 ping', 'deliver n1 c pong', 'fault partition n2 | c', 'drop c n2 cut', 'timer c request-timeout',
    'heal partition n2 | c', 'fault crash n1', 'crash n1 power', 'heal crash n1', 'start n1',
  ]);
  const delivered = [...sim.trace].find(({ kind }) => kind === 'deliver');
  expect((delivered?.sentAt ?? -1) < (delivered?.time ?? -1)).toBe(true);
});

test('the digest does not depend on how much of the trace is kept', async () => {
  const digests = await Promise.all((['digest', 'events', 'messages'] as const).map(async (trace) => (await busy({ trace })).trace.digest));
  expect(new Set(digests).size).toBe(1);
  expect((await busy({ traceLimit: 3 })).trace.digest).toBe(digests[0]);
});

test('keeps the most recent entries up to its limit, and the messages when asked', async () => {
  const limited = await busy({ traceLimit: 4 });
  expect([...limited.trace].map(({ kind }) => kind)).toEqual(['fault', 'crash', 'heal', 'start']);
  expect(limited.trace.dropped).toBe(limited.trace.length - 4);
  const [message] = [...(await busy({ trace: 'messages' })).trace].filter(({ kind }) => kind === 'deliver');
  expect(message?.detail).toMatchObject({ type: 'ping' });
});

test('goes out as JSON lines and comes back the same', async () => {
  const { trace } = await busy();
  expect(parseTrace(trace.toJsonLines())).toEqual([...trace]);
});

test.each([['{', /^trace\.jsonl:2: not JSON/], ['{"kind":"deliver"}', /^trace\.jsonl:2: not a trace entry/], ['{"time":1,"kind":"x"}', /^trace\.jsonl:2: not a trace entry/]])(
  'refuses a bad line %j, naming file and line', (line, message) => {
    expect(() => parseTrace(`{"index":0,"time":0,"kind":"deliver"}\n${line}\n`, 'trace.jsonl')).toThrow(message);
  });

test('every kind of entry, with every kind of detail, goes out as JSON lines and comes back the same', async () => {
  const sim = new Simulation({ trace: 'messages' });
  const [n1] = echoes(sim, 'n1', 'n2') as [SimulatedNode, SimulatedNode];
  const client = sim.addClient({ name: 'c' });
  (n1.machine as Echo).host.trace('a "note"\n', { nested: [1, null, 'x'], deep: { yes: true } });
  const hold = sim.faults.hold('c', 'n1');
  await sim.run(async () => {
    const asked = ping(client, 'n1');
    await sim.sleep('1ms');
    hold.heal();
    await asked;
    sim.faults.pause('n2').for('1s');
    sim.faults.wipe('n1').for('1s');
    await ping(client, 'n1').catch(() => undefined);
    await sim.sleep('2s');
  });
  expect(new Set([...sim.trace].map(({ kind }) => kind)).size).toBe(12);
  expect(parseTrace(sim.trace.toJsonLines())).toEqual([...sim.trace]);
});

test('the digest tells apart what nodes note, who sent to whom, and when', () => {
  const digest = (fill: (trace: Trace) => void): string => {
    const trace = new Trace(() => undefined);
    const type = trace.intern('x');
    trace.record(TRACE.deliver, 1, 0, type, 0, 0);
    fill(trace);
    return trace.digest;
  };
  const x = 0;
  const all = [
    digest((trace) => { trace.record(TRACE.deliver, 5, 0, x, 256, 1); }),
    digest((trace) => { trace.record(TRACE.deliver, 5, 1, x, 0, 1); }),
    digest((trace) => { trace.record(TRACE.deliver, 5, 0, x, 1, 1); }),
    digest((trace) => { trace.record(TRACE.deliver, 5, 0, x, 1, 2); }),
    digest((trace) => { trace.record(TRACE.deliver, 5 + 256 * 2 ** 32, 0, x, 0, 1); }),
    digest((trace) => { trace.record(TRACE.drop, 5, 0, x, 1, 1); }),
    digest((trace) => { trace.note(5, 0, 'elected', { term: 1 }); }),
    digest((trace) => { trace.note(5, 0, 'elected', { term: 2 }); }),
    digest((trace) => { trace.note(5, 0, 'elected', undefined); }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test('notes that are all different are let go with their entries', () => {
  const trace = new Trace(() => undefined, 'events', 3);
  for (let i = 0; i < 10; i++) trace.note(i, 0, `note ${i}`, { i });
  expect([...trace].map(({ what, detail }) => [what, detail])).toEqual([['note 7', { i: 7 }], ['note 8', { i: 8 }], ['note 9', { i: 9 }]]);
  expect([trace.length, trace.dropped]).toEqual([10, 7]);
});

test('may keep nothing or everything, but not half an entry', async () => {
  const nothing = await busy({ traceLimit: 0 });
  expect([[...nothing.trace], nothing.trace.dropped]).toEqual([[], nothing.trace.length]);
  const everything = await busy({ traceLimit: Infinity });
  expect([...everything.trace]).toHaveLength(nothing.trace.length);
  expect([everything.trace.digest, (await busy({ traceLimit: 1 })).trace.digest]).toEqual([nothing.trace.digest, nothing.trace.digest]);
  for (const traceLimit of [-1, 1.5, Number.NaN]) expect(() => new Simulation({ traceLimit })).toThrow('traceLimit is a whole number');
});
