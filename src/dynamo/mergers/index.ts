/**
 * The built-in mergers, by the names that `conflict` takes.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { cartUnion, type CartUnion } from './cart-union.ts';
import { crdtMap, type CrdtMap } from './crdt-map.ts';
import { gCounter, type GCounter } from './g-counter.ts';
import { gSet, type GSet } from './g-set.ts';
import { lwwRegister, type LwwRegister } from './lww-register.ts';
import type { Merger } from './merger.ts';
import { orSet, type OrSet } from './or-set.ts';
import { pnCounter, type PNCounter } from './pn-counter.ts';

export { cartUnion, type CartState, type CartUnion } from './cart-union.ts';
export type { Counts } from './counts.ts';
export { crdtMap, type CrdtMap, type CrdtMapField, type CrdtMapState, type FieldType } from './crdt-map.ts';
export { gCounter, type GCounter, type GCounterState } from './g-counter.ts';
export { gSet, type GSet, type GSetState } from './g-set.ts';
export { lwwRegister, type LwwRegister, type LwwRegisterState } from './lww-register.ts';
export type { DataType, Merger } from './merger.ts';
export { orSet, type OrSet, type OrSetEntry, type OrSetState } from './or-set.ts';
export { pnCounter, type PNCounter, type PNCounterState } from './pn-counter.ts';

/** Every built-in merger. */
export const MERGERS: {
  readonly 'cart-union': CartUnion;
  readonly 'g-counter': GCounter;
  readonly 'g-set': GSet;
  readonly 'lww-register': LwwRegister;
  readonly 'map': CrdtMap;
  readonly 'or-set': OrSet;
  readonly 'pn-counter': PNCounter;
} = {
  'cart-union': cartUnion,
  'g-counter': gCounter,
  'g-set': gSet,
  'lww-register': lwwRegister,
  'map': crdtMap,
  'or-set': orSet,
  'pn-counter': pnCounter,
};

/** The name of a built-in merger. */
export type MergerName = keyof typeof MERGERS;

/** A built-in merger. @throws {@link UsageError} `INVALID_OPTION` naming those there are */
export function mergerNamed(name: string): Merger {
  if (!Object.hasOwn(MERGERS, name)) throw new UsageError('INVALID_OPTION', `conflict: there is no merger '${name}'; known are ${Object.keys(MERGERS).join(', ')}`);
  return MERGERS[name as MergerName];
}
