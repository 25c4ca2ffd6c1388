/**
 * How many of some sorted numbers lie below a limit, or not above it: binary searches.
 *
 * @module
 */

/** Counts those below. @param sorted - rising */
export function countBelow(sorted: Float64Array, limit: number): number {
  return firstWhere(sorted, (value) => value >= limit);
}

/** Counts those not above. @param sorted - rising */
export function countUpTo(sorted: Float64Array, limit: number): number {
  return firstWhere(sorted, (value) => value > limit);
}

function firstWhere(sorted: Float64Array, isLate: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isLate(sorted[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
