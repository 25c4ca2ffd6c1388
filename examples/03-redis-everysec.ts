/**
 * R1: appendfsync everysec loses up to a second of acknowledged writes when the power fails.
 *
 * The append-only file is written at once and synced once a second; what was not synced survives a power loss only as a
 * prefix. With appendfsync always the answer waits for the disk.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createRedis } from 'splitbrain/redis';
import { scenario } from 'splitbrain/scenarios';

export const everysec = scenario({
  name: 'everysec',
  title: 'Redis: a power failure takes back the last second (R1)',
  source: 'Redis documentation, persistence',
  watch: [
    'One Redis with an append-only file. alice counts up, a step every 100 ms or so; then the power fails for a second.',
    'Watch the counter after the restart.',
  ],
  configurations: {
    everysec: { expect: 'violation', title: 'appendfsync everysec', settings: 'everysec' },
    always: { expect: 'ok', title: 'appendfsync always', settings: 'always' },
  },
  setup: (sim, appendfsync) => createRedis(sim, { appendonly: true, appendfsync }).client({ name: 'alice' }),
  plan: (sim) => [{ at: sim.random.fork('power').between(2000, 3000), for: '1s', fault: { kind: 'crash', node: 'redis-1' } }],
  async workload(sim, alice) {
    const random = sim.random.fork('workload');
    await sim.sleep('1500ms');
    for (let value = 1; value <= 12; value++) {
      await alice.set('counter', String(value)).catch(() => undefined);
      await sim.sleep(random.between(50, 150));
    }
    await sim.sleep('2s');
    await alice.get('counter');
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
