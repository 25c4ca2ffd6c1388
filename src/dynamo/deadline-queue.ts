/**
 * Deadlines of one length, kept with one timer: what began first ends first, so only the oldest that is still open needs a timer, and
 * most are over long before. A timer for each would cost more than the operation it guards.
 *
 * @module
 */
import type { Host, Timer } from '../kernel/node.ts';
import type { Micros } from '../kernel/units.ts';

const COMPACT_AT = 1024;

/** A queue of numbered things that each have the same time. */
export class DeadlineQueue {
  readonly #host: Host;
  readonly #timer: Timer;
  readonly #isOpen: (id: number) => boolean;
  /** From the head to the end; what lies beyond is room that an emptied queue has left. */
  #ids: number[] = [];
  #deadlines: number[] = [];
  #head = 0;
  #end = 0;
  #armed = false;
  #isExpiring = false;

  /**
   * @param host - this incarnation
   * @param timer - comes back when somebody is due: then call {@link due}
   * @param isOpen - whether one is still of interest
   */
  constructor(host: Host, timer: Timer, isOpen: (id: number) => boolean) {
    this.#host = host;
    this.#timer = timer;
    this.#isOpen = isOpen;
  }

  /** Adds one. @param after - its time from now: not less than that of those before it, or it waits for them */
  add(id: number, after: Micros): void {
    const deadline = this.#host.monotonic() + after;
    this.#ids[this.#end] = id;
    this.#deadlines[this.#end++] = deadline;
    // What expires may begin something: the queue looks for its oldest when it is through.
    if (!this.#armed && !this.#isExpiring) this.#arm(after);
  }

  /** The timer fired: ends those whose time is over. */
  due(expire: (id: number) => void): void {
    this.#armed = false;
    this.#isExpiring = true;
    const now = this.#host.monotonic();
    while (this.#head < this.#end) {
      const id = this.#ids[this.#head] as number;
      if (this.#isOpen(id)) {
        const deadline = this.#deadlines[this.#head] as number;
        if (deadline > now) {
          this.#arm((deadline - now) as Micros);
          break;
        }
        this.#head++;
        expire(id);
      } else {
        this.#head++;
      }
    }
    this.#isExpiring = false;
    if (this.#head === this.#end) {
      this.#head = this.#end = 0;
    } else if (this.#head > COMPACT_AT) {
      this.#ids = this.#ids.slice(this.#head, this.#end);
      this.#deadlines = this.#deadlines.slice(this.#head, this.#end);
      this.#end -= this.#head;
      this.#head = 0;
    }
  }

  #arm(after: Micros): void {
    this.#armed = true;
    this.#host.setTimer(after, this.#timer);
  }
}
