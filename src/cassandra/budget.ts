/**
 * What Cassandra must survive, with three replicas or more of each partition and QUORUM: one of them at a time in trouble, and a network that does what it
 * likes. Clocks of nodes do not matter where clients stamp what they write (the drivers' default); clocks of clients always do, to all but
 * lightweight transactions. A node whose commit log is synced now and then (`periodic`, the default) forgets what it has acknowledged when the
 * power fails, so that crashes are within the budget only where writes wait for the disk (Apache Cassandra documentation, "Commit log").
 *
 * Left out: messages that arrive twice, which no connection does to a client's request; a full disk.
 *
 * @module
 */
import { CLOCK_FAULTS, NETWORK_FAULTS, type FaultBudget } from '../kernel/faults/budget.ts';
import type { Parameters } from './parameters.ts';

/** What operators can do to a cluster: `join` adds a machine, `replace` one in the place of a node that is down, `removenode` does without it. */
export const CASSANDRA_OPERATIONS: readonly string[] = ['join', 'decommission', 'replace', 'removenode'];

/** The budget of a cluster of so many nodes. */
export function cassandraBudget({ commitlogSync, timestamps }: Parameters, nodes: number): FaultBudget {
  return {
    promise: 'at QUORUM with blocking read repair a register is linearizable; at SERIAL, whatever clocks do',
    kinds: [
      ...NETWORK_FAULTS, 'pause', 'disk-slow', ...(commitlogSync === 'periodic' ? [] : ['crash'] as const), ...(timestamps === 'client' ? CLOCK_FAULTS : []),
    ],
    maxDown: nodes < 3 ? 0 : 1,
    operations: ['join', 'decommission'],
  };
}
