/**
 * Mutations as bytes: what the commit log, hints and the batchlog hold, framed so that a torn or rotten record shows. They are
 * made once, by whoever makes the mutation; every replica logs the same.
 *
 * @module
 */
import { ServerError } from '../errors.ts';
import { mix32 } from '../../structures/hash.ts';
import type { Bytes } from '../types/data-type.ts';
import { ByteReader, packBytes, packNumber, packUint32, uint32At } from './byte-reader.ts';
import type { Mutation, PartitionUpdate } from './mutation.ts';
import type { PartitionData } from './partition.ts';
import { NO_RANGES, type RangeTombstone } from './ranges.ts';
import {
  leastTimestamp, namedFormat, packBase, packClustering, packDeletion, packName, packRange, packRowBody, readClustering, readDeletion, readName, readRange, readRowBody,
} from './row-codec.ts';
import type { Row } from './row.ts';

/** Bytes before the content: its length and its checksum, four each. */
const FRAME_LENGTH = 8;

const DATA = { deletion: 1, ranges: 2, staticRow: 4 } as const;

/** A 32-bit checksum of a part of some bytes. Four bytes a step: bit rot and tears are to be seen, not an adversary. */
export function checksum(bytes: Bytes, from: number, to: number): number {
  let h = 0x811c9dc5 ^ (to - from);
  let at = from;
  for (const whole = to - 3; at < whole; at += 4) {
    h = Math.imul(h ^ (bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)), 0x01000193);
    h ^= h >>> 15;
  }
  for (; at < to; at++) h = Math.imul(h ^ bytes.charCodeAt(at), 0x01000193);
  return mix32(h) >>> 0;
}

/**
 * Makes a mutation.
 *
 * @param keyspace - the tables' keyspace
 * @param key - the serialised partition key
 * @param updates - at most one for each table
 */
export function makeMutation(keyspace: string, key: Bytes, updates: readonly PartitionUpdate[]): Mutation {
  let content = packName(keyspace) + packBytes(key) + packNumber(updates.length);
  for (const { table, data } of updates) content += packName(table) + packData(data);
  const bytes = packUint32(content.length) + packUint32(checksum(content, 0, content.length)) + content;
  // Reading a character makes one string of the pieces: it stays in logs for long.
  bytes.charCodeAt(0);
  return { keyspace, key, updates, bytes };
}

/** Reads a mutation. @param bytes - as {@link Mutation.bytes} holds them */
export function decodeMutation(bytes: Bytes): Mutation {
  return decodeMutationAt(bytes, 0);
}

/** Reads a mutation out of a longer string. @param at - where its frame begins */
export function decodeMutationAt(bytes: Bytes, at: number): Mutation {
  const end = wholeFrameEnd(bytes, at);
  if (end === undefined) throw new ServerError('A stored mutation is damaged');
  const reader = new ByteReader(bytes, at + FRAME_LENGTH);
  const keyspace = readName(reader);
  const key = reader.string();
  const updates: PartitionUpdate[] = [];
  for (let i = reader.number(); i > 0; i--) updates.push({ table: readName(reader), data: readData(reader, key) });
  return { keyspace, key, updates, bytes: at === 0 && end === bytes.length ? bytes : bytes.slice(at, end) };
}

/** Where the frame that begins at a place ends, or undefined when it is torn or rotten. */
export function wholeFrameEnd(bytes: Bytes, at: number): number | undefined {
  if (at + FRAME_LENGTH > bytes.length) return undefined;
  const end = at + FRAME_LENGTH + uint32At(bytes, at);
  return end <= bytes.length && uint32At(bytes, at + 4) === checksum(bytes, at + FRAME_LENGTH, end) ? end : undefined;
}

function packData({ deletion, ranges, staticRow, rows }: PartitionData): Bytes {
  const base = leastTimestamp(rows, staticRow, deletion, ranges);
  const format = namedFormat(base);
  let flags = 0;
  let head = packBase(base);
  if (deletion !== undefined) {
    flags |= DATA.deletion;
    head += packDeletion(deletion, format);
  }
  if (ranges.length > 0) {
    flags |= DATA.ranges;
    head += packNumber(ranges.length);
    for (const range of ranges) head += packRange(range, format);
  }
  if (staticRow !== undefined) {
    flags |= DATA.staticRow;
    head += packRowBody(staticRow, format);
  }
  let bytes = String.fromCharCode(flags) + head + packNumber(rows.length);
  for (const row of rows) bytes += packClustering(row.clustering) + packRowBody(row, format);
  return bytes;
}

function readData(reader: ByteReader, key: Bytes): PartitionData {
  const flags = reader.byte();
  const format = namedFormat(reader.signed());
  const deletion = (flags & DATA.deletion) === 0 ? undefined : readDeletion(reader, format);
  const ranges = (flags & DATA.ranges) === 0 ? NO_RANGES : readMany(reader, () => readRange(reader, format));
  const staticRow = (flags & DATA.staticRow) === 0 ? undefined : readRowBody(reader, [], format);
  const rows: readonly Row[] = readMany(reader, () => readRowBody(reader, readClustering(reader), format));
  return { key, deletion, ranges, staticRow, rows };
}

function readMany<T extends Row | RangeTombstone>(reader: ByteReader, read: () => T): readonly T[] {
  const items: T[] = [];
  for (let i = reader.number(); i > 0; i--) items.push(read());
  return items;
}

/** One partition's content as bytes, for streams and hashes. */
export function encodeData(data: PartitionData): Bytes {
  return packBytes(data.key) + packData(data);
}
