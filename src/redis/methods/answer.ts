/**
 * What every method stands on: a command is sent, and its reply decoded, at once or with a promise.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import { decodeReply, type RedisValue } from '../standalone/decode.ts';
import type { Reply } from '../reply.ts';

/** How a client answers. */
export type AnswerMode = 'sync' | 'promise';

/** A result in a mode. */
export type Answer<Mode extends AnswerMode, T> = Mode extends 'promise' ? Promise<T> : T;

/** Who can send a command. */
export abstract class CommandSender<Mode extends AnswerMode> {
  /** Sends one command and decodes its reply. An error reply is thrown as `RedisReplyError`. */
  protected abstract send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): Answer<Mode, T>;

  /** Any command: `command('ZADD', 'board', 10, 'ann')`. */
  command(...args: readonly BytesInput[]): Answer<Mode, RedisValue> { return this.send(args, decodeReply); }
}
