/**
 * Arbitrary topologies: how many nodes, in which zones and regions. They shrink to few nodes in one place.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';

/** What to generate. */
export interface TopologyConstraints {
  /** Default 3 and 7. */
  readonly minNodes?: number;
  readonly maxNodes?: number;
  /** Default 3. */
  readonly maxZones?: number;
  /** Default 1. */
  readonly maxRegions?: number;
}

/** Where each node stands. */
export interface GeneratedTopology {
  readonly nodes: number;
  /** One for each node. */
  readonly placements: readonly { readonly region: string; readonly zone: string }[];
}

/** Topologies. */
export function topology(constraints: TopologyConstraints = {}): Arbitrary<GeneratedTopology> {
  const { minNodes = 3, maxNodes = 7, maxZones = 3, maxRegions = 1 } = constraints;
  const placement = fc.tuple(fc.nat(maxRegions - 1), fc.nat(maxZones - 1)).map(([region, zone]) => ({ region: `region-${region + 1}`, zone: `zone-${zone + 1}` }));
  return fc.array(placement, { minLength: minNodes, maxLength: maxNodes }).map((placements) => ({ nodes: placements.length, placements }));
}
