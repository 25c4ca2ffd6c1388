/**
 * A histogram of whole numbers with a relative error below 1/32, in the manner of HdrHistogram (Tene): buckets double, and each
 * is cut into 32 equal parts. Two histograms add up to what one of all the numbers would have been, whatever came in which
 * order, which is what lets the parts of a sweep be joined. Left out: numbers from 2^31 on, which count as 2^31 - 1.
 *
 * @module
 */

const PARTS = 32;
const LARGEST = 0x7fff_ffff;
/** Up to that of the largest number. */
const BUCKETS = 27 * PARTS;

/** A histogram as plain data: bucket and count, in pairs, by rising bucket. */
export type HistogramData = readonly number[];

/** Counts of whole numbers from 0 on. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** How many numbers were added. */
  get total(): number {
    return this.#total;
  }

  /** Adds a number. @param times - how often */
  add(value: number, times: number = 1): void {
    this.#count(bucketOf(value), times);
  }

  /** Adds all that another histogram counted. */
  merge(data: HistogramData): void {
    for (let at = 0; at + 1 < data.length; at += 2) this.#count(data[at] ?? 0, data[at + 1] ?? 0);
  }

  /** The least number that a share of all numbers does not exceed (its bucket's upper end); undefined when there are none. @param share - 0 to 1 */
  percentile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return upperEndOf(bucket);
    }
    return undefined;
  }

  /** As plain data, the same for the same numbers. */
  toJSON(): HistogramData {
    const data: number[] = [];
    for (let bucket = 0, seen = 0; seen < this.#total && bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket] ?? 0;
      if (count === 0) continue;
      data.push(bucket, count);
      seen += count;
    }
    return data;
  }

  #count(bucket: number, times: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#total += times;
  }
}

function bucketOf(value: number): number {
  const whole = Math.max(0, Math.min(LARGEST, Math.floor(value)));
  const shift = Math.max(0, 26 - Math.clz32(whole));
  return shift * PARTS + (whole >>> shift);
}

function upperEndOf(bucket: number): number {
  // Up to 2 * PARTS a bucket is one number; then bucket = shift * PARTS + mantissa, with the mantissa in [PARTS, 2 * PARTS).
  const shift = Math.max(0, Math.floor(bucket / PARTS) - 1);
  const mantissa = bucket - shift * PARTS;
  return (mantissa + 1) * 2 ** shift - 1;
}
