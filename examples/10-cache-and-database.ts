/**
 * R31, across two stores: a cache filled with what is no longer true.
 *
 * alice misses in Redis and reads the old profile from Cassandra. Before she fills the cache, bob writes the new one to Cassandra
 * and deletes the cache entry. Then alice fills the cache, with the old profile, for everybody, until it expires. When bob
 * sets the entry instead of deleting it, and readers fill with NX only, the old value never overwrites the new one.
 */
import type { Simulation } from 'splitbrain';
import { createCassandra, type CassandraClient, type Table } from 'splitbrain/cassandra';
import { checkSessionGuarantees } from 'splitbrain/checkers';
import { createRedis, type RedisClient } from 'splitbrain/redis';
import { scenario } from 'splitbrain/scenarios';

type Strategy = 'delete' | 'set';

/** What an application does with a cache in front of a database; its own operations are what goes into the history. */
class Application {
  readonly #sim: Simulation;
  readonly #name: string;
  readonly #cache: RedisClient;
  readonly #database: CassandraClient;
  readonly #table: Table;
  readonly #strategy: Strategy;

  constructor(sim: Simulation, name: string, cache: RedisClient, database: CassandraClient, table: Table, strategy: Strategy) {
    this.#sim = sim;
    this.#name = name;
    this.#cache = cache;
    this.#database = database;
    this.#table = table;
    this.#strategy = strategy;
  }

  async write(value: string): Promise<void> {
    const call = this.#sim.history.invoke(this.#name, 'write', 'profile', value);
    await this.#database.insert(this.#table, { k: 'profile', v: value }, { record: false });
    if (this.#strategy === 'delete') await this.#cache.del('profile');
    else await this.#cache.set('profile', value, { EX: 60 });
    this.#sim.history.ok(call);
  }

  async read(): Promise<void> {
    const call = this.#sim.history.invoke(this.#name, 'read', 'profile');
    const cached = await this.#cache.get('profile');
    if (cached !== null) {
      this.#sim.history.ok(call, { value: cached });
      return;
    }
    const { first } = await this.#database.select(this.#table, { partition: 'profile' }, { record: false });
    const value = (first?.['v'] ?? '') as string;
    await this.#cache.set('profile', value, this.#strategy === 'set' ? { EX: 60, NX: true } : { EX: 60 });
    this.#sim.history.ok(call, { value });
  }
}

export const cacheAndDatabase = scenario({
  name: 'cache-and-database',
  title: 'Redis before Cassandra: the cache is filled with the past (R31)',
  source: 'Nishtala et al., Scaling Memcache at Facebook, NSDI 2013',
  watch: [
    'A Redis cache in front of three Cassandra nodes at QUORUM. Every read that misses fills the cache for a minute.',
    'Watch bob change his profile, look at it, and see the old one.',
  ],
  configurations: {
    'delete-on-write': { expect: 'violation', title: 'a write deletes the entry, a miss fills it', settings: 'delete' },
    'set-on-write': { expect: 'ok', title: 'a write sets the entry, a miss fills it only if there is none', settings: 'set' },
  },
  simulation: { topology: { sameZone: { kind: 'exponential', mean: 1 } } },
  setup(sim, strategy) {
    const redis = createRedis(sim);
    const cassandra = createCassandra(sim, { nodes: 3 });
    const table = cassandra.createTable({ name: 'profiles', partitionKey: ['k'], columns: { k: 'text', v: 'text' } });
    const application = (name: string): Application => new Application(
      sim, name, redis.client({ name: `${name}-cache`, record: false }), cassandra.client({ name: `${name}-db`, consistency: 'QUORUM' }), table, strategy,
    );
    return { bob: application('bob'), readers: ['alice', 'carol'].map(application) };
  },
  async workload(sim, { bob, readers }) {
    const random = sim.random.fork('workload');
    await bob.write('v1');
    for (let version = 2; version <= 4; version++) {
      await Promise.all([
        ...readers.map(async (reader) => {
          await sim.sleep(random.between(0, 2));
          await reader.read();
        }),
        (async () => {
          await sim.sleep(random.between(0, 2));
          await bob.write(`v${version}`);
          await sim.sleep('10ms');
          await bob.read();
        })(),
      ]);
    }
  },
  check: (sim) => checkSessionGuarantees(sim.history, { guarantees: ['read your writes'] }),
});
