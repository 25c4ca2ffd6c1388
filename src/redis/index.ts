/**
 * Redis: an engine in process, or a primary with replicas in a simulation.
 *
 * @module
 */
export type { BytesInput } from './bytes/bytes.ts';
export { RedisClient, RedisClientView, type NodeChoice, type RedisClientOptions, type SubscriptionListener } from './deployment/client.ts';
export { ActiveCommandFault, CommandFaults, type CommandFault, type NamedError, type PlannedCommandFault } from './command-faults.ts';
export type { AclCategory, Command, CommandFlag, KeyPositions } from './command.ts';
export { COMMANDS } from './commands/table.ts';
export type { KeyContents, StreamEntryContents } from './keyspace/contents.ts';
export { createRedis } from './create-redis.ts';
export { decodeReply, type RedisValue } from './standalone/decode.ts';
export { RedisDeployment, type RedisNode } from './deployment/deployment.ts';
export type { Effect } from './effects.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { RedisReplyError } from './errors.ts';
export type { Answer, AnswerMode } from './methods/answer.ts';
export type { PoppedElement, PoppedMember } from './methods/blocking-methods.ts';
export type { AlgebraOptions, ExpireCondition, GeoMember, GeoSearch, GeoUnit, GetExOptions, ScanOptions, ScoredMember, SetOptions, SortOptions, StreamBatch, StreamEntry, XAddOptions, ZAddOptions, ZRangeOptions } from './methods/options.ts';
export type { RedisMethods } from './methods/redis-methods.ts';
export type { RedisConfig, RedisOptions } from './deployment/options.ts';
export type { AppendFsync } from './persistence/append-only-file.ts';
export type { Reply, ReplyKind } from './reply.ts';
export { encodeCommand, encodeReply } from './resp/encode.ts';
export { parseCommand, type ParsedCommand } from './resp/command-parser.ts';
export { RedisServer } from './deployment/server.ts';
export { ConnectionLostError, RedisConnection, RedisPromises, type MessageListener } from './standalone/redis-connection.ts';
export { RedisStandalone, type StandaloneOptions } from './standalone/standalone.ts';
