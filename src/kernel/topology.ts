/**
 * Where nodes stand and how far apart that is. A node has a region, a zone (availability zone, data centre hall) and a
 * rack; the closest level two nodes share decides the latency of the links between them.
 *
 * @module
 */
import { sampler, type DistributionInput, type Sampler } from './distributions.ts';

/** A node's place. */
export interface Placement {
  readonly region: string;
  readonly zone: string;
  readonly rack: string;
}

/** How near two nodes are. */
export type Distance = 'sameRack' | 'sameZone' | 'sameRegion' | 'betweenRegions';

/** One-way latencies by distance. Each is a distribution, a preset's name, or a constant span. */
export interface TopologyOptions {
  /** Both in one rack; applies only to nodes whose rack was named. */
  readonly sameRack?: DistributionInput;
  /** Both in one zone. */
  readonly sameZone?: DistributionInput;
  /** Both in one region, in different zones. */
  readonly sameRegion?: DistributionInput;
  /** In different regions. */
  readonly betweenRegions?: DistributionInput;
}

/** The latencies of the links of a simulation, by distance. */
export class Topology {
  readonly #inputs: Readonly<Record<Distance, DistributionInput>>;
  readonly #samplers = new Map<Distance, Sampler>();

  /** @param options - replaces any of the defaults */
  constructor(options: TopologyOptions = {}) {
    this.#inputs = {
      sameRack: options.sameRack ?? options.sameZone ?? 'same-rack',
      sameZone: options.sameZone ?? 'same-zone',
      sameRegion: options.sameRegion ?? 'same-region',
      betweenRegions: options.betweenRegions ?? 'between-regions',
    };
    // Bad input is refused when the simulation is made, not when the first message is sent; presets are known to be good.
    for (const distance of Object.keys(options) as Distance[]) this.latency(distance);
  }

  /** How near two places are. */
  distance(a: Placement, b: Placement): Distance {
    if (a.region !== b.region) return 'betweenRegions';
    if (a.zone !== b.zone) return 'sameRegion';
    return a.rack === b.rack && a.rack !== '' ? 'sameRack' : 'sameZone';
  }

  /** The sampler for a distance, made once. */
  latency(distance: Distance): Sampler {
    let known = this.#samplers.get(distance);
    if (known === undefined) {
      known = sampler(this.#inputs[distance] ?? 'same-zone');
      this.#samplers.set(distance, known);
    }
    return known;
  }
}
