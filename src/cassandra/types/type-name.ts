/**
 * Types as CQL writes them, and as Cassandra's messages and its schema tables do (`CQL3Type.toString`). A tuple always says that
 * it is frozen; a vector never does.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { DataType, NativeTypeName } from './data-type.ts';

/** A type's text: `frozen<list<int>>`. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'native': return type.name;
    case 'list':
    case 'set': return frozenIf(type.frozen, `${type.kind}<${typeName(type.element)}>`);
    case 'map': return frozenIf(type.frozen, `map<${typeName(type.key)}, ${typeName(type.value)}>`);
    case 'tuple': return `frozen<tuple<${type.elements.map((element) => typeName(element)).join(', ')}>>`;
    case 'user': return frozenIf(type.frozen, quoteName(type.name));
    case 'vector': return `vector<${typeName(type.element)}, ${type.dimension}>`;
    default: return assertNever(type);
  }
}

function frozenIf(frozen: boolean, text: string): string {
  return frozen ? `frozen<${text}>` : text;
}

/** A name as CQL text needs it: between double quotes unless it is lower case and no reserved word. */
export function quoteName(name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(name) && !RESERVED_WORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Words that are no names unless they are quoted (`ReservedKeywords` of Apache Cassandra 5.0). */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'add', 'allow', 'alter', 'and', 'apply', 'asc', 'authorize', 'batch', 'begin', 'by', 'columnfamily', 'create', 'default', 'delete', 'desc', 'describe', 'drop',
  'entries', 'execute', 'from', 'full', 'grant', 'if', 'in', 'index', 'infinity', 'insert', 'into', 'is', 'keyspace', 'limit', 'materialized', 'mbean', 'mbeans',
  'modify', 'nan', 'norecursive', 'not', 'null', 'of', 'on', 'or', 'order', 'primary', 'rename', 'replace', 'revoke', 'schema', 'select', 'set', 'table', 'to',
  'token', 'truncate', 'unlogged', 'unset', 'update', 'use', 'using', 'view', 'where', 'with',
]);

/** The same type with everything in it frozen, as an element of a collection or an argument is. */
export function frozen(type: DataType): DataType {
  switch (type.kind) {
    case 'native': return type;
    case 'list':
    case 'set': return { ...type, element: frozen(type.element), frozen: true };
    case 'map': return { ...type, key: frozen(type.key), value: frozen(type.value), frozen: true };
    case 'tuple': return { ...type, elements: type.elements.map((element) => frozen(element)) };
    case 'user': return { ...type, fields: type.fields.map((field) => ({ name: field.name, type: frozen(field.type) })), frozen: true };
    case 'vector': return { ...type, element: frozen(type.element) };
    default: return assertNever(type);
  }
}

/** Whether two types are the same, frozen or not. */
export function sameType(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'native': return b.kind === 'native' && a.name === b.name;
    case 'list':
    case 'set': return b.kind === a.kind && sameType(a.element, b.element);
    case 'map': return b.kind === 'map' && sameType(a.key, b.key) && sameType(a.value, b.value);
    case 'tuple': return b.kind === 'tuple' && allSame(a.elements, b.elements);
    case 'user': return b.kind === 'user' && a.name === b.name && a.keyspace === b.keyspace;
    case 'vector': return b.kind === 'vector' && a.dimension === b.dimension && sameType(a.element, b.element);
    default: return assertNever(a);
  }
}

function allSame(a: readonly DataType[], b: readonly DataType[]): boolean {
  return a.length === b.length && a.every((type, i) => {
    const other = b[i];
    return other !== undefined && sameType(type, other);
  });
}

/** A native type by name. */
export function native(name: NativeTypeName): DataType {
  return NATIVES[name];
}

const NATIVES: Readonly<Record<NativeTypeName, DataType>> = {
  ascii: { kind: 'native', name: 'ascii' }, bigint: { kind: 'native', name: 'bigint' }, blob: { kind: 'native', name: 'blob' },
  boolean: { kind: 'native', name: 'boolean' }, counter: { kind: 'native', name: 'counter' }, date: { kind: 'native', name: 'date' },
  decimal: { kind: 'native', name: 'decimal' }, double: { kind: 'native', name: 'double' }, duration: { kind: 'native', name: 'duration' },
  float: { kind: 'native', name: 'float' }, inet: { kind: 'native', name: 'inet' }, int: { kind: 'native', name: 'int' },
  smallint: { kind: 'native', name: 'smallint' }, text: { kind: 'native', name: 'text' }, time: { kind: 'native', name: 'time' },
  timestamp: { kind: 'native', name: 'timestamp' }, timeuuid: { kind: 'native', name: 'timeuuid' }, tinyint: { kind: 'native', name: 'tinyint' },
  uuid: { kind: 'native', name: 'uuid' }, varint: { kind: 'native', name: 'varint' },
};
