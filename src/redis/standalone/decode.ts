/**
 * Replies as JavaScript values, at the edge: bulk strings as text, integers as numbers (bigints beyond 2^53), nil as null.
 *
 * @module
 */
import { decodeUtf8 } from '../bytes/bytes.ts';
import { RedisReplyError } from '../errors.ts';
import type { Reply } from '../reply.ts';

/** A reply as a JavaScript value. An error inside an array is an element like any other, as `EXEC` gives it. */
export type RedisValue = string | number | bigint | null | RedisReplyError | readonly RedisValue[];

/** Decodes a reply; doubles and maps come as RESP2 shows them. */
export function decodeReply(reply: Reply): RedisValue {
  switch (reply.kind) {
    case 'simple':
      return reply.text;
    case 'error':
      return new RedisReplyError(decodeUtf8(reply.text));
    case 'integer':
      return reply.value;
    case 'bulk':
      return decodeUtf8(reply.bytes);
    case 'attributed':
      return decodeReply(reply.reply);
    case 'verbatim':
      return decodeUtf8(reply.bytes);
    case 'double':
    case 'big-number':
      return reply.text;
    case 'boolean':
      return reply.value ? 1 : 0;
    case 'nil':
    case 'nil-array':
    case 'waiting':
      return null;
    case 'raw':
      return reply.bytes;
    case 'array':
    case 'set':
    case 'map':
    case 'pairs':
    case 'push':
    case 'replies':
      return reply.items.map(decodeReply);
  }
}

/** Throws an error reply as a {@link RedisReplyError}, passes any other on. */
export function orThrow(reply: Reply): Reply {
  if (reply.kind === 'error') throw new RedisReplyError(decodeUtf8(reply.text));
  return reply;
}
