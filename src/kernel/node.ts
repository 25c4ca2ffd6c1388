/**
 * What a simulated machine is. A {@link Machine} is a plain state machine: it receives a start, messages and timers, and
 * acts only through the {@link Host} it was given. No promise, no emitter, no clock of its own: that is what makes a node
 * crashable, pausable, replayable and fast.
 *
 * @module
 */
import type { Disk } from './disk.ts';
import type { Random } from './random.ts';
import type { Micros, NodeId } from './units.ts';

/** What travels between nodes. `type` names it in traces and packet rules; treat a sent message as frozen. */
export interface Message {
  readonly type: string;
}

/** What a timer brings back to the machine that set it. */
export interface Timer {
  readonly type: string;
}

/** A handle to a timer that has been set. */
export type TimerId = number & { readonly timer: unique symbol };

/** The world as one incarnation of one node sees it. */
export interface Host {
  /** This node's name. */
  readonly id: NodeId;
  /** This incarnation's own stream of chance. */
  readonly random: Random;
  /** This node's disk, which outlives the incarnation by the disk's rules. */
  readonly disk: Disk;
  /** The node's wall clock: microseconds since the Unix epoch, with this node's skew, drift and jumps. Not monotonic. */
  now(): Micros;
  /** The node's monotonic clock: microseconds since the simulation began. Timers run on it. */
  monotonic(): Micros;
  /** Sends a message on its own: like a request on a pool of connections, it may overtake another and may be lost. */
  send(to: NodeId, message: Message): void;
  /** Sends a message that never overtakes an earlier ordered one to the same node: like bytes on one connection. */
  sendOrdered(to: NodeId, message: Message): void;
  /** Calls `onTimer(timer)` after a delay of true time, unless this incarnation ends before. */
  setTimer(delay: Micros, timer: Timer): TimerId;
  /** Forgets a timer. One that has fired or was cancelled already is ignored. */
  cancelTimer(timer: TimerId): void;
  /** Writes a note to the trace, for pictures and people. `detail` must be plain data. */
  trace(note: string, detail?: unknown): void;
}

/** A node's program. Made anew at each start: what is not on the disk is gone after a crash. */
export interface Machine {
  /** Called once, when the incarnation begins. */
  onStart?(): void;
  /** A message arrived. */
  onMessage(from: NodeId, message: Message): void;
  /** A timer fired, or a disk `sync` finished. */
  onTimer?(timer: Timer): void;
  /**
   * What it is and what it is in the middle of, in its product's words, such as `primary` or `hints pending`. Asked for when a fault
   * begins, so that a sweep can tell which states its faults have met; it must change nothing.
   */
  states?(): readonly string[];
}

/** Makes the machine of a new incarnation. */
export type MachineFactory = (host: Host) => Machine;
