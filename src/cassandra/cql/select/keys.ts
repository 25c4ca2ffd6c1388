/**
 * Partition keys as bytes: one column's value as it is, several as a composite, each behind its length in two bytes and before a
 * zero (`CompositeType`).
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import { int16 } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';

/** The partition key that columns' values make. */
export function joinKey(parts: readonly Bytes[]): Bytes {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let key = '';
  for (const part of parts) key += `${int16(part.length)}${part}\0`;
  return key;
}

/** A partition key that may be one. @throws {@link InvalidRequestError} when it is empty or too long */
export function checkedKey(key: Bytes): Bytes {
  if (key === '') throw new InvalidRequestError('Key may not be empty');
  if (key.length > 0xffff) throw new InvalidRequestError(`Key length of ${key.length} is longer than maximum of 65535`);
  return key;
}
