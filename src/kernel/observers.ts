/**
 * Observers: `sim.on('message', …)`. They watch and nothing reacts to them: a listener that throws does not stop the run,
 * nor the listeners after it; the first hundred things thrown are kept. A listener may settle a promise of the workload.
 *
 * @module
 */
import { EventEmitter } from 'eventemitter3';
import type { PlannedFault } from './faults/plan.ts';
import type { HistoryEntry } from './history.ts';
import type { Packet } from './network.ts';
import type { Micros, NodeId } from './units.ts';

/** What can be watched, and what a listener is given. */
export interface SimulationEvents {
  /** A message was delivered. */
  message: (packet: Packet & { readonly time: Micros }) => void;
  /** A message was lost, and why: `cut`, `loss`, `rule`, `down` or `crashed`. */
  drop: (packet: Packet & { readonly time: Micros; readonly reason: string }) => void;
  /** A node started, crashed, was paused, went on, or was wiped. */
  node: (event: { readonly time: Micros; readonly node: NodeId; readonly what: 'start' | 'crash' | 'pause' | 'resume' | 'wipe' }) => void;
  /** A fault began or ended. */
  fault: (event: { readonly time: Micros; readonly planned: PlannedFault; readonly what: 'begin' | 'end' }) => void;
  /** A client's operation was written to the history. */
  operation: (entry: HistoryEntry) => void;
}

/** The name of something that can be watched. */
export type SimulationEventName = keyof SimulationEvents;

/** How many errors of listeners are kept: one that throws at every message must not fill the memory. */
const ERRORS_KEPT = 100;

/** Carries events to listeners. */
export class Observers {
  readonly #emitter = new EventEmitter<SimulationEvents>();
  readonly #onCall: () => void;
  /** What listeners threw first, up to {@link ERRORS_KEPT}. */
  readonly errors: unknown[] = [];

  /** @param onCall - called before each listener */
  constructor(onCall: () => void) {
    this.#onCall = onCall;
  }

  /** Watches. @returns stops watching */
  on<E extends SimulationEventName>(event: E, listener: SimulationEvents[E]): () => void {
    const guarded = ((...args: Parameters<SimulationEvents[E]>): void => {
      this.#onCall();
      try {
        (listener as (...given: Parameters<SimulationEvents[E]>) => void)(...args);
      } catch (error) {
        if (this.errors.length < ERRORS_KEPT) this.errors.push(error);
      }
    }) as never;
    this.#emitter.on(event, guarded);
    return () => {
      this.#emitter.off(event, guarded);
    };
  }

  /** Whether anybody watches anything. */
  get isWatched(): boolean {
    return this.#emitter.eventNames().length > 0;
  }

  /** Whether anybody watches. */
  has(event: SimulationEventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  /** Tells those who watch. */
  emit<E extends SimulationEventName>(event: E, ...args: Parameters<SimulationEvents[E]>): void {
    (this.#emitter.emit as (name: E, ...given: Parameters<SimulationEvents[E]>) => boolean).call(this.#emitter, event, ...args);
  }
}
