/**
 * The longest common subsequence of two byte strings, found backwards from their ends as `LCS` of Redis 7.0 does: where
 * several are longest, it is that one's choice.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

/** A stretch common to both, first and last place each. */
export interface CommonRange {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

/** What was found. */
export interface CommonSubsequence {
  readonly text: Bytes;
  /** From the last to the first. */
  readonly ranges: readonly CommonRange[];
}

/** Finds it in time and space that grow with the product of the lengths. */
export function longestCommonSubsequence(a: Bytes, b: Bytes): CommonSubsequence {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] as number;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      lengths[i * width + j] = a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
    }
  }
  const ranges: CommonRange[] = [];
  const matched: string[] = [];
  let open: { aStart: number; aEnd: number; bStart: number; bEnd: number } | undefined;
  const close = (): void => {
    if (open !== undefined) ranges.push({ a: [open.aStart, open.aEnd], b: [open.bStart, open.bEnd] });
    open = undefined;
  };
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      matched.push(a[i] as string);
      if (open === undefined) open = { aStart: i, aEnd: i, bStart: j, bEnd: j };
      else [open.aStart, open.bStart] = [i, j];
    } else {
      close();
      if (at(i - 1, j) > at(i, j - 1)) i--;
      else j--;
    }
  }
  close();
  return { text: matched.toReversed().join(''), ranges };
}
