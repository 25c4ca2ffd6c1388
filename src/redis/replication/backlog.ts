/**
 * The replication backlog: the last bytes of the replication stream, so that a replica that was away for a moment can go on
 * where it stopped instead of copying everything.
 *
 * @module
 */
import { Deque } from '../../structures/deque.ts';
import type { Bytes } from '../bytes/bytes.ts';

/** The last bytes of a stream. */
export class Backlog {
  readonly #size: number;
  readonly #chunks = new Deque<Bytes>();
  #first = 0;
  #length = 0;

  /**
   * @param size - `repl-backlog-size`, in bytes
   * @param offset - where the stream stands
   */
  constructor(size: number, offset: number) {
    this.#size = size;
    this.#first = offset;
  }

  /** The offset before the first byte that is still here. */
  get first(): number {
    return this.#first;
  }

  /** How many bytes are here. */
  get length(): number {
    return this.#length;
  }

  /** The offset behind the last byte. */
  get end(): number {
    return this.#first + this.#length;
  }

  /** Adds the next bytes of the stream; whole old chunks that no longer fit are forgotten. */
  append(bytes: Bytes): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    while (this.#length > this.#size) {
      const oldest = this.#chunks.shift();
      if (oldest === undefined) return;
      this.#length -= oldest.length;
      this.#first += oldest.length;
    }
  }

  /** Everything from an offset on, or undefined when that is no longer, or not yet, here. */
  since(offset: number): Bytes | undefined {
    if (offset < this.#first || offset > this.end) return undefined;
    let at = this.end;
    let i = this.#chunks.size;
    while (i > 0 && at > offset) at -= (this.#chunks.at(--i) as Bytes).length;
    return this.#chunks.slice(i).join('').slice(offset - at);
  }
}
