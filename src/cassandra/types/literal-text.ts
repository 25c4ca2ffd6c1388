/**
 * Values as literals of CQL (`AbstractType.toCQLString` of Apache Cassandra 5.0): for DESCRIBE, names of result columns, and messages.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { Bytes, DataType, NativeTypeName } from './data-type.ts';
import { textOfBytes } from './native-text.ts';
import { listElements, mapEntries, tupleElements, vectorElements } from './structure.ts';
import { quoteName } from './type-name.ts';

/** A value as CQL text that reads back as it. */
export function toCqlLiteral(type: DataType, bytes: Bytes | null): string {
  if (bytes === null) return 'null';
  switch (type.kind) {
    case 'native': return QUOTED.has(type.name) ? `'${textOfBytes(type.name, bytes).replaceAll('\'', '\'\'')}'` : textOfBytes(type.name, bytes);
    case 'list': return `[${listElements(bytes).map((element) => toCqlLiteral(type.element, element)).join(', ')}]`;
    case 'set': return `{${listElements(bytes).map((element) => toCqlLiteral(type.element, element)).join(', ')}}`;
    case 'map': return `{${mapEntries(bytes).map(([key, value]) => `${toCqlLiteral(type.key, key)}: ${toCqlLiteral(type.value, value)}`).join(', ')}}`;
    case 'tuple': {
      const elements = tupleElements(bytes, type.elements.length);
      return `(${type.elements.map((element, i) => toCqlLiteral(element, elements[i] ?? null)).join(', ')})`;
    }
    case 'user': {
      const values = tupleElements(bytes, type.fields.length);
      return `{${type.fields.map((field, i) => `${quoteName(field.name)}: ${toCqlLiteral(field.type, values[i] ?? null)}`).join(', ')}}`;
    }
    case 'vector': return `[${(vectorElements(type, bytes) ?? []).map((element) => toCqlLiteral(type.element, element)).join(', ')}]`;
    default: return assertNever(type);
  }
}

/** Types whose literals are strings. */
const QUOTED: ReadonlySet<NativeTypeName> = new Set<NativeTypeName>(['ascii', 'date', 'inet', 'text', 'time', 'timestamp']);
