import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULT_KINDS, formatPlan, nemesis, parsePlan, Simulation, type FaultPlan, type Micros, type NodeId } from '../../../src/index.ts';
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
  expect(() => sim.faults.at('9s').crash('n1').for('-1s')).toThrow('must not be negative');
  expect(() => sim.faults.halves(['n1'])).toThrow('halves needs at least 2 nodes, got 1');
  expect(sim.faults.plan.map(({ fault }) => fault.kind)).toEqual(['clock-jump']);
});

test('a length given when it is over ends the fault; one given to a fault that has ended changes nothing', async () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1');
  const crash = sim.faults.crash('n1');
  await sim.advance('5s');
  crash.for('1s');
  await sim.advance('1ms');
  expect([n1?.isUp, sim.faults.plan[0]?.for]).toEqual([true, '5s']);
  crash.for('10s');
  crash.heal();
  crash[Symbol.dispose]();
  expect([crash.isActive, sim.faults.plan]).toEqual([false, [{ at: '0us', for: '5s', fault: { kind: 'crash', node: 'n1' } }]]);
});

test('a fault that a listener heals as it begins has ended', async () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1');
  sim.on('node', ({ what }) => { if (what === 'crash') sim.faults.heal(); });
  const crash = sim.faults.crash('n1');
  expect([n1?.isUp, crash.isActive, sim.faults.active]).toEqual([true, false, []]);
  await sim.advance('1s');
});

test('heal also ends what was done by hand', () => {
  const sim = new Simulation();
  const [n1, n2, n3] = echoes(sim, 'n1', 'n2', 'n3');
  n1?.crash();
  n2?.pause();
  n2?.pause();
  n3?.clock.jump(5 as Micros);
  sim.heal();
  expect([n1?.isUp, n2?.isPaused, n3?.clock.error]).toEqual([true, false, 0]);
});

test('pauses and crashes nest in any order', async () => {
  const states = async (...faults: [string, 'crash' | 'pause', string][]): Promise<string> => {
    const sim = new Simulation();
    const [n1] = echoes(sim, 'n1');
    for (const [at, kind, length] of faults) sim.faults.at(at)[kind]('n1').for(length);
    let told = '';
    await sim.advance('500ms');
    for (let i = 0; i < 5; i++) {
      told += n1?.isUp === false ? 'd' : n1?.isPaused === true ? 'p' : 'u';
      await sim.advance('1s');
    }
    return told;
  };
  expect(await states(['0s', 'pause', '2s'], ['1s', 'pause', '2s'])).toBe('pppuu');
  expect(await states(['0s', 'pause', '4s'], ['1s', 'crash', '1s'])).toBe('pduuu');
  expect(await states(['0s', 'crash', '2s'], ['1s', 'pause', '3s'])).toBe('dduuu');
  expect(await states(['0s', 'crash', '3s'], ['0s', 'crash', '1s'])).toBe('ddduu');
});

const kinds = FAULT_KINDS.map((kind) => [kind]);

/** Five nodes that gossip, write, sync and read their clocks. */
function chatter(seed: number, script: (sim: Simulation) => void): Simulation {
  const sim = new Simulation({ seed });
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'] as NodeId[];
  for (const name of names) {
    sim.addNode(name, (host) => ({
      onStart: () => { host.setTimer(50_000 as Micros, { type: 'tick' }); },
      onTimer: ({ type }) => {
        if (type !== 'tick') return;
        host.setTimer(50_000 as Micros, { type: 'tick' });
        host.trace('clock', { now: host.now(), log: host.disk.size('log') });
        host.disk.append('log', 'x'.repeat(1 + host.random.below(3)));
        if (host.random.chance(0.3)) host.disk.sync('log', { type: 'synced' });
        for (let i = 0; i < 3; i++) host.sendOrdered(host.random.pick(names), { type: 'gossip' });
      },
      onMessage: (from, { type }) => { if (type === 'gossip') host.send(from, { type: 'thanks' }); },
    }));
  }
  script(sim);
  sim.drain('25s');
  return sim;
}

test.each(kinds)('%s: the plan that a run gives back, as JSON, makes the same run', (kind) => {
  fc.assert(fc.property(fc.nat(100_000), (seed) => {
    const drawn = nemesis({ seed, nodes: ['n1', 'n2', 'n3', 'n4', 'n5'], kinds: [kind, 'partition', 'pause'], swarm: false, until: '20s', every: '1s' });
    const first = chatter(seed, (sim) => sim.faults.add(drawn));
    const again = chatter(seed, (sim) => sim.faults.add(parsePlan(formatPlan(first.faults.plan))));
    expect(again.trace.digest).toBe(first.trace.digest);
  }), { numRuns: 4 });
});

test('a fault shifts nothing on the links and nodes that it does not concern', () => {
  const untouched = (sim: Simulation): string[] => [...sim.trace]
    .filter(({ kind, node, from }) => kind === 'deliver' && node !== undefined && from !== undefined && ['n3', 'n4', 'n5'].includes(node) && ['n3', 'n4', 'n5'].includes(from))
    .map(({ time, node, from, what, sentAt }) => `${sentAt ?? ''} ${from ?? ''} ${what ?? ''} ${node ?? ''} ${time}`);
  fc.assert(fc.property(fc.nat(100_000), fc.constantFrom(...FAULT_KINDS), (seed, kind) => {
    const plan = nemesis({ seed, nodes: ['n1', 'n2'], kinds: [kind], swarm: false, until: '20s', every: '1s', maxDown: 1 })
      .map(({ fault, ...when }) => ({ ...when, fault: 'probability' in fault || 'by' in fault && !('node' in fault) || 'bytesPerSecond' in fault
        ? { ...fault, between: [['n1'], ['n2']] as const } : fault }));
    expect(untouched(chatter(seed, (sim) => sim.faults.add(plan as FaultPlan)))).toEqual(untouched(chatter(seed, () => undefined)));
  }), { numRuns: 25 });
});
