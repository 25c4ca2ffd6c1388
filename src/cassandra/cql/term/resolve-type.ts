/**
 * Types as written become types as they are: user types are looked up, and what stands in something frozen is frozen
 * (`CQL3Type.Raw.prepare` of Apache Cassandra 5.0), with its refusals.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { UserType } from '../../schema/metadata.ts';
import { isMultiCell, NATIVE_TYPES, type DataType, type NativeTypeName } from '../../types/data-type.ts';
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
  switch (raw.kind) {
    case 'native': return nativeType(raw.name);
    case 'list':
    case 'set': return { kind: raw.kind, element: element(raw, raw.element, keyspace, lookup), frozen: false };
    case 'map': return { kind: 'map', key: element(raw, raw.key, keyspace, lookup), value: element(raw, raw.value, keyspace, lookup), frozen: false };
    case 'tuple': return { kind: 'tuple', elements: raw.elements.map((part) => {
      const type = resolveType(part, keyspace, lookup);
      if (isCounter(type)) throw new InvalidRequestError('Counters are not allowed inside tuples');
      return frozen(type);
    }) };
    case 'vector': {
      const type = frozen(resolveType(raw.element, keyspace, lookup));
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
      const type = resolveType(raw.type, keyspace, lookup);
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

function element(outer: RawType, raw: RawType, keyspace: string, lookup: UserTypeLookup): DataType {
  const type = resolveType(raw, keyspace, lookup);
  if (isCounter(type)) throw new InvalidRequestError(`Counters are not allowed inside collections: ${rawTypeText(outer)}`);
  if (type.kind === 'native' && type.name === 'duration' && outer.kind === 'set') throw new InvalidRequestError(`Durations are not allowed inside sets: ${rawTypeText(outer)}`);
  if (isMultiCell(type)) {
    throw new InvalidRequestError(type.kind === 'user'
      ? `Non-frozen UDTs are not allowed inside collections: ${rawTypeText(outer)}`
      : `Non-frozen collections are not allowed inside collections: ${rawTypeText(outer)}`);
  }
  return type;
}
