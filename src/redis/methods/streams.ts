/**
 * Streams and their consumer groups as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { batches, entries, pairs, text, texts, whole } from './decoding.ts';
import { GeoMethods } from './geo.ts';
import type { StreamBatch, StreamEntry, XAddOptions } from './options.ts';

/** The methods. */
export abstract class StreamMethods<Mode extends AnswerMode> extends GeoMethods<Mode> {
  /** `XADD`: the entry's id; null when `NOMKSTREAM` found no stream. */
  xadd(key: BytesInput, fields: Readonly<Record<string, BytesInput>>, options: XAddOptions = {}): Answer<Mode, string | null> {
    const { id = '*', NOMKSTREAM = false, MAXLEN, approximate = false } = options;
    const cut = MAXLEN === undefined ? [] : ['MAXLEN', ...(approximate ? ['~'] : []), MAXLEN];
    return this.send(['XADD', key, ...(NOMKSTREAM ? ['NOMKSTREAM'] : []), ...cut, id, ...pairs(fields)], text);
  }
  /** `XLEN` */
  xlen(key: BytesInput): Answer<Mode, number> { return this.send(['XLEN', key], whole); }
  /** `XRANGE` */
  xrange(key: BytesInput, start: string = '-', end: string = '+', count?: number): Answer<Mode, StreamEntry[]> { return this.send(['XRANGE', key, start, end, ...(count === undefined ? [] : ['COUNT', count])], entries); }
  /** `XREVRANGE` */
  xrevrange(key: BytesInput, end: string = '+', start: string = '-', count?: number): Answer<Mode, StreamEntry[]> { return this.send(['XREVRANGE', key, end, start, ...(count === undefined ? [] : ['COUNT', count])], entries); }
  /** `XREAD` of what comes after an id in each stream: `xread({ events: '0' })`. */
  xread(streams: Readonly<Record<string, string>>, options: { readonly COUNT?: number } = {}): Answer<Mode, StreamBatch[]> {
    return this.send(['XREAD', ...(options.COUNT === undefined ? [] : ['COUNT', options.COUNT]), 'STREAMS', ...Object.keys(streams), ...Object.values(streams)], batches);
  }
  /** `XREADGROUP`: `xreadgroup('workers', 'ann', { jobs: '>' })`. */
  xreadgroup(group: BytesInput, consumer: BytesInput, streams: Readonly<Record<string, string>>, options: { readonly COUNT?: number; readonly NOACK?: boolean } = {}): Answer<Mode, StreamBatch[]> {
    return this.send([
      'XREADGROUP', 'GROUP', group, consumer, ...(options.COUNT === undefined ? [] : ['COUNT', options.COUNT]), ...(options.NOACK === true ? ['NOACK'] : []),
      'STREAMS', ...Object.keys(streams), ...Object.values(streams),
    ], batches);
  }
  /** `XACK`: how many were pending. */
  xack(key: BytesInput, group: BytesInput, ...ids: readonly string[]): Answer<Mode, number> { return this.send(['XACK', key, group, ...ids], whole); }
  /** `XDEL`: how many were there. */
  xdel(key: BytesInput, ...ids: readonly string[]): Answer<Mode, number> { return this.send(['XDEL', key, ...ids], whole); }
  /** `XTRIM` to a length: how many were removed. */
  xtrim(key: BytesInput, length: number, options: { readonly approximate?: boolean } = {}): Answer<Mode, number> { return this.send(['XTRIM', key, 'MAXLEN', options.approximate === true ? '~' : '=', length], whole); }
  /** `XGROUP CREATE`, with `MKSTREAM` unless told otherwise; it reads from `$`, the present end, or from an id. */
  xgroupCreate(key: BytesInput, group: BytesInput, from: string = '$', options: { readonly MKSTREAM?: boolean } = {}): Answer<Mode, string | null> {
    return this.send(['XGROUP', 'CREATE', key, group, from, ...(options.MKSTREAM === false ? [] : ['MKSTREAM'])], text);
  }
  /** `XGROUP DESTROY`: 1 when it was there. */
  xgroupDestroy(key: BytesInput, group: BytesInput): Answer<Mode, number> { return this.send(['XGROUP', 'DESTROY', key, group], whole); }
  /** `XCLAIM`: entries that have been pending for so many milliseconds become the consumer's. */
  xclaim(key: BytesInput, group: BytesInput, consumer: BytesInput, idle: number, ...ids: readonly string[]): Answer<Mode, StreamEntry[]> { return this.send(['XCLAIM', key, group, consumer, idle, ...ids], entries); }
  /** Ids pending in a group, the oldest first (`XPENDING` with a range). */
  xpending(key: BytesInput, group: BytesInput, count: number = 100): Answer<Mode, string[]> {
    return this.send(['XPENDING', key, group, '-', '+', count], (reply) => ('items' in reply ? reply.items.map((entry) => texts(entry)[0] ?? '') : []));
  }
}
