/**
 * `splitbrain/server`: the stores for real clients, in Node.
 *
 * @module
 */
export { serveRedis, type RedisAddress, type RedisPort, type ServeRedisOptions } from './redis-server.ts';
export { connectInMemory, redisConnector, type InMemoryConnector } from './redis-stream.ts';
export { reserveRedisHost } from './reserved-host.ts';
