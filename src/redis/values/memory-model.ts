/**
 * How much memory the real server would use for a key, in bytes on 64 bits: its structures' sizes, rounded as jemalloc rounds
 * allocations (`object.c` of 7.0, `objectComputeSize`). Small collections are counted exactly, save for a listpack's spare room;
 * large ones by a sample of their elements, as the real `MEMORY USAGE` does.
 *
 * Left out: fragmentation, clients' buffers, the room that a string which has grown keeps in reserve.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS } from './encoding-limits.ts';
import { parseInt64 } from '../bytes/int64.ts';
import type { StringForm, Value } from '../keyspace/keyspace.ts';
import { elementSize } from '../persistence/listpack.ts';
import { quicklistNodes } from '../persistence/quicklist-nodes.ts';

const OBJECT = 16;
const DICT = 56;
const DICT_ENTRY = 24;
const QUICKLIST = 40;
const QUICKLIST_NODE = 32;
const SKIPLIST = 32 + 16;
const SKIPLIST_HEADER = 640;
/** A member's node: 24 bytes, and 16 for each level, of which there are 4/3 on average. */
const SKIPLIST_NODE = 47;
const STREAM = 64;
/** A radix tree as `MEMORY USAGE` guesses it: its keys, and a node with thirty pointers. */
const RADIX_KEY = 16;
const RADIX_NODE = 244;
const PENDING = 24;
const LISTPACK = 7;
/** The longest string that is kept within its object. */
const EMBEDDED_MAX = 44;
/** Whole numbers below are shared by all keys that hold them. */
const SHARED_INTEGERS = 10_000;

/** What an allocation of so many bytes takes: jemalloc's size classes. */
export function allocated(bytes: number): number {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
  let step = 32;
  while (step * 8 < bytes) step *= 2;
  return Math.ceil(bytes / step) * step;
}

function sds(text: Bytes): number {
  const { length } = text;
  return allocated(length + 1 + (length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9));
}

/** What the string of a key's value takes. */
function stringBytes(text: Bytes, form: StringForm | undefined): number {
  const { length } = text;
  if (form === undefined && length <= 20 && parseInt64(text) !== undefined) return OBJECT;
  if (form !== 'raw' && length <= EMBEDDED_MAX) return allocated(OBJECT + 3 + length + 1);
  return OBJECT + allocated(length + 1 + (length < 256 ? 3 : length < 65_536 ? 5 : 9));
}

function slots(count: number): number {
  let size = 4;
  while (size < count) size *= 2;
  return size;
}

function listpackBytes(elements: readonly Bytes[]): number {
  let bytes = LISTPACK;
  for (const element of elements) bytes += elementSize(element);
  return allocated(bytes);
}

/** The sum over all elements, by so many of them at equal distances; 0: by all. */
function sampled(size: number, samples: number, sizeAt: (place: number) => number): number {
  const count = samples === 0 ? size : Math.min(size, samples);
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += sizeAt(Math.floor((i * size) / count));
  return count === 0 ? 0 : (bytes / count) * size;
}

/** The default number of samples of `MEMORY USAGE`. */
export const MEMORY_SAMPLES = 5;

/**
 * What a value takes.
 *
 * @param form - of a string that was not stored by `SET`
 * @param samples - how many elements of a large collection are looked at; 0: all
 */
export function valueBytes(value: Value, form: StringForm | undefined, samples: number = MEMORY_SAMPLES): number {
  if (typeof value === 'string') return stringBytes(value, form);
  switch (value.type) {
    case 'list': {
      const { items, size } = value;
      const counted = samples === 0 || size <= 128 ? size : Math.min(size, 128);
      const nodes = quicklistNodes(items.slice(0, counted), DEFAULT_LIMITS);
      const bytes = nodes.reduce((sum, node) => sum + QUICKLIST_NODE + (node.isPlain ? allocated(node.items[0]?.length ?? 0) : listpackBytes(node.items)), 0);
      return OBJECT + QUICKLIST + Math.round(counted === 0 ? 0 : (bytes / counted) * size);
    }
    case 'set': {
      if (value.isIntset) {
        const width = value.members().reduce((widest, member) => Math.max(widest, Math.abs(Number(member)) < 32_768 ? 2 : Math.abs(Number(member)) < 2_147_483_648 ? 4 : 8), 2);
        return OBJECT + allocated(8 + width * value.size);
      }
      return OBJECT + DICT + 8 * slots(value.size) + Math.round(sampled(value.size, samples, (place) => sds(value.memberAt(place) ?? '') + DICT_ENTRY));
    }
    case 'hash':
      if (value.isSmall) return OBJECT + listpackBytes([...value.fields(), ...value.values()]);
      return OBJECT + DICT + 8 * slots(value.size) + Math.round(sampled(value.size, samples, (place) => {
        const field = value.fieldAt(place) ?? '';
        return sds(field) + sds(value.get(field) ?? '') + DICT_ENTRY;
      }));
    case 'zset': {
      if (value.isSmall) {
        let bytes = LISTPACK;
        value.walk(0, value.size, (member, score) => { bytes += elementSize(member) + elementSize(String(score)); });
        return OBJECT + allocated(bytes);
      }
      return OBJECT + SKIPLIST + DICT + SKIPLIST_HEADER + 8 * slots(value.size)
        + Math.round(sampled(value.size, samples, (place) => sds(value.memberAt(place) ?? '') + DICT_ENTRY + SKIPLIST_NODE));
    }
    case 'stream': {
      let groups = 0;
      for (const { pending, consumers } of value.groups.values()) {
        groups += OBJECT + pending.size * (PENDING + 2 * (RADIX_KEY + RADIX_NODE));
        for (const name of consumers.keys()) groups += STREAM + name.length + RADIX_NODE;
      }
      return OBJECT + STREAM + value.nodeCount * RADIX_KEY + value.radixNodeCount * RADIX_NODE + value.byteCount + groups;
    }
  }
}

/** What `MEMORY USAGE` says of a key besides its value. */
export function keyBytes(key: Bytes): number {
  return sds(key) + DICT_ENTRY;
}

/** What a key with its value adds to `used_memory`, its share of the table of keys apart. */
export function entryBytes(key: Bytes, value: Value, form: StringForm | undefined): number {
  const shared = typeof value === 'string' && value.length <= 4 && form === undefined && Number(value) < SHARED_INTEGERS && parseInt64(value) !== undefined && !value.startsWith('-');
  return sds(key) + allocated(DICT_ENTRY) + (shared ? 0 : valueBytes(value, form));
}

/** What a table of so many keys takes besides them. */
export function tableBytes(count: number): number {
  return count === 0 ? 0 : 8 * slots(count);
}
