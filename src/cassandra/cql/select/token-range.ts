/**
 * Conditions on `token(…)` as a range of the ring (`TokenRestriction.bounds` of Apache Cassandra 5.0).
 *
 * @module
 */
import type { Partitioner } from '../../partitioner.ts';
import type { TokenRange } from '../../storage/read-command.ts';
import type { Token } from '../../token.ts';
import { readBigint64, readVarint } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';
import type { BindContext } from '../term/scope.ts';
import type { TokenRestriction } from './relations.ts';

const WHOLE_RING: TokenRange = { start: undefined, end: undefined };

/** The token that a value of CQL is. */
function tokenOf(partitioner: Partitioner, value: Bytes): Token {
  switch (partitioner.name) {
    case 'Murmur3Partitioner': return partitioner.parse(String(readBigint64(value)));
    case 'RandomPartitioner': return partitioner.parse(String(readVarint(value)));
    case 'ByteOrderedPartitioner': return value;
  }
}

/** The greatest token before another; undefined when there is none. */
function before(partitioner: Partitioner, token: Token): Token | undefined {
  if (token === partitioner.minimum || token === '') return undefined;
  if (partitioner.name === 'ByteOrderedPartitioner') {
    // Between two keys there are always others; none that anyone has is longer than this by more.
    const last = token.charCodeAt(token.length - 1);
    return last === 0 ? token.slice(0, -1) : token.slice(0, -1) + String.fromCharCode(last - 1) + '\xff'.repeat(32);
  }
  let bytes = '';
  let borrow = 1;
  for (let i = token.length - 1; i >= 0; i--) {
    const byte = token.charCodeAt(i) - borrow;
    borrow = byte < 0 ? 1 : 0;
    bytes = String.fromCharCode(byte & 0xff) + bytes;
  }
  return bytes;
}

/**
 * The range of tokens that conditions leave; undefined when that is nothing.
 *
 * @param tokens - conditions, at most one for each end
 */
export function tokenRange(partitioner: Partitioner, tokens: readonly TokenRestriction[], context: BindContext): TokenRange | undefined {
  if (tokens.length === 0) return WHOLE_RING;
  let [lower, upper]: [Token | undefined, Token | undefined] = [undefined, undefined];
  let [includesLower, includesUpper] = [true, true];
  for (const restriction of tokens) {
    const { operator } = restriction;
    const token = tokenOf(partitioner, restriction.bind(context));
    if (operator === '>' || operator === '>=' || operator === '=') [lower, includesLower] = [token, operator !== '>'];
    if (operator === '<' || operator === '<=' || operator === '=') [upper, includesUpper] = [token, operator !== '<'];
  }
  // The least token is no key's: as a bound it is the ring's end on either side.
  if (lower === partitioner.minimum) lower = undefined;
  if (upper === partitioner.minimum) upper = undefined;
  const start = lower === undefined || !includesLower ? lower : before(partitioner, lower);
  const end = upper === undefined || includesUpper ? upper : before(partitioner, upper);
  if (upper !== undefined && end === undefined) return undefined;
  return start !== undefined && end !== undefined && start >= end ? undefined : { start, end };
}

/** Whether a range covers a token. */
export function covers({ start, end }: TokenRange, token: Token): boolean {
  return (start === undefined || token > start) && (end === undefined || token <= end);
}
