import { expect, test } from 'vitest';
import { parseTrace, Simulation, type SimulationOptions } from '../../src/index.ts';
import { echoes, ping } from '../support/cluster.ts';

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
