/**
 * Arbitrary topologies: how many nodes, in which zones and regions. They shrink to few nodes in one place; so does any topology given
 * as an example whose places are named as these are.
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
  readonly placements: readonly Placement[];
}

interface Placement {
  readonly region: string;
  readonly zone: string;
}

/** Topologies. */
export function topology(constraints: TopologyConstraints = {}): Arbitrary<GeneratedTopology> {
  const { minNodes = 3, maxNodes = 7, maxZones = 3, maxRegions = 1 } = constraints;
  const placement = fc.tuple(fc.nat(maxRegions - 1), fc.nat(maxZones - 1)).map(
    ([region, zone]): Placement => ({ region: `region-${region + 1}`, zone: `zone-${zone + 1}` }),
    (value): [number, number] => {
      const { region, zone } = value as Placement;
      return [placeIn(region, 'region-'), placeIn(zone, 'zone-')];
    },
  );
  return fc.array(placement, { minLength: minNodes, maxLength: maxNodes }).map(
    (placements): GeneratedTopology => ({ nodes: placements.length, placements }),
    (value) => [...(value as GeneratedTopology).placements],
  );
}

/** The number in a place's name, from 0; -1, which nothing generates, when it is another name. */
function placeIn(name: string, prefix: string): number {
  const number = Number(name.slice(prefix.length));
  return name.startsWith(prefix) && Number.isInteger(number) ? number - 1 : -1;
}
