/**
 * Reading ranges of the ring (Apache Cassandra 5.0, `RangeCommandIterator`): the range is cut where replicas change; neighbours
 * that enough common replicas can serve are joined again; the parts are read one after the other until the limit is reached, as
 * many at once as the rows found so far let expect to be needed.
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import { requirementOf, shortage, type Requirement } from '../consistency.ts';
import type { Endpoint } from '../replication.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { liveRowCount } from '../storage/filter.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { RangeRead, TokenRange } from '../storage/read-command.ts';
import type { Token } from '../token.ts';
import { endpointOf, placementOf, type ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { Proximity } from './proximity.ts';
import type { ReadCoordinator, ReadOutcome } from './read.ts';

interface Part {
  readonly range: TokenRange;
  readonly alive: readonly Endpoint[];
}

/** The range reads one node coordinates. */
export class RangeReads {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #proximity: Proximity;
  readonly #reads: ReadCoordinator;

  constructor(host: Host, view: ClusterView, membership: Membership, proximity: Proximity, reads: ReadCoordinator) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#proximity = proximity;
    this.#reads = reads;
  }

  /** Reads a range. @param done - called once */
  begin(command: RangeRead, table: TableMetadata, consistency: ConsistencyLevel, done: (outcome: ReadOutcome) => void): void {
    const { factors } = placementOf(this.#view, table.keyspace);
    const local = endpointOf(this.#view, this.#host.id);
    const requirement = requirementOf(consistency, { factors, local: local.datacenter });
    const parts = this.#parts(command, table, requirement);
    const found: PartitionData[] = [];
    let live = 0;
    let next = 0;
    let atOnce = 1;
    const go = (): void => {
      if (next >= parts.length || live >= command.limits.rows) {
        done({ partitions: found });
        return;
      }
      const batch = parts.slice(next, next + atOnce);
      next += batch.length;
      const outcomes: (readonly PartitionData[] | undefined)[] = batch.map(() => undefined);
      let left = batch.length;
      batch.forEach(({ range, alive }, i) => {
        const limits = { ...command.limits, rows: command.limits.rows - live };
        this.#reads.begin({
          table, consistency, requirement, alive,
          command: { ...command, range, limits },
          timeout: this.#view.parameters.rangeRequestTimeout,
          done: (outcome) => {
            if (left <= 0) return;
            if ('error' in outcome) {
              left = 0;
              done(outcome);
              return;
            }
            outcomes[i] = outcome.partitions;
            if (--left > 0) return;
            for (const partition of outcomes.flatMap((partitions) => partitions ?? [])) {
              found.push(partition);
              live += Math.min(command.limits.perPartition, liveRowCount(table, partition, command.filter, command.nowSeconds));
            }
            atOnce = live === 0 ? parts.length : Math.max(1, Math.ceil((command.limits.rows - live) / (live / next)));
            go();
          },
        });
      });
    };
    go();
  }

  #parts({ range, after }: RangeRead, { keyspace }: TableMetadata, requirement: Requirement): readonly Part[] {
    const { topology } = this.#membership;
    const { replication } = placementOf(this.#view, keyspace);
    const { minimum } = this.#view.partitioner;
    const from = after === undefined ? (range.start ?? minimum) : this.#view.partitioner.tokenOf(after.key);
    const cuts: (Token | undefined)[] = topology.ring.tokens.map(({ position }) => position).filter((token) => token > from && (range.end === undefined || token < range.end));
    cuts.push(range.end);
    const parts: Part[] = [];
    // A page that goes on within a partition begins at its token, not behind it.
    let start: Token | undefined = after === undefined ? range.start : undefined;
    for (const end of cuts) {
      // The part behind the last token belongs to whoever has the first one.
      const replicas = topology.replicas(replication, end ?? topology.ring.tokens[0]?.position ?? minimum);
      const alive = this.#proximity.sorted(replicas).filter(({ id }) => this.#membership.isAlive(id));
      const last = parts.at(-1);
      const common = last === undefined ? [] : last.alive.filter((endpoint) => alive.includes(endpoint));
      if (last !== undefined && shortage(requirement, common) === undefined) parts[parts.length - 1] = { range: { start: last.range.start, end }, alive: common };
      else parts.push({ range: { start, end }, alive });
      start = end;
    }
    return parts;
  }
}
