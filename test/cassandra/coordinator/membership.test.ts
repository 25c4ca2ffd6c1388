import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

function begin(nodes: number, seed = 1): { sim: Simulation; cassandra: Cassandra } {
  const sim = new Simulation({ seed });
  return { sim, cassandra: createCassandra(sim, { nodes }) };
}

describe('membership', () => {
  it('marks a crashed node down about 20 s later, on every node', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { sim, cassandra } = begin(3, seed);
      await sim.advance('20m');
      sim.faults.crash('n3');
      await sim.advance('17s');
      expect(['n1', 'n2'].map((name) => cassandra.node(name).considersAlive('n3'))).toEqual([true, true]);
      await sim.advance('11s');
      expect(['n1', 'n2'].map((name) => cassandra.node(name).considersAlive('n3'))).toEqual([false, false]);
    }
  });

  it('marks it up again within seconds of its return, and the returned node finds the others at once', async () => {
    const { sim, cassandra } = begin(3);
    await sim.advance('60s');
    const crash = sim.faults.crash('n3');
    await sim.advance('60s');
    crash.heal();
    await sim.advance('10ms');
    expect(['n1', 'n2'].map((name) => cassandra.node('n3').considersAlive(name))).toEqual([true, true]);
    expect(['n1', 'n2'].map((name) => cassandra.node(name).considersAlive('n3'))).toEqual([true, true]);
  });

  it('convicts nobody because of a pause of the observer itself', async () => {
    const { sim, cassandra } = begin(3);
    await sim.advance('10m');
    sim.faults.pause('n1').for('30s');
    await sim.advance('31s');
    expect(['n2', 'n3'].map((name) => cassandra.node('n1').considersAlive(name))).toEqual([true, true]);
    await sim.advance('60s');
    expect(cassandra.nodes.flatMap((node) => cassandra.nodes.map((other) => node.considersAlive(other)))).toEqual(Array.from({ length: 9 }, () => true));
  });

  it('keeps a node up that only a third one can reach', async () => {
    const { sim, cassandra } = begin(3);
    await sim.advance('60s');
    sim.faults.partition(['n1'], ['n2']);
    await sim.advance('10m');
    expect(cassandra.node('n1').considersAlive('n2')).toBe(true);
  });

  it('finds both sides of a healed partition again', async () => {
    const { sim, cassandra } = begin(6);
    const cut = sim.faults.halves();
    await sim.advance('2m');
    expect(cassandra.node('n1').considersAlive('n6')).toBe(false);
    cut.heal();
    await sim.advance('30s');
    expect(cassandra.nodes.every((node) => cassandra.nodes.every((other) => node.considersAlive(other)))).toBe(true);
  });
});
