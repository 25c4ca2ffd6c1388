/**
 * What Redis must survive. It promises durability of what its append-only file has synced and nothing for what asynchronous replication has
 * not brought to a replica yet (Redis documentation, "Redis persistence", "Redis replication"): a failover is beyond the budget, and so
 * is a crash unless every write is synced before it is answered. Clocks matter to keys that expire.
 *
 * @module
 */
import { CLOCK_FAULTS, NETWORK_FAULTS, type FaultBudget } from '../../kernel/faults/budget.ts';
import type { RedisConfig } from './options.ts';

/** What operators can do to a deployment. */
export const REDIS_OPERATIONS: readonly string[] = ['failover'];

/** The budget of a deployment of so many nodes. */
export function redisBudget({ appendonly, appendfsync }: RedisConfig, nodes: number): FaultBudget {
  return {
    promise: 'the primary is linearizable, for keys that do not expire',
    kinds: [...NETWORK_FAULTS, ...CLOCK_FAULTS, 'pause', 'disk-slow', ...(appendonly && appendfsync === 'always' ? ['crash'] as const : [])],
    maxDown: nodes,
    operations: [],
  };
}
