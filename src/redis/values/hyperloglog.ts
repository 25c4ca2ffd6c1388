/**
 * HyperLogLog in Redis's own bytes: 2^14 registers of 6 bits, kept sparse (run lengths) while that is small, dense afterwards
 * (`hyperloglog.c` of 7.0). The hash is MurmurHash64A, the estimate Otmar Ertl's ("New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017), which needs nothing but square roots and so is the same on every machine.
 *
 * Layout: `HYLL`, the encoding, three unused bytes, the cached cardinality in eight bytes (the highest bit: out of date),
 * then registers or opcodes.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS } from './encoding-limits.ts';

const P = 14;
const Q = 64 - P;
const REGISTERS = 1 << P;
const HEADER = 16;
const DENSE_SIZE = HEADER + (REGISTERS * 6) / 8;
const SPARSE_VALUE_MAX = 32;
const SPARSE_VALUE_RUN_MAX = 4;
const SPARSE_ZERO_RUN_MAX = 64;
const ALPHA_INFINITE = 0.721_347_520_444_481_7;

const MASK = 0xffff_ffff_ffff_ffffn;
const MULTIPLIER = 0xc6a4_a793_5bd1_e995n;
const SEED = 0xadc8_3b19n;

/** MurmurHash64A, little-endian, as Redis calls it. */
function murmur64(bytes: Bytes): bigint {
  const { length } = bytes;
  let hash = SEED ^ ((BigInt(length) * MULTIPLIER) & MASK);
  const word = (from: number, count: number): bigint => {
    let [low, high] = [0, 0];
    for (let i = count - 1; i >= 0; i--) {
      if (i >= 4) high = high * 256 + bytes.charCodeAt(from + i);
      else low = low * 256 + bytes.charCodeAt(from + i);
    }
    return (BigInt(high) << 32n) | BigInt(low);
  };
  const whole = length - (length % 8);
  for (let at = 0; at < whole; at += 8) {
    let k = (word(at, 8) * MULTIPLIER) & MASK;
    k = ((k ^ (k >> 47n)) * MULTIPLIER) & MASK;
    hash = ((hash ^ k) * MULTIPLIER) & MASK;
  }
  if (whole < length) hash = ((hash ^ word(whole, length - whole)) * MULTIPLIER) & MASK;
  hash = ((hash ^ (hash >> 47n)) * MULTIPLIER) & MASK;
  return hash ^ (hash >> 47n);
}

type Opcode =
  | { readonly kind: 'zero' | 'xzero'; readonly run: number; readonly size: 1 | 2 }
  | { readonly kind: 'value'; readonly run: number; readonly size: 1; readonly value: number };

/** `00xxxxxx`: zeros; `01xxxxxx yyyyyyyy`: many zeros; `1vvvvvxx`: a value, several times. */
function opcodeAt(bytes: readonly number[], at: number): Opcode {
  const byte = bytes[at] ?? 0;
  if ((byte & 0xc0) === 0) return { kind: 'zero', run: (byte & 0x3f) + 1, size: 1 };
  if ((byte & 0xc0) === 0x40) return { kind: 'xzero', run: (((byte & 0x3f) << 8) | (bytes[at + 1] ?? 0)) + 1, size: 2 };
  return { kind: 'value', run: (byte & 3) + 1, size: 1, value: ((byte >> 2) & 0x1f) + 1 };
}

function zeros(run: number): number[] {
  return run > SPARSE_ZERO_RUN_MAX ? [(((run - 1) >> 8) & 0x3f) | 0x40, (run - 1) & 0xff] : [run - 1];
}

const values = (value: number, run: number): number => ((value - 1) << 2) | (run - 1) | 0x80;

const SLICE = 4096;

/** The bytes as plain numbers. */
function numbersOf(bytes: Bytes): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; at++) numbers.push(bytes.charCodeAt(at));
  return numbers;
}

/** What setting a register did. */
type Outcome = 'changed' | 'unchanged' | 'corrupt';

/** One sketch, opened from its bytes and closed into them again. */
export class HyperLogLog {
  /** All bytes, header included: plain numbers, since a sparse body grows and shrinks. */
  #bytes: number[];
  readonly #sparseMax: number;

  private constructor(bytes: number[], sparseMax: number) {
    this.#bytes = bytes;
    this.#sparseMax = sparseMax;
  }

  /** Empty. @param sparseMax - `hll-sparse-max-bytes` */
  static create(sparseMax: number = DEFAULT_LIMITS.hllSparseMaxBytes): HyperLogLog {
    return new HyperLogLog([0x48, 0x59, 0x4c, 0x4c, 1, ...Array.from({ length: 11 }, () => 0), ...zeros(REGISTERS)], sparseMax);
  }

  /** Opens one from a string, or undefined when it cannot be one. */
  static parse(bytes: Bytes, sparseMax: number = DEFAULT_LIMITS.hllSparseMaxBytes): HyperLogLog | undefined {
    const encoding = bytes.charCodeAt(4);
    if (bytes.length < HEADER || !bytes.startsWith('HYLL') || encoding > 1) return undefined;
    return encoding === 0 && bytes.length !== DENSE_SIZE ? undefined : new HyperLogLog(numbersOf(bytes), sparseMax);
  }

  /** The string to store. */
  toBytes(): Bytes {
    let bytes = '';
    // In slices: an argument list has a limit that depends on the engine. Spreading plain numbers is quicker than typed ones.
    for (let at = 0; at < this.#bytes.length; at += SLICE) bytes += String.fromCharCode(...this.#bytes.slice(at, at + SLICE));
    return bytes;
  }

  /** Whether it keeps run lengths. */
  get isSparse(): boolean {
    return this.#bytes[4] === 1;
  }

  /** Adds an element. */
  add(element: Bytes): Outcome {
    const hash = murmur64(element);
    let rest = (hash >> BigInt(P)) | (1n << BigInt(Q));
    let count = 1;
    for (; (rest & 1n) === 0n; rest >>= 1n) count++;
    return this.set(Number(hash & BigInt(REGISTERS - 1)), count);
  }

  /** Raises a register to a value. */
  set(register: number, value: number): Outcome {
    return this.isSparse ? this.#setSparse(register, value) : this.#setDense(register, value);
  }

  /** The cached cardinality is out of date. */
  invalidate(): void {
    this.#bytes[15] = (this.#bytes[15] ?? 0) | 0x80;
  }

  /** The cached cardinality, if it is up to date. */
  get cached(): number | undefined {
    if (((this.#bytes[15] ?? 0) & 0x80) !== 0) return undefined;
    let card = 0;
    for (let i = 15; i >= 8; i--) card = card * 256 + (this.#bytes[i] ?? 0);
    return card;
  }

  /** Caches the cardinality. */
  set cached(cardinality: number) {
    for (let i = 8, rest = cardinality; i < HEADER; i++, rest = Math.floor(rest / 256)) this.#bytes[i] = rest % 256;
  }

  /** All registers, or undefined when the opcodes do not cover them. */
  registers(): Uint8Array | undefined {
    const registers = new Uint8Array(REGISTERS);
    if (!this.isSparse) {
      for (let at = 0; at < REGISTERS; at++) registers[at] = this.#dense(at);
      return registers;
    }
    let register = 0;
    for (let at = HEADER; at < this.#bytes.length;) {
      const opcode = opcodeAt(this.#bytes, at);
      if (register + opcode.run > REGISTERS) return undefined;
      if (opcode.kind === 'value') registers.fill(opcode.value, register, register + opcode.run);
      register += opcode.run;
      at += opcode.size;
    }
    return register === REGISTERS ? registers : undefined;
  }

  /** Turns to the dense form. @returns false when the opcodes are corrupt */
  toDense(): boolean {
    if (!this.isSparse) return true;
    const registers = this.registers();
    if (registers === undefined) return false;
    const header = this.#bytes.slice(0, HEADER);
    header[4] = 0;
    this.#bytes = [...header, ...Array.from({ length: DENSE_SIZE - HEADER }, () => 0)];
    registers.forEach((value, register) => { if (value > 0) this.#setDense(register, value); });
    return true;
  }

  /** The opcodes as `PFDEBUG DECODE` prints them. */
  describe(): Bytes {
    const words: string[] = [];
    for (let at = HEADER; at < this.#bytes.length;) {
      const opcode = opcodeAt(this.#bytes, at);
      words.push(opcode.kind === 'value' ? `v:${opcode.value},${opcode.run}` : `${opcode.kind === 'zero' ? 'z' : 'Z'}:${opcode.run}`);
      at += opcode.size;
    }
    return words.join(' ');
  }

  #dense(register: number): number {
    const bit = register * 6;
    const at = HEADER + (bit >> 3);
    const both = (this.#bytes[at] as number) | ((this.#bytes[at + 1] ?? 0) << 8);
    return (both >> (bit & 7)) & 0x3f;
  }

  #setDense(register: number, value: number): Outcome {
    if (this.#dense(register) >= value) return 'unchanged';
    const bit = register * 6;
    const at = HEADER + Math.floor(bit / 8);
    const shift = bit % 8;
    const both = (((this.#bytes[at] ?? 0) | ((this.#bytes[at + 1] ?? 0) << 8)) & ~(0x3f << shift)) | (value << shift);
    this.#bytes[at] = both & 0xff;
    if (at + 1 < DENSE_SIZE) this.#bytes[at + 1] = (both >> 8) & 0xff;
    return 'changed';
  }

  #promote(register: number, value: number): Outcome {
    return this.toDense() ? this.#setDense(register, value) : 'corrupt';
  }

  #setSparse(register: number, value: number): Outcome {
    if (value > SPARSE_VALUE_MAX) return this.#promote(register, value);
    const bytes = this.#bytes;
    let at = HEADER;
    let first = 0;
    let previous = HEADER;
    let opcode: Opcode | undefined;
    while (at < bytes.length) {
      opcode = opcodeAt(bytes, at);
      if (register < first + opcode.run) break;
      previous = at;
      at += opcode.size;
      first += opcode.run;
    }
    if (opcode === undefined || at >= bytes.length) return 'corrupt';
    if (opcode.kind === 'value' && opcode.value >= value) return 'unchanged';
    if (opcode.run === 1 && opcode.kind !== 'xzero') {
      bytes[at] = values(value, 1);
    } else {
      const old = opcode;
      const stretch = (run: number): number[] => (run === 0 ? [] : old.kind === 'value' ? [values(old.value, run)] : zeros(run));
      const split = [...stretch(register - first), values(value, 1), ...stretch(first + old.run - 1 - register)];
      const growth = split.length - old.size;
      if (growth > 0 && bytes.length + growth > this.#sparseMax) return this.#promote(register, value);
      bytes.splice(at, old.size, ...split);
    }
    this.#mergeFrom(previous);
    this.invalidate();
    return 'changed';
  }

  /** Joins neighbouring runs of one value, looking at five opcodes, as the real one does. */
  #mergeFrom(from: number): void {
    const bytes = this.#bytes;
    let at = from;
    for (let steps = 0; at < bytes.length && steps < 5; steps++) {
      const opcode = opcodeAt(bytes, at);
      if (opcode.kind === 'value' && at + 1 < bytes.length) {
        const next = opcodeAt(bytes, at + 1);
        if (next.kind === 'value' && next.value === opcode.value && opcode.run + next.run <= SPARSE_VALUE_RUN_MAX) {
          bytes.splice(at, 2, values(opcode.value, opcode.run + next.run));
          continue;
        }
      }
      at += opcode.size;
    }
  }
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let [x, y, z, before] = [share, 1, share, NaN];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, z, before] = [share, 1, 1 - share, NaN];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

/** The estimated cardinality that registers stand for. */
export function estimateCardinality(registers: Uint8Array): number {
  const histogram = new Uint32Array(64);
  for (let at = 0; at < registers.length; at++) (histogram[registers[at] as number] as number)++;
  let z = REGISTERS * tau((REGISTERS - (histogram[Q + 1] ?? 0)) / REGISTERS);
  for (let j = Q; j >= 1; j--) z = (z + (histogram[j] ?? 0)) * 0.5;
  z += REGISTERS * sigma((histogram[0] ?? 0) / REGISTERS);
  return Math.round((ALPHA_INFINITE * REGISTERS * REGISTERS) / z);
}

/** Raises registers to another's where those are higher. */
export function mergeRegisters(into: Uint8Array, other: Uint8Array): void {
  for (let register = 0; register < other.length; register++) {
    const value = other[register] as number;
    if (value > (into[register] as number)) into[register] = value;
  }
}
