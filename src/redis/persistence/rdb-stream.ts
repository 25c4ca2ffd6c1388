/**
 * Streams in Redis's own serialisation: nodes as listpacks, counters, groups with what is pending (`rdb.c` of 7.0, type 19).
 *
 * Deleted entries, which the real server keeps in their nodes for a while, are not written.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { EncodingLimits } from '../values/encoding-limits.ts';
import { ById, HALF_MAX, StreamValue, type Consumer, type PendingEntry, type StreamId } from '../values/stream-value.ts';
import { encodeListpack, littleEndian, readLittleEndian } from './listpack.ts';

/** What the writer of other values offers. */
export interface RdbWriter {
  readonly length: (value: bigint) => Bytes;
  readonly string: (text: Bytes) => Bytes;
}

/** What the reader of other values offers. Each throws when the payload is corrupt. */
export interface RdbReader {
  take(count: number): Bytes;
  wideLength(): bigint;
  string(): Bytes;
  listpack(): Bytes[];
  fail(): never;
}

const SAME_FIELDS = 2;
const DELETED = 1;

/** An id in sixteen bytes, the highest first. */
function rawId(id: StreamId): Bytes {
  return Array.from({ length: 16 }, (_, i) => String.fromCharCode(Number((id >> BigInt(8 * (15 - i))) & 0xffn))).join('');
}

function readId(bytes: Bytes): StreamId {
  let id = 0n;
  for (let i = 0; i < 16; i++) id = (id << 8n) | BigInt(bytes.charCodeAt(i) | 0);
  return id;
}

/** Writes a stream. */
export function writeStream(stream: StreamValue, { length, string }: RdbWriter): Bytes {
  const id = (value: StreamId): Bytes => length(value >> 64n) + length(value & HALF_MAX);
  const nodes = stream.nodes().map(({ master, masterFields, entries }) => {
    const elements = [String(entries.length), '0', String(masterFields.length), ...masterFields, '0'];
    for (const { id: entryId, fields } of entries) {
      const isSame = fields.length === 2 * masterFields.length && masterFields.every((field, i) => field === fields[2 * i]);
      const head = [String(isSame ? SAME_FIELDS : 0), String(BigInt.asIntN(64, (entryId >> 64n) - (master >> 64n))), String(BigInt.asIntN(64, (entryId & HALF_MAX) - (master & HALF_MAX)))];
      const rest = isSame ? fields.filter((_, i) => i % 2 === 1) : [String(fields.length / 2), ...fields];
      elements.push(...head, ...rest, String(rest.length + head.length));
    }
    return string(rawId(master)) + string(encodeListpack(elements));
  });
  const groups = [...stream.groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, group]) => {
    const pending = Array.from({ length: group.pending.size }, (_, i) => group.pending.at(i));
    const consumers = [...group.consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((consumer) => string(consumer.name)
      + littleEndian(BigInt(consumer.seenAt), 8) + length(BigInt(consumer.pending.size))
      + Array.from({ length: consumer.pending.size }, (_, i) => rawId(consumer.pending.at(i)?.id ?? 0n)).join(''));
    return string(name) + id(group.lastId) + length(BigInt.asUintN(64, group.entriesRead)) + length(BigInt(pending.length))
      + pending.map((found) => rawId(found?.id ?? 0n) + littleEndian(BigInt(found?.value.deliveredAt ?? 0), 8) + length(BigInt(found?.value.deliveries ?? 0))).join('')
      + length(BigInt(consumers.length)) + consumers.join('');
  });
  return length(BigInt(nodes.length)) + nodes.join('') + length(BigInt(stream.size)) + id(stream.lastId) + id(stream.firstId) + id(stream.maxDeletedId)
    + length(stream.entriesAdded) + length(BigInt(groups.length)) + groups.join('');
}

function readNode(stream: StreamValue, reader: RdbReader): void {
  const master = readId(reader.string());
  const elements = reader.listpack();
  let at = 0;
  const next = (): Bytes => elements[at++] ?? reader.fail();
  const number = (): number => {
    const value = Number(next());
    return Number.isSafeInteger(value) && value >= 0 ? value : reader.fail();
  };
  const difference = (): bigint => {
    const text = next();
    return /^-?\d{1,20}$/.test(text) ? BigInt(text) : reader.fail();
  };
  const many = (count: number): Bytes[] => (count <= elements.length ? Array.from({ length: count }, next) : reader.fail());
  const count = number() + number();
  const masterFields = many(number());
  next();
  for (let i = 0; i < count; i++) {
    const flags = number();
    const milliseconds = BigInt.asUintN(64, (master >> 64n) + difference());
    const id = (milliseconds << 64n) | BigInt.asUintN(64, (master & HALF_MAX) + difference());
    const fields = (flags & SAME_FIELDS) === 0 ? many(2 * number()) : masterFields.flatMap((field) => [field, next()]);
    next();
    if ((flags & DELETED) !== 0) continue;
    if (id <= stream.lastId) reader.fail();
    stream.append(id, fields);
  }
}

/** Reads a stream. @param hasCounters - false for the form that servers before 7.0 wrote */
export function readStream(reader: RdbReader, limits: Readonly<EncodingLimits>, hasCounters: boolean): StreamValue {
  const stream = new StreamValue(limits);
  const length = (): bigint => reader.wideLength();
  const id = (): StreamId => (length() << 64n) | length();
  const time = (): number => Number(readLittleEndian(reader.take(8), 0, 8));
  for (let left = length(); left > 0n; left--) readNode(stream, reader);
  if (length() !== BigInt(stream.size)) reader.fail();
  stream.lastId = id();
  if (hasCounters) [stream.firstId, stream.maxDeletedId, stream.entriesAdded] = [id(), id(), length()];
  for (let groups = length(); groups > 0n; groups--) {
    const name = reader.string();
    const lastId = id();
    const group = { lastId, entriesRead: hasCounters ? BigInt.asIntN(64, length()) : stream.distanceTo(lastId), pending: new ById<PendingEntry>(), consumers: new Map<Bytes, Consumer>() };
    for (let left = length(); left > 0n; left--) {
      group.pending.set(readId(reader.take(16)), { consumer: undefined, deliveredAt: time(), deliveries: Number(length()) });
    }
    for (let left = length(); left > 0n; left--) {
      const consumer: Consumer = { name: reader.string(), seenAt: time(), pending: new ById<PendingEntry>() };
      for (let owned = length(); owned > 0n; owned--) {
        const pendingId = readId(reader.take(16));
        const pending = group.pending.get(pendingId) ?? reader.fail();
        pending.consumer = consumer;
        consumer.pending.set(pendingId, pending);
      }
      group.consumers.set(consumer.name, consumer);
    }
    stream.groups.set(name, group);
  }
  return stream;
}
