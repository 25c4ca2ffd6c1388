/**
 * Consistency levels: how many replicas, and where, must answer before the coordinator does. The rules are those of Apache
 * Cassandra 4.1's `ConsistencyLevel` and `ReplicaPlans` as its documentation (dynamo.adoc, "Tunable Consistency") tells them.
 *
 * SERIAL and LOCAL_SERIAL are levels of lightweight transactions and of reads that finish them; what a transaction has decided is
 * committed at a level of the others.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';

/** The levels. */
export const CONSISTENCY_LEVELS = ['ANY', 'ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'EACH_QUORUM', 'SERIAL', 'LOCAL_SERIAL', 'LOCAL_ONE'] as const;

/** A consistency level. */
export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];

/** What a level needs to know about a table's replicas. */
export interface ReplicaLayout {
  /** Replicas a datacentre should have; one entry `''` when the strategy knows no datacentres. */
  readonly factors: ReadonlyMap<string, number>;
  /** The coordinator's datacentre. */
  readonly local: string;
}

/** How many answers a level waits for: a total, or a number for each datacentre. */
export interface Requirement {
  /** The number that errors call required or block-for. */
  readonly blockFor: number;
  /** Only answers from this datacentre count, when given. */
  readonly only?: string;
  /** Each datacentre must answer this often, when given. */
  readonly each?: ReadonlyMap<string, number>;
}

/** Whether a level is one of lightweight transactions. */
export function isSerial(level: ConsistencyLevel): boolean {
  return level === 'SERIAL' || level === 'LOCAL_SERIAL';
}

/**
 * What a level demands of a write while nodes join or leave: as many more answers as there are pending replicas where the level
 * counts, so that a quorum of the replicas after the change has what a quorum of those before it acknowledged.
 */
export function withPending(requirement: Requirement, pending: readonly { readonly datacenter: string }[]): Requirement {
  if (pending.length === 0) return requirement;
  const { blockFor, only, each } = requirement;
  const counted = only === undefined ? pending : pending.filter(({ datacenter }) => datacenter === only);
  if (each === undefined) return { ...requirement, blockFor: blockFor + counted.length };
  const raised = new Map(each);
  for (const { datacenter } of pending) if (raised.has(datacenter)) raised.set(datacenter, (raised.get(datacenter) ?? 0) + 1);
  return { blockFor: blockFor + pending.length, each: raised };
}

/** What a level demands of the replicas of any partition. */
export function requirementOf(level: ConsistencyLevel, layout: ReplicaLayout): Requirement {
  let total = 0;
  for (const factor of layout.factors.values()) total += factor;
  const byDatacenter = !layout.factors.has('');
  switch (level) {
    case 'ANY':
    case 'ONE': return { blockFor: 1 };
    case 'TWO': return { blockFor: 2 };
    case 'THREE': return { blockFor: 3 };
    case 'SERIAL':
    case 'QUORUM': return { blockFor: quorumOf(total) };
    case 'ALL': return { blockFor: total };
    case 'LOCAL_ONE': return { blockFor: 1, only: layout.local };
    case 'LOCAL_SERIAL':
    case 'LOCAL_QUORUM': {
      return { blockFor: quorumOf(byDatacenter ? (layout.factors.get(layout.local) ?? 0) : total), only: layout.local };
    }
    case 'EACH_QUORUM': {
      if (!byDatacenter) return { blockFor: quorumOf(total) };
      const each = new Map([...layout.factors].map(([datacenter, factor]) => [datacenter, quorumOf(factor)]));
      return { blockFor: [...each.values()].reduce((sum, quorum) => sum + quorum, 0), each };
    }
    default: return assertNever(level);
  }
}

/** A majority of so many replicas. */
export function quorumOf(factor: number): number {
  return Math.floor(factor / 2) + 1;
}

/** Counts answers until a requirement is met. */
export class AnswerCount {
  readonly requirement: Requirement;
  /** Only where each datacentre counts by itself. */
  readonly #perDatacenter: Map<string, number> | undefined;
  #received = 0;

  constructor(requirement: Requirement) {
    this.requirement = requirement;
    this.#perDatacenter = requirement.each === undefined ? undefined : new Map();
  }

  /** Answers that count so far. */
  get received(): number {
    return this.#received;
  }

  /** Counts an answer from a datacentre, where it counts. Beyond its quorum a datacentre adds nothing to EACH_QUORUM. */
  add(datacenter: string): void {
    const { only, each } = this.requirement;
    if (only !== undefined && only !== datacenter) return;
    const before = this.#perDatacenter?.get(datacenter) ?? 0;
    this.#perDatacenter?.set(datacenter, before + 1);
    if (each === undefined || before < (each.get(datacenter) ?? 0)) this.#received++;
  }

  /** Whether enough answers came. */
  get isMet(): boolean {
    return this.#received >= this.requirement.blockFor;
  }
}

/**
 * Whether the replicas believed alive can meet a requirement; decided before anything is sent.
 *
 * @returns undefined when they can, otherwise the figures of the unavailable error
 */
export function shortage(requirement: Requirement, alive: readonly { readonly datacenter: string }[]): { required: number; alive: number; datacenter?: string } | undefined {
  if (requirement.each !== undefined) {
    for (const [datacenter, required] of requirement.each) {
      const count = alive.filter((replica) => replica.datacenter === datacenter).length;
      if (count < required) return { required, alive: count, datacenter };
    }
    return undefined;
  }
  const count = requirement.only === undefined ? alive.length : alive.filter((replica) => replica.datacenter === requirement.only).length;
  return count < requirement.blockFor ? { required: requirement.blockFor, alive: count } : undefined;
}
