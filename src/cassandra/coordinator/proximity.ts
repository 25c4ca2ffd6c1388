/**
 * In which order a coordinator asks replicas: itself, then its rack, then its datacentre, then the rest (what a snitch that
 * knows racks and datacentres says, such as GossipingPropertyFileSnitch); and those that have been slow of late behind those
 * that have not (`DynamicEndpointSnitch`): when the replica that would be first is slower than another by more than
 * `dynamic_snitch_badness_threshold`, all go by their scores.
 *
 * A score is the median of a replica's latest answers as a share of the slowest one's. Left out: severity (compaction, load).
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { Endpoint } from '../replication.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import { LatencyReservoir } from './latency.ts';

/** One node's idea of who is near. */
export class Proximity {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #local: Endpoint;
  readonly #latencies = new Map<NodeId, LatencyReservoir>();
  #scores = new Map<NodeId, number>();
  #scoredAt = 0;
  #resetAt = 0;
  /** Orders, for each list of replicas that the ring gives out. */
  readonly #fixed = new Map<readonly Endpoint[], readonly Endpoint[]>();
  readonly #dynamic = new Map<readonly Endpoint[], readonly Endpoint[]>();

  constructor(host: Host, view: ClusterView) {
    this.#host = host;
    this.#view = view;
    this.#local = endpointOf(view, host.id);
  }

  /** A replica answered a read after so long. */
  report(replica: NodeId, latency: Micros): void {
    if (!this.#view.parameters.dynamicSnitch) return;
    let reservoir = this.#latencies.get(replica);
    if (reservoir === undefined) this.#latencies.set(replica, (reservoir = new LatencyReservoir(100)));
    reservoir.add(latency);
  }

  /** A replica's score, 0 (fast) to 1; undefined when it was not asked lately. */
  score(replica: NodeId): number | undefined {
    return this.#scores.get(replica);
  }

  /** The replicas, nearest first. @param replicas - as the ring gives them: the same list gets the same answer for a while */
  sorted(replicas: readonly Endpoint[]): readonly Endpoint[] {
    let fixed = this.#fixed.get(replicas);
    if (fixed === undefined) this.#fixed.set(replicas, (fixed = this.#byPlace(replicas)));
    if (!this.#view.parameters.dynamicSnitch) return fixed;
    this.#update();
    if (this.#scores.size < 2) return fixed;
    let order = this.#dynamic.get(replicas);
    if (order === undefined) this.#dynamic.set(replicas, (order = this.#byScore(fixed)));
    return order;
  }

  #byPlace(replicas: readonly Endpoint[]): readonly Endpoint[] {
    if (this.#view.parameters.endpointSnitch === 'SimpleSnitch') return replicas;
    const distance = (replica: Endpoint): number => {
      if (replica.id === this.#local.id) return 0;
      if (replica.datacenter !== this.#local.datacenter) return 3;
      return replica.rack === this.#local.rack ? 1 : 2;
    };
    return replicas.map((replica, i) => ({ replica, i })).sort((a, b) => distance(a.replica) - distance(b.replica) || a.i - b.i).map(({ replica }) => replica);
  }

  #byScore(fixed: readonly Endpoint[]): readonly Endpoint[] {
    const scoreOf = ({ id }: Endpoint): number => this.#scores.get(id) ?? 0;
    const scored = fixed.map((replica, i) => ({ replica, i })).sort((a, b) => scoreOf(a.replica) - scoreOf(b.replica) || a.i - b.i).map(({ replica }) => replica);
    const tolerated = 1 + this.#view.parameters.dynamicSnitchBadnessThreshold;
    const isBad = fixed.some((replica, i) => {
      const best = scored[i];
      return best !== undefined && scoreOf(replica) > scoreOf(best) * tolerated && scoreOf(replica) > 0;
    });
    return isBad ? scored : fixed;
  }

  #update(): void {
    const now = this.#host.monotonic();
    const { dynamicSnitchUpdateInterval, dynamicSnitchResetInterval } = this.#view.parameters;
    if (now - this.#scoredAt < dynamicSnitchUpdateInterval) return;
    this.#scoredAt = now;
    if (now - this.#resetAt >= dynamicSnitchResetInterval) {
      this.#resetAt = now;
      for (const reservoir of this.#latencies.values()) reservoir.clear();
    }
    const medians = [...this.#latencies].map(([id, reservoir]) => [id, reservoir.percentile(0.5)] as const).filter(([, median]) => median !== undefined);
    const slowest = medians.reduce((most, [, median]) => Math.max(most, median ?? 0), 0);
    this.#scores = new Map(medians.map(([id, median]) => [id, slowest === 0 ? 0 : (median ?? 0) / slowest]));
    this.#dynamic.clear();
  }
}
