/**
 * What the store must survive. A write that W replicas hold on their disks is there as long as the disks are, whatever the network does and
 * whoever is down; how many may be down is a matter of availability, N - R for reads and N - W for writes. Clocks decide between
 * versions only where the last write wins; a write that lies in a buffer only does not survive a crash (section 6.1).
 *
 * Joins and leaves are beyond it: while one spreads by gossip, coordinators disagree about who a key's N nodes are, and R of the one's
 * need not meet W of the other's. In 25 of 3,850 seeds a register was not linearizable for that. No acknowledged element of a set is
 * lost by it (`test/properties/fault-budgets.test.ts`).
 *
 * @module
 */
import { CLOCK_FAULTS, NETWORK_FAULTS, type FaultBudget } from '../kernel/faults/budget.ts';
import type { DynamoConfig } from './options.ts';

/** What operators can do to a deployment (section 4.8.1): add a machine, have one leave, strike out one that is down. */
export const DYNAMO_OPERATIONS: readonly string[] = ['join', 'leave', 'remove'];

/** The budget of a deployment. */
export function dynamoBudget({ n, r, w, writes, conflict }: DynamoConfig): FaultBudget {
  return {
    promise: 'no acknowledged write is lost; with R + W > N, a strict quorum and reads that write back, a register is linearizable',
    kinds: [...NETWORK_FAULTS, 'duplicate', 'pause', 'disk-slow', ...(writes === 'synced' ? ['crash'] as const : []), ...(conflict === 'lww' ? [] : CLOCK_FAULTS)],
    maxDown: Math.max(0, n - Math.max(r, w)),
    operations: [],
  };
}
