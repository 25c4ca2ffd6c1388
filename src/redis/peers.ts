/**
 * How an engine reaches other instances, for `MIGRATE`: whoever carries its bytes gives it a way; without one there is nobody.
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';

/** Commands for another instance. */
export interface PeerRequest {
  readonly host: Bytes;
  readonly port: Bytes;
  readonly commands: readonly (readonly Bytes[])[];
  /** Milliseconds. */
  readonly timeout: number;
}

/** What came of them. */
export interface PeerOutcome {
  /** The first line of each reply that came, with its mark: `+OK`, `-ERR …`. */
  readonly replies: readonly Bytes[];
  /** Where it broke off, if it did. */
  readonly failure: 'connecting' | 'writing' | 'reading' | undefined;
}

/** The way to other instances. */
export interface Peers {
  /** Sends commands and gathers what is answered; `done` is called once, never before this returns. */
  exchange(request: PeerRequest, done: (outcome: PeerOutcome) => void): void;
}
