/**
 * How many of some sorted numbers lie below a limit: a binary search.
 *
 * @module
 */

/** Counts those below. @param sorted - rising */
export function countBelow(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
