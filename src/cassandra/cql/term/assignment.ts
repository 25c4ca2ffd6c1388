/**
 * Which term may stand for a value of which type (`AssignmentTestable` of Apache Cassandra 5.0): what decides between overloads
 * of a function, and what refuses a literal.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { CassandraError, InvalidRequestError } from '../../errors.ts';
import { isMultiCell, type DataType, type NativeTypeName } from '../../types/data-type.ts';
import { parseDecimal } from '../../types/java-number.ts';
import { native, sameType, typeName } from '../../types/type-name.ts';
import type { Literal, LiteralType, Term } from '../ast.ts';
import { resolveCall } from '../functions/resolver.ts';
import { allMatch, matchTypes, type Argument, type Call, type Match } from './match-types.ts';
import { typeIn, type TermScope } from './scope.ts';
import { termText } from '../term-text.ts';

const LITERAL_TARGETS: Readonly<Record<LiteralType, ReadonlySet<NativeTypeName>>> = {
  BOOLEAN: new Set<NativeTypeName>(['boolean']),
  DURATION: new Set<NativeTypeName>(['duration']),
  FLOAT: new Set<NativeTypeName>(['decimal', 'double', 'float']),
  HEX: new Set<NativeTypeName>(['blob']),
  INTEGER: new Set<NativeTypeName>(['bigint', 'counter', 'date', 'decimal', 'double', 'duration', 'float', 'int', 'smallint', 'time', 'timestamp', 'tinyint', 'varint']),
  STRING: new Set<NativeTypeName>(['ascii', 'date', 'inet', 'text', 'time', 'timestamp']),
  UUID: new Set<NativeTypeName>(['timeuuid', 'uuid']),
};

/** The type that a literal has by itself, where it matters. */
export function preferredType({ type, text }: Literal): DataType {
  switch (type) {
    case 'STRING': return native(/^[\0-\x7f]*$/.test(text) ? 'ascii' : 'text');
    case 'INTEGER': {
      const value = BigInt(text);
      return native(BigInt.asIntN(32, value) === value ? 'int' : BigInt.asIntN(64, value) === value ? 'bigint' : 'varint');
    }
    case 'UUID': return native(text[14] === '1' ? 'timeuuid' : 'uuid');
    case 'FLOAT': return native(isDouble(text) ? 'double' : 'decimal');
    case 'BOOLEAN': return native('boolean');
    // Not a blob, to the real one, and it does not count the bytes (`Constants.Type.HEX`).
    case 'HEX': return native('tinyint');
    case 'DURATION': return native('duration');
    default: return assertNever(type);
  }
}

/** Whether a double has exactly the digits of a text. */
function isDouble(text: string): boolean {
  const exact = parseDecimal(text);
  const read = parseDecimal(String(Number(text)));
  if (exact === undefined || read === undefined) return true;
  const difference = exact.scale - read.scale;
  if (Math.abs(difference) > 400) return false;
  return difference >= 0 ? exact.unscaled === read.unscaled * 10n ** BigInt(difference) : exact.unscaled * 10n ** BigInt(-difference) === read.unscaled;
}

function matchLiteral(literal: Literal, receiver: DataType): Match {
  // A tuple is read from the text of a literal, whatever its kind.
  if (receiver.kind === 'tuple') return 'weak';
  if (receiver.kind !== 'native') return 'no';
  const preferred = preferredType(literal);
  if (sameType(preferred, receiver)) return 'exact';
  return LITERAL_TARGETS[literal.type].has(receiver.name) ? 'weak' : 'no';
}

/** How well a term fits a type. */
export function matchTerm(term: Term, receiver: DataType, scope: TermScope): Match {
  switch (term.kind) {
    case 'literal': return matchLiteral(term, receiver);
    case 'null': return receiver.kind === 'native' && receiver.name === 'counter' ? 'no' : 'weak';
    case 'marker': return 'weak';
    case 'list': {
      if (receiver.kind === 'vector') {
        return term.elements.length === receiver.dimension ? allMatch(term.elements.map((element) => matchTerm(element, receiver.element, scope))) : 'no';
      }
      // The real one takes what is between brackets for one of the two before it looks at what is wanted.
      if (receiver.kind !== 'list') throw new InvalidRequestError(`Unexpected receiver type '${typeName(receiver)}'; only list and vector are expected`);
      return matchElements(term.elements, receiver.element, scope);
    }
    case 'set': {
      if (receiver.kind === 'map' && term.elements.length === 0) return 'weak';
      return receiver.kind === 'set' ? matchElements(term.elements, receiver.element, scope) : 'no';
    }
    case 'map': {
      if (receiver.kind !== 'map') return 'no';
      return allMatch(term.entries.flatMap(([key, value]) => [matchTerm(key, receiver.key, scope), matchTerm(value, receiver.value, scope)]));
    }
    case 'userType': {
      if (receiver.kind !== 'user') return 'no';
      // Fields that the type does not have are told when the literal is prepared.
      return receiver.fields.every((field) => {
        const value = term.fields.find(([name]) => name === field.name)?.[1];
        return value === undefined || matchTerm(value, field.type, scope) !== 'no';
      }) ? 'weak' : 'no';
    }
    case 'tuple': {
      const inner = parenthesised(term, receiver);
      if (inner !== undefined) return matchTerm(inner, receiver, scope);
      if (receiver.kind !== 'tuple' || term.elements.length > receiver.elements.length) return 'no';
      return term.elements.every((element, i) => {
        const type = receiver.elements[i];
        return type !== undefined && matchTerm(element, type, scope) !== 'no';
      }) ? 'weak' : 'no';
    }
    case 'typeHint': {
      const hinted = typeIn(scope, term.type);
      return isMultiCell(receiver) && !isMultiCell(hinted) ? 'no' : matchTypes(hinted, receiver);
    }
    case 'function':
    case 'cast':
    case 'arithmetic':
    case 'negate': return matchCall(term, receiver, scope);
    default: return assertNever(term);
  }
}

/** What stands in parentheses, where no tuple is wanted: a tuple of one is written like that too. */
export function parenthesised(term: Term & { readonly kind: 'tuple' }, receiver: DataType): Term | undefined {
  return receiver.kind === 'tuple' || term.elements.length !== 1 ? undefined : term.elements[0];
}

function matchElements(elements: readonly Term[], type: DataType, scope: TermScope): Match {
  return elements.length === 0 ? 'weak' : allMatch(elements.map((element) => matchTerm(element, type, scope)));
}

/** A call that cannot be resolved fits here: what is wrong with it is said when it is prepared itself. */
function matchCall(term: Term, receiver: DataType, scope: TermScope): Match {
  try {
    const call = resolveCall(callOf(term, scope), scope, receiver);
    return call === undefined ? 'weak' : matchTypes(call.returns, receiver);
  } catch (error) {
    if (error instanceof CassandraError) return 'weak';
    throw error;
  }
}

/** Negation's name among functions. */
export const NEGATE = '_negate';

/** What a call of terms calls. */
export function callOf(term: Term, scope?: TermScope): Call {
  const args = (terms: readonly Term[]): readonly Argument[] => terms.map((arg) => termArgument(arg));
  switch (term.kind) {
    case 'function': return { keyspace: term.name.keyspace, name: term.name.name, args: args(term.args) };
    case 'arithmetic': return { keyspace: undefined, name: term.operator, args: args([term.left, term.right]) };
    case 'negate': return { keyspace: undefined, name: NEGATE, args: args([term.term]) };
    case 'cast': {
      if (scope === undefined) return { keyspace: 'system', name: 'cast', args: args([term.term]) };
      const castTo = typeIn(scope, term.type);
      return { keyspace: 'system', name: `cast_as_${typeName(castTo)}`, args: args([term.term]), castTo };
    }
    case 'literal':
    case 'null':
    case 'marker':
    case 'list':
    case 'set':
    case 'map':
    case 'userType':
    case 'tuple':
    case 'typeHint': return { keyspace: undefined, name: '', args: [] };
    default: return assertNever(term);
  }
}

/** A term as a function's argument. */
export function termArgument(term: Term): Argument {
  return {
    text: termText(term),
    isMarker: term.kind === 'marker',
    ...(term.kind === 'list' ? { listLength: term.elements.length } : {}),
    match: (type, scope) => matchTerm(term, type, scope),
    exactType: (scope) => exactTermType(term, scope),
    likelyType: (scope) => exactTermType(term, scope) ?? (term.kind === 'literal' ? preferredType(term) : undefined),
  };
}

/** The type a term has whatever it is for; undefined when that depends. */
export function exactTermType(term: Term, scope: TermScope): DataType | undefined {
  switch (term.kind) {
    case 'typeHint': return typeIn(scope, term.type);
    case 'function':
    case 'arithmetic':
    case 'cast':
    case 'negate': return resolveCall(callOf(term, scope), scope, undefined)?.returns;
    case 'list':
    case 'set': {
      const element = firstExact(term.elements, scope);
      return element === undefined ? undefined : { kind: term.kind, element, frozen: false };
    }
    case 'tuple': {
      const elements = term.elements.map((element) => exactTermType(element, scope)).filter((type) => type !== undefined);
      return elements.length === term.elements.length && elements.length > 1 ? { kind: 'tuple', elements } : undefined;
    }
    case 'map': {
      const key = firstExact(term.entries.map(([part]) => part), scope);
      const value = firstExact(term.entries.map(([, part]) => part), scope);
      return key === undefined || value === undefined ? undefined : { kind: 'map', key, value, frozen: false };
    }
    case 'literal':
    case 'null':
    case 'marker':
    case 'userType': return undefined;
    default: return assertNever(term);
  }
}

function firstExact(terms: readonly Term[], scope: TermScope): DataType | undefined {
  for (const term of terms) {
    const type = exactTermType(term, scope);
    if (type !== undefined) return type;
  }
  return undefined;
}
