/**
 * A map whose fields are replicated data types themselves, maps included. Fields are known by name *and* type, as in Riak's maps, so
 * that two clients who use one name for different things have two fields.
 *
 * Which fields are there is an OR-set: a change of a field wins over a remove that has not seen it. What a field holds is merged
 * apart from that and stays when the field is removed: one that comes back continues where it was. (Dropping the content with the
 * field would make the result depend on the order of merges, unless every type inside spoke of the map's own events: Almeida, Shoker,
 * Baquero, "Delta state replicated data types", 2018. That is left out.)
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { cartUnion } from './cart-union.ts';
import { gCounter } from './g-counter.ts';
import { gSet } from './g-set.ts';
import { lwwRegister } from './lww-register.ts';
import { byCodeUnit, dataType, parseAll, quote, untag, type DataType, type Merger } from './merger.ts';
import { orSet, type OrSetState } from './or-set.ts';
import { pnCounter } from './pn-counter.ts';

/** A field's content, encoded. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

/** Which fields are there, and what all that ever were hold, by type and name. */
export interface CrdtMapState {
  readonly present: OrSetState;
  readonly fields: readonly Field[];
}

/** What a map shows of a field. */
export interface CrdtMapField {
  readonly name: string;
  /** The name of its type. */
  readonly type: string;
  /** What the type's own `value` gives. */
  readonly value: unknown;
}

/** A type that can be a field's. */
export interface FieldType<State> extends DataType<State> {
  value(state: State): unknown;
}

/** The map as a type. */
export interface CrdtMap extends DataType<CrdtMapState> {
  /** Changes a field, which is there from now on. @param change - of its state, or of the type's empty one. @throws {@link UsageError} `TOO_DEEP` past 32 maps in maps, `UNKNOWN_TYPE` when the type is none of this folder's */
  update<State>(state: CrdtMapState, actor: string, name: string, type: FieldType<State>, change: (content: State) => State): CrdtMapState;
  /** Removes a field: undoes the changes that this state has seen. */
  remove(state: CrdtMapState, name: string, type: Pick<Merger, 'name'>): CrdtMapState;
  /** A field's state; undefined when it is not there. */
  get<State>(state: CrdtMapState, name: string, type: FieldType<State>): State | undefined;
  /** The fields that are there, by type and name. */
  value(state: CrdtMapState): readonly CrdtMapField[];
}

const DEEPEST = 32;

/** `'map'`. */
export const crdtMap: CrdtMap = {
  ...dataType<CrdtMapState>({
    name: 'map',
    empty: { present: orSet.empty, fields: [] },
    join: (left, right) => {
      const fields = new Map(left.fields.map((field) => [labelOf(field), field]));
      for (const field of right.fields) {
        const ours = fields.get(labelOf(field));
        fields.set(labelOf(field), ours === undefined ? field : { ...field, content: typeNamed(field.type)?.merge([ours.content, field.content]) ?? field.content });
      }
      return { present: orSet.join(left.present, right.present), fields: sorted([...fields.values()]) };
    },
    encode: ({ present, fields }) =>
      `["map",${orSet.encode(present)},[${fields.map(({ name, type, content }) => `[${quote(name)},${quote(type)},${content}]`).join(',')}]]`,
    parse,
  }),
  update: (state, actor, name, type, change) => {
    if (typeNamed(type.name) === undefined) throw new UsageError('UNKNOWN_TYPE', `field ${name}: a map holds no ${type.name}`);
    const label = labelOf({ name, type: type.name });
    const before = state.fields.find((field) => labelOf(field) === label)?.content ?? '';
    const field = { name, type: type.name, content: type.encode(change(type.decode(before))) };
    const changed = { present: orSet.add(state.present, actor, label), fields: sorted([...state.fields.filter((other) => labelOf(other) !== label), field]) };
    if (depthOf(changed) > DEEPEST) throw new UsageError('TOO_DEEP', `field ${name}: maps nest at most ${DEEPEST} deep`);
    return changed;
  },
  remove: ({ present, fields }, name, type) => ({ present: orSet.remove(present, labelOf({ name, type: type.name })), fields }),
  get: ({ present, fields }, name, type) => {
    const label = labelOf({ name, type: type.name });
    return orSet.has(present, label) ? type.decode(fields.find((field) => labelOf(field) === label)?.content ?? '') : undefined;
  },
  value: ({ present, fields }) => fields.filter((field) => orSet.has(present, labelOf(field)))
    .map(({ name, type, content }) => ({ name, type, value: valueOf(type, content) })),
};

/** A field type with its state forgotten: what the map needs of it is a matter of texts. */
interface ErasedType extends Pick<DataType<never>, 'name' | 'merge'> {
  read(data: unknown, depth: number): string | undefined;
  show(content: string): unknown;
}

function erased<State>(type: FieldType<State>): ErasedType {
  return {
    name: type.name,
    merge: (values) => type.merge(values),
    read: (data, depth) => {
      const state = type.parse(data, depth);
      return state === undefined ? undefined : type.encode(state);
    },
    show: (content) => type.value(type.decode(content)),
  };
}

let types: ReadonlyMap<string, ErasedType> | undefined;

/** Made at first use: the map is one of its own field types. */
function typeNamed(name: string): ErasedType | undefined {
  types ??= new Map([erased(cartUnion), erased(gCounter), erased(gSet), erased(lwwRegister), erased(orSet), erased(pnCounter), erased(crdtMap)].map((type) => [type.name, type]));
  return types.get(name);
}

function valueOf(type: string, content: string): unknown {
  return typeNamed(type)?.show(content);
}

function parse(data: unknown, depth = 1): CrdtMapState | undefined {
  const parts = untag('map', 2, data);
  const present = orSet.parse(parts?.[0]);
  if (present === undefined || depth > DEEPEST) return undefined;
  const fields = parseAll(parts?.[1], (triple): Field | undefined => {
    if (!Array.isArray(triple) || triple.length !== 3) return undefined;
    const [name, type, content] = triple as readonly unknown[];
    if (typeof name !== 'string' || typeof type !== 'string') return undefined;
    const read = typeNamed(type)?.read(content, depth + 1);
    return read === undefined ? undefined : { name, type, content: read };
  });
  if (fields === undefined || new Set(fields.map(labelOf)).size < fields.length) return undefined;
  return { present, fields: sorted(fields) };
}

function depthOf({ fields }: CrdtMapState): number {
  return 1 + fields.reduce((deepest, { type, content }) => (type === 'map' ? Math.max(deepest, depthOf(crdtMap.decode(content))) : deepest), 0);
}

/** Types have no colon in their names. */
function labelOf({ name, type }: Pick<Field, 'name' | 'type'>): string {
  return `${type}:${name}`;
}

function sorted(fields: readonly Field[]): readonly Field[] {
  return fields.toSorted((a, b) => byCodeUnit(labelOf(a), labelOf(b)));
}
