/**
 * A tuple as one text, as `TupleType.fromString` of Apache Cassandra 5.0 reads it: its parts between colons, `@` for null, `\:` and `\@` for
 * the characters themselves. Any literal that stands where a tuple is wanted is read like this,
 * but for bytes.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { fromHex } from '../../types/bytes.ts';
import { bytesOfText } from '../../types/native-text.ts';
import { tupleOf } from '../../types/structure.ts';
import { typeName } from '../../types/type-name.ts';

/**
 * Reads a tuple.
 *
 * @param type - a tuple's or a user type's
 * @param text - its parts
 * @throws {@link InvalidRequestError} when there are too many parts, or one cannot be read
 */
export function tupleOfText(type: DataType & { readonly kind: 'tuple' | 'user' }, text: string): Bytes {
  const parts = text === '' ? [] : text.split(/(?<!\\):/);
  const types = type.kind === 'tuple' ? type.elements : type.fields.map((field) => field.type);
  if (parts.length > types.length) {
    throw new InvalidRequestError(`Invalid tuple literal: too many elements. Type ${typeName(type)} expects ${types.length} but got ${parts.length}`);
  }
  return tupleOf(parts.map((part, i) => (part === '@' ? null : partOfText(types[i] ?? type, part.replaceAll('\\:', ':').replaceAll('\\@', '@')))));
}

function partOfText(type: DataType, text: string): Bytes {
  if (type.kind === 'native') return bytesOfText(type.name, text);
  if (type.kind === 'tuple' || type.kind === 'user') return tupleOfText(type, text);
  const bytes = fromHex(text);
  if (bytes === undefined) throw new InvalidRequestError(`cannot parse '${text}' as hex bytes`);
  return bytes;
}
