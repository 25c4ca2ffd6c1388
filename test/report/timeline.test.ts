import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Simulation, type HistoryEntry } from '../../src/index.ts';
import { renderTimeline } from '../../src/report/index.ts';
import { echoes, ping } from '../support/cluster.ts';

const entry = (index: number, time: number, process: string, type: HistoryEntry['type'], f: string, value: HistoryEntry['value'], node?: string): HistoryEntry =>
  ({ index, time, process, type, f, key: 'x', value, ...(node === undefined ? {} : { node }) });

const NODES = [{ id: 'n1', role: 'server' }, { id: 'n2', role: 'server' }, { id: 'alice', role: 'client' }, { id: 'bob', role: 'client' }] as const;

test('draws lanes, operations, the numbered witness, and who answered', () => {
  const history = [
    entry(0, 0, 'alice', 'invoke', 'write', 1), entry(1, 100, 'alice', 'ok', 'write', 1, 'n1'),
    entry(2, 150, 'bob', 'invoke', 'read', null), entry(3, 200, 'bob', 'ok', 'read', null, 'n2'),
    entry(4, 250, 'alice', 'invoke', 'write', 2), entry(5, 400, 'alice', 'info', 'write', 2),
  ];
  const lines = renderTimeline({ history, trace: [], nodes: NODES, witness: [{ call: 0 }, { call: 2 }], columns: 60 });
  expect(lines.map((line) => line.trimEnd())).toMatchInlineSnapshot(`
    [
      "          ╷0          ╷100us         ╷200us",
      "alice     ├①w 1───────┤                 ├w 2╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌?",
      "bob                          ├②r→∅───┤",
      "n1        ────────────①─────────────────────────────────────",
      "n2        ───────────────────────────②──────────────────────",
    ]
  `);
});

test('draws faults, crashes, restarts and pauses', async () => {
  const sim = new Simulation({ seed: 1 });
  echoes(sim, 'n1', 'n2');
  const client = sim.addClient({ name: 'alice' });
  sim.faults.at('1s').crash('n1').for('2s');
  sim.faults.at('2s').pause('n2').for('2s');
  sim.faults.at('1s').partition('alice', 'n1');
  await sim.run(async () => {
    await ping(client, 'n1');
    await sim.sleep('1s');
    await ping(client, 'n1').catch(() => undefined);
    await sim.sleep('3s');
  });
  const lines = renderTimeline({ history: sim.history.entries, trace: sim.trace, nodes: sim.nodes });
  const lane = (name: string): string => lines.find((line) => line.startsWith(name)) ?? '';
  expect(lane('n1')).toMatch(/─✖ +▸─/);
  expect(lane('n2')).toMatch(/─░+/);
  expect(lines.join('\n')).toMatch(/┝.* crash n1 /);
  expect(lines.join('\n')).toMatch(/┝.* partition alice \| n1 /);
  expect(lane('alice')).toContain('?');
});

test('is never wider than asked, whatever the history', () => {
  const operation = fc.record({ process: fc.constantFrom('a', 'b', 'a-client-with-a-long-name'), from: fc.nat(1000), length: fc.nat(1000), value: fc.string(), type: fc.constantFrom('ok', 'fail', 'info', undefined) });
  fc.assert(fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: 40, max: 120 }), (operations, columns) => {
    const events = operations.flatMap(({ process, from, length, value, type }, i) => [
      { time: from, process: `${process}${i % 3}`, type: 'invoke' as const, value }, ...(type === undefined ? [] : [{ time: from + length, process: `${process}${i % 3}`, type, value }]),
    ]).sort((a, b) => a.time - b.time);
    const history = events.map((event, index): HistoryEntry => ({ index, f: 'write', key: 'x', ...event, type: event.type as HistoryEntry['type'] }));
    const lines = renderTimeline({ history, trace: [], nodes: NODES, columns });
    for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(Math.min(columns, 100));
    expect(lines.length).toBeLessThanOrEqual(25);
  }), { numRuns: 200 });
});

test('draws nothing when nothing happened', () => {
  expect(renderTimeline({ history: [], trace: [], nodes: NODES })).toEqual([]);
});
