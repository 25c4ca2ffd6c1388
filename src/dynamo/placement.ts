/**
 * Where keys live (sections 4.2 and 4.3): a ring of MD5 positions, many virtual nodes a machine, and for each key a
 * preference list of *distinct machines*, spread over the zones.
 *
 * Left out for now: the paper's partitioning strategies 2 and 3, machines of different size, and membership changes.
 *
 * @module
 */
import { md5 } from '@noble/hashes/legacy.js';
import { HashRing } from '../distributed/hash-ring.ts';
import type { NodeId } from '../kernel/units.ts';

const HEX = '0123456789abcdef';
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

/** A text's position on the ring: its MD5 as 32 hexadecimal digits, whose order is the order of the 128-bit numbers. */
export function positionOf(text: string): string {
  let digits = '';
  for (const byte of md5(utf8(text))) digits += (HEX[byte >> 4] ?? '') + (HEX[byte & 15] ?? '');
  return digits;
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

/** A text as bytes. Lone surrogates are written as they stand: keys only have to differ. */
function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}
