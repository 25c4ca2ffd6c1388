/**
 * Terms made ready for values: literals are serialised once, markers are noted with the type they stand for, calls are resolved
 * (`Term.Raw.prepare` of Apache Cassandra 5.0), with its messages for what does not fit.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import { isMultiCell, type Bytes, type DataType } from '../../types/data-type.ts';
import { sortedDistinct, sortedEntries } from '../../types/encode.ts';
import { bytesOfText } from '../../types/native-text.ts';
import { listOf, mapOf, tupleOf, vectorOf } from '../../types/structure.ts';
import { typeName } from '../../types/type-name.ts';
import type { Literal, Term } from '../ast.ts';
import { OPERATORS } from '../functions/arithmetic.ts';
import { resolveCall } from '../functions/resolver.ts';
import type { BoundValue } from '../statement.ts';
import { functionNameText, rawTypeText, termText } from '../term-text.ts';
import { callOf, matchTerm, parenthesised } from './assignment.ts';
import { matchTypes } from './match-types.ts';
import { tupleOfText } from './tuple-text.ts';
import { BEFOREHAND, constantTerm, markerTerm, typeIn, type BindContext, type PreparedTerm, type Receiver, type TermScope } from './scope.ts';

/**
 * A term, ready.
 *
 * @param term - as parsed
 * @param receiver - what it is for
 * @param scope - what is known around it; its variables get the term's markers
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function prepareTerm(term: Term, receiver: Receiver, scope: TermScope): PreparedTerm {
  const { name, type } = receiver;
  switch (term.kind) {
    case 'literal': return constantTerm(type, literalBytes(term, receiver, scope));
    case 'null': {
      if (matchTerm(term, type, scope) === 'no') throw new InvalidRequestError('Invalid null value for counter increment/decrement');
      return constantTerm(type, null);
    }
    case 'marker': {
      scope.variables.add(term.index, receiver);
      return markerTerm(term.index, receiver);
    }
    case 'list': return prepareList(term.elements, receiver, scope);
    case 'set': return prepareSet(term.elements, receiver, scope);
    case 'map': return prepareMap(term.entries, receiver, scope);
    case 'userType': return prepareUserType(term.fields, receiver, scope);
    case 'tuple': {
      const inner = parenthesised(term, type);
      return inner === undefined ? prepareTuple(term.elements, receiver, scope) : prepareTerm(inner, receiver, scope);
    }
    case 'typeHint': {
      const hinted = typeIn(scope, term.type);
      if (matchTerm(term.term, hinted, scope) === 'no') throw new InvalidRequestError(`Cannot cast value ${termText(term.term)} to type ${rawTypeText(term.type, scope.keyspace)}`);
      if (matchTypes(hinted, type) === 'no' || (isMultiCell(type) && !isMultiCell(hinted))) throw new InvalidRequestError(`Cannot assign value ${termText(term)} to ${name} of type ${typeName(type)}`);
      return prepareTerm(term.term, receiver, scope);
    }
    case 'function':
    case 'cast':
    case 'arithmetic':
    case 'negate': return prepareCall(term, receiver, scope);
    default: return assertNever(term);
  }
}

/**
 * The bytes of a literal.
 *
 * @throws {@link InvalidRequestError} when it cannot be of the receiver's type
 */
export function literalBytes(literal: Literal, { name, type }: Receiver, scope: TermScope): Bytes {
  const { text } = literal;
  if (type.kind === 'tuple' && literal.type !== 'HEX') return tupleOfText(type, text);
  if ((type.kind !== 'native' && type.kind !== 'tuple') || matchTerm(literal, type, scope) === 'no') {
    throw new InvalidRequestError(`Invalid ${literal.type} constant (${literal.text}) for "${name}" of type ${typeName(type)}`);
  }
  // What is written as bytes is taken for them, whatever they are.
  return literal.type === 'HEX' || type.kind !== 'native' ? bytesOfText('blob', text.replace(/^0x/i, '')) : bytesOfText(type.name, text);
}

/** A term of parts: constant when they are, otherwise made anew at each binding. */
function composite(type: DataType, parts: readonly PreparedTerm[], make: (values: readonly BoundValue[]) => Bytes): PreparedTerm {
  if (parts.every((part) => part.isConstant)) {
    const none: BindContext = { values: [], proxy: BEFOREHAND };
    return constantTerm(type, make(parts.map((part) => part.bind(none))));
  }
  return { type, isConstant: false, marker: undefined, bind: (context) => make(parts.map((part) => part.bind(context))) };
}

function needsValue(value: BoundValue, inside: 'collections' | 'vectors' = 'collections'): Bytes {
  if (value === null) throw new InvalidRequestError(`null is not supported inside ${inside}`);
  if (value === undefined) throw new InvalidRequestError(`unset value is not supported inside ${inside}`);
  return value;
}

/** Markers may not stand inside collections' literals, unless a call holds them. */
function refuseMarkers(kind: string, name: string, parts: readonly PreparedTerm[]): void {
  if (parts.some((part) => part.marker !== undefined)) {
    throw new InvalidRequestError(`Invalid ${kind} literal for ${name}: bind variables are not supported inside collection literals`);
  }
}

function prepareList(elements: readonly Term[], { name, type }: Receiver, scope: TermScope): PreparedTerm {
  if (type.kind === 'vector') {
    if (elements.length !== type.dimension) {
      throw new InvalidRequestError(`Invalid vector literal for ${name} of type ${typeName(type)}; expected ${type.dimension} elements, but given ${elements.length}`);
    }
    const parts = elementTerms(elements, 'vector', name, type.element, scope);
    return composite(type, parts, (values) => vectorOf(type.element, values.map((value) => needsValue(value, 'vectors'))));
  }
  if (type.kind !== 'list') throw new InvalidRequestError(`Unexpected receiver type '${typeName(type)}'; only list and vector are expected`);
  const parts = elementTerms(elements, 'list', name, type.element, scope);
  refuseMarkers('list', name, parts);
  return composite(type, parts, (values) => listOf(values.map((value) => needsValue(value))));
}

/** All elements must fit before any is prepared. */
function elementTerms(elements: readonly Term[], kind: 'list' | 'set' | 'vector', name: string, type: DataType, scope: TermScope): readonly PreparedTerm[] {
  for (const element of elements) requireMatch(element, type, scope, `Invalid ${kind} literal for ${name}: value`);
  return elements.map((element) => prepareTerm(element, { name: `value(${name})`, type }, scope));
}

function requireMatch(element: Term, type: DataType, scope: TermScope, beginning: string): void {
  if (matchTerm(element, type, scope) === 'no') throw new InvalidRequestError(`${beginning} ${termText(element)} is not of type ${typeName(type)}`);
}

function prepareSet(elements: readonly Term[], { name, type }: Receiver, scope: TermScope): PreparedTerm {
  if (type.kind === 'map' && elements.length === 0) return constantTerm(type, mapOf([]));
  if (type.kind !== 'set') throw new InvalidRequestError(`Invalid set literal for ${name} of type ${typeName(type)}`);
  const parts = elementTerms(elements, 'set', name, type.element, scope);
  refuseMarkers('set', name, parts);
  return composite(type, parts, (values) => listOf(sortedDistinct(values.map((value) => needsValue(value)), type.element)));
}

function prepareMap(entries: readonly (readonly [Term, Term])[], { name, type }: Receiver, scope: TermScope): PreparedTerm {
  if (type.kind !== 'map') throw new InvalidRequestError(`Invalid map literal for ${name} of type ${typeName(type)}`);
  for (const [key, value] of entries) {
    requireMatch(key, type.key, scope, `Invalid map literal for ${name}: key`);
    requireMatch(value, type.value, scope, `Invalid map literal for ${name}: value`);
  }
  const parts = entries.flatMap(([key, value]) => {
    return [prepareTerm(key, { name: `key(${name})`, type: type.key }, scope), prepareTerm(value, { name: `value(${name})`, type: type.value }, scope)];
  });
  refuseMarkers('map', name, parts);
  return composite(type, parts, (values) => {
    const pairs: [Bytes, Bytes][] = [];
    for (let i = 0; i < values.length; i += 2) pairs.push([needsValue(values[i]), needsValue(values[i + 1])]);
    return mapOf(sortedEntries(pairs, type.key));
  });
}

function prepareUserType(fields: readonly (readonly [string, Term])[], { name, type }: Receiver, scope: TermScope): PreparedTerm {
  if (type.kind !== 'user') throw new InvalidRequestError(`Invalid user type literal for ${name} of type ${typeName(type)}`);
  const given = new Map(fields);
  for (const field of type.fields) {
    const value = given.get(field.name);
    if (value !== undefined && matchTerm(value, field.type, scope) === 'no') {
      throw new InvalidRequestError(`Invalid user type literal for ${name}: field ${field.name} is not of type ${typeName(field.type)}`);
    }
  }
  const unknown = fields.find(([field]) => !type.fields.some((known) => known.name === field));
  if (unknown !== undefined) throw new InvalidRequestError(`Unknown field '${unknown[0]}' in value of user defined type ${type.name}`);
  const parts = type.fields.map((field) => {
    const value = given.get(field.name);
    return value === undefined ? constantTerm(field.type, null) : prepareTerm(value, { name: `${name}.${field.name}`, type: field.type }, scope);
  });
  return composite(type, parts, (values) => tupleOf(values.map((value, i) => {
    if (value === undefined) throw new InvalidRequestError(`Invalid unset value for field '${type.fields[i]?.name ?? ''}' of user defined type ${type.name}`);
    return value;
  })));
}

function prepareTuple(elements: readonly Term[], { name, type }: Receiver, scope: TermScope): PreparedTerm {
  if (type.kind !== 'tuple') throw new InvalidRequestError(`Invalid tuple type literal for ${name} of type ${typeName(type)}`);
  if (elements.length > type.elements.length) {
    throw new InvalidRequestError(`Invalid tuple literal for ${name}: too many elements. Type ${typeName(type)} expects ${type.elements.length} but got ${elements.length}`);
  }
  const parts = elements.map((element, i) => {
    const elementType = type.elements[i] ?? type;
    if (matchTerm(element, elementType, scope) === 'no') throw new InvalidRequestError(`Invalid tuple literal for ${name}: component ${i} is not of type ${typeName(elementType)}`);
    return prepareTerm(element, { name: `${name}[${i}]`, type: elementType }, scope);
  });
  return composite(type, parts, (values) => tupleOf(values.map((value, i) => {
    if (value === undefined) throw new InvalidRequestError(`Invalid unset value for tuple field number ${i}`);
    return value;
  })));
}

function argsOf(term: Term): readonly Term[] {
  switch (term.kind) {
    case 'function': return term.args;
    case 'arithmetic': return [term.left, term.right];
    case 'negate':
    case 'cast': return [term.term];
    case 'literal':
    case 'null':
    case 'marker':
    case 'list':
    case 'set':
    case 'map':
    case 'userType':
    case 'tuple':
    case 'typeHint': return [];
    default: return assertNever(term);
  }
}

function prepareCall(term: Term, { name, type }: Receiver, scope: TermScope): PreparedTerm {
  const call = callOf(term, scope);
  const found = resolveCall(call, scope, type);
  if (found === undefined) throw new InvalidRequestError(`Unknown function ${term.kind === 'function' ? functionNameText(term.name) : `system.${call.name}`} called`);
  if (found.kind === 'aggregate') throw new InvalidRequestError('Aggregation function are not supported in the where clause');
  if (matchTypes(found.returns, type) === 'no') {
    const what = OPERATORS.has(call.name) ? `operation ${termText(term)}` : `function ${found.name}`;
    throw new InvalidRequestError(`Type error: cannot assign result of ${what} (type ${typeName(found.returns)}) to ${name} (type ${typeName(type)})`);
  }
  const parts = argsOf(term).map((arg, i) => prepareTerm(arg, { name: `arg${i}(${found.name})`, type: found.args[i] ?? type }, scope));
  return {
    type,
    isConstant: false,
    marker: undefined,
    bind(context) {
      const values: (Bytes | null)[] = [];
      for (const [i, part] of parts.entries()) {
        const value = part.bind(context);
        if (value === undefined) throw new InvalidRequestError(`Invalid unset value for argument in call to function ${found.name.replace('system.', '')} (argument ${i})`);
        values.push(value);
      }
      return found.execute(values, context);
    },
  };
}
