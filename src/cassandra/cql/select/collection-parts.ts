/**
 * Elements and slices of collections, as SELECT names them: `m['a']`, `s['a'..'b']` (CQL, "Selection of collection elements").
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import { comparatorOf, type ValueComparator } from '../../types/compare.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { typeName } from '../../types/type-name.ts';
import type { Selectable } from '../ast.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, Receiver, TermScope } from '../term/scope.ts';
import type { Selector } from './selector.ts';

/** The types of what a collection is addressed by and of what is found there. @throws {@link InvalidRequestError} when it is no set or map */
export function collectionParts(inner: Pick<Selector, 'type' | 'text'>, by: 'element' | 'slice' = 'element'): { readonly key: DataType; readonly value: DataType } {
  const { type, text } = inner;
  if (type.kind === 'map') return { key: type.key, value: type.value };
  if (type.kind === 'set') return { key: type.element, value: type.element };
  if (type.kind === 'list') throw new InvalidRequestError(`${by === 'slice' ? 'Slice' : 'Element'} selection is only allowed on sets and maps, but ${text} is a list`);
  throw new InvalidRequestError(by === 'slice' ? `Invalid slice selection: ${text} of type ${typeName(type)} is not a collection` : `Invalid element selection: ${text} is of type ${typeName(type)} is not a collection`);
}

/** Which keys of a map or elements of a set a slice covers. */
export function sliceOfCollection(
  { from, to }: Selectable & { readonly kind: 'slice' }, inner: Pick<Selector, 'type' | 'text'>, keyType: DataType, scope: TermScope,
): (context: BindContext) => (key: Bytes) => boolean {
  const receiver: Receiver = { name: `${inner.type.kind === 'map' ? 'key' : 'value'}(${inner.text})`, type: keyType };
  const start = from === undefined ? undefined : prepareTerm(from, receiver, scope);
  const end = to === undefined ? undefined : prepareTerm(to, receiver, scope);
  const compare: ValueComparator = comparatorOf(keyType);
  return (context) => {
    const least = start?.bind(context);
    const most = end?.bind(context);
    return (key) => (typeof least !== 'string' || compare(key, least) >= 0) && (typeof most !== 'string' || compare(key, most) <= 0);
  };
}
