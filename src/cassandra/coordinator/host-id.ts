/**
 * Host ids: the UUID by which a node is known whatever its address. Made of its name here, so that two runs agree.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';
import { murmur3 } from '../murmur3.ts';
import type { Bytes } from '../types/data-type.ts';

const known = new Map<NodeId, Bytes>();

/** A node's host id: 16 bytes, a UUID of version 4 by its form. */
export function hostIdOf(node: NodeId): Bytes {
  let id = known.get(node);
  if (id === undefined) {
    const { h1High, h1Low, h2High, h2Low } = murmur3(`host ${node}`);
    const words = [h1High, (h1Low & 0xffff_0fff) | 0x4000, (h2High & 0x3fff_ffff) | 0x8000_0000, h2Low];
    id = words.map((word) => String.fromCharCode((word >>> 24) & 0xff, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff)).join('');
    known.set(node, id);
  }
  return id;
}

/** A host id as `nodetool status` prints it. */
export function formatHostId(id: Bytes): string {
  const digits = Array.from(id, (unit) => unit.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}
