/**
 * The way in: `createRedis()` alone, or `createRedis(sim, …)` in a simulation.
 *
 * @module
 */
import { Simulation } from '../kernel/simulation.ts';
import { RedisDeployment } from './deployment.ts';
import type { RedisOptions } from './options.ts';
import { RedisStandalone, type StandaloneOptions } from './standalone.ts';

/** A Redis in process, which answers at once and whose clock is moved by `advance`. */
export function createRedis(options?: StandaloneOptions): RedisStandalone;
/** A primary and its replicas as nodes of a simulation. */
export function createRedis(simulation: Simulation, options?: RedisOptions): RedisDeployment;
export function createRedis(first?: Simulation | StandaloneOptions, options?: RedisOptions): RedisStandalone | RedisDeployment {
  return first instanceof Simulation ? new RedisDeployment(first, options) : new RedisStandalone(first);
}
