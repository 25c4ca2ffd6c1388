/**
 * A scenario to sweep and shrink: one answer is enough (R = W = 1), and a node is cut off now and then. Its workload is data, so that
 * a failing seed shrinks to the one write and the one read that matter.
 */
import { nemesis } from 'splitbrain';
import { checkLinearizability } from 'splitbrain/checkers';
import { createDynamo } from 'splitbrain/dynamo';
import { drawWorkload, dynamoClients, scenario } from 'splitbrain/scenarios';

export const staleRead = scenario({
  name: 'stale-read',
  configurations: {
    'one': { expect: 'violation', title: 'R = W = 1', settings: { r: 1, w: 1, readRepair: 'after-reply' } },
    'quorum': { expect: 'ok', title: 'strict quorum, a read writes back first', settings: { r: 2, w: 2, readRepair: 'before-reply' } },
  },
  setup: (sim, settings) => createDynamo(sim, { nodes: 3, conflict: 'lww', sloppy: false, ...settings }),
  plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['isolate', 'delay'], until: '2s' }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 100, keys: 2 }),
    clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload),
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
