/**
 * Lua 5.1's table as `ltable.c` lays it out: an array part, and a hash part of chained nodes with Brent's variation. The layout
 * is copied because it can be seen: `pairs`, `next` and `cjson.encode` walk it, and `#` finds its border by it. A JavaScript
 * `Map` beside the nodes makes reading fast; only insertion computes Lua's hashes.
 *
 * Left out: dead keys are never collected, so a node freed by the garbage collector between two insertions does not exist here.
 * Tables and functions as keys are hashed by a running number, not by an address.
 *
 * @module
 */
import { LuaFunction, LuaUserdata, nextIdentity, type LuaValue } from './lua-value.ts';

const ARRAY_MAX = 2 ** 26;
const NONE = -1;
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** The hash of a string: `luaS_newlstr`. */
function hashOfString(text: string): number {
  let hash = text.length >>> 0;
  const step = (text.length >>> 5) + 1;
  for (let at = text.length; at >= step; at -= step) hash = (hash ^ ((hash << 5) + (hash >>> 2) + text.charCodeAt(at - 1))) >>> 0;
  return hash;
}

function ceilLog2(value: number): number {
  return value <= 1 ? 0 : 32 - Math.clz32(value - 1);
}

function arrayIndex(key: LuaValue): number {
  return typeof key === 'number' && key >= 1 && key <= ARRAY_MAX && Number.isInteger(key) ? key : 0;
}

/** A table. */
export class LuaTable {
  metatable: LuaTable | undefined = undefined;
  /** Redis's own tables refuse to be written. */
  isReadOnly = false;
  readonly identity: number = nextIdentity();
  #array: LuaValue[] = [];
  #keys: LuaValue[] = [];
  #values: LuaValue[] = [];
  #next: number[] = [];
  #places: Map<LuaValue, number> | undefined = undefined;
  #lastFree = 0;

  /** @param arraySize - room for so many elements @param hashSize - and for so many other keys */
  constructor(arraySize = 0, hashSize = 0) {
    if (arraySize > 0 || hashSize > 0) this.resize(arraySize, hashSize);
  }

  /** A table of values from 1 on. */
  static from(values: readonly LuaValue[]): LuaTable {
    const table = new LuaTable();
    table.#array = [...values];
    return table;
  }

  /** `rawget` */
  get(key: LuaValue): LuaValue {
    if (typeof key === 'number') {
      const element = this.#array[key - 1];
      if (element !== undefined) return element;
    }
    const place = this.#places?.get(key);
    return place === undefined ? undefined : this.#values[place];
  }

  /** `rawset`; the key is neither nil nor NaN. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number' && key >= 1 && key <= this.#array.length && Number.isInteger(key)) {
      this.#array[key - 1] = value;
      return;
    }
    const place = this.#places?.get(key);
    if (place !== undefined) {
      this.#values[place] = value;
    } else {
      // Lua makes a node for a nil too, and so may rehash.
      this.#insert(Object.is(key, -0) ? 0 : key, value);
    }
  }

  /** `#table` */
  get length(): number {
    let high = this.#array.length;
    if (high > 0 && this.#array[high - 1] === undefined) {
      let low = 0;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (this.#array[middle - 1] === undefined) high = middle;
        else low = middle;
      }
      return low;
    }
    if (this.#keys.length === 0) return high;
    let low = high;
    high++;
    while (this.get(high) !== undefined) {
      low = high;
      high *= 2;
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.get(middle) === undefined) high = middle;
      else low = middle;
    }
    return low;
  }

  /**
   * The place behind a key in the order of traversal; 0 before the first.
   *
   * @returns undefined when the key is not in the table
   */
  placeAfter(key: LuaValue): number | undefined {
    if (key === undefined) return 0;
    const index = arrayIndex(key);
    if (index > 0 && index <= this.#array.length) return index;
    const place = this.#places?.get(key);
    return place === undefined ? undefined : this.#array.length + place + 1;
  }

  /** The first place from this one on that holds something, or undefined. */
  occupied(from: number): number | undefined {
    for (let place = from; place < this.#array.length; place++) if (this.#array[place] !== undefined) return place;
    for (let place = Math.max(0, from - this.#array.length); place < this.#keys.length; place++) {
      if (this.#values[place] !== undefined) return this.#array.length + place;
    }
    return undefined;
  }

  /** The key at a place. */
  keyAt(place: number): LuaValue {
    return place < this.#array.length ? place + 1 : this.#keys[place - this.#array.length];
  }

  /** The value at a place. */
  valueAt(place: number): LuaValue {
    return place < this.#array.length ? this.#array[place] : this.#values[place - this.#array.length];
  }

  /**
   * Keys and values. The table must not get new keys meanwhile.
   *
   * @yields them in Lua's order
   */
  *entries(): Generator<[LuaValue, LuaValue]> {
    for (let place = this.occupied(0); place !== undefined; place = this.occupied(place + 1)) yield [this.keyAt(place), this.valueAt(place)];
  }

  /** Gives the parts new sizes (`luaH_resize`); what does not fit into the array goes to the hash. */
  resize(arraySize: number, hashSize: number): void {
    const oldArray = this.#array;
    const oldKeys = this.#keys;
    const oldValues = this.#values;
    const size = hashSize === 0 ? 0 : 2 ** ceilLog2(hashSize);
    this.#array = oldArray.slice(0, arraySize);
    while (this.#array.length < arraySize) this.#array.push(undefined);
    this.#keys = Array.from({ length: size }, () => undefined);
    this.#values = Array.from({ length: size }, () => undefined);
    this.#next = Array.from({ length: size }, () => NONE);
    this.#places = size === 0 ? undefined : new Map();
    this.#lastFree = size;
    for (let i = arraySize; i < oldArray.length; i++) if (oldArray[i] !== undefined) this.set(i + 1, oldArray[i]);
    for (let i = oldKeys.length - 1; i >= 0; i--) if (oldValues[i] !== undefined) this.set(oldKeys[i], oldValues[i]);
  }

  /** Makes room for list items of a constructor. */
  reserveArray(size: number): void {
    if (size > this.#array.length) this.resize(size, this.#keys.length);
  }

  #mainPosition(key: LuaValue): number {
    const size = this.#keys.length;
    if (typeof key === 'string') return hashOfString(key) & (size - 1);
    if (typeof key === 'boolean') return (key ? 1 : 0) & (size - 1);
    let hash = 0;
    if (typeof key === 'number') {
      if (key === 0) return 0;
      float[0] = key;
      hash = ((words[0] as number) + (words[1] as number)) >>> 0;
    } else if (key instanceof LuaTable || key instanceof LuaFunction) {
      hash = key.identity * 16;
    } else if (key instanceof LuaUserdata) {
      hash = 0;
    }
    return hash % ((size - 1) | 1);
  }

  #insert(key: LuaValue, value: LuaValue): void {
    if (this.#keys.length === 0) {
      this.#rehash(key);
      this.set(key, value);
      return;
    }
    let place = this.#mainPosition(key);
    if (this.#values[place] !== undefined) {
      let free = NONE;
      while (this.#lastFree-- > 0) {
        if (this.#keys[this.#lastFree] === undefined) {
          free = this.#lastFree;
          break;
        }
      }
      if (free === NONE) {
        this.#rehash(key);
        this.set(key, value);
        return;
      }
      let other = this.#mainPosition(this.#keys[place]);
      if (other !== place) {
        // The one in our place is not at home: it moves.
        while (this.#next[other] !== place) other = this.#next[other] as number;
        this.#next[other] = free;
        this.#keys[free] = this.#keys[place];
        this.#values[free] = this.#values[place];
        this.#next[free] = this.#next[place] as number;
        this.#next[place] = NONE;
        this.#places?.set(this.#keys[free], free);
        this.#keys[place] = undefined;
      } else {
        this.#next[free] = this.#next[place] as number;
        this.#next[place] = free;
        place = free;
      }
    }
    const dead = this.#keys[place];
    if (dead !== undefined) this.#places?.delete(dead);
    this.#keys[place] = key;
    this.#values[place] = value;
    this.#places?.set(key, place);
  }

  #rehash(extra: LuaValue): void {
    const counts = Array.from({ length: 28 }, () => 0);
    let integers = 0;
    let total = 1;
    const count = (key: LuaValue): void => {
      const index = arrayIndex(key);
      if (index === 0) return;
      counts[ceilLog2(index)] = (counts[ceilLog2(index)] as number) + 1;
      integers++;
    };
    for (let i = 0; i < this.#array.length; i++) {
      if (this.#array[i] === undefined) continue;
      count(i + 1);
      total++;
    }
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#values[i] === undefined) continue;
      count(this.#keys[i]);
      total++;
    }
    count(extra);
    let sum = 0;
    let inArray = 0;
    let size = 0;
    for (let i = 0, power = 1; power / 2 < integers; i++, power *= 2) {
      const here = counts[i] ?? 0;
      if (here > 0) {
        sum += here;
        if (sum > power / 2) {
          size = power;
          inArray = sum;
        }
      }
      if (sum === integers) break;
    }
    this.resize(size, total - inArray);
  }
}
