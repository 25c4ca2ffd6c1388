/**
 * A cluster with a schema, as the anomalies of the catalogue are told on it.
 *
 * @module
 */
import { createCassandra, type Cassandra, type CassandraClient, type CassandraClientOptions, type CassandraOptions } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

export interface Story {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly client: (name: string, coordinator?: string, options?: Partial<CassandraClientOptions>) => CassandraClient;
}

/** Three replicas of one keyspace `ks`, unless told otherwise; clients speak at QUORUM. */
export function begin(schema: string, options: CassandraOptions = {}, replication = "{'class': 'SimpleStrategy', 'replication_factor': 3}"): Story {
  const sim = new Simulation({ seed: 1 });
  const cassandra = createCassandra(sim, options);
  cassandra.schema(`CREATE KEYSPACE ks WITH replication = ${replication}; ${schema}`);
  return {
    sim, cassandra,
    client: (name, coordinator, more = {}) => cassandra.client({ name, keyspace: 'ks', consistency: 'QUORUM', ...(coordinator === undefined ? {} : { coordinator }), ...more }),
  };
}
