/**
 * How collections, tuples, user types and vectors are laid out in bytes (native protocol v4 and v5, sections 6.21 to 6.25;
 * `VectorType` of Apache Cassandra 5.0): taking values apart into their elements' bytes and putting them together.
 *
 * @module
 */
import { int32, readElements, readInt32, readVint, unsignedVint, writeElements } from './bytes.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';

/** The elements of a list or set in order; a broken value has as many as can be read. */
export function listElements(bytes: Bytes): Bytes[] {
  if (bytes.length < 4) return [];
  return (readElements(bytes, readInt32(bytes), 4) ?? []).map((element) => element ?? '');
}

/** A list's or set's value from its elements. */
export function listOf(elements: readonly Bytes[]): Bytes {
  return int32(elements.length) + writeElements(elements);
}

/** The entries of a map in order. */
export function mapEntries(bytes: Bytes): (readonly [Bytes, Bytes])[] {
  if (bytes.length < 4) return [];
  const flat = readElements(bytes, readInt32(bytes) * 2, 4) ?? [];
  const entries: (readonly [Bytes, Bytes])[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return entries;
}

/** A map's value from its entries. */
export function mapOf(entries: readonly (readonly [Bytes, Bytes])[]): Bytes {
  let bytes = int32(entries.length);
  for (const [key, value] of entries) bytes += int32(key.length) + key + int32(value.length) + value;
  return bytes;
}

/** The elements of a tuple or the fields of a user type; those that a shorter value does not have are null. */
export function tupleElements(bytes: Bytes, size: number): (Bytes | null)[] {
  const elements: (Bytes | null)[] = [];
  let offset = 0;
  for (let i = 0; i < size; i++) {
    if (offset + 4 > bytes.length) {
      elements.push(null);
      continue;
    }
    const length = readInt32(bytes, offset);
    offset += 4;
    elements.push(length < 0 ? null : bytes.slice(offset, offset + length));
    if (length > 0) offset += length;
  }
  return elements;
}

/** How many elements a tuple's value has. */
export function tupleSize(bytes: Bytes): number {
  let size = 0;
  for (let offset = 0; offset + 4 <= bytes.length; size++) offset += 4 + Math.max(0, readInt32(bytes, offset));
  return size;
}

/** A tuple's or user type's value. */
export function tupleOf(elements: readonly (Bytes | null)[]): Bytes {
  return writeElements(elements);
}

/**
 * The length that every value of a type has within a vector, or undefined when lengths are written. Cassandra counts `tinyint`,
 * `smallint`, `date` and `time` among the latter.
 */
export function fixedLength(type: DataType): number | undefined {
  if (type.kind === 'vector') {
    const element = fixedLength(type.element);
    return element === undefined ? undefined : element * type.dimension;
  }
  return type.kind === 'native' ? FIXED_LENGTHS[type.name] : undefined;
}

const FIXED_LENGTHS: Readonly<Partial<Record<NativeTypeName, number>>> = {
  bigint: 8, boolean: 1, double: 8, float: 4, int: 4, timestamp: 8, timeuuid: 16, uuid: 16,
};

/** The elements of a vector; undefined when the bytes are none. */
export function vectorElements(type: DataType & { readonly kind: 'vector' }, bytes: Bytes): Bytes[] | undefined {
  const length = fixedLength(type.element);
  const elements: Bytes[] = [];
  let offset = 0;
  for (let i = 0; i < type.dimension; i++) {
    let size = length;
    if (size === undefined) {
      const prefix = readVint(bytes, offset, false);
      if (prefix === undefined) return undefined;
      size = Number(prefix.value);
      offset = prefix.end;
    }
    if (offset + size > bytes.length) return undefined;
    elements.push(bytes.slice(offset, offset + size));
    offset += size;
  }
  return offset === bytes.length ? elements : undefined;
}

/** A vector's value from its elements. */
export function vectorOf(element: DataType, elements: readonly Bytes[]): Bytes {
  if (fixedLength(element) !== undefined) return elements.join('');
  let bytes = '';
  for (const value of elements) bytes += unsignedVint(value.length) + value;
  return bytes;
}
