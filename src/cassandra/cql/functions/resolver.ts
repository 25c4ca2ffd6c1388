/**
 * Which function a call means: candidates by name, the exact match or the only one that fits (`FunctionResolver` of Apache
 * Cassandra 5.0), with its messages.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { DataType } from '../../types/data-type.ts';
import { sameType, typeName } from '../../types/type-name.ts';
import { matchTypes, type Argument, type Call, type Match } from '../term/match-types.ts';
import type { TermScope } from '../term/scope.ts';
import { AGGREGATES } from './aggregates.ts';
import { ARITHMETIC, NEGATIONS, OPERATORS } from './arithmetic.ts';
import { castsTo, castTo } from './cast.ts';
import { FACTORIES } from './factories.ts';
import type { CqlFunction } from './function.ts';
import { SCALARS } from './scalars.ts';
import { tokenFunction } from './token.ts';

/**
 * The function a call means; undefined when there is none of that name.
 *
 * @param receiver - what the result is for, if that is known
 * @throws {@link InvalidRequestError} when none of that name fits, or more than one does
 */
export function resolveCall(call: Call, scope: TermScope, receiver: DataType | undefined): CqlFunction | undefined {
  if (call.castTo !== undefined) return castFunction(call, scope, receiver);
  if (call.keyspace !== undefined && call.keyspace !== 'system') return undefined;
  if (call.name === 'token') {
    const token = tokenFunction(scope);
    return token === undefined ? undefined : checked(token, call.args, scope);
  }
  const factory = FACTORIES.get(call.name);
  if (factory !== undefined) return checked(factory(call.args, scope, receiver), call.args, scope);
  const candidates = candidatesOf(call.name);
  const [only] = candidates;
  if (only === undefined) return undefined;
  return candidates.length === 1 ? checked(only, call.args, scope) : pick(call, candidates, scope, receiver);
}

function candidatesOf(name: string): readonly CqlFunction[] {
  return OPERATORS.has(name) ? ARITHMETIC.get(name) ?? [] : name === '_negate' ? NEGATIONS : SCALARS.get(name) ?? AGGREGATES.get(name) ?? [];
}

/** A cast to the type that a value has already is no cast: undefined result of {@link castTo}. */
function castFunction(call: Call, scope: TermScope, receiver: DataType | undefined): CqlFunction | undefined {
  const [arg] = call.args;
  const to = call.castTo;
  if (arg === undefined || to === undefined) return undefined;
  const named: Call = { ...call, keyspace: 'system', name: `cast_as_${typeName(to)}` };
  // Among terms a cast is a function like any other, which there may be or not; in a selection clause it is more.
  if (call.name === 'cast') return castTo(to, arg.text, arg.exactType(scope), (candidates) => pick(named, candidates, scope, undefined));
  const candidates = castsTo(to);
  return candidates.length === 0 ? undefined : pick(named, candidates, scope, receiver);
}

function checked(candidate: CqlFunction, args: readonly Argument[], scope: TermScope): CqlFunction {
  if (args.length !== candidate.args.length) {
    throw new InvalidRequestError(`Invalid number of arguments in call to function ${candidate.name}: ${candidate.args.length} required but ${args.length} provided`);
  }
  for (const [i, arg] of args.entries()) {
    const type = candidate.args[i];
    if (type !== undefined && arg.match(type, scope) === 'no') {
      throw new InvalidRequestError(`Type error: ${arg.text} cannot be passed as argument ${i} of function ${candidate.name} of type ${typeName(type)}`);
    }
  }
  return candidate;
}

function pick(call: Call, candidates: readonly CqlFunction[], scope: TermScope, receiver: DataType | undefined): CqlFunction {
  const { args, name } = call;
  const fitting: CqlFunction[] = [];
  for (const candidate of candidates) {
    if (receiver !== undefined && matchTypes(candidate.returns, receiver) === 'no') continue;
    const match = matchAll(candidate, args, scope);
    if (match === 'exact') return candidate;
    if (match === 'weak') fitting.push(candidate);
  }
  const [first] = fitting;
  const isOperator = OPERATORS.has(name);
  if (first === undefined) {
    if (isOperator) throw new InvalidRequestError(`the '${name}' operation is not supported between ${args.map((arg) => arg.text).join(' and ')}`);
    throw new InvalidRequestError(
      `Invalid call to function ${call.keyspace === 'system' || name === '_negate' ? `system.${name}` : name}, none of its type signatures match (known type signatures: ${signatures(candidates)})`,
    );
  }
  if (fitting.length === 1) return first;
  if (isOperator) {
    if (receiver !== undefined && !args.some((arg) => arg.isMarker)) {
      const same = fitting.find((candidate) => candidate.args.every((type) => sameType(type, receiver)));
      if (same !== undefined) return same;
    }
    throw new InvalidRequestError(`Ambiguous '${name}' operation with args ${args.map((arg) => arg.text).join(' and ')}: use type hint to disambiguate, example '(int) ?'`);
  }
  if (name === '_negate') throw new InvalidRequestError('Ambiguous negation: use type casts to disambiguate');
  throw new InvalidRequestError(`Ambiguous call to function ${call.keyspace === 'system' ? 'system.' : ''}${name} (can be matched by following signatures: ${signatures(fitting)}): use type casts to disambiguate`);
}

function matchAll(candidate: CqlFunction, args: readonly Argument[], scope: TermScope): Match {
  if (args.length !== candidate.args.length) return 'no';
  let all: Match = 'exact';
  for (const [i, arg] of args.entries()) {
    const type = candidate.args[i];
    const match = type === undefined ? 'no' : arg.match(type, scope);
    if (match === 'no') return 'no';
    if (match === 'weak') all = 'weak';
  }
  return all;
}

function signatures(candidates: readonly CqlFunction[]): string {
  return candidates.map(({ name, args, returns }) => `${name.replace('_negate', '"_negate"')} : (${args.map((type) => typeName(type)).join(', ')}) -> ${typeName(returns)}`).join(', ');
}
