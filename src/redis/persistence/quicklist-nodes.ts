/**
 * How Redis 7.0 divides a list into nodes (`quicklist.c`): listpacks up to a size or a count, and elements beyond a threshold on
 * their own.
 *
 * The real nodes depend on how a list came about; these are those of one that was only ever pushed to.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { EncodingLimits } from '../values/encoding-limits.ts';
import { elementSize } from './listpack.ts';

/** `list-max-listpack-size` from -1 to -5 */
const NODE_SIZES = [4096, 8192, 16_384, 32_768, 65_536];
/** A node that is limited by its count is not larger than this. */
const SIZE_SAFE = 8192;
/** What an element takes at most besides its bytes. */
const SIZE_OVERHEAD = 8;
const LISTPACK_EMPTY = 7;

/** A node: a listpack of elements, or one element as it is. */
export interface QuicklistNode {
  readonly isPlain: boolean;
  readonly items: Bytes[];
}

/** The elements in nodes, as a list that was only ever pushed to keeps them. */
export function quicklistNodes(items: readonly Bytes[], { listMaxListpackSize, quicklistPackedThreshold }: Readonly<EncodingLimits>): QuicklistNode[] {
  const nodes: QuicklistNode[] = [];
  const bytesMax = listMaxListpackSize < 0 ? NODE_SIZES[Math.min(-listMaxListpackSize, NODE_SIZES.length) - 1] ?? 0 : 0;
  let size = 0;
  for (const item of items) {
    const last = nodes.at(-1);
    const wanted = size + item.length + SIZE_OVERHEAD;
    if (item.length >= quicklistPackedThreshold) {
      nodes.push({ isPlain: true, items: [item] });
      continue;
    }
    const fits = listMaxListpackSize < 0 ? wanted <= bytesMax : wanted <= SIZE_SAFE && (last?.items.length ?? 0) < listMaxListpackSize;
    if (last === undefined || last.isPlain || !fits) {
      nodes.push({ isPlain: false, items: [item] });
      size = LISTPACK_EMPTY + elementSize(item);
    } else {
      last.items.push(item);
      size += elementSize(item);
    }
  }
  return nodes;
}
