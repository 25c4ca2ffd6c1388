/**
 * Between JavaScript values and commands: options as arguments, replies as values.
 *
 * @module
 */
import { decodeUtf8, type BytesInput } from '../bytes/bytes.ts';
import type { Reply } from '../reply.ts';
import type { ScoredMember, StreamBatch, StreamEntry, ZRangeOptions } from './options.ts';

/** Options as arguments: `true` gives the word, a value the word and the value. */
export function words(options: object | undefined): BytesInput[] {
  return Object.entries(options ?? {}).flatMap(([word, value]: [string, unknown]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [word] : [word, value as BytesInput];
  });
}

/** Names and values in turn. */
export function pairs(fields: Readonly<Record<string, BytesInput>>): BytesInput[] {
  return Object.entries(fields).flat();
}

/** A whole number; 0 for anything else. */
export const whole = (reply: Reply): number => (reply.kind === 'integer' ? Number(reply.value) : 0);
/** Whether it is not 0. */
export const flag = (reply: Reply): boolean => whole(reply) !== 0;
/** A text, or null. */
export const text = (reply: Reply): string | null => (reply.kind === 'bulk' || reply.kind === 'verbatim' ? decodeUtf8(reply.bytes) : reply.kind === 'simple' ? reply.text : null);
/** What an array holds. */
export const items = (reply: Reply): readonly Reply[] => ('items' in reply ? reply.items : []);
/** An array of texts. */
export const texts = (reply: Reply): string[] => items(reply).map((item) => text(item) ?? '');
/** An array of texts and nulls. */
export const textsOrNull = (reply: Reply): (string | null)[] => items(reply).map(text);


/** A score, or null. */
export function score(reply: Reply): number | null {
  const shown = reply.kind === 'double' ? reply.text : text(reply);
  if (shown === null) return null;
  return shown === 'inf' ? Infinity : shown === '-inf' ? -Infinity : Number(shown);
}

/** Members and their scores. */
export function scored(reply: Reply): ScoredMember[] {
  const flat = items(reply);
  return flat.flatMap((item, i) => (i % 2 === 0 ? [{ member: text(item) ?? '', score: score(flat[i + 1] as Reply) ?? 0 }] : []));
}

/** Names and values in turn, as an object. */
export function record(reply: Reply): Record<string, string> {
  const flat = texts(reply);
  return Object.fromEntries(flat.flatMap((field, i) => (i % 2 === 0 ? [[field, flat[i + 1] ?? '']] : [])));
}

/** One page of a scan. */
export function page(reply: Reply): { cursor: number; elements: string[] } {
  const [cursor, found] = items(reply);
  return { cursor: Number(cursor === undefined ? 0 : text(cursor)), elements: found === undefined ? [] : texts(found) };
}

/** A rank, or null. */
export const rank = (reply: Reply): number | null => (reply.kind === 'integer' ? whole(reply) : null);

/** An array of texts, or null. */
export const textsOrNothing = (reply: Reply): string[] | null => ('items' in reply ? texts(reply) : null);

/** Entries of a stream. */
export function entries(reply: Reply): StreamEntry[] {
  return items(reply).map((entry) => {
    const [id, fields] = items(entry);
    return { id: id === undefined ? '' : text(id) ?? '', fields: fields === undefined ? {} : record(fields) };
  });
}

/** Streams and their entries, in either protocol. */
export function batches(reply: Reply): StreamBatch[] {
  const found = items(reply);
  const streams = reply.kind === 'map' || reply.kind === 'pairs' ? found : found.flatMap(items);
  return streams.flatMap((part, i) => (i % 2 === 0 ? [{ key: text(part) ?? '', entries: entries(streams[i + 1] as Reply) }] : []));
}

/** The options of `ZRANGE` as arguments. */
export function rangeWords(options: ZRangeOptions | undefined): BytesInput[] {
  return [
    ...(options?.BY === undefined ? [] : [`BY${options.BY}`]),
    ...(options?.REV === true ? ['REV'] : []),
    ...(options?.LIMIT === undefined ? [] : ['LIMIT', options.LIMIT.offset, options.LIMIT.count]),
  ];
}
