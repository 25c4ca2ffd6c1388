/**
 * The arguments of `LMPOP` and `ZMPOP`, and behind a timeout those of `BLMPOP` and `BZMPOP`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { ERROR, refuse } from '../errors.ts';
import { keyword, positionArgument } from './arguments.ts';

/** From which keys is popped, at which end, and how much at most. */
export interface MultiplePop<End> {
  readonly keys: readonly Bytes[];
  readonly end: End;
  readonly count: number;
}

const FEW_KEYS = 'ERR numkeys should be greater than 0';
const SMALL_COUNT = 'ERR count should be greater than 0';

/**
 * Reads `numkeys key … end [COUNT count]`.
 *
 * @param at - where `numkeys` stands
 * @param readEnd - reads the word for the end, or refuses it
 */
export function multiplePop<End>(args: readonly Bytes[], at: number, readEnd: (word: Bytes | undefined) => End): MultiplePop<End> {
  const keyCount = positionArgument(args[at], FEW_KEYS);
  if (keyCount < 1) return refuse(FEW_KEYS);
  const end = readEnd(args[at + 1 + keyCount]);
  let count: number | undefined;
  for (let i = at + 2 + keyCount; i < args.length; i += 2) {
    if (count !== undefined || keyword(args[i]) !== 'count' || i + 1 >= args.length) return refuse(ERROR.syntax);
    count = positionArgument(args[i + 1], SMALL_COUNT);
    if (count < 1) return refuse(SMALL_COUNT);
  }
  return { keys: args.slice(at + 1, at + 1 + keyCount), end, count: count ?? 1 };
}
