/**
 * `DEBUG DIGEST`: a fingerprint of a value or of a whole dataset that two servers with the same data share, whatever the order of
 * their hash tables (`debug.c` of 7.0). It has the real server's very bytes.
 *
 * @module
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { bytesOf, rawBytes, type Bytes } from '../bytes/bytes.ts';
import { formatDouble } from '../bytes/floats.ts';
import type { Int64 } from '../bytes/int64.ts';
import type { Database, Value, ValueType } from '../keyspace/keyspace.ts';
import { formatId, ID_MAX } from '../values/stream-value.ts';

const SIZE = 20;
const TYPE_NUMBER: Readonly<Record<ValueType, number>> = { string: 0, list: 1, set: 2, zset: 3, hash: 4, stream: 6 };

/** What is the same in any order: hashes are joined by exclusive or. */
class Digest {
  readonly bytes: Uint8Array = new Uint8Array(SIZE);

  /** Joins another digest as it is hashed. */
  xor(data: Bytes): this {
    sha1(rawBytes(data)).forEach((byte, i) => { this.bytes[i] = (this.bytes[i] ?? 0) ^ byte; });
    return this;
  }

  /** As {@link xor}, then hashes the outcome: here the order counts. */
  mix(data: Bytes): this {
    this.xor(data);
    this.bytes.set(sha1(this.bytes));
    return this;
  }
}

const number32 = (value: number): Bytes => String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

function mixValue(digest: Digest, value: Value, deadline: Int64 | undefined): void {
  const pair = (first: Bytes, second: Bytes): void => { digest.xor(bytesOf(new Digest().mix(first).mix(second).bytes)); };
  digest.mix(number32(TYPE_NUMBER[typeof value === 'string' ? 'string' : value.type]));
  if (typeof value === 'string') {
    digest.mix(value);
  } else {
    switch (value.type) {
      case 'list':
        for (const item of value.items.slice()) digest.mix(item);
        break;
      case 'set':
        for (const member of value.members()) digest.xor(member);
        break;
      case 'zset':
        value.walk(0, value.size, (member, score) => { pair(member, formatDouble(score)); });
        break;
      case 'hash': {
        const values = value.values();
        value.fields().forEach((field, i) => { pair(field, values[i] as Bytes); });
        break;
      }
      case 'stream':
        value.walk(0n, ID_MAX, ({ id, fields }) => {
          digest.mix(formatId(id).replace('-', '.'));
          for (const text of fields) digest.mix(text);
        });
        break;
    }
  }
  if (deadline !== undefined) digest.xor('!!expire!!');
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The digest of one key's value; zeros where there is none. */
export function valueDigest(database: Database, key: Bytes): string {
  const digest = new Digest();
  const value = database.peek(key);
  if (value !== undefined) mixValue(digest, value, database.deadline(key));
  return hexadecimal(digest.bytes);
}

/** The digest of everything. */
export function datasetDigest(databases: readonly Database[]): string {
  const total = new Digest();
  for (const database of databases) {
    if (database.size === 0) continue;
    total.mix(number32(database.number));
    database.scan(0, database.size, (key, value) => {
      const digest = new Digest().mix(key);
      mixValue(digest, value, database.deadline(key));
      total.xor(bytesOf(digest.bytes));
    });
  }
  return hexadecimal(total.bytes);
}
