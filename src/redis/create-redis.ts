/**
 * The way in: `createRedis()` alone, or `createRedis(sim, …)` in a simulation.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { RedisDeployment } from './deployment/deployment.ts';
import type { RedisOptions } from './deployment/options.ts';
import { RedisStandalone, type StandaloneOptions } from './standalone/standalone.ts';

/** A Redis in process, which answers at once and whose clock is moved by `advance`. */
export function createRedis(options?: StandaloneOptions): RedisStandalone;
/** A primary and its replicas as nodes of a simulation. */
export function createRedis(simulation: Simulation, options?: RedisOptions): RedisDeployment;
export function createRedis(first?: Simulation | StandaloneOptions, options?: RedisOptions): RedisStandalone | RedisDeployment {
  if (isSimulation(first)) return new RedisDeployment(first, options);
  if (options !== undefined) throw new UsageError('INVALID_ARGUMENT', 'createRedis(sim, options): the first argument is not a simulation');
  return new RedisStandalone(first);
}

/** By what it can do, not by its class: ESM and CommonJS each have a class of that name. */
function isSimulation(value: Simulation | StandaloneOptions | undefined): value is Simulation {
  return value !== undefined && typeof (value as { addNode?: unknown }).addNode === 'function';
}
