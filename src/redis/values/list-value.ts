/**
 * A list.
 *
 * @module
 */
import { Deque } from '../../structures/deque.ts';
import type { Bytes } from '../bytes/bytes.ts';

/** Elements in order. */
export class ListValue {
  readonly type = 'list';
  readonly items: Deque<Bytes> = new Deque<Bytes>();

  /** How many elements there are. */
  get size(): number {
    return this.items.size;
  }

  /** A copy that shares nothing. */
  clone(): ListValue {
    const copy = new ListValue();
    copy.items.assign(this.items.slice());
    return copy;
  }
}
