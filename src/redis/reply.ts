/**
 * Replies as typed values. They know both protocols: a `double`, `boolean`, `map`, `set`, `pairs` or `push` is what RESP3 says of it and
 * has a fixed flattening in RESP2. Bytes on a wire are made by `resp/encode.ts`, JavaScript values by `decode.ts`.
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';
import type { Int64 } from './bytes/int64.ts';

/** What a command answers. */
export type Reply =
  | { readonly kind: 'simple'; readonly text: string }
  /** `isCounted`: it came from a command that a script called, and is in the statistics already. */
  | { readonly kind: 'error'; readonly text: string; readonly isCounted?: true }
  | { readonly kind: 'integer'; readonly value: Int64 }
  | { readonly kind: 'bulk'; readonly bytes: Bytes }
  /** A double with the text Redis prints for it. */
  | { readonly kind: 'double'; readonly text: string }
  /** In RESP2 1 or 0. */
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** An integer beyond 64 bits; in RESP2 a bulk string. */
  | { readonly kind: 'big-number'; readonly text: string }
  /** Text and what it is in three letters, as `txt`; in RESP2 a bulk string. */
  | { readonly kind: 'verbatim'; readonly format: string; readonly bytes: Bytes }
  | { readonly kind: 'nil' }
  /** RESP2 knows a second nil, `*-1`. */
  | { readonly kind: 'nil-array' }
  | { readonly kind: 'array'; readonly items: readonly Reply[] }
  | { readonly kind: 'set'; readonly items: readonly Reply[] }
  /** Keys and values in turn. */
  | { readonly kind: 'map'; readonly items: readonly Reply[] }
  /** Things in twos, in turn: in RESP3 an array of two-element arrays, in RESP2 flat. */
  | { readonly kind: 'pairs'; readonly items: readonly Reply[] }
  /** A reply, and keys and values in turn about it, which only RESP3 shows. */
  | { readonly kind: 'attributed'; readonly attributes: readonly Reply[]; readonly reply: Reply }
  /** What no command asked for. With `isLine` the one simple string in it, as `MONITOR` sends it in either protocol. */
  | { readonly kind: 'push'; readonly items: readonly Reply[]; readonly isLine?: true }
  /** Several replies to one command, as `SUBSCRIBE a b` gives. */
  | { readonly kind: 'replies'; readonly items: readonly Reply[] }
  /** Bytes that are no RESP: what a replica is sent. */
  | { readonly kind: 'raw'; readonly bytes: Bytes }
  /** No reply now: the command waits, and its connection gets the reply later. */
  | { readonly kind: 'waiting' };

/** The kinds of reply. */
export type ReplyKind = Reply['kind'];

/** `+OK` */
export const OK: Reply = { kind: 'simple', text: 'OK' };
/** `$-1` */
export const NIL: Reply = { kind: 'nil' };
/** `*-1` */
export const NIL_ARRAY: Reply = { kind: 'nil-array' };
/** `*0` */
export const EMPTY_ARRAY: Reply = { kind: 'array', items: [] };
/** `+QUEUED` */
export const QUEUED: Reply = { kind: 'simple', text: 'QUEUED' };
/** No reply at all. */
export const SILENCE: Reply = { kind: 'replies', items: [] };
/** The reply comes later. */
export const WAITING: Reply = { kind: 'waiting' };

const SMALL: readonly Reply[] = Array.from({ length: 256 }, (_, value): Reply => ({ kind: 'integer', value }));

/** An integer reply. */
export function integer(value: Int64): Reply {
  return (typeof value === 'number' ? SMALL[value] : undefined) ?? { kind: 'integer', value };
}

/** A bulk string reply. */
export function bulk(bytes: Bytes): Reply {
  return { kind: 'bulk', bytes };
}

/** A bulk string, or nil. */
export function bulkOrNil(bytes: Bytes | undefined): Reply {
  return bytes === undefined ? NIL : { kind: 'bulk', bytes };
}

/** An array of replies. */
export function array(items: readonly Reply[]): Reply {
  return { kind: 'array', items };
}

/** An array of bulk strings. */
export function bulks(items: readonly Bytes[]): Reply {
  return { kind: 'array', items: items.map(bulk) };
}

/** An error reply; line breaks in it become spaces, as they would break the protocol. */
export function errorReply(text: string): Reply {
  return { kind: 'error', text: text.replace(/^[\r\n]+|[\r\n]+$/g, '').replace(/[\r\n]/g, ' ') };
}
