/**
 * A hash. Small ones keep the order in which their fields came, as Redis's listpack does; one that outgrew the thresholds
 * stays in no particular order for good, as its hash table does.
 *
 * @module
 */
import { IndexedMap } from '../../structures/indexed-map.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS, type EncodingLimits } from './encoding-limits.ts';

/** Fields and their values. */
export class HashValue {
  readonly type = 'hash';
  readonly #fields: IndexedMap<Bytes>;
  readonly #limits: Readonly<EncodingLimits>;
  #isSmall = true;

  /** Empty. @param limits - the thresholds, which may change later */
  constructor(limits: Readonly<EncodingLimits> = DEFAULT_LIMITS, fields: IndexedMap<Bytes> = new IndexedMap<Bytes>(), isSmall: boolean = true) {
    this.#limits = limits;
    this.#fields = fields;
    this.#isSmall = isSmall;
  }

  /** How many fields there are. */
  get size(): number {
    return this.#fields.size;
  }

  /** Whether Redis would keep it as a listpack. */
  get isSmall(): boolean {
    return this.#isSmall;
  }

  /** A field's value, or undefined. */
  get(field: Bytes): Bytes | undefined {
    return this.#fields.get(field);
  }

  /** Sets a field. @returns whether it is new */
  set(field: Bytes, value: Bytes): boolean {
    const isNew = this.#fields.set(field, value);
    if (this.#isSmall && (this.#outgrows(field, value))) {
      this.#isSmall = false;
    }
    return isNew;
  }

  /** Grows out of the listpack when one of these texts would not fit, though it may not be stored in the end. */
  admit(texts: readonly Bytes[]): void {
    if (this.#isSmall && texts.some((text) => text.length > this.#limits.hashMaxListpackValue)) this.#isSmall = false;
  }

  /** Adds a field of a listpack that was read: its texts may be of any length. @returns whether it is new */
  load(field: Bytes, value: Bytes): boolean {
    return this.#fields.set(field, value);
  }

  /** What was read is complete: grows out of the listpack if it has too many fields. */
  loaded(): void {
    if (this.#fields.size > this.#limits.hashMaxListpackEntries) this.#isSmall = false;
  }

  #outgrows(field: Bytes, value: Bytes): boolean {
    const { hashMaxListpackEntries, hashMaxListpackValue } = this.#limits;
    return this.#fields.size > hashMaxListpackEntries || value.length > hashMaxListpackValue || field.length > hashMaxListpackValue;
  }

  /** Removes a field. @returns whether it was there */
  delete(field: Bytes): boolean {
    return this.#isSmall ? this.#fields.deleteInOrder(field) : this.#fields.delete(field);
  }

  /** The fields in order. */
  fields(): readonly Bytes[] {
    return this.#fields.keys();
  }

  /** The values in the order of the fields. */
  values(): readonly Bytes[] {
    return this.#fields.values();
  }

  /** The field at a place from 0 to `size - 1`. */
  fieldAt(place: number): Bytes | undefined {
    return this.#fields.keyAt(place);
  }

  /** One step of a walk; see {@link IndexedMap.scan}. A small hash is walked in one step, as in Redis. */
  scan(cursor: number, count: number, visit: (field: Bytes, value: Bytes) => void): number {
    if (!this.#isSmall) return this.#fields.scan(cursor, count, visit);
    const values = this.#fields.values();
    this.#fields.keys().forEach((field, i) => visit(field, values[i] as Bytes));
    return 0;
  }

  /** A copy that shares nothing. */
  clone(): HashValue {
    return new HashValue(this.#limits, this.#fields.clone(), this.#isSmall);
  }
}
