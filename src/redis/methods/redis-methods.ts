/**
 * The typed methods, one class for both worlds: in process they answer at once, over the simulated network with a promise.
 * What a method does not cover, `command` does: it takes any command as an array of arguments.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import { decodeReply, type RedisValue } from '../standalone/decode.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { record, text, texts, whole } from './decoding.ts';
import { StreamMethods } from './streams.ts';

/** The methods. `Mode` says whether they answer at once or with a promise. */
export abstract class RedisMethods<Mode extends AnswerMode> extends StreamMethods<Mode> {
  /** `PING` */
  ping(): Answer<Mode, string | null> { return this.send(['PING'], text); }

  /** `PUBLISH`: how many subscriptions received it on the node asked. */
  publish(channel: BytesInput, message: BytesInput): Answer<Mode, number> { return this.send(['PUBLISH', channel, message], whole); }
  /** `INFO` */
  info(...sections: readonly string[]): Answer<Mode, string> { return this.send(['INFO', ...sections], (reply) => text(reply) ?? ''); }
  /** `SPUBLISH` on a shard channel: how many subscriptions received it. */
  spublish(channel: BytesInput, message: BytesInput): Answer<Mode, number> { return this.send(['SPUBLISH', channel, message], whole); }
  /** `TIME`: the server's clock in milliseconds since the Unix epoch. */
  time(): Answer<Mode, number> {
    return this.send(['TIME'], (reply) => {
      const [seconds = '0', micros = '0'] = texts(reply);
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    });
  }
  /** `CONFIG GET` */
  configGet(...patterns: readonly string[]): Answer<Mode, Record<string, string>> { return this.send(['CONFIG', 'GET', ...patterns], record); }
  /** `CONFIG SET` */
  configSet(values: Readonly<Record<string, string | number>>): Answer<Mode, string | null> { return this.send(['CONFIG', 'SET', ...Object.entries(values).flat()], text); }

  /** `EVAL`: `eval("return redis.call('GET', KEYS[1])", ['key'])`. */
  eval(script: string, keys: readonly BytesInput[] = [], args: readonly BytesInput[] = []): Answer<Mode, RedisValue> { return this.send(['EVAL', script, keys.length, ...keys, ...args], decodeReply); }
  /** `EVALSHA` */
  evalsha(digest: string, keys: readonly BytesInput[] = [], args: readonly BytesInput[] = []): Answer<Mode, RedisValue> { return this.send(['EVALSHA', digest, keys.length, ...keys, ...args], decodeReply); }
  /** `SCRIPT LOAD`: its digest. */
  scriptLoad(script: string): Answer<Mode, string | null> { return this.send(['SCRIPT', 'LOAD', script], text); }
  /** `FUNCTION LOAD`: the library's name. */
  functionLoad(code: string, options: { readonly REPLACE?: boolean } = {}): Answer<Mode, string | null> { return this.send(['FUNCTION', 'LOAD', ...(options.REPLACE === true ? ['REPLACE'] : []), code], text); }
  /** `FCALL` */
  fcall(name: string, keys: readonly BytesInput[] = [], args: readonly BytesInput[] = []): Answer<Mode, RedisValue> { return this.send(['FCALL', name, keys.length, ...keys, ...args], decodeReply); }
}
