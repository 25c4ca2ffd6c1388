/**
 * Reading Redis's own serialisation: lengths, strings in all their forms, LZF (`rdb.c` and `lzf_d.c` of 7.0).
 *
 * @module
 */
import { SplitbrainError } from '../../kernel/errors.ts';
import { rawBytes, type Bytes } from '../bytes/bytes.ts';
import { decodeListpack, readLittleEndian } from './listpack.ts';

/** The payload ends too early, or says what cannot be. */
export class CorruptPayload extends SplitbrainError {
  /** Made by {@link corrupt}. */
  constructor() {
    super('CORRUPT_PAYLOAD', 'the payload is corrupt');
  }
}

/** Reads a payload from its beginning; each step throws {@link CorruptPayload} where that makes no sense. */
export class PayloadReader {
  readonly #bytes: Bytes;
  #at = 0;

  /** @param bytes - the payload */
  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** Whether everything was read. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How much was read. */
  get position(): number {
    return this.#at;
  }

  /** So many bytes. */
  take(count: number): Bytes {
    if (this.#at + count > this.#bytes.length) throw new CorruptPayload();
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  /** One byte. */
  byte(): number {
    return this.take(1).charCodeAt(0);
  }

  /** A length of up to 64 bits. */
  wideLength(): bigint {
    if (this.#bytes[this.#at] !== '\x81') return BigInt(this.length());
    this.#at++;
    return rawBytes(this.take(8)).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** Gives up. */
  fail(): never {
    return corrupt();
  }

  /** A length. */
  length(): number {
    const head = this.byte();
    if (head < 0x40) return head;
    if (head < 0x80) return ((head & 0x3f) << 8) | this.byte();
    const wide = this.take(head === 0x80 ? 4 : head === 0x81 ? 8 : Infinity);
    return rawBytes(wide).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** A string: as it is, as an integer, or packed. */
  string(): Bytes {
    const head = this.byte();
    const integer = (width: number): Bytes => String(BigInt.asIntN(width * 8, readLittleEndian(this.take(width), 0, width)));
    if (head === 0xc0) return integer(1);
    if (head === 0xc1) return integer(2);
    if (head === 0xc2) return integer(4);
    if (head === 0xc3) {
      const [packed, whole] = [this.length(), this.length()];
      return unpack(this.take(packed), whole);
    }
    this.#at--;
    return this.take(this.length());
  }

  /** The elements of a listpack. */
  listpack(): Bytes[] {
    return decodeListpack(this.string()) ?? corrupt();
  }
}

/** Gives up. @throws {@link CorruptPayload} */
export function corrupt(): never {
  throw new CorruptPayload();
}

/** Unpacks LZF. */
function unpack(packed: Bytes, whole: number): Bytes {
  const bytes: string[] = [];
  for (let at = 0; at < packed.length;) {
    const control = packed.charCodeAt(at++);
    if (control < 32) {
      for (let i = 0; i <= control; i++) bytes.push(packed[at++] ?? corrupt());
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed.charCodeAt(at++);
    let from = bytes.length - ((control & 0x1f) << 8) - packed.charCodeAt(at++) - 1;
    for (let i = 0; i < count + 2; i++) bytes.push(bytes[from++] ?? corrupt());
  }
  return bytes.length === whole ? bytes.join('') : corrupt();
}
