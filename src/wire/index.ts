/**
 * `splitbrain/server`: the stores for real clients, in Node.
 *
 * @module
 */
export { serveCassandra, type CassandraAddress, type CassandraClientSettings, type CassandraPort, type ServeCassandraOptions } from './cassandra-server.ts';
export { serveRedis, type RedisAddress, type RedisPort, type ServeRedisOptions } from './redis-server.ts';
export { connectInMemory, redisConnector, type InMemoryConnector } from './redis-stream.ts';
export { reserveRedisHost } from './reserved-host.ts';
