/**
 * Types as written become types as they are: user types are looked up, and what stands in something frozen is frozen
 * (`CQL3Type.Raw.prepare` of Apache Cassandra 5.0), with its refusals.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { UserType } from '../../schema/metadata.ts';
import { NATIVE_TYPES, type DataType, type NativeTypeName } from '../../types/data-type.ts';
import { frozen, native } from '../../types/type-name.ts';
import type { RawType } from '../ast.ts';
import { rawTypeText } from '../term-text.ts';

/** Finds a user type by keyspace and name. */
export type UserTypeLookup = (keyspace: string, name: string) => UserType | undefined;

/**
 * The type that was written.
 *
 * @param keyspace - where user types are looked up
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function resolveType(raw: RawType, keyspace: string, lookup: UserTypeLookup): DataType {
  return resolve(raw, keyspace, lookup, false);
}

function resolve(raw: RawType, keyspace: string, lookup: UserTypeLookup, isFrozen: boolean): DataType {
  switch (raw.kind) {
    case 'native': return nativeType(raw.name);
    case 'list':
    case 'set': return { kind: raw.kind, element: element(raw, raw.element, keyspace, lookup, isFrozen), frozen: false };
    case 'map': return { kind: 'map', key: element(raw, raw.key, keyspace, lookup, isFrozen), value: element(raw, raw.value, keyspace, lookup, isFrozen), frozen: false };
    case 'tuple': return { kind: 'tuple', elements: raw.elements.map((part) => {
      const type = resolve(part, keyspace, lookup, true);
      if (isCounter(type)) throw new InvalidRequestError('Counters are not allowed inside tuples');
      return frozen(type);
    }) };
    case 'vector': {
      const type = frozen(resolve(raw.element, keyspace, lookup, isFrozen));
      if (raw.dimension <= 0) throw new InvalidRequestError(`vectors may only have positive dimensions; given ${raw.dimension}`);
      return { kind: 'vector', element: type, dimension: raw.dimension };
    }
    case 'user': {
      if (raw.keyspace !== undefined && raw.keyspace !== keyspace) {
        throw new InvalidRequestError(
          `Statement on keyspace ${keyspace} cannot refer to a user type in keyspace ${raw.keyspace}; user types can only be used in the keyspace they are defined in`,
        );
      }
      const type = lookup(keyspace, raw.name);
      if (type === undefined) throw new InvalidRequestError(`Unknown type ${keyspace}.${raw.name}`);
      return { ...type, frozen: false };
    }
    case 'frozen': {
      const type = resolve(raw.type, keyspace, lookup, true);
      if (raw.type.kind === 'native') throw new InvalidRequestError('frozen<> is only allowed on collections, tuples, and user-defined types');
      return frozen(type);
    }
    default: return assertNever(raw);
  }
}

function nativeType(name: string): DataType {
  const known = NATIVE_TYPES.find((candidate) => candidate === name) ?? (name === 'varchar' ? 'text' : undefined);
  if (known === undefined) throw new InvalidRequestError(`Unknown type ${name}`);
  return native(known satisfies NativeTypeName);
}

function isCounter(type: DataType): boolean {
  return type.kind === 'native' && type.name === 'counter';
}

/** What is amiss with a collection's element shows before its type is looked up. Within `frozen<…>` all is frozen. */
function element(outer: RawType, raw: RawType, keyspace: string, lookup: UserTypeLookup, isFrozen: boolean): DataType {
  const refuse = (what: string) => new InvalidRequestError(`${what}: ${rawTypeText(outer)}`);
  if (raw.kind === 'native' && raw.name === 'counter') throw refuse('Counters are not allowed inside collections');
  if (raw.kind === 'native' && raw.name === 'duration') {
    if (outer.kind === 'set') throw refuse('Durations are not allowed inside sets');
    if (outer.kind === 'map' && outer.key === raw) throw refuse('Durations are not allowed as map keys');
  }
  if (!isFrozen && raw.kind === 'user') throw refuse('Non-frozen UDTs are not allowed inside collections');
  if (!isFrozen && (raw.kind === 'list' || raw.kind === 'set' || raw.kind === 'map')) throw refuse('Non-frozen collections are not allowed inside collections');
  return resolve(raw, keyspace, lookup, isFrozen);
}
