/**
 * Partitioners (Apache Cassandra 5.0, `org.apache.cassandra.dht`): what places partitions on the ring. Murmur3Partitioner is
 * the default; RandomPartitioner takes MD5; ByteOrderedPartitioner the key itself, so that ranges of keys can be scanned and
 * one busy range can drown one node.
 *
 * @module
 */
import { md5 } from '@noble/hashes/legacy.js';
import { UsageError } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import { murmur3, type Murmur3Hash } from './murmur3.ts';
import type { Token } from './token.ts';
import type { Bytes } from './types/data-type.ts';

/** The names of the partitioners. */
export const PARTITIONERS = ['Murmur3Partitioner', 'RandomPartitioner', 'ByteOrderedPartitioner'] as const;

/** A partitioner's name, without its package. */
export type PartitionerName = (typeof PARTITIONERS)[number];

/** Places keys on the ring. */
export interface Partitioner {
  readonly name: PartitionerName;
  /** The least token, which only the empty key has: where ranges of the ring begin and end. */
  readonly minimum: Token;
  /** The greatest token, or one past it. */
  readonly maximum: Token;
  /** The token of a serialised partition key. */
  tokenOf(key: Bytes): Token;
  /** As `nodetool ring` prints it and `token()` of CQL gives it. */
  format(token: Token): string;
  /** Reads what {@link format} prints. @throws {@link UsageError} `INVALID_TOKEN` */
  parse(text: string): Token;
  /** Draws one. */
  draw(random: Random): Token;
  /** The share of the whole ring from one token (not included) clockwise to another (included), 0 to 1; 1 when they are equal. */
  share(from: Token, to: Token): number;
  /** The token a share of the way from one token clockwise to another. */
  between(from: Token, to: Token, share: number): Token;
}

/** A partitioner by name. */
export function partitionerOf(name: PartitionerName): Partitioner {
  switch (name) {
    case 'Murmur3Partitioner': return murmur3Partitioner;
    case 'RandomPartitioner': return randomPartitioner;
    case 'ByteOrderedPartitioner': return byteOrderedPartitioner;
    default: throw new UsageError('INVALID_OPTION', `partitioner must be one of ${PARTITIONERS.join(', ')}, got '${String(name)}'`);
  }
}

const WHOLE_64 = 0x1_0000_0000 * 0x1_0000_0000;
const scratch: Murmur3Hash = { h1High: 0, h1Low: 0, h2High: 0, h2Low: 0 };

function bytes32(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function ordered64(high: number, low: number): Token {
  const flipped = high ^ 0x8000_0000;
  return String.fromCharCode(
    (flipped >>> 24) & 0xff, (flipped >>> 16) & 0xff, (flipped >>> 8) & 0xff, flipped & 0xff,
    (low >>> 24) & 0xff, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff,
  );
}

const MINIMUM_64: Token = '\0'.repeat(8);
const MAXIMUM_64 = ordered64(0x7fff_ffff, -1);

/** The default: the first 64 bits of MurmurHash3. -2^63 is kept for the empty key, so a hash of that becomes 2^63-1. */
export const murmur3Partitioner: Partitioner = {
  name: 'Murmur3Partitioner',
  minimum: MINIMUM_64,
  maximum: MAXIMUM_64,
  tokenOf(key) {
    if (key.length === 0) return MINIMUM_64;
    murmur3(key, scratch);
    const token = ordered64(scratch.h1High, scratch.h1Low);
    return token === MINIMUM_64 ? MAXIMUM_64 : token;
  },
  format: (token) => String(toBigInt(token) - 0x8000_0000_0000_0000n),
  parse(text) {
    if (!/^-?\d{1,19}$/.test(text)) throw invalid(text, 'a whole number of 64 bits');
    const value = BigInt(text) + 0x8000_0000_0000_0000n;
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw invalid(text, 'a whole number of 64 bits');
    return fromBigInt(value, 8);
  },
  draw: (random) => bytes32(random.uint32()) + bytes32(random.uint32()),
  share: (from, to) => shareOf(from, to, toNumber(from), toNumber(to), WHOLE_64),
  between: (from, to, share) => betweenOf(from, to, share, 8, 1n << 64n),
};

const WHOLE_127 = 2 ** 127;

/** MD5 as a whole number of 128 bits with a sign, made positive: 0 to 2^127. */
export const randomPartitioner: Partitioner = {
  name: 'RandomPartitioner',
  minimum: '\0'.repeat(16),
  maximum: `\x7f${'\xff'.repeat(15)}`,
  tokenOf(key) {
    if (key.length === 0) return '\0'.repeat(16);
    const digest = md5(Uint8Array.from(key, (unit) => unit.charCodeAt(0)));
    const signed = BigInt.asIntN(128, digest.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n));
    return fromBigInt(signed < 0n ? -signed : signed, 16);
  },
  // The empty key's token is -1 there, below all others.
  format: (token) => (token === '\0'.repeat(16) ? '-1' : String(toBigInt(token))),
  parse(text) {
    if (!/^-1$|^\d{1,39}$/.test(text) || BigInt(text) > 1n << 127n) throw invalid(text, 'a whole number from 0 to 2^127');
    return fromBigInt(text === '-1' ? 0n : BigInt(text), 16);
  },
  draw(random) {
    return bytes32(random.uint32() >>> 1) + bytes32(random.uint32()) + bytes32(random.uint32()) + bytes32(random.uint32());
  },
  share: (from, to) => shareOf(from, to, Number(toBigInt(from)), Number(toBigInt(to)), WHOLE_127),
  between: (from, to, share) => betweenOf(from, to, share, 16, 1n << 127n),
};

/** The key is the token. */
export const byteOrderedPartitioner: Partitioner = {
  name: 'ByteOrderedPartitioner',
  minimum: '',
  maximum: '\xff'.repeat(16),
  tokenOf: (key) => key,
  format: (token) => Array.from(token, (unit) => unit.charCodeAt(0).toString(16).padStart(2, '0')).join(''),
  parse(text) {
    if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw invalid(text, 'bytes as hexadecimal digits');
    return text.replaceAll(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
  },
  draw: (random) => bytes32(random.uint32()) + bytes32(random.uint32()) + bytes32(random.uint32()) + bytes32(random.uint32()),
  share: (from, to) => shareOf(from, to, leading(from), leading(to), WHOLE_64),
  between: (from, to, share) => betweenOf(padded(from), padded(to), share, 8, 1n << 64n),
};

/** For shares only: keys that differ behind the eighth byte count as one point. */
function leading(token: Token): number {
  return toNumber(padded(token));
}

function padded(token: Token): Token {
  return token.slice(0, 8).padEnd(8, '\0');
}

function toNumber(token: Token): number {
  let value = 0;
  for (let i = 0; i < token.length; i++) value = value * 256 + token.charCodeAt(i);
  return value;
}

function toBigInt(token: Token): bigint {
  let value = 0n;
  for (let i = 0; i < token.length; i++) value = (value << 8n) | BigInt(token.charCodeAt(i));
  return value;
}

function fromBigInt(value: bigint, length: number): Token {
  let token = '';
  for (let left = value, i = 0; i < length; i++, left >>= 8n) token = String.fromCharCode(Number(left & 0xffn)) + token;
  return token;
}

function shareOf(from: Token, to: Token, start: number, end: number, whole: number): number {
  // Tokens may differ where their numbers, rounded, do not: the tokens decide which way around the range goes.
  const distance = end - start;
  return (from < to ? distance : distance + whole) / whole;
}

function betweenOf(from: Token, to: Token, share: number, length: number, whole: bigint): Token {
  const start = toBigInt(from);
  const distance = toBigInt(to) - start;
  const span = distance > 0n ? distance : distance + whole;
  // 52 bits of a share are finer than any figure made of it.
  return fromBigInt((start + (span * BigInt(Math.floor(share * 0x10_0000_0000_0000))) / 0x10_0000_0000_0000n) % whole, length);
}

function invalid(text: string, expected: string): UsageError {
  return new UsageError('INVALID_TOKEN', `a token is ${expected}, got '${text}'`);
}
