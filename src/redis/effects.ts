/**
 * The effects of commands: what replicas and the append-only file must see (`propagate` of Redis 7.0). They are gathered while
 * a command, a transaction or a script runs, and handed over together: all or none.
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';
import type { Call } from './call.ts';

/** A command for replicas and, unless it is a published message, for the append-only file. */
export interface Effect {
  readonly database: number;
  readonly args: readonly Bytes[];
  readonly replicasOnly: boolean;
  /** A script kept it from replicas. */
  readonly fileOnly: boolean;
}

/** Receives effects that belong together. */
export type EffectsListener = (effects: readonly Effect[]) => void;

/** To the file (1), to replicas (2), or both. */
const EVERYWHERE = 3;

/** The effects of one engine. */
export class Effects {
  /** Where they go: to the file (1), to replicas (2). Scripts may choose. */
  destinations: number = EVERYWHERE;
  #listener: EffectsListener | undefined;
  #pending: Effect[] = [];

  /** @param listener - undefined: nobody wants to know, and nothing is gathered */
  constructor(listener: EffectsListener | undefined) {
    this.#listener = listener;
  }

  /** Whether those of a command go anywhere. */
  get areWanted(): boolean {
    return this.#listener !== undefined && this.destinations !== 0;
  }

  /** Hands effects over from now on, though nobody wanted them at first. */
  listen(listener: EffectsListener): void {
    this.#listener = listener;
  }

  /** Scripts choose no more. */
  sendEverywhere(): void {
    this.destinations = EVERYWHERE;
  }

  /** Adds one. */
  add(database: number, args: readonly Bytes[], replicasOnly = false): void {
    if (this.#listener === undefined) return;
    this.#pending.push({ database, args, replicasOnly: replicasOnly || this.destinations === 2, fileOnly: this.destinations === 1 });
  }

  /** Adds what a command has changed: as it was sent, or as its handler wants it told. */
  addOf(call: Call, args: readonly Bytes[]): void {
    if (call.rewritten !== undefined) this.addRewritten(call);
    else if (call.dirty > 0) this.add(call.database.number, args);
  }

  /** Adds what a handler wants told instead of its command, if anything. */
  addRewritten({ rewritten, database }: Call): void {
    for (const args of rewritten ?? []) this.add(database.number, args);
  }

  /** Hands over what has been gathered so far, as a change of its own. */
  flush(): void {
    if (this.#pending.length === 0) return;
    this.#listener?.(this.take());
  }

  /** Takes what has been gathered: the command that did it goes on later. */
  take(): readonly Effect[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  /** The command goes on. @param taken - its effects so far */
  putBack(taken: readonly Effect[]): void {
    this.#pending = [...taken];
  }
}
