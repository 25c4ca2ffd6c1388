/**
 * Functions that are made for the types they are called with (`FunctionFactory` of Apache Cassandra 5.0): JSON, min and max,
 * collections, vectors, masks.
 *
 * @module
 */
import { CassandraError, FunctionFailureError, InvalidRequestError } from '../../errors.ts';
import { float32, fromUtf8, int32, readFloat32, readInt32, utf8 } from '../../types/bytes.ts';
import { comparatorOf } from '../../types/compare.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { fromJson, toJsonText } from '../../types/json.ts';
import { parseJson } from '../../types/json-value.ts';
import { listElements, listOf, mapEntries, vectorElements } from '../../types/structure.ts';
import { frozen, native, typeName } from '../../types/type-name.ts';
import type { TermScope } from '../term/scope.ts';
import { extreme, sumOf } from './aggregates.ts';
import { scalar, strict, type CqlFunction, type ScalarFunction } from './function.ts';
import { hashOf, maskedDefault, maskedPart } from './masks.ts';
import { isNumeric } from './numbers.ts';
import type { Argument } from '../term/match-types.ts';

/** Makes a function for a call. */
export type FunctionFactory = (args: readonly Argument[], scope: TermScope, receiver: DataType | undefined) => CqlFunction;

const TEXT = native('text');
const INT = native('int');

/** A parameter that takes more than one type. */
interface Parameter {
  /** As the signature shows it. */
  readonly text: string;
  readonly isOptional?: boolean;
  /** What is required of an argument's type; undefined when it fits. */
  readonly requires?: (type: DataType) => string | undefined;
  /** The type when it is always the same. */
  readonly type?: DataType;
}

const ANY: Parameter = { text: 'any' };

function factory(name: string, parameters: readonly Parameter[], make: (types: readonly DataType[]) => CqlFunction, infer?: (types: readonly (DataType | undefined)[], i: number) => DataType | undefined): readonly [string, FunctionFactory] {
  const signature = `system.${name}(${parameters.map((parameter) => (parameter.isOptional === true ? `[${parameter.text}]` : parameter.text)).join(', ')})`;
  const least = parameters.filter((parameter) => parameter.isOptional !== true).length;
  return [name, (args, scope, receiver) => {
    if (args.length < least || args.length > parameters.length) throw new InvalidRequestError(`Invalid number of arguments for function ${signature}`);
    const exact = args.map((arg) => arg.exactType(scope));
    const types = args.map((arg, i) => {
      const parameter = parameters[i];
      const type = parameter?.type ?? exact[i] ?? infer?.(exact, i) ?? arg.likelyType(scope) ?? (i === 0 ? receiver : undefined);
      if (type === undefined) throw new InvalidRequestError(`Cannot infer type of argument ${arg.text} in call to function ${signature}: use type casts to disambiguate`);
      const requirement = parameter?.requires?.(type);
      if (requirement !== undefined) throw new InvalidRequestError(`Function system.${name} requires ${requirement}, but found argument ${arg.text} of type ${typeName(type)}`);
      return type;
    });
    return make(types);
  }];
}

function toJsonFunction(name: string): readonly [string, FunctionFactory] {
  return factory(name, [ANY], ([type = TEXT]) => scalar(name, [type], TEXT, ([value = null]) => utf8(toJsonText(type, value))));
}

function fromJsonFunction(name: string): readonly [string, FunctionFactory] {
  return [name, (args, scope, receiver) => {
    const [arg] = args;
    if (arg === undefined || args.length > 1) throw new InvalidRequestError(`Invalid number of arguments for function system.${name}(text)`);
    const given = arg.exactType(scope) ?? arg.likelyType(scope);
    if (given !== undefined && requiresText(given) !== undefined) throw new InvalidRequestError(`Function system.${name} requires an argument of type text, but found argument ${arg.text} of type ${typeName(given)}`);
    if (receiver === undefined) throw new InvalidRequestError(`${name}() cannot be used in the selection clause of a SELECT statement`);
    return scalar(name, [TEXT], receiver, ([value = null]) => {
      if (value === null) return null;
      const json = parsed(name, fromUtf8(value) ?? value);
      try {
        return fromJson(receiver, json);
      } catch (error) {
        if (error instanceof CassandraError) throw new FunctionFailureError(`org.apache.cassandra.serializers.MarshalException: ${error.message}`);
        throw error;
      }
    });
  }];
}

function parsed(name: string, text: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof CassandraError) throw new FunctionFailureError(`execution of 'system.${name}[text]' failed: Could not decode JSON string '${text}': ${error.message}`);
    throw error;
  }
}

const requiresMap = (type: DataType): string | undefined => (type.kind === 'map' ? undefined : 'a map argument');
const requiresCollection = (type: DataType): string | undefined => (type.kind === 'map' || type.kind === 'list' || type.kind === 'set' ? undefined : 'a collection argument');
const requiresSetOrList = (type: DataType): string | undefined => (type.kind === 'list' || type.kind === 'set' ? undefined : 'a set or list argument');
const requiresNumbers = (type: DataType): string | undefined => (
  (type.kind === 'list' || type.kind === 'set') && type.element.kind === 'native' && isNumeric(type.element.name) ? undefined : 'a numeric set/list argument'
);
const requiresFloats = (type: DataType): string | undefined => (
  type.kind === 'vector' && type.element.kind === 'native' && type.element.name === 'float' ? undefined : 'a float vector argument'
);
const requiresText = (type: DataType): string | undefined => (
  type.kind === 'native' && (type.name === 'text' || type.name === 'ascii') ? undefined : 'an argument of type [text|varchar|ascii]'
);

function elementOf(type: DataType | undefined): DataType {
  return type?.kind === 'list' || type?.kind === 'set' ? type.element : TEXT;
}

function extremeElement(name: 'collection_min' | 'collection_max'): readonly [string, FunctionFactory] {
  return factory(name, [{ text: 'numeric set/list', requires: requiresSetOrList }], ([type = TEXT]) => {
    const element = elementOf(type);
    const compare = comparatorOf(element);
    return strict(name, [type], element, (bytes = '') => {
      const [first = null, ...others] = listElements(bytes);
      let best = first;
      for (const other of others) if (best === null || (name === 'collection_min' ? compare(other, best) < 0 : compare(other, best) > 0)) best = other;
      return best;
    });
  });
}

function summed(name: 'collection_sum' | 'collection_avg'): readonly [string, FunctionFactory] {
  return factory(name, [{ text: 'numeric set/list', requires: requiresNumbers }], ([type = TEXT]) => {
    const element = elementOf(type);
    return strict(name, [type], element, (bytes = '') => {
      const sum = sumOf(element.kind === 'native' && isNumeric(element.name) ? element.name : 'int');
      for (const value of listElements(bytes)) sum.add(value);
      return name === 'collection_sum' ? sum.sum() : sum.average();
    });
  });
}

/** How alike two vectors are: the more, the closer. */
export type Similarity = (a: readonly number[], b: readonly number[]) => number;

const dot: Similarity = (a, b) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** The similarities by the names of their functions. */
export const SIMILARITIES: Readonly<Record<'similarity_cosine' | 'similarity_dot_product' | 'similarity_euclidean', Similarity>> = {
  similarity_cosine: (a, b) => (1 + dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))) / 2,
  similarity_dot_product: (a, b) => (1 + dot(a, b)) / 2,
  similarity_euclidean: (a, b) => 1 / (1 + a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0)),
};

/** The numbers of a vector of floats. */
export function floatsOf(type: DataType, bytes: Bytes): readonly number[] {
  return type.kind === 'vector' ? (vectorElements(type, bytes) ?? []).map((element) => readFloat32(element)) : [];
}

function similarity([name, measure]: readonly [string, Similarity]): readonly [string, FunctionFactory] {
  const signature = `system.${name}(vector<float, n>, vector<float, n>)`;
  return [name, (args, scope) => {
    if (args.length !== 2) throw new InvalidRequestError(`Invalid number of arguments for function ${signature}`);
    const types = args.map((arg, i): DataType & { readonly kind: 'vector' } => {
      const exact = arg.exactType(scope);
      const besideIt = args[1 - i]?.listLength;
      // A list's literal is a vector of its length; a marker is one like that beside it.
      const type = arg.listLength !== undefined ? vectorType(arg.listLength) : exact ?? arg.likelyType(scope) ?? (besideIt === undefined ? args[1 - i]?.exactType(scope) : vectorType(besideIt));
      if (type === undefined) throw new InvalidRequestError(`Cannot infer type of argument ${arg.text} in call to function ${signature}: use type casts to disambiguate`);
      const requirement = requiresFloats(type);
      if (type.kind !== 'vector' || requirement !== undefined) throw new InvalidRequestError(`Function system.${name} requires ${requirement ?? ''}, but found argument ${arg.text} of type ${typeName(type)}`);
      return type;
    });
    const [a, b] = types;
    if (a === undefined || b === undefined || a.dimension !== b.dimension) throw new InvalidRequestError('All arguments must have the same vector dimensions');
    return strict(name, [a, b], native('float'), (x = '', y = '') => {
      const [left, right] = [floatsOf(a, x), floatsOf(b, y)];
      if (name === 'similarity_cosine' && (left.every((part) => part === 0) || right.every((part) => part === 0))) {
        throw new InvalidRequestError(`Function system.${name} doesn't support all-zero vectors.`);
      }
      return float32(measure(left, right));
    });
  }];
}

function vectorType(dimension: number): DataType {
  if (dimension < 1) throw new InvalidRequestError(`vectors may only have positive dimensions; given ${dimension}`);
  return { kind: 'vector', element: native('float'), dimension };
}

function masking(name: 'mask_inner' | 'mask_outer'): readonly [string, FunctionFactory] {
  const parameters: readonly Parameter[] = [{ text: '[text|varchar|ascii]', requires: requiresText }, { text: 'int', type: INT }, { text: 'int', type: INT }, { text: 'text', type: TEXT, isOptional: true }];
  const [, plain] = factory(name, parameters, (types) => maskPart(name, types));
  return [name, plain];
}

function maskPart(name: 'mask_inner' | 'mask_outer', types: readonly DataType[]): ScalarFunction {
  return scalar(name, types, types[0] ?? TEXT, ([value = null, begin = null, end = null, padding = null]) => {
    if (value === null) return null;
    const character = padding === null ? '*' : (fromUtf8(padding) ?? padding);
    if (character.length !== 1) throw new InvalidRequestError(`The padding argument for function system.${name} should be single-character, but '${character}' has ${character.length} characters.`);
    return maskedPart(name === 'mask_inner' ? 'inner' : 'outer', value, begin === null ? 0 : readInt32(begin), end === null ? 0 : readInt32(end), character);
  });
}

const minimum = factory('min', [ANY], ([type = TEXT]) => extreme('min', frozen(type)));
const maximum = factory('max', [ANY], ([type = TEXT]) => extreme('max', frozen(type)));

/** By name. */
export const FACTORIES: ReadonlyMap<string, FunctionFactory> = new Map<string, FunctionFactory>([
  toJsonFunction('to_json'),
  toJsonFunction('tojson'),
  fromJsonFunction('from_json'),
  fromJsonFunction('fromjson'),
  minimum,
  maximum,
  factory('map_keys', [{ text: 'map', requires: requiresMap }], ([type = TEXT]) => {
    const key = type.kind === 'map' ? type.key : TEXT;
    return strict('map_keys', [type], { kind: 'set', element: key, frozen: true }, (bytes = '') => listOf(mapEntries(bytes).map(([part]) => part)));
  }),
  factory('map_values', [{ text: 'map', requires: requiresMap }], ([type = TEXT]) => {
    const value = type.kind === 'map' ? type.value : TEXT;
    return strict('map_values', [type], { kind: 'list', element: value, frozen: true }, (bytes = '') => listOf(mapEntries(bytes).map(([, part]) => part)));
  }),
  factory('collection_count', [{ text: 'collection', requires: requiresCollection }], ([type = TEXT]) => strict('collection_count', [type], INT, (bytes = '') => int32(readInt32(bytes)))),
  extremeElement('collection_min'),
  extremeElement('collection_max'),
  summed('collection_sum'),
  summed('collection_avg'),
  ...Object.entries(SIMILARITIES).map((entry) => similarity(entry)),
  factory('mask_null', [ANY], ([type = TEXT]) => scalar('mask_null', [type], type, () => null)),
  factory('mask_default', [ANY], ([type = TEXT]) => scalar('mask_default', [type], type, () => maskedDefault(type))),
  factory('mask_replace', [ANY, ANY], ([type = TEXT]) => scalar('mask_replace', [type, type], type, ([, replacement = null]) => replacement)),
  factory('mask_hash', [ANY, { text: 'text', type: TEXT, isOptional: true }], (types) => scalar('mask_hash', types, native('blob'), ([value = null, algorithm = null]) => {
    const hash = hashOf(algorithm === null ? 'SHA-256' : algorithm);
    return value === null ? null : hash(value);
  })),
  masking('mask_inner'),
  masking('mask_outer'),
]);
