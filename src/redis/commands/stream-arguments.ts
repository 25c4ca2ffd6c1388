/**
 * Ids, ranges of ids and replies that the commands on streams share.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import { refuse } from '../errors.ts';
import { parseInt64 } from '../bytes/int64.ts';
import { array, bulk, bulks, type Reply } from '../reply.ts';
import { formatId, HALF_MAX, ID_MAX, type StreamEntry, type StreamId } from '../values/stream-value.ts';

/** Half an id, as C's `strtoull` reads it where a plain number is not given. */
function half(text: Bytes): bigint | undefined {
  const plain = parseInt64(text);
  if (plain !== undefined) return plain < 0 ? undefined : BigInt(plain);
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text);
  const value = BigInt(match?.[2] ?? -1);
  if (value < 0n || value > HALF_MAX) return undefined;
  return match?.[1] === '-' ? BigInt.asUintN(64, -value) : value;
}

/** An id whose sequence number may be left to the server. */
export interface GivenId {
  readonly id: StreamId;
  /** False for `5-*`. */
  readonly hasSequence: boolean;
}

/** Reads an id, or undefined when it is none. */
export function parseId(bytes: Bytes, missing: bigint, mayBeEnd: boolean, mayBeStar = false): GivenId | undefined {
  if (bytes.length > 127) return undefined;
  if (bytes === '-' || bytes === '+') return mayBeEnd ? { id: bytes === '-' ? 0n : ID_MAX, hasSequence: true } : undefined;
  const text = upToNul(bytes);
  const dash = text.indexOf('-');
  const milliseconds = half(dash < 0 ? text : text.slice(0, dash));
  if (milliseconds === undefined) return undefined;
  const rest = dash < 0 ? undefined : text.slice(dash + 1);
  if (rest === '*' && mayBeStar) return { id: milliseconds << 64n, hasSequence: false };
  const sequence = rest === undefined ? missing : half(rest);
  return sequence === undefined ? undefined : { id: (milliseconds << 64n) | sequence, hasSequence: true };
}

const INVALID = 'ERR Invalid stream ID specified as stream command argument';

/** An id; `-` and `+` are none. */
export function strictId(bytes: Bytes | undefined): StreamId {
  return (parseId(bytes ?? '', 0n, false) ?? refuse(INVALID)).id;
}

/** An id, `-` or `+`. */
export function looseId(bytes: Bytes | undefined): StreamId {
  return (parseId(bytes ?? '', 0n, true) ?? refuse(INVALID)).id;
}

/** The id for `XADD`. */
export function newId(bytes: Bytes): GivenId {
  return parseId(bytes, 0n, false, true) ?? refuse(INVALID);
}

/** An end of a range; `(` excludes the id itself. */
export function border(bytes: Bytes | undefined, end: 'start' | 'end'): StreamId {
  const text = bytes ?? '';
  const missing = end === 'start' ? 0n : HALF_MAX;
  const excludes = text.startsWith('(') && text.length > 1;
  const { id } = parseId(excludes ? text.slice(1) : text, missing, !excludes) ?? refuse(INVALID);
  if (!excludes) return id;
  if (end === 'start') return id === ID_MAX ? refuse('ERR invalid start ID for the interval') : id + 1n;
  return id === 0n ? refuse('ERR invalid end ID for the interval') : id - 1n;
}

/** An id as a reply. */
export function idReply(id: StreamId): Reply {
  return bulk(formatId(id));
}

/** An entry as a reply. */
export function entryReply({ id, fields }: StreamEntry): Reply {
  return array([idReply(id), bulks(fields)]);
}
