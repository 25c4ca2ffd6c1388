/**
 * Records in a file that a crash may tear: each is written with its length and a checksum, and reading stops at the first
 * that is not whole. Commit logs, hint files and sorted runs are made of these.
 *
 * @module
 */
import type { LazyBytes, RecordBytes } from '../kernel/disk.ts';
import { hashString } from '../structures/hash.ts';

/** Bytes that a record costs beyond its payload. */
export const RECORD_OVERHEAD = 8;

/** The records of a file, and how much of it they fill. */
export interface RecordsRead {
  /** The payloads of all whole records from the start. */
  readonly records: readonly string[];
  /** Bytes up to the end of the last whole record: cut the file here before appending to it. */
  readonly intact: number;
}

/**
 * One record as bytes.
 *
 * @param payload - bytes, one in each code unit
 */
export function frameRecord(payload: string): string {
  return uint32(payload.length) + uint32(hashString(payload)) + payload;
}

/** Records one behind the other, joined when somebody reads them. */
export class JoinedRecords implements LazyBytes {
  #parts: readonly RecordBytes[] | undefined;
  #text: string | undefined = undefined;

  /** @param parts - not to be changed any more */
  constructor(parts: readonly RecordBytes[]) {
    this.#parts = parts;
  }

  /** How many bytes they are. */
  get length(): number {
    return this.toString().length;
  }

  /** What they were joined from, as long as nobody has read them. */
  get parts(): readonly RecordBytes[] | undefined {
    return this.#parts;
  }

  /** The bytes. */
  toString(): string {
    this.#text ??= (this.#parts ?? []).join('');
    this.#parts = undefined;
    return this.#text;
  }
}

/** Reads records until the end or until one is torn or corrupt. */
export function readRecords(bytes: string): RecordsRead {
  const records: string[] = [];
  let at = 0;
  while (at + RECORD_OVERHEAD <= bytes.length) {
    const end = at + RECORD_OVERHEAD + readUint32(bytes, at);
    if (end > bytes.length) break;
    const payload = bytes.slice(at + RECORD_OVERHEAD, end);
    if (readUint32(bytes, at + 4) !== hashString(payload) >>> 0) break;
    records.push(payload);
    at = end;
  }
  return { records, intact: at };
}

/** A JSON text as bytes: what lies beyond one byte is escaped, and `JSON.parse` reads it back as it was. */
export function jsonBytes(value: unknown): string {
  const text = JSON.stringify(value);
  return /[\u0100-\uffff]/.test(text) ? text.replaceAll(/[\u0100-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : text;
}

function uint32(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function readUint32(bytes: string, at: number): number {
  return ((bytes.charCodeAt(at) << 24) | (bytes.charCodeAt(at + 1) << 16) | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)) >>> 0;
}
