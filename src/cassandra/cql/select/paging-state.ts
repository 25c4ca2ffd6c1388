/**
 * Where a page ended, as bytes that a client hands back for the next one: it tells nothing to the client and holds all that the
 * server needs to know, so the server remembers nothing.
 *
 * @module
 */
import { ServerError } from '../../errors.ts';
import type { Position } from '../../storage/read-command.ts';
import { int32, readElements, readInt32, writeElements } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';

/** A page's end. */
export interface PagingState {
  /** The last row that was given. */
  readonly position: Position;
  /** Rows that LIMIT still allows; Infinity without one. */
  readonly remaining: number;
  /** Rows that were given of the partition of {@link position}. */
  readonly givenOfPartition: number;
}

const UNLIMITED = 0xffff_ffff;

/** A state's bytes. */
export function encodePagingState({ position, remaining, givenOfPartition }: PagingState): Bytes {
  const { key, clustering } = position;
  const counts = int32(remaining === Infinity ? UNLIMITED : remaining) + int32(givenOfPartition);
  const parts = clustering === undefined ? [key] : [key, ...clustering];
  return `${counts}${clustering === undefined ? '\0' : '\x01'}${int32(parts.length)}${writeElements(parts)}`;
}

/** The state that bytes are. @throws {@link ServerError} (a protocol error) when they are none */
export function decodePagingState(bytes: Bytes): PagingState {
  const elements = bytes.length < 13 ? undefined : readElements(bytes, Math.min(readInt32(bytes, 9), bytes.length), 13);
  const [key, ...clustering] = elements ?? [];
  if (typeof key !== 'string') throw new ServerError('Invalid value for the paging state', 'PROTOCOL_ERROR');
  const remaining = readInt32(bytes) >>> 0;
  return {
    position: { key, clustering: bytes[8] === '\x01' ? clustering.map((value) => value ?? '') : undefined },
    remaining: remaining === UNLIMITED ? Infinity : remaining,
    givenOfPartition: readInt32(bytes, 4),
  };
}
