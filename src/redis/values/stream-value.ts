/**
 * A stream: entries in the order of their ids, and consumer groups with what they have delivered and not seen acknowledged
 * (`t_stream.c` of 7.0).
 *
 * Entries lie in nodes as they do in Redis, whose borders `MAXLEN ~` and `MINID ~` respect: the size of the listpack that the
 * real one would fill is kept count of, its bytes are not.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS, type EncodingLimits } from './encoding-limits.ts';
import { parseInt64 } from '../bytes/int64.ts';

/** An id: milliseconds in the upper 64 bits, the sequence number in the lower. */
export type StreamId = bigint;

/** The largest half of an id. */
export const HALF_MAX = 0xffff_ffff_ffff_ffffn;
/** The largest id. */
export const ID_MAX: StreamId = (1n << 128n) - 1n;

/** No node grows beyond this, whatever is configured. */
const NODE_BYTES_MAX = 2 ** 30;

/** An id as Redis writes it. */
export function formatId(id: StreamId): Bytes {
  return `${id >> 64n}-${id & HALF_MAX}`;
}

/** One entry. */
export interface StreamEntry {
  readonly id: StreamId;
  /** Fields and values in turn. */
  readonly fields: readonly Bytes[];
}

interface StreamNode {
  readonly master: StreamId;
  /** The id of the last entry, deleted or not. */
  last: StreamId;
  /** The fields of the first entry, which others need not repeat. */
  readonly masterFields: readonly Bytes[];
  readonly entries: StreamEntry[];
  deleted: number;
  /** The size of the listpack. */
  bytes: number;
}

/** Values by id, in the order of the ids. */
export class ById<V> {
  readonly #ids: StreamId[] = [];
  readonly #values: V[] = [];

  /** How many there are. */
  get size(): number {
    return this.#ids.length;
  }

  /** The place of the first id that is not below another. */
  placeOf(id: StreamId): number {
    let [low, high] = [0, this.#ids.length];
    // What comes last is looked for most.
    if (high > 0 && (this.#ids[high - 1] as StreamId) < id) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] as StreamId) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The value of an id, or undefined. */
  get(id: StreamId): V | undefined {
    const place = this.placeOf(id);
    return this.#ids[place] === id ? this.#values[place] : undefined;
  }

  /** Sets the value of an id. */
  set(id: StreamId, value: V): void {
    const place = this.placeOf(id);
    if (this.#ids[place] === id) {
      this.#values[place] = value;
    } else {
      this.#ids.splice(place, 0, id);
      this.#values.splice(place, 0, value);
    }
  }

  /** Removes an id. @returns whether it was there */
  delete(id: StreamId): boolean {
    const place = this.placeOf(id);
    if (this.#ids[place] !== id) return false;
    this.#ids.splice(place, 1);
    this.#values.splice(place, 1);
    return true;
  }

  /** The id and value at a place, or undefined. */
  at(place: number): { readonly id: StreamId; readonly value: V } | undefined {
    const id = this.#ids[place];
    return id === undefined ? undefined : { id, value: this.#values[place] as V };
  }
}

/** An entry that was delivered and not acknowledged. */
export interface PendingEntry {
  consumer: Consumer | undefined;
  deliveredAt: number;
  deliveries: number;
}

/** A consumer of a group. */
export interface Consumer {
  readonly name: Bytes;
  seenAt: number;
  readonly pending: ById<PendingEntry>;
}

/** A consumer group. */
export interface ConsumerGroup {
  lastId: StreamId;
  /** How many entries it has read since the stream began, or -1 where that cannot be known. */
  entriesRead: bigint;
  readonly pending: ById<PendingEntry>;
  readonly consumers: Map<Bytes, Consumer>;
}

/** Entries as `MAXLEN` and `MINID` cut them. */
export interface Trim {
  readonly by: 'maxlen' | 'minid';
  readonly length: number;
  readonly minId: StreamId;
  readonly approximate: boolean;
  /** The most entries to remove; 0: any number. */
  readonly limit: number;
}

/** A length with that of the number that stands behind each element, for reading backwards. */
function withBacklength(length: number): number {
  return length + (length <= 127 ? 1 : length < 16383 ? 2 : length < 2097151 ? 3 : length < 268435455 ? 4 : 5);
}

function integerSize(value: bigint): number {
  if (value >= 0n && value <= 127n) return withBacklength(1);
  if (value >= -4096n && value <= 4095n) return withBacklength(2);
  if (value >= -32768n && value <= 32767n) return withBacklength(3);
  if (value >= -8388608n && value <= 8388607n) return withBacklength(4);
  return withBacklength(value >= -2147483648n && value <= 2147483647n ? 5 : 9);
}

function elementSize(bytes: Bytes): number {
  const value = bytes.length <= 20 ? parseInt64(bytes) : undefined;
  if (value !== undefined) return integerSize(BigInt(value));
  return withBacklength(bytes.length + (bytes.length < 64 ? 1 : bytes.length < 4096 ? 2 : 5));
}

/** What an empty listpack takes, and then the master entry's counts, fields and end. */
const LISTPACK_EMPTY = 7;

/** The stream. */
export class StreamValue {
  readonly type = 'stream';
  readonly #limits: Readonly<EncodingLimits>;
  #nodes: StreamNode[] = [];
  #length = 0;
  lastId: StreamId = 0n;
  firstId: StreamId = 0n;
  maxDeletedId: StreamId = 0n;
  /** All entries ever added. */
  entriesAdded = 0n;
  readonly groups: Map<Bytes, ConsumerGroup> = new Map<Bytes, ConsumerGroup>();

  /** Empty. @param limits - the thresholds of a node, which may change later */
  constructor(limits: Readonly<EncodingLimits> = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#length;
  }

  /** How many nodes hold them. */
  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** How many bytes the nodes' listpacks have. */
  get byteCount(): number {
    return this.#nodes.reduce((sum, node) => sum + node.bytes, 0);
  }

  /** The nodes: the id and fields of their first entry, and the entries that are there. */
  nodes(): readonly { readonly master: StreamId; readonly masterFields: readonly Bytes[]; readonly entries: readonly StreamEntry[] }[] {
    return this.#nodes;
  }

  /** Adds an entry whose id is above all others. */
  append(id: StreamId, fields: readonly Bytes[]): void {
    let node = this.#nodes.at(-1);
    const size = fields.reduce((sum, text) => sum + text.length, 0);
    if (node === undefined || this.#isFull(node, size)) {
      const masterFields = fields.filter((_, i) => i % 2 === 0);
      const bytes = LISTPACK_EMPTY + integerSize(1n) + integerSize(0n) + integerSize(BigInt(masterFields.length))
        + masterFields.reduce((sum, field) => sum + elementSize(field), 0) + integerSize(0n);
      node = { master: id, last: id, masterFields, entries: [], deleted: 0, bytes };
      this.#nodes.push(node);
    }
    const { masterFields, master } = node;
    const isSame = fields.length === 2 * masterFields.length && masterFields.every((field, i) => field === fields[2 * i]);
    node.bytes += integerSize(isSame ? 2n : 0n) + integerSize(BigInt.asIntN(64, (id >> 64n) - (master >> 64n)))
      + integerSize(BigInt.asIntN(64, (id & HALF_MAX) - (master & HALF_MAX))) + (isSame ? 0 : integerSize(BigInt(fields.length / 2)))
      + fields.reduce((sum, text, i) => (isSame && i % 2 === 0 ? sum : sum + elementSize(text)), 0)
      + integerSize(BigInt(isSame ? fields.length / 2 + 3 : fields.length + 4));
    node.entries.push({ id, fields });
    node.last = id;
    this.lastId = id;
    this.entriesAdded++;
    if (++this.#length === 1) this.firstId = id;
  }

  /** Visits entries upwards from an id to another, until `false` is returned. */
  walk(from: StreamId, to: StreamId, visit: (entry: StreamEntry) => boolean | void): void {
    for (let i = Math.max(0, this.#nodeOf(from)); i < this.#nodes.length; i++) {
      for (const entry of this.#nodes[i]?.entries ?? []) {
        if (entry.id < from) continue;
        if (entry.id > to || visit(entry) === false) return;
      }
    }
  }

  /** Visits entries downwards from an id to another, until `false` is returned. */
  walkBack(from: StreamId, to: StreamId, visit: (entry: StreamEntry) => boolean | void): void {
    for (let i = this.#nodeOf(from); i >= 0; i--) {
      const entries = this.#nodes[i]?.entries ?? [];
      for (let j = entries.length - 1; j >= 0; j--) {
        const entry = entries[j] as StreamEntry;
        if (entry.id > from) continue;
        if (entry.id < to || visit(entry) === false) return;
      }
    }
  }

  /** The entry of an id, or undefined. */
  get(id: StreamId): StreamEntry | undefined {
    return this.#nodes[this.#nodeOf(id)]?.entries.find((entry) => entry.id === id);
  }

  /** The last entry there is, deleted ones apart. */
  get last(): StreamEntry | undefined {
    return this.#nodes.at(-1)?.entries.at(-1);
  }

  /** Removes entries. @returns how many there were */
  delete(ids: readonly StreamId[]): number {
    let deleted = 0;
    for (const id of ids) {
      const place = this.#nodeOf(id);
      const node = this.#nodes[place];
      const at = node?.entries.findIndex((entry) => entry.id === id) ?? -1;
      if (node === undefined || at < 0) continue;
      node.entries.splice(at, 1);
      node.deleted++;
      if (node.entries.length === 0) this.#nodes.splice(place, 1);
      this.#length--;
      if (id > this.maxDeletedId) this.maxDeletedId = id;
      deleted++;
    }
    if (deleted > 0) this.#findFirst();
    return deleted;
  }

  /** Cuts the oldest entries. @returns how many */
  trim({ by, length, minId, approximate, limit }: Trim): number {
    let removed = 0;
    for (let node = this.#nodes[0]; node !== undefined; node = this.#nodes[0]) {
      const count = node.entries.length;
      if (by === 'maxlen' && this.#length <= length) break;
      if (limit > 0 && removed + count > limit) break;
      if (by === 'maxlen' ? this.#length - count >= length : node.last < minId) {
        this.#nodes.shift();
        this.#length -= count;
        removed += count;
        continue;
      }
      if (approximate) break;
      let cut = 0;
      while (by === 'maxlen' ? this.#length - cut > length : (node.entries[cut]?.id ?? minId) < minId) cut++;
      node.entries.splice(0, cut);
      node.deleted += cut;
      this.#length -= cut;
      removed += cut;
      break;
    }
    if (removed > 0) this.#findFirst();
    return removed;
  }

  /** Whether an entry from an id on has been deleted. */
  hasTombstonesFrom(id: StreamId): boolean {
    return this.#length > 0 && this.maxDeletedId > 0n && this.firstId <= this.maxDeletedId && id <= this.maxDeletedId;
  }

  /** How many entries lie at or before an id, counted from the first ever added; -1 where that cannot be known. */
  distanceTo(id: StreamId): bigint {
    if (this.entriesAdded === 0n) return 0n;
    if (this.#length === 0 && id <= this.lastId) return this.entriesAdded;
    if (id === this.lastId) return this.entriesAdded;
    if (id > this.lastId) return -1n;
    if (this.maxDeletedId === 0n || this.maxDeletedId < this.firstId) {
      if (id < this.firstId) return this.entriesAdded - BigInt(this.#length);
      if (id === this.firstId) return this.entriesAdded - BigInt(this.#length) + 1n;
    }
    return -1n;
  }

  /** How many nodes the radix tree over the nodes' ids has. */
  get radixNodeCount(): number {
    return radixNodes(this.#nodes.map(({ master }) => master.toString(16).padStart(32, '0')), 0);
  }

  /** A copy that shares nothing. */
  clone(): StreamValue {
    const copy = new StreamValue(this.#limits);
    copy.#nodes = this.#nodes.map((node) => ({ ...node, entries: node.entries.slice() }));
    copy.#length = this.#length;
    Object.assign(copy, { lastId: this.lastId, firstId: this.firstId, maxDeletedId: this.maxDeletedId, entriesAdded: this.entriesAdded });
    for (const [name, group] of this.groups) {
      const consumers = new Map([...group.consumers].map(([who, { seenAt }]) => [who, { name: who, seenAt, pending: new ById<PendingEntry>() }]));
      const pending = new ById<PendingEntry>();
      for (let i = 0; i < group.pending.size; i++) {
        const found = group.pending.at(i);
        if (found === undefined) continue;
        const consumer = consumers.get(found.value.consumer?.name ?? '');
        const entry = { ...found.value, consumer };
        pending.set(found.id, entry);
        consumer?.pending.set(found.id, entry);
      }
      copy.groups.set(name, { lastId: group.lastId, entriesRead: group.entriesRead, pending, consumers });
    }
    return copy;
  }

  /** The place of the last node that begins at or before an id, or -1. */
  #nodeOf(id: StreamId): number {
    let [low, high] = [0, this.#nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#nodes[middle] as StreamNode).master <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #isFull(node: StreamNode, size: number): boolean {
    const { streamNodeMaxBytes, streamNodeMaxEntries } = this.#limits;
    // A node has room for one entry at least, and 0 stands for no limit of its own.
    const bytesMax = streamNodeMaxBytes === 0 || streamNodeMaxBytes > NODE_BYTES_MAX ? NODE_BYTES_MAX : streamNodeMaxBytes;
    return node.bytes + size >= bytesMax || (streamNodeMaxEntries > 0 && node.entries.length + node.deleted >= streamNodeMaxEntries);
  }

  #findFirst(): void {
    this.firstId = this.#nodes[0]?.entries[0]?.id ?? 0n;
  }
}

/** Keys are 16 bytes in hexadecimal, in order; `at` counts bytes. A run of bytes without a branch is one node. */
function radixNodes(keys: readonly string[], at: number): number {
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  if (keys.length === 0) return 1;
  if (keys.length === 1) return at === 16 ? 1 : 2;
  let branch = at;
  while (first.slice(2 * branch, 2 * branch + 2) === last.slice(2 * branch, 2 * branch + 2)) branch++;
  let count = (branch > at ? 1 : 0) + 1;
  for (let from = 0; from < keys.length;) {
    const byte = keys[from]?.slice(2 * branch, 2 * branch + 2);
    let to = from;
    while (to < keys.length && keys[to]?.slice(2 * branch, 2 * branch + 2) === byte) to++;
    count += radixNodes(keys.slice(from, to), branch + 1);
    from = to;
  }
  return count;
}
