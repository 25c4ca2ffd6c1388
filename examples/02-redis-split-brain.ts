/**
 * R10: two primaries, and one of them is forgotten.
 *
 * A primary cut off from its replicas goes on acknowledging. On the other side a replica is promoted. When the cut heals, the
 * old primary is made a replica, and drops all it took meanwhile. min-replicas-to-write makes it stop after its max lag.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createRedis } from 'splitbrain/redis';
import { scenario } from 'splitbrain/scenarios';

export const splitBrain = scenario({
  name: 'split-brain',
  title: 'Redis: a split brain throws acknowledged writes away (R10)',
  source: 'Jepsen: Redis, 2013; redis.conf, min-replicas-to-write',
  watch: [
    'A primary and two replicas. A cut leaves the old primary alone with alice; on the other side redis-2 is promoted.',
    'Watch alice get OK for writes that nobody reads when the cut has healed.',
  ],
  seeds: 100,
  configurations: {
    'keeps-writing': { expect: 'violation', title: 'the old primary keeps acknowledging', settings: { minReplicasToWrite: 0 } },
    'min-replicas': { expect: 'ok', title: 'min-replicas-to-write 1, min-replicas-max-lag 2: it refuses after two seconds', settings: { minReplicasToWrite: 1 } },
  },
  setup(sim, { minReplicasToWrite }) {
    const redis = createRedis(sim, { replicas: 2, minReplicasToWrite, minReplicasMaxLag: 2 });
    return { redis, alice: redis.client({ name: 'alice', follow: false }), bob: redis.client({ name: 'bob' }) };
  },
  plan: [{ at: '3s', for: '10s', fault: { kind: 'partition', groups: [['redis-1', 'alice'], ['redis-2', 'redis-3', 'bob']] } }],
  async workload(sim, { redis, alice, bob }) {
    await sim.sleep('2s');
    await alice.set('x', 'before');
    await sim.sleep('2s');
    redis.promote('redis-2');
    await sim.sleep('4s');
    for (const value of ['one', 'two']) await alice.set('x', value).catch(() => undefined);
    await bob.get('x');
    await sim.sleep('6s');
    redis.replicaOf('redis-1');
    await sim.sleep('2s');
    await bob.get('x');
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
