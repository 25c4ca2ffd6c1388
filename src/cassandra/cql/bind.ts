/**
 * A program's values for bind markers, serialised by the types that the prepared statement gives them.
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import { encode } from '../types/encode.ts';
import type { BindVariable, BoundValue } from './statement.ts';

/** Values for the markers: in order, or by name. `undefined` leaves a column as it is. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * The values in the order of the variables.
 *
 * @throws {@link InvalidRequestError} when there are too few or too many, or one does not fit its type
 */
export function bindParameters(variables: readonly BindVariable[], parameters: Parameters): readonly BoundValue[] {
  if (isList(parameters)) {
    if (parameters.length !== variables.length) {
      throw new InvalidRequestError('Invalid amount of bind variables');
    }
    // Made for every execution: a list of the right length from the start.
    const [first, second] = variables;
    if (first === undefined) return NO_VALUES;
    if (second === undefined) return [bound(first.type, parameters[0], first.name)];
    const values = [bound(first.type, parameters[0], first.name), bound(second.type, parameters[1], second.name)];
    for (let i = 2; i < variables.length; i++) {
      const { type, name } = variables[i] as BindVariable;
      values.push(bound(type, parameters[i], name));
    }
    return values;
  }
  return variables.map(({ name, type }) => {
    if (!Object.hasOwn(parameters, name)) throw new InvalidRequestError(`No value given for bind variable ${name}`);
    return bound(type, parameters[name], name);
  });
}

const NO_VALUES: readonly BoundValue[] = Object.freeze([]);

function bound(type: BindVariable['type'], value: unknown, name: string): BoundValue {
  return value === undefined ? undefined : encode(type, value, name);
}

function isList(parameters: Parameters): parameters is readonly unknown[] {
  return Array.isArray(parameters);
}
