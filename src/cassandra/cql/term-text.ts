/**
 * Terms and types as Cassandra's errors quote them (`Term.Raw.getText`, `CQL3Type.Raw.toString`).
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { utf8 } from '../types/bytes.ts';
import type { QualifiedName, RawType, Term } from './ast.ts';

/** A term as an error quotes it. */
export function termText(term: Term): string {
  switch (term.kind) {
    case 'literal': return term.type === 'STRING' ? `'${term.text}'` : term.text;
    case 'null': return 'NULL';
    case 'marker': return '?';
    case 'list': return `[${term.elements.map(termText).join(', ')}]`;
    case 'set': return `{${term.elements.map(termText).join(', ')}}`;
    case 'tuple': return `(${term.elements.map(termText).join(', ')})`;
    case 'map': return `{${term.entries.map(([key, value]) => `${termText(key)}: ${termText(value)}`).join(', ')}}`;
    case 'userType': return `{${inHashOrder(term.fields).map(([field, value]) => `${field}: ${termText(value)}`).join(', ')}}`;
    case 'function': return `${functionNameText(term.name)}(${term.args.map(termText).join(', ')})`;
    case 'typeHint': return `(${rawTypeText(term.type)})${termText(term.term)}`;
    case 'cast': return `castAs${capitalised(rawTypeText(term.type))}(${termText(term.term)})`;
    case 'arithmetic': return `${termText(term.left)} ${term.operator} ${termText(term.right)}`;
    case 'negate': return `-${termText(term.term)}`;
    default: return assertNever(term);
  }
}

/** The functions behind operators, as the server calls them. */
const OPERATIONS: Readonly<Record<string, string>> = { '+': '_add', '-': '_substract', '*': '_multiply', '/': '_divide', '%': '_modulo' };

/** A term as an error quotes it once it is prepared: operators have become calls. */
export function preparedText(term: Term): string {
  switch (term.kind) {
    case 'arithmetic': return `system."${OPERATIONS[term.operator] ?? term.operator}"(${preparedText(term.left)}, ${preparedText(term.right)})`;
    case 'negate': return `system."_negate"(${preparedText(term.term)})`;
    default: return termText(term);
  }
}

/** A function's name as an error quotes it. */
export function functionNameText({ keyspace, name }: QualifiedName): string {
  return keyspace === undefined ? name : `${keyspace}.${name}`;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A type as an error quotes it. @param keyspace - of user types that name none, where that is known by then */
export function rawTypeText(type: RawType, keyspace?: string): string {
  switch (type.kind) {
    case 'native': return type.name;
    case 'list':
    case 'set': return `${type.kind}<${rawTypeText(type.element, keyspace)}>`;
    case 'map': return `map<${rawTypeText(type.key, keyspace)}, ${rawTypeText(type.value, keyspace)}>`;
    case 'tuple': return `tuple<${type.elements.map((element) => rawTypeText(element, keyspace)).join(', ')}>`;
    case 'vector': return `vector<${rawTypeText(type.element, keyspace)}, ${type.dimension}>`;
    case 'user': return (type.keyspace ?? keyspace) === undefined ? type.name : `${type.keyspace ?? keyspace}.${type.name}`;
    // Whatever is frozen is so all the way down, and is shown so once.
    case 'frozen': return type.type.kind === 'frozen' ? rawTypeText(type.type, keyspace) : `frozen<${rawTypeText(type.type, keyspace)}>`;
    default: return assertNever(type);
  }
}

/** Fields in the order in which a `java.util.HashMap` that was filled with them gives them: the real one keeps a literal's so, and quotes them so. */
function inHashOrder<T>(fields: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  let capacity = 16;
  while (fields.length > capacity * 0.75) capacity *= 2;
  const bucketOf = (name: string): number => {
    // The hash of a ByteBuffer: from its last byte to its first, each with its sign.
    const bytes = utf8(name);
    let hash = 1;
    for (let i = bytes.length - 1; i >= 0; i--) hash = (Math.imul(31, hash) + ((bytes.charCodeAt(i) << 24) >> 24)) | 0;
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return fields.map((field) => ({ field, bucket: bucketOf(field[0]) })).sort((a, b) => a.bucket - b.bucket).map(({ field }) => field);
}
