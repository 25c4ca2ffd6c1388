/**
 * How well one type fits another (`AbstractType.isValueCompatibleWith`, `AssignmentTestable` of Apache Cassandra 5.0), and what a call
 * of a function is, whatever its arguments are made of.
 *
 * @module
 */
import { isMultiCell, type DataType, type NativeTypeName } from '../../types/data-type.ts';
import { sameType } from '../../types/type-name.ts';
import type { TermScope } from './scope.ts';

/** How well a term fits a type. */
export type Match = 'exact' | 'weak' | 'no';

/** The least of several matches: all must fit. */
export function allMatch(matches: readonly Match[]): Match {
  let least: Match = 'exact';
  for (const match of matches) {
    if (match === 'no') return 'no';
    if (match === 'weak') least = 'weak';
  }
  return least;
}

/** How well a value of one type fits another. */
export function matchTypes(type: DataType, receiver: DataType): Match {
  if (sameType(type, receiver)) return 'exact';
  return isValueCompatible(receiver, type) ? 'weak' : 'no';
}

/** Whether the bytes of one type can be read as another (`AbstractType.isValueCompatibleWith`). */
export function isValueCompatible(as: DataType, type: DataType): boolean {
  if (sameType(as, type)) return true;
  if (as.kind === 'native') {
    if (as.name === 'blob') return true;
    return type.kind === 'native' && (READS_AS[as.name] ?? []).includes(type.name);
  }
  if (isMultiCell(as) !== isMultiCell(type)) return false;
  if ((as.kind === 'list' && type.kind === 'list') || (as.kind === 'set' && type.kind === 'set')) return isValueCompatible(as.element, type.element);
  if (as.kind === 'map' && type.kind === 'map') return sameType(as.key, type.key) && isValueCompatible(as.value, type.value);
  return false;
}

const READS_AS: Readonly<Partial<Record<NativeTypeName, readonly NativeTypeName[]>>> = {
  bigint: ['timestamp'],
  date: ['int'],
  text: ['ascii'],
  time: ['bigint'],
  timestamp: ['bigint'],
  uuid: ['timeuuid'],
  varint: ['int', 'bigint', 'timestamp'],
};

/** A function, operator or cast as a name and its arguments. */
export interface Call {
  readonly keyspace: string | undefined;
  readonly name: string;
  readonly args: readonly Argument[];
  /** For a cast: the type it makes. */
  readonly castTo?: DataType;
}

/** An argument of a call, whatever it is made of. */
export interface Argument {
  readonly text: string;
  readonly isMarker: boolean;
  /** How many elements a list's literal has. */
  readonly listLength?: number;
  /** How well it fits a type. */
  match(type: DataType, scope: TermScope): Match;
  /** Its type, where it has one whatever it is for. */
  exactType(scope: TermScope): DataType | undefined;
  /** Its type, or the one it would have by itself. */
  likelyType(scope: TermScope): DataType | undefined;
}
