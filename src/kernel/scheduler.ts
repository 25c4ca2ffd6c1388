/**
 * The event queue and true time. An event is a row in columns (no object is made for it): a kind, three small integers and
 * a payload. Events happen in the order of (instant, the order in which they were scheduled).
 *
 * @module
 */
import { TimingWheel } from '../structures/timing-wheel.ts';
import { invariant } from './errors.ts';
import type { Micros } from './units.ts';

/** What an event does. */
export const EVENT = { deliver: 0, timer: 1, call: 2 } as const;

const INITIAL = 1024;
const GENERATIONS = 0x20_0000;
const SLOT_RANGE = 0x8000_0000;

/** The queue. The columns are public to the kernel's event loop, which reads them without a call. */
export class Scheduler {
  readonly #wheel = new TimingWheel(INITIAL);
  /** True time: the instant of the event being handled, or where time was moved to. */
  now: Micros = 0 as Micros;
  /** One of {@link EVENT}. */
  kind: Uint8Array = new Uint8Array(INITIAL);
  /** deliver: the sender. timer: the node. */
  a: Int32Array = new Int32Array(INITIAL);
  /** deliver: the receiver. */
  b: Int32Array = new Int32Array(INITIAL);
  /** The incarnation concerned. */
  c: Int32Array = new Int32Array(INITIAL);
  /** deliver: when it was sent. */
  sentAt: Float64Array = new Float64Array(INITIAL);
  /** The message, the timer or the function. */
  payload: unknown[] = new Array<unknown>(INITIAL).fill(undefined);
  #generation = new Int32Array(INITIAL);

  /** How many events are pending. */
  get size(): number {
    return this.#wheel.size;
  }

  /**
   * Schedules an event.
   *
   * @param at - its instant, not before {@link now}
   * @returns its slot
   */
  add(at: number, kind: number, a: number, b: number, c: number, payload: unknown): number {
    invariant(at >= this.now, 'an event must not be scheduled in the past');
    const slot = this.#wheel.add(at);
    if (slot >= this.kind.length) this.#grow();
    this.kind[slot] = kind;
    this.a[slot] = a;
    this.b[slot] = b;
    this.c[slot] = c;
    this.sentAt[slot] = this.now;
    this.payload[slot] = payload;
    return slot;
  }

  /** Runs a function at an instant. @returns a handle for {@link cancel} */
  call(at: number, callback: () => void): number {
    return this.handle(this.add(at, EVENT.call, 0, 0, 0, callback));
  }

  /** A handle that stays valid, and harmless, after its event has happened. */
  handle(slot: number): number {
    return slot + (this.#generation[slot] as number) * SLOT_RANGE;
  }

  /** Forgets an event; one that has happened or was forgotten already is ignored. */
  cancel(handle: number): void {
    const slot = handle % SLOT_RANGE;
    if (this.#generation[slot] !== Math.floor(handle / SLOT_RANGE) || !this.#wheel.isPending(slot)) return;
    this.#wheel.cancel(slot);
    this.#retire(slot);
  }

  /**
   * Takes the next event not after `limit` and moves time to it.
   *
   * @returns its slot, whose columns stay readable until the next {@link add}; -1 when there is none
   */
  take(limit: number): number {
    const slot = this.#wheel.take(limit);
    if (slot >= 0) {
      this.now = this.#wheel.timeOf(slot) as Micros;
      this.#generation[slot] = ((this.#generation[slot] as number) + 1) % GENERATIONS;
    }
    return slot;
  }

  #retire(slot: number): void {
    this.#generation[slot] = ((this.#generation[slot] as number) + 1) % GENERATIONS;
    this.payload[slot] = undefined;
  }

  #grow(): void {
    const size = this.#wheel.capacity;
    const widen = <T extends Uint8Array | Int32Array | Float64Array>(wider: T, column: T): T => {
      wider.set(column);
      return wider;
    };
    this.kind = widen(new Uint8Array(size), this.kind);
    this.a = widen(new Int32Array(size), this.a);
    this.b = widen(new Int32Array(size), this.b);
    this.c = widen(new Int32Array(size), this.c);
    this.sentAt = widen(new Float64Array(size), this.sentAt);
    this.#generation = widen(new Int32Array(size), this.#generation);
    while (this.payload.length < size) this.payload.push(undefined);
  }
}
