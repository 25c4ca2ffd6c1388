import { expect, test } from 'vitest';
import { Simulation } from '../../../src/index.ts';
import { echoes } from '../../support/cluster.ts';

test('a fault begins at its instant and ends after its length; crashed nodes start again', async () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1');
  sim.faults.at('2s').crash('n1').for('3s');
  const states: (boolean | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    await sim.advance('1s');
    states.push(n1?.isUp);
  }
  expect(states).toEqual([true, false, false, false, true, true]);
});

test('a fault ends with its block', async () => {
  const sim = new Simulation();
  const [n1, n2] = echoes(sim, 'n1', 'n2');
  if (!n1 || !n2) throw new Error('no nodes');
  await sim.run(async () => {
    {
      using cut = sim.faults.partition([n1], [n2]);
      expect([cut.isActive, sim.network.isCut(n1, n2)]).toEqual([true, true]);
      await sim.sleep('2s');
    }
    expect(sim.network.isCut(n1, n2)).toBe(false);
  });
  expect(sim.faults.plan).toEqual([{ at: '0us', for: '2s', fault: { kind: 'partition', groups: [['n1'], ['n2']] } }]);
});

test('two crashes of one node: it starts again when the later one has ended', async () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1');
  sim.faults.crash('n1').for('5s');
  sim.faults.at('1s').crash('n1').for('1s');
  await sim.advance('4s');
  expect(n1?.isUp).toBe(false);
  await sim.advance('1s');
  expect(n1?.isUp).toBe(true);
});

test('heal ends what is in force and forgets what was to come', async () => {
  const sim = new Simulation();
  const [n1, n2] = echoes(sim, 'n1', 'n2');
  sim.faults.crash('n1');
  sim.faults.at('1s').crash('n2');
  await sim.advance('10ms');
  sim.heal();
  await sim.advance('2s');
  expect([n1?.isUp, n2?.isUp, sim.faults.active.length]).toEqual([true, true, 0]);
  expect(sim.faults.plan.map(({ fault }) => fault)).toEqual([{ kind: 'crash', node: 'n1' }]);
});

test('the plan that a run gives back makes the same run', async () => {
  const digest = async (script: (sim: Simulation) => void): Promise<{ digest: string; plan: Simulation['faults']['plan'] }> => {
    const sim = new Simulation({ seed: 9 });
    echoes(sim, 'n1', 'n2', 'n3');
    script(sim);
    await sim.advance('30s');
    return { digest: sim.trace.digest, plan: sim.faults.plan };
  };
  const first = await digest((sim) => {
    sim.faults.at('1s').isolate('n1').for('2s');
    sim.faults.at('2s').pause('n2').for('1.5s');
    sim.faults.at('3s').wipe('n3').for('1s');
  });
  expect((await digest((sim) => sim.faults.add(first.plan))).digest).toBe(first.digest);
});

test('unknown nodes, negative spans and instants gone by are refused; nothing happens', async () => {
  const sim = new Simulation();
  echoes(sim, 'n1', 'n2');
  await sim.advance('5s');
  expect(() => sim.faults.crash('n7')).toThrow("there is no node 'n7'");
  expect(() => sim.faults.partition(['n1', 'n2'], ['n2'])).toThrow('groups that share no node');
  expect(() => sim.faults.at('-1s')).toThrow('must not be negative');
  expect(() => sim.faults.at('1s').pause('n1')).toThrow('1s is over, it is 5s');
  expect(() => sim.faults.clockJump('n1', '1s').for('1s')).toThrow("'for' makes no sense");
  expect(() => sim.faults.halves(['n1'])).toThrow('halves needs at least 2 nodes, got 1');
  expect(sim.faults.plan.map(({ fault }) => fault.kind)).toEqual(['clock-jump']);
});
