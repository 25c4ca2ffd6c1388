/**
 * Commands that may wait for what another client brings: for those who answer with promises.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import { batches, items, text, texts } from './decoding.ts';
import type { ScoredMember, StreamBatch } from './options.ts';
import { RedisMethods } from './redis-methods.ts';
import type { Reply } from '../reply.ts';

/** An element, and the key it was taken from. */
export interface PoppedElement {
  readonly key: string;
  readonly element: string;
}

/** A scored member, and the key it was taken from. */
export interface PoppedMember extends ScoredMember {
  readonly key: string;
}

function popped(reply: Reply): PoppedElement | null {
  const [key, element] = texts(reply);
  return key === undefined || element === undefined ? null : { key, element };
}

function poppedMember(reply: Reply): PoppedMember | null {
  const [key, member, memberScore] = items(reply);
  if (key === undefined || member === undefined || memberScore === undefined) return null;
  const shown = memberScore.kind === 'double' ? memberScore.text : text(memberScore) ?? '0';
  return { key: text(key) ?? '', member: text(member) ?? '', score: shown === 'inf' ? Infinity : shown === '-inf' ? -Infinity : Number(shown) };
}

/** The methods. A timeout is in seconds, 0 for none; null is what is left when it has passed. */
export abstract class BlockingMethods extends RedisMethods<'promise'> {
  /** `BLPOP` */
  blpop(keys: readonly BytesInput[], timeout: number = 0): Promise<PoppedElement | null> { return this.send(['BLPOP', ...keys, timeout], popped); }
  /** `BRPOP` */
  brpop(keys: readonly BytesInput[], timeout: number = 0): Promise<PoppedElement | null> { return this.send(['BRPOP', ...keys, timeout], popped); }
  /** `BLMOVE` */
  blmove(from: BytesInput, to: BytesInput, fromEnd: 'LEFT' | 'RIGHT', toEnd: 'LEFT' | 'RIGHT', timeout: number = 0): Promise<string | null> { return this.send(['BLMOVE', from, to, fromEnd, toEnd, timeout], text); }
  /** `BZPOPMIN` */
  bzpopmin(keys: readonly BytesInput[], timeout: number = 0): Promise<PoppedMember | null> { return this.send(['BZPOPMIN', ...keys, timeout], poppedMember); }
  /** `BZPOPMAX` */
  bzpopmax(keys: readonly BytesInput[], timeout: number = 0): Promise<PoppedMember | null> { return this.send(['BZPOPMAX', ...keys, timeout], poppedMember); }
  /** `XREAD BLOCK`, in milliseconds, 0 for ever: `xreadBlock({ events: '$' }, 0)`. */
  xreadBlock(streams: Readonly<Record<string, string>>, milliseconds: number): Promise<StreamBatch[]> {
    return this.send(['XREAD', 'BLOCK', milliseconds, 'STREAMS', ...Object.keys(streams), ...Object.values(streams)], batches);
  }
  /** `XREADGROUP BLOCK`, in milliseconds, 0 for ever. */
  xreadgroupBlock(group: BytesInput, consumer: BytesInput, streams: Readonly<Record<string, string>>, milliseconds: number): Promise<StreamBatch[]> {
    return this.send(['XREADGROUP', 'GROUP', group, consumer, 'BLOCK', milliseconds, 'STREAMS', ...Object.keys(streams), ...Object.values(streams)], batches);
  }
}
