/**
 * Reads a client's requests from a stream of bytes: arrays of bulk strings and inline commands, any number in a chunk, split
 * anywhere. The limits and error texts are those of `networking.c` in Redis 7.0; after an error the connection is of no use.
 *
 * @module
 */
import { codeAt } from '../../structures/code-at.ts';
import { BYTES_MAX, type Bytes } from '../bytes/bytes.ts';
import { parseInt64 } from '../bytes/int64.ts';
import { splitArguments } from './split-arguments.ts';

/** What came next: a request, an error that ends the connection, or nothing yet. */
export type Request =
  | { readonly kind: 'request'; readonly args: readonly Bytes[] }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'incomplete' };

const INCOMPLETE: Request = { kind: 'incomplete' };
const INLINE_MAX = 64 * 1024;
const MULTIBULK_MAX = 2_147_483_647;
const UNAUTHENTICATED_MULTIBULK_MAX = 10;
const UNAUTHENTICATED_BULK_MAX = 16_384;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;
const NINE = 0x39;
const CR = 0x0d;
/** A slice of so many bytes is no copy to V8: it keeps alive all of what it was cut from. */
const SLICED = 13;
/** That matters where it was cut from much. */
const LARGE = 1024;
/** An argument shares a string with what arrived together with it, and that has an end. */
const ARGUMENT_MAX = BYTES_MAX - 1024 * 1024;
/** An argument of this length has a buffer to itself. */
const OWN_BUFFER = 32_768;
/** Requests of so many arguments have their list made at once. */
const PREALLOCATED_MAX = 16;
/** Digits of a number that is read the short way. */
const SHORT = 10;

/** A connection's input. */
export class RequestReader {
  #buffer: Bytes = '';
  #at = 0;
  /** Arguments read of the present request, and how many are to come; undefined between requests. */
  #args: Bytes[] | undefined;
  #left = 0;
  /** Arguments read of it. */
  #read = 0;
  #pending = 0;
  /** Length of the bulk string being read, -1 before its length is known. */
  #bulk = -1;
  /** `proto-max-bulk-len`, in bytes. */
  maxBulk: number;

  /** @param maxBulk - `proto-max-bulk-len`, in bytes */
  constructor(maxBulk: number = 512 * 1024 * 1024) {
    this.maxBulk = maxBulk;
  }

  /** How many bytes it holds: those of requests that are not all there, and those read since the last {@link compact}. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** How many bytes the arguments have that were read of a request which is not all there. */
  get pending(): number {
    return this.#args === undefined ? 0 : this.#pending;
  }

  /** What must fit into the buffer for the long argument that is being read; 0 when none is. */
  get wanted(): number {
    return this.#bulk >= OWN_BUFFER ? this.#bulk + 2 : 0;
  }

  /** Forgets what has been read. */
  compact(): void {
    if (this.#at === 0) return;
    this.#buffer = this.#buffer.slice(this.#at);
    this.#at = 0;
  }

  /** Takes what arrived. */
  push(chunk: Bytes): void {
    this.#buffer = this.#at === 0 ? this.#buffer + chunk : this.#buffer.slice(this.#at) + chunk;
    this.#at = 0;
  }

  /**
   * Gives the next request.
   *
   * @param authenticated - before that, requests must be small
   */
  next(authenticated: boolean = true): Request {
    for (;;) {
      if (this.#args === undefined) {
        if (this.#at >= this.#buffer.length) return INCOMPLETE;
        if (codeAt(this.#buffer, this.#at) !== STAR) {
          const inline = this.#inline();
          if (inline.kind === 'request' && inline.args.length === 0) continue;
          return inline;
        }
        const count = this.#count('too big mbulk count string');
        if (typeof count !== 'number') return count;
        if (Number.isNaN(count) || count > MULTIBULK_MAX) return protocolError('invalid multibulk length');
        if (!authenticated && count > UNAUTHENTICATED_MULTIBULK_MAX) return protocolError('unauthenticated multibulk length');
        // Nothing, or less: there is no request and no reply.
        if (count <= 0) continue;
        // Of its length from the start, where that cannot be a lie that costs memory.
        // oxlint-disable-next-line unicorn/no-new-array -- the argument is a length, and `Array.from` is ten times as slow
        this.#args = count <= PREALLOCATED_MAX ? new Array<Bytes>(count) : [];
        this.#pending = 0;
        this.#left = count;
        this.#read = 0;
      }
      const bulks = this.#bulks(this.#args, authenticated);
      if (bulks !== undefined) return bulks;
      const request = { kind: 'request', args: this.#args } as const;
      this.#args = undefined;
      return request;
    }
  }

  /** Reads the bulk strings that are left. Undefined when all are there. */
  #bulks(args: Bytes[], authenticated: boolean): Request | undefined {
    while (this.#left > 0) {
      if (this.#bulk < 0) {
        if (this.#at >= this.#buffer.length) return INCOMPLETE;
        const mark = codeAt(this.#buffer, this.#at);
        const length = this.#count('too big bulk count string');
        if (typeof length !== 'number') return length;
        // Only a line that is all there is looked at.
        if (mark !== DOLLAR) return protocolError(`expected '$', got '${String.fromCharCode(mark)}'`);
        if (!Number.isSafeInteger(length) || length < 0 || length > Math.min(this.maxBulk, ARGUMENT_MAX)) return protocolError('invalid bulk length');
        if (!authenticated && length > UNAUTHENTICATED_BULK_MAX) return protocolError('unauthenticated bulk length');
        this.#bulk = length;
      }
      const end = this.#at + this.#bulk;
      // Only the length is asked for: a long string that arrives in many chunks is not looked through again for each.
      if (this.#buffer.length < end + 2) return INCOMPLETE;
      args[this.#read++] = (this.#bulk < SLICED || this.#buffer.length < LARGE ? this.#buffer.slice(this.#at, end) : copyOf(this.#buffer.slice(this.#at, end)));
      this.#pending += this.#bulk;
      this.#at = end + 2;
      this.#bulk = -1;
      this.#left--;
    }
    return undefined;
  }

  /** Reads `<mark><number>\r\n`. NaN when it is no number. */
  #count(tooLong: string): number | Request {
    // The usual case, a short number that is all there, without a search or a copy.
    const buffer = this.#buffer;
    let at = this.#at + 1;
    let value = 0;
    let code = codeAt(buffer, at);
    if (code > ZERO && code <= NINE) {
      while (code >= ZERO && code <= NINE && at - this.#at < SHORT) {
        value = value * 10 + code - ZERO;
        code = codeAt(buffer, ++at);
      }
      if (code === CR && at + 1 < buffer.length) {
        this.#at = at + 2;
        return value;
      }
    }
    const end = this.#search('\r');
    if (end < 0 || end + 1 >= this.#buffer.length) {
      return this.#buffer.length - this.#at > INLINE_MAX && end < 0 ? protocolError(tooLong) : INCOMPLETE;
    }
    const digits = this.#buffer.slice(this.#at + 1, end);
    this.#at = end + 2;
    return Number(parseInt64(digits) ?? NaN);
  }

  /** Where a character comes next; none is seen behind a zero byte. */
  #search(wanted: string): number {
    const end = this.#buffer.indexOf(wanted, this.#at);
    if (end < 0) return end;
    for (let at = this.#at; at < end; at++) if (this.#buffer.charCodeAt(at) === 0) return -1;
    return end;
  }

  #inline(): Request {
    const end = this.#search('\n');
    if (end < 0) return this.#buffer.length - this.#at > INLINE_MAX ? protocolError('too big inline request') : INCOMPLETE;
    const line = this.#buffer.slice(this.#at, end > this.#at && this.#buffer[end - 1] === '\r' ? end - 1 : end);
    this.#at = end + 1;
    const args = splitArguments(line);
    return args === undefined ? protocolError('unbalanced quotes in request') : { kind: 'request', args };
  }
}

/** The text alone, without what it was cut from. */
function copyOf(slice: Bytes): Bytes {
  // Joining makes a new text of its own length and one, and that is what is kept alive.
  return ` ${slice}`.slice(1);
}

function protocolError(text: string): Request {
  return { kind: 'error', text: `ERR Protocol error: ${text}` };
}
