/**
 * A scenario to sweep and shrink: transactions that read and append to lists, between MULTI and EXEC, under WATCH, or as single commands. What
 * isolation is for shows without any fault, and a failing seed shrinks to two transactions of a few steps.
 */
import { checkTransactions } from 'splitbrain/checkers';
import { createRedis } from 'splitbrain/redis';
import { drawWorkload, redisClients, scenario } from 'splitbrain/scenarios';

export const isolation = scenario({
  name: 'isolation',
  configurations: {
    'commands': { expect: 'violation', title: 'each step a command of its own', settings: { isolated: false } },
    'multi': { expect: 'ok', title: 'between MULTI and EXEC', settings: {} },
    'watch': { expect: 'ok', title: 'read under WATCH, given up when what was read has changed', settings: { watch: true } },
  },
  setup: (sim) => createRedis(sim),
  plan: [],
  workload: {
    draw: (sim) => drawWorkload({ kind: 'list-append', seed: sim.seed, clients: 4, operations: 60, keys: 3 }),
    clients: (sim, redis, workload, settings) => redisClients(sim, redis, workload, settings),
  },
  check: (sim) => checkTransactions(sim.history, { level: 'strict-serializable' }),
});
