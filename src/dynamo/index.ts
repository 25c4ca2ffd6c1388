/**
 * The Dynamo-like store.
 *
 * @module
 */
export type { ClockEntry, VectorClock } from '../distributed/vector-clock.ts';
export { createDynamo, type Dynamo, type DynamoClientOptions } from './create-dynamo.ts';
export type { DynamoClient, GetOptions, GetResult, PutOptions } from './client.ts';
export { QuorumError } from './errors.ts';
export type { ConflictMode, DynamoConfig, DynamoOptions, ReadRepair, VersionScheme } from './options.ts';
export type { Version, Versions } from './version.ts';
export * from './mergers/index.ts';
