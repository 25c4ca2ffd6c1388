/**
 * Nodes with a limit: throughput grows with their number (the claim of linear growth: Netflix, Benchmarking Cassandra Scalability on
 * AWS, 2011: 3,633 to 3,821 writes a second and node from 48 to 288 nodes, ±3 %), and a node with too much to do sheds load.
 */
import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

/** Writes and reads at QUORUM by many clients, each with one request at a time. @returns requests done in a simulated second, and how many failed */
async function throughput(sim: Simulation, cassandra: Cassandra, clients: number, name: string): Promise<{ readonly rate: number; readonly failed: number }> {
  let failed = 0;
  let done = 0;
  const start = sim.now;
  await sim.run(() => Promise.all(Array.from({ length: clients }, async (_, c) => {
    const client = cassandra.client({ name: `${name}${c}`, consistency: 'QUORUM' });
    for (let i = 0; sim.now - start < 1_000_000; i++) {
      const request = i % 2 === 0
        ? client.execute('INSERT INTO ks.t (k, v) VALUES (?, ?)', [c * 10_000 + i, 'v'], { record: false })
        : client.execute('SELECT v FROM ks.t WHERE k = ?', [c * 10_000 + i - 1], { record: false });
      await request.then(() => { done++; }, () => { failed++; });
    }
  })));
  return { rate: (done * 1_000_000) / (sim.now - start), failed };
}

function cluster(nodes: number): { sim: Simulation; cassandra: Cassandra } {
  const sim = new Simulation({ seed: 3, trace: 'digest' });
  const cassandra = createCassandra(sim, { nodes, requestServiceTime: '500us', ringDelay: '5s', numTokens: 16 });
  cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { k: 'int', v: 'text' } });
  return { sim, cassandra };
}

describe('nodes that take 0.5 ms for a request', () => {
  it('do in proportion to their number, within a tenth', async () => {
    const rates: number[] = [];
    for (const nodes of [3, 6, 12]) {
      const { sim, cassandra } = cluster(nodes);
      const { rate, failed } = await throughput(sim, cassandra, nodes * 20, 'c');
      expect(failed).toBe(0);
      rates.push(rate / nodes);
    }
    // With three nodes every coordinator is a replica and spares itself a message: 3 and 6 differ by that, 6 and 12 hardly.
    expect((rates[2] ?? 0) / (rates[1] ?? 1)).toBeGreaterThan(0.9);
    expect((rates[2] ?? 0) / (rates[1] ?? 1)).toBeLessThan(1.1);
    expect((rates[1] ?? 0) / (rates[0] ?? 1)).toBeGreaterThan(0.75);
  });

  it('do nearly twice as much after three have joined three, without a failed request meanwhile', async () => {
    const { sim, cassandra } = cluster(3);
    const before = await throughput(sim, cassandra, 60, 'before');
    let failed = before.failed;
    let stop = false;
    await sim.run(async () => {
      const load = Promise.all(Array.from({ length: 10 }, async (_, c) => {
        const client = cassandra.client({ name: `load${c}`, consistency: 'QUORUM' });
        for (let i = 0; !stop; i++) {
          await client.execute('INSERT INTO ks.t (k, v) VALUES (?, ?)', [1_000_000 + c * 10_000 + i, 'v'], { record: false }).catch(() => { failed++; });
          await sim.sleep('50ms');
        }
      }));
      for (let i = 0; i < 3; i++) await cassandra.addNode();
      stop = true;
      await load;
    });
    const after = await throughput(sim, cassandra, 120, 'after');
    expect(failed + after.failed).toBe(0);
    expect(after.rate / before.rate).toBeGreaterThan(1.5);
  });

  it('shed what waits past its timeout when they are asked too much, and say so', async () => {
    const { sim, cassandra } = cluster(3);
    await sim.run(async () => {
      const clients = Array.from({ length: 10_000 }, (_, i) => cassandra.client({ name: `c${i}`, consistency: 'QUORUM' }));
      const outcomes = await Promise.all(clients.map((one, i) => one.execute('INSERT INTO ks.t (k, v) VALUES (?, ?)', [i, 'v'], { record: false }).then(() => 'ok', (error: { code: string }) => error.code)));
      expect(new Set(outcomes)).toEqual(new Set(['ok', 'WRITE_TIMEOUT']));
      expect(cassandra.nodes.reduce((sum, node) => sum + (node.droppedMessages.get('MUTATION_REQ') ?? 0), 0)).toBeGreaterThan(100);
    });
  });
});
