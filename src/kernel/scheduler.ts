/**
 * The event queue and true time. No object is made for an event: it is a kind, three small integers and a payload in the
 * slot of a timing wheel. Events happen in the order of (instant, the order in which they were scheduled).
 *
 * @module
 */
import { numberAt, TimingWheel, wordAt } from '../structures/timing-wheel.ts';
import { invariant, UsageError } from './errors.ts';
import type { Micros } from './units.ts';

/** What an event does. */
export const EVENT = { deliver: 0, timer: 1, call: 2, sync: 3, later: 4 } as const;

const INITIAL = 256;
/** A handle is a slot, of 31 bits, and above it the slot's generation, of 21. */
const SLOT_RANGE = 0x8000_0000;

/** The queue, and true time. What an event carries is asked for by its slot, until the next {@link Scheduler.add}. */
export class Scheduler {
  readonly #wheel = new TimingWheel(INITIAL);
  readonly #payload: unknown[] = [];
  /** True time: the instant of the event being handled, or where time was moved to. */
  now: Micros = 0 as Micros;

  /** How many events are pending. */
  get size(): number {
    return this.#wheel.size;
  }

  /** The instant of the next event, or undefined when none is pending. */
  get next(): Micros | undefined {
    return this.#wheel.earliest() as Micros | undefined;
  }

  /** One of {@link EVENT}. */
  kindOf(slot: number): number {
    return this.#wheel.words[wordAt(slot, 0)] as number;
  }

  /** deliver: the sender. timer and sync: the node. */
  aOf(slot: number): number {
    return this.#wheel.words[wordAt(slot, 1)] as number;
  }

  /** deliver: the receiver. */
  bOf(slot: number): number {
    return this.#wheel.words[wordAt(slot, 2)] as number;
  }

  /** The incarnation concerned. */
  cOf(slot: number): number {
    return this.#wheel.words[wordAt(slot, 3)] as number;
  }

  /** When the event was scheduled: for a message, when it was sent. */
  scheduledAt(slot: number): number {
    return this.#wheel.numbers[numberAt(slot)] as number;
  }

  /** Gives the message, the timer or the function, and lets go of it. */
  takePayload(slot: number): unknown {
    const payload = this.#payload[slot];
    this.#payload[slot] = undefined;
    return payload;
  }

  /**
   * Schedules an event.
   *
   * @param at - its instant, not before {@link now}
   * @returns its slot
   */
  add(at: number, kind: number, a: number, b: number, c: number, payload: unknown): number {
    if (!(at >= this.now && at <= Number.MAX_SAFE_INTEGER)) this.#refuse(at);
    const wheel = this.#wheel;
    const slot = wheel.add(at);
    if (slot >= this.#payload.length) this.#payload.push(undefined);
    const { words } = wheel;
    words[wordAt(slot, 0)] = kind;
    words[wordAt(slot, 1)] = a;
    words[wordAt(slot, 2)] = b;
    words[wordAt(slot, 3)] = c;
    wheel.numbers[numberAt(slot)] = this.now;
    this.#payload[slot] = payload;
    return slot;
  }

  /** Runs a function at an instant. @returns a handle for {@link cancel} */
  call(at: number, callback: () => void): number {
    return this.handle(this.add(at, EVENT.call, 0, 0, 0, callback));
  }

  /** A handle that stays valid, and harmless, after its event has happened. */
  handle(slot: number): number {
    return slot + (this.#wheel.words[wordAt(slot, 4)] as number) * SLOT_RANGE;
  }

  /** The handle by which an event that was just taken could have been cancelled. */
  takenHandle(slot: number): number {
    const generation = this.#wheel.words[wordAt(slot, 4)] as number;
    return slot + ((generation - 1) & 0x1f_ffff) * SLOT_RANGE;
  }

  /** Forgets an event; one that has happened or was forgotten already is ignored. @returns whether there was one to forget */
  cancel(handle: number): boolean {
    const slot = handle & 0x7fff_ffff;
    if (this.#wheel.words[wordAt(slot, 4)] !== (handle - slot) / SLOT_RANGE || !this.#wheel.isPending(slot)) return false;
    this.#wheel.cancel(slot);
    this.#retire(slot);
    this.#payload[slot] = undefined;
    return true;
  }

  /**
   * Takes the next event not after `limit` and moves time to it.
   *
   * @returns its slot; -1 when there is none
   */
  take(limit: number): number {
    const slot = this.#wheel.take(limit);
    if (slot >= 0) {
      this.now = this.#wheel.timeOf(slot) as Micros;
      this.#retire(slot);
    }
    return slot;
  }

  #refuse(at: number): never {
    invariant(!(at < this.now), 'an event must not be scheduled in the past');
    throw new UsageError('INVALID_DURATION', `an instant must be below 285 years, got ${at} microseconds`);
  }

  /** Makes the handles given out for a slot stale. */
  #retire(slot: number): void {
    const { words } = this.#wheel;
    const at = wordAt(slot, 4);
    words[at] = ((words[at] as number) + 1) & 0x1f_ffff;
  }
}
