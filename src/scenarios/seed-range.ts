/**
 * The seeds of a sweep, as people write them: `1..100000`, `7`, or several of either with commas. Shards and batches are
 * counted off without ever listing them all.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import { WHOLE, type Shard } from './shard.ts';

/** First and last seed, both included. */
export type SeedSpan = readonly [first: number, last: number];

/** Reads `1..100`, `7` or `1..100,500..600`: spans that rise and do not overlap. @throws {@link UsageError} `INVALID_ARGUMENT` */
export function parseSeeds(text: string): readonly SeedSpan[] {
  const spans = text.split(',').map((part): SeedSpan => {
    const [, first = '', last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim()) ?? [];
    const span: SeedSpan = [Number(first), Number(last)];
    if (first === '' || !span.every(Number.isSafeInteger) || span[1] < span[0]) {
      throw new UsageError('INVALID_ARGUMENT', `sweep: --seeds takes FIRST..LAST, seeds with commas, or - for standard input; got '${text}'`);
    }
    return span;
  });
  for (const [at, [first]] of spans.entries()) {
    if (at > 0 && first <= (spans[at - 1]?.[1] ?? -1)) throw new UsageError('INVALID_ARGUMENT', `sweep: --seeds must rise: ${first} comes too late in '${text}'`);
  }
  return spans;
}

/**
 * The seeds of one shard, in order.
 *
 * @yields seeds
 */
export function* seedsOf(spans: readonly SeedSpan[], { index, count }: Shard = WHOLE): Generator<number, void, undefined> {
  for (const [first, last] of spans) {
    for (let seed = first + ((index - (first % count) + count) % count); seed <= last; seed += count) yield seed;
  }
}

/** How many seeds a shard has. */
export function countSeeds(spans: readonly SeedSpan[], { index, count }: Shard = WHOLE): number {
  let total = 0;
  for (const [first, last] of spans) {
    const start = first + ((index - (first % count) + count) % count);
    if (start <= last) total += Math.floor((last - start) / count) + 1;
  }
  return total;
}
