/**
 * Frames of the native protocol, versions 3 and 4 (specification v4, section 2): a header of nine bytes, and a body. A byte is one
 * code unit of a string.
 *
 * Left out: compression, and the checksummed segments of version 5.
 *
 * @module
 */
import { int16, int32, readInt32, readUint16 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';

/** What a frame is about. */
export const OPCODE = {
  ERROR: 0x00, STARTUP: 0x01, READY: 0x02, AUTHENTICATE: 0x03, OPTIONS: 0x05, SUPPORTED: 0x06, QUERY: 0x07, RESULT: 0x08, PREPARE: 0x09, EXECUTE: 0x0a,
  REGISTER: 0x0b, EVENT: 0x0c, BATCH: 0x0d, AUTH_CHALLENGE: 0x0e, AUTH_RESPONSE: 0x0f, AUTH_SUCCESS: 0x10,
} as const;

/** Bits of a header. */
export const FLAG = { compression: 0x01, tracing: 0x02, customPayload: 0x04, warning: 0x08 } as const;

/** The newest version that is spoken, and the oldest. */
export const NEWEST_VERSION = 4;
/** The oldest version that is spoken. */
export const OLDEST_VERSION = 3;

/** `native_transport_max_frame_size`. */
const LARGEST_BODY = 16 * 1024 * 1024;
const HEADER = 9;
const RESPONSE = 0x80;

/** A request as it came. */
export interface Frame {
  readonly version: number;
  readonly flags: number;
  /** Its number: the response bears the same. */
  readonly stream: number;
  readonly opcode: number;
  readonly body: Bytes;
}

/** What came of reading: a frame, or what is wrong with the bytes: then nothing after them can be understood. */
export type FrameRead = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'incomplete' } | { readonly kind: 'error'; readonly message: string };

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #bytes: Bytes = '';
  #version: number | undefined = undefined;
  #pieces: Bytes[] = [];
  #waiting = 0;

  /** Takes bytes in. */
  push(bytes: Bytes): void {
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
  }

  /** The next frame, as soon as it is whole. */
  next(): FrameRead {
    if (this.#waiting > 0) {
      this.#bytes = this.#pieces.length === 1 && this.#bytes === '' ? this.#pieces[0] as Bytes : this.#bytes + this.#pieces.join('');
      this.#pieces = [];
      this.#waiting = 0;
    }
    const bytes = this.#bytes;
    if (bytes.length < HEADER) return INCOMPLETE;
    const version = bytes.charCodeAt(0);
    if (version < OLDEST_VERSION || version > NEWEST_VERSION) {
      return { kind: 'error', message: `Invalid or unsupported protocol version (${version & 0x7f}); supported versions are (3/v3, 4/v4)` };
    }
    if (version !== (this.#version ??= version)) return { kind: 'error', message: `Invalid message version. Got ${version}/v${version} but previous messages on this connection had version ${this.#version}/v${this.#version}` };
    const length = readInt32(bytes, 5);
    if (length < 0) return { kind: 'error', message: `Invalid frame body length: ${length}` };
    if (length > LARGEST_BODY) return { kind: 'error', message: `Request is too big: length ${length} exceeds maximum allowed length ${LARGEST_BODY}.` };
    if (bytes.length < HEADER + length) return INCOMPLETE;
    const frame = { version, flags: bytes.charCodeAt(1), stream: (readUint16(bytes, 2) << 16) >> 16, opcode: bytes.charCodeAt(4), body: bytes.slice(HEADER, HEADER + length) };
    this.#bytes = bytes.slice(HEADER + length);
    return { kind: 'frame', frame };
  }
}

const INCOMPLETE = { kind: 'incomplete' } as const;

/** A response's bytes. @param stream - the request's number; -1 for an event */
export function responseFrame(version: number, flags: number, stream: number, opcode: number, body: Bytes): Bytes {
  return String.fromCharCode(version | RESPONSE, flags) + int16(stream) + String.fromCharCode(opcode) + int32(body.length) + body;
}
