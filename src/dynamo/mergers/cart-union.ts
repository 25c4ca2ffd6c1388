/**
 * The paper's shopping cart (sections 4.4 and 6.3): carts that diverged are merged by taking what is in any of them, so that an "add
 * to cart" is never lost, and a deleted item can come back. Of two quantities the larger is taken.
 *
 * A cart is written as a JSON object of quantities, `{"beer":1,"milk":2}`, and read in any order of its items.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { byCodeUnit, dataType, quote, type DataType } from './merger.ts';

/** Items with their quantities, whole numbers above 0; by code unit, each once. */
export type CartState = readonly (readonly [item: string, quantity: number])[];

/** The cart as a type. */
export interface CartUnion extends DataType<CartState> {
  /** Puts more of an item in. @param quantity - a whole number above 0; default 1. @throws {@link UsageError} `INVALID_QUANTITY` */
  add(state: CartState, item: string, quantity?: number): CartState;
  /** Takes an item out. A merge with a cart that still has it brings it back. */
  remove(state: CartState, item: string): CartState;
  quantity(state: CartState, item: string): number;
  /** The quantities by item. */
  value(state: CartState): ReadonlyMap<string, number>;
}

/** `'cart-union'`. */
export const cartUnion: CartUnion = {
  ...dataType<CartState>({
    name: 'cart-union',
    empty: [],
    lenient: true,
    join: (left, right) => {
      const cart = new Map(left);
      for (const [item, quantity] of right) cart.set(item, Math.max(quantity, cart.get(item) ?? 0));
      return sorted(cart);
    },
    encode: (state) => `{${state.map(([item, quantity]) => `${quote(item)}:${quantity}`).join(',')}}`,
    parse: (data) => {
      if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
      const cart = Object.entries(data as Readonly<Record<string, unknown>>);
      return cart.every((entry): entry is [string, number] => isQuantity(entry[1])) ? sorted(new Map(cart)) : undefined;
    },
  }),
  add: (state, item, quantity = 1) => {
    const sum = cartUnion.quantity(state, item) + quantity;
    if (!isQuantity(quantity) || !isQuantity(sum)) throw new UsageError('INVALID_QUANTITY', `a quantity is a whole number above 0, got ${String(quantity)}`);
    return sorted(new Map(state).set(item, sum));
  },
  remove: (state, item) => state.filter(([other]) => other !== item),
  quantity: (state, item) => state.find(([other]) => other === item)?.[1] ?? 0,
  value: (state) => new Map(state),
};

function isQuantity(quantity: unknown): quantity is number {
  return typeof quantity === 'number' && Number.isSafeInteger(quantity) && quantity > 0;
}

function sorted(cart: ReadonlyMap<string, number>): CartState {
  return [...cart].sort(([a], [b]) => byCodeUnit(a, b));
}
