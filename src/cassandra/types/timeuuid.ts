/**
 * Time-based UUIDs (RFC 4122, version 1): 100-nanosecond steps since 15 October 1582, then a clock sequence and a node. As
 * Apache Cassandra's `TimeUUID` makes and reads them.
 *
 * @module
 */
import { int16, int32, readInt32, readUint16 } from './bytes.ts';
import type { Bytes } from './data-type.ts';

/** Steps of 100 nanoseconds from 15 October 1582 to 1970. */
const GREGORIAN_START = 122_192_928_000_000_000n;

/**
 * A time-UUID.
 *
 * @param micros - microseconds since the Unix epoch
 * @param hundredNanos - 0 to 9: tells apart those of one microsecond
 * @param rest - the last eight bytes: clock sequence and node
 */
export function timeuuid(micros: number, hundredNanos: number, rest: Bytes): Bytes {
  const time = GREGORIAN_START + BigInt(micros) * 10n + BigInt(hundredNanos);
  const high = Number((time >> 48n) & 0xfffn) | 0x1000;
  return int32(Number(time & 0xffff_ffffn)) + int16(Number((time >> 32n) & 0xffffn)) + int16(high) + rest;
}

/** The microseconds since the Unix epoch that a time-UUID says, rounded down. */
export function microsOfTimeuuid(bytes: Bytes): number {
  const high = readUint16(bytes, 6) & 0xfff;
  const time = (BigInt(high) << 48n) | (BigInt(readUint16(bytes, 4)) << 32n) | BigInt(readInt32(bytes) >>> 0);
  const sinceEpoch = time - GREGORIAN_START;
  const micros = sinceEpoch / 10n;
  return Number(sinceEpoch < 0n && sinceEpoch % 10n !== 0n ? micros - 1n : micros);
}
