/**
 * R9: asynchronous replication loses acknowledged writes when a replica takes over.
 *
 * The primary answers before its replica has heard. When it dies in between and the replica is promoted, the write is gone.
 * A client that waits for the replica with WAIT, and takes an unconfirmed write for what it is, unknown, is not deceived.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createRedis, type RedisClient } from 'splitbrain/redis';
import { scenario } from 'splitbrain/scenarios';
import { UsageError, type Simulation } from 'splitbrain';

/** SET, then WAIT for one replica: acknowledged when the replica has it, unknown when it may not. */
async function setAndWait(sim: Simulation, alice: RedisClient, value: string): Promise<void> {
  const call = sim.history.invoke('alice', 'write', 'x', value);
  try {
    await alice.set('x', value);
    if (await alice.wait(1, '200ms') === 1) sim.history.ok(call);
    else sim.history.info(call, { error: 'NOT_REPLICATED' });
  } catch {
    sim.history.info(call, { error: 'NO_ANSWER' });
  }
}

export const lostFailover = scenario({
  name: 'lost-failover',
  title: 'Redis: a failover forgets acknowledged writes (R9)',
  source: 'Redis documentation, replication and WAIT; Jepsen: Redis, 2013',
  watch: [
    'One primary, one replica. Their link breaks, 20 ms later the primary loses power, and the replica is promoted.',
    'Watch bob read, from the new primary, less than alice was told had been written.',
  ],
  seeds: 100,
  configurations: {
    asynchronous: { expect: 'violation', title: 'SET is acknowledged before it is replicated', settings: { wait: false } },
    wait: { expect: 'ok', title: 'SET, then WAIT 1 before calling it done', settings: { wait: true } },
  },
  setup(sim, { wait }) {
    const redis = createRedis(sim, { replicas: 1 });
    const [primary, replica] = redis.nodes;
    if (primary === undefined || replica === undefined) throw new UsageError('SETUP', 'a primary and a replica');
    return { redis, replica, alice: redis.client({ name: 'alice', follow: false, record: !wait }), bob: redis.client({ name: 'bob' }) };
  },
  plan: [
    { at: '80ms', for: '1s', fault: { kind: 'partition', groups: [['redis-1'], ['redis-2']] } },
    { at: '100ms', fault: { kind: 'crash', node: 'redis-1' } },
  ],
  async workload(sim, { redis, replica, alice, bob }, { wait }) {
    const random = sim.random.fork('workload');
    await sim.sleep('50ms');
    await Promise.all([
      (async () => {
        for (let value = 1; sim.now < 100_000; value++) {
          if (wait) await setAndWait(sim, alice, String(value));
          else await alice.set('x', String(value)).catch(() => undefined);
          await sim.sleep(random.between(5, 20));
        }
      })(),
      (async () => {
        await sim.sleep('200ms');
        redis.promote(replica);
        await bob.get('x');
      })(),
    ]);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
