/**
 * The Dynamo-like store.
 *
 * @module
 */
export type { ClockEntry, VectorClock } from '../distributed/vector-clock.ts';
export { createDynamo, isDynamo, type Dynamo, type DynamoClientOptions } from './create-dynamo.ts';
export type { Blob } from './bytes.ts';
export type { DynamoCallbacks } from './callbacks.ts';
export type { DynamoClient } from './client.ts';
export { Context } from './context.ts';
export { QuorumError } from './errors.ts';
export type { JoinOptions } from './membership/operator.ts';
export * from './mergers/index.ts';
export type {
  ConflictMode, CoordinatorChoice, DynamoConfig, DynamoOptions, LiveOptions, NodeOptions, Partitioning, ReadRepair, VersionScheme, WriteMode,
} from './options.ts';
export type { GetOptions, GetResult, NodeName, PutOptions } from './requests.ts';
export type { EngineFactory, StorageEngine } from './storage/engine.ts';
export { logEngine } from './storage/log-engine.ts';
export type { Version, Versions } from './version.ts';
export { LATENCY_MODELS, type LatencyModelName, type MessageLatencies } from './tradeoff/message-latencies.ts';
export { tradeoff, type Percentiles, type TradeoffOptions, type TradeoffProgress, type TradeoffRow } from './tradeoff/tradeoff.ts';
