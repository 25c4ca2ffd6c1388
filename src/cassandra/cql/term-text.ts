/**
 * Terms and types as Cassandra's errors quote them (`Term.Raw.getText`, `CQL3Type.Raw.toString`).
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { utf8 } from '../types/bytes.ts';
import { quoteName } from '../types/type-name.ts';
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
    case 'userType': return `{${inHashOrder(term.fields, ([field]) => field).map(([field, value]) => `${field}: ${termText(value)}`).join(', ')}}`;
    case 'function': return `${quoted(term.name)}(${term.args.map(termText).join(', ')})`;
    case 'typeHint': return `(${rawTypeText(term.type)})${termText(term.term)}`;
    // Casts and operators are functions to it, and it shows them so.
    case 'cast': return `system.cast_as_${rawTypeText(term.type)}(${termText(term.term)})`;
    case 'arithmetic': return `system."${OPERATOR_FUNCTIONS[term.operator]}"(${termText(term.left)}, ${termText(term.right)})`;
    case 'negate': return `system."_negate"(${termText(term.term)})`;
    default: return assertNever(term);
  }
}

/** The functions that operators are (`OperationFcts`). */
const OPERATOR_FUNCTIONS = { '+': '_add', '-': '_substract', '*': '_multiply', '/': '_divide', '%': '_modulo' } as const;

function quoted({ keyspace, name }: QualifiedName): string {
  if (name === 'token') return name;
  return keyspace === undefined ? quoteName(name) : `${quoteName(keyspace)}.${quoteName(name)}`;
}

/** The name of a function that there is not, as an error tells it. */
export function functionNameText({ keyspace, name }: QualifiedName): string {
  return keyspace === undefined ? name : `${keyspace}.${name}`;
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

/**
 * Things in the order in which a `java.util.HashMap` that was filled with them by name gives them: the real one keeps a literal's
 * fields, a view's key and a strategy's options so, and quotes them so.
 *
 * @param hashOf - the hash of a name; of its bytes, from the last to the first, where names are identifiers of columns
 */
export function inHashOrder<T>(things: readonly T[], nameOf: (thing: T) => string, hashOf: (name: string) => number = bytesHash): readonly T[] {
  let capacity = 16;
  while (things.length > capacity * 0.75) capacity *= 2;
  const bucketOf = (name: string): number => {
    const hash = hashOf(name);
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return things.map((thing) => ({ thing, bucket: bucketOf(nameOf(thing)) })).sort((a, b) => a.bucket - b.bucket).map(({ thing }) => thing);
}

/** The hash of a ByteBuffer: each byte with its sign. */
function bytesHash(name: string): number {
  const bytes = utf8(name);
  let hash = 1;
  for (let i = bytes.length - 1; i >= 0; i--) hash = (Math.imul(31, hash) + ((bytes.charCodeAt(i) << 24) >> 24)) | 0;
  return hash;
}

/** The hash of a Java String. */
export function stringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
