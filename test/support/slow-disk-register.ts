import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { delay, pass, sampler } from '../../src/index.ts';
import { drawWorkload, dynamoClients, scenario, type Scenario } from '../../src/scenarios/index.ts';

/** A register under a quorum whose reads do not write back, with slow disks. */
export const slowDiskRegister = scenario({
  name: 'register',
  simulation: { topology: { sameZone: 'LNKD-SSD' } },
  setup: (sim) => createDynamo(sim, { nodes: 3, n: 3, r: 2, w: 2, sloppy: false, conflict: 'lww', readRepair: 'none' }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 80, keys: 2, reads: 0.8, thinkTime: '3ms' }),
    clients(sim, dynamo, workload) {
      const random = sim.random.fork('disks');
      const disk = sampler('LNKD-DISK-WRITE');
      sim.network.rule(({ message }) => (message.type === 'write' ? delay(disk(random) / 1000) : pass));
      return dynamoClients(sim, dynamo, workload);
    },
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
}) as unknown as Scenario;
