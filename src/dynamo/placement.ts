/**
 * Where keys live (sections 4.2 and 4.3): a ring of MD5 positions, many virtual nodes a machine, and for each key a
 * preference list of *distinct machines*, spread over the zones.
 *
 * Left out for now: the paper's partitioning strategies 2 and 3, machines of different size, and membership changes.
 *
 * @module
 */
import { HashRing } from '../distributed/hash-ring.ts';
import type { NodeId } from '../kernel/units.ts';
import { positionOf } from './position.ts';

const CACHED_KEYS = 65_536;
/** Tokens have the same few names in every simulation, and a sweep makes thousands of simulations. */
const tokenPositions = new Map<string, string>();

function tokenPosition(name: string): string {
  let position = tokenPositions.get(name);
  if (position === undefined) {
    position = positionOf(name);
    if (tokenPositions.size >= CACHED_KEYS) tokenPositions.clear();
    tokenPositions.set(name, position);
  }
  return position;
}

/** The layout of one deployment. */
export class Placement {
  readonly #ring: HashRing<string, NodeId>;
  readonly #zoneOf: (node: NodeId) => string;
  readonly #zones: number;
  readonly #lists = new Map<string, readonly NodeId[]>();

  /**
   * @param nodes - the machines
   * @param virtualNodes - tokens of each
   * @param zoneOf - where a machine stands
   */
  constructor(nodes: readonly NodeId[], virtualNodes: number, zoneOf: (node: NodeId) => string) {
    this.#zoneOf = zoneOf;
    this.#zones = new Set(nodes.map(zoneOf)).size;
    this.#ring = new HashRing(
      (a, b) => (a < b ? -1 : a > b ? 1 : 0),
      nodes.flatMap((node) => Array.from({ length: virtualNodes }, (_, i) => ({ position: tokenPosition(`${node}/${i}`), node }))),
    );
  }

  /**
   * All machines in the order in which they are asked to hold a key: the first N are its home nodes, the others stand in for
   * them. Clockwise from the key; one machine of each zone comes before the second of any.
   */
  preferenceList(key: string): readonly NodeId[] {
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = this.#walk(key);
      if (this.#lists.size >= CACHED_KEYS) this.#lists.clear();
      this.#lists.set(key, list);
    }
    return list;
  }

  #walk(key: string): readonly NodeId[] {
    const clockwise = [...this.#ring.clockwise(positionOf(key))];
    if (this.#zones === 1) return clockwise;
    const taken = new Map<string, number>();
    const rounds = clockwise.map((node) => {
      const zone = this.#zoneOf(node);
      const round = taken.get(zone) ?? 0;
      taken.set(zone, round + 1);
      return { node, round };
    });
    return rounds.sort((a, b) => a.round - b.round).map(({ node }) => node);
  }
}
