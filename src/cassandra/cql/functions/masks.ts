/**
 * Dynamic data masking's functions (Apache Cassandra 5.0, `functions.masking`): what to show instead of a value.
 *
 * @module
 */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import { fromUtf8, int32, utf8 } from '../../types/bytes.ts';
import type { Bytes, DataType, NativeTypeName } from '../../types/data-type.ts';
import { dateBytes } from '../../types/native-text.ts';
import { tupleOf, vectorOf } from '../../types/structure.ts';

const ZERO = '\0';

const DEFAULTS: Readonly<Record<NativeTypeName, Bytes>> = {
  ascii: '****', bigint: ZERO.repeat(8), blob: '', boolean: ZERO, counter: ZERO.repeat(8), date: dateBytes(0), decimal: ZERO.repeat(5), double: ZERO.repeat(8),
  duration: ZERO.repeat(3), float: ZERO.repeat(4), inet: ZERO.repeat(4), int: ZERO.repeat(4), smallint: ZERO.repeat(2), text: '****', time: ZERO.repeat(8),
  timestamp: ZERO.repeat(8), timeuuid: '\x13\x81\x40\x00\x1d\xd2\x11\xb2\x80\x80\x80\x80\x80\x80\x80\x80', tinyint: ZERO, uuid: ZERO.repeat(16), varint: ZERO,
};

/** What `mask_default` shows of a type. */
export function maskedDefault(type: DataType): Bytes {
  switch (type.kind) {
    case 'native': return DEFAULTS[type.name];
    case 'list':
    case 'set':
    case 'map': return int32(0);
    case 'tuple': return tupleOf(type.elements.map((element) => maskedDefault(element)));
    case 'user': return tupleOf(type.fields.map((field) => maskedDefault(field.type)));
    case 'vector': return vectorOf(type.element, Array.from({ length: type.dimension }, () => maskedDefault(type.element)));
    default: return assertNever(type);
  }
}

/**
 * A text with its inside, or its outside, replaced.
 *
 * @param begin - characters at the beginning that are outside
 * @param end - characters at the end that are outside
 * @param padding - the character that replaces
 */
export function maskedPart(part: 'inner' | 'outer', bytes: Bytes, begin: number, end: number, padding: string): Bytes {
  const text = fromUtf8(bytes) ?? bytes;
  let masked = '';
  for (let i = 0; i < text.length; i++) {
    const isOutside = i < begin || i >= text.length - end;
    masked += isOutside === (part === 'outer') ? padding : (text[i] ?? '');
  }
  return utf8(masked);
}

const ALGORITHMS: ReadonlyMap<string, (message: Uint8Array) => Uint8Array> = new Map<string, (message: Uint8Array) => Uint8Array>([
  ['MD5', md5], ['SHA', sha1], ['SHA-1', sha1], ['SHA1', sha1], ['SHA-224', sha224], ['SHA-256', sha256], ['SHA-384', sha384], ['SHA-512', sha512],
]);

/**
 * A hash by its name in Java.
 *
 * @throws {@link InvalidRequestError} when there is none
 */
export function hashOf(algorithm: string): (bytes: Bytes) => Bytes {
  const hash = ALGORITHMS.get(algorithm.toUpperCase());
  if (hash === undefined) throw new InvalidRequestError(`Hash algorithm not found: ${algorithm}`);
  return (bytes) => Array.from(hash(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))), (byte) => String.fromCharCode(byte)).join('');
}
