/**
 * What a sequential model is: where an object starts, what each operation does to it, and when two states are the same
 * (the three functions of Porcupine's and Knossos's models). The rest is optional and makes a check faster or its witness
 * smaller.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import type { Decision } from './decisions/decision.ts';

/** A sequential object. `State` may be anything but undefined, and must not be changed in place. */
export interface Model<State = unknown> {
  /** Shown in verdicts. */
  readonly name: string;
  /** The state before any operation. */
  readonly init: State;
  /**
   * The state after an operation, or undefined when the operation cannot answer so in this state. An operation with status
   * `info` has no answer to compare: give the state it would lead to.
   */
  step(state: State, operation: Operation): State | undefined;
  /** Whether two states behave alike. */
  equal(a: State, b: State): boolean;
  /** Equal states must give equal texts. Without it, states are compared one by one. */
  hash?(state: State): string | number | boolean | null;
  /** Operations of one kind step alike from every state. Without it, each operation is its own kind. */
  kind?(operation: Operation): string;
  /** Whether operations on different keys never meet, so that each key is checked on its own (default true). */
  readonly perKey?: boolean;
  /**
   * Whether `init` is a value that reads return until a write replaces it, so that a history of reads and writes with
   * different values may be checked by zones instead of a search.
   */
  readonly isRegister?: boolean;
  /**
   * Whether what `later` saw can depend on `earlier` having happened. A witness may leave out an operation only when it
   * affects nothing that the witness keeps; without this function it keeps all that began before the contradiction.
   */
  affects?(earlier: Operation, later: Operation): boolean;
  /**
   * Parts of a history each of which may be left out of it: a legal order with the part is legal without. Of each operation the number of its part;
   * -1 = it must stay. In place of {@link affects}, where parts are known; handed all operations of one object.
   */
  parts?(operations: readonly Operation[]): readonly number[] | undefined;
  /** Whether an operation only looks: it leaves every state in which it is possible as it is. Makes a search much faster. */
  observes?(operation: Operation): boolean;
  /**
   * Whether completed operations, in whatever legal order, lead back to the state before any operation. A witness may then
   * begin behind them, if no other operation overlaps them.
   */
  leadsBack?(operations: readonly Operation[]): boolean;
  /** Whether, once this operation happened, nothing before it can be seen any more. */
  resets?(operation: Operation): boolean;
  /**
   * Whether an operation that only looks, impossible in this state, may become possible after more operations of which none
   * resets. Lets a search turn back early.
   */
  mayStillSee?(state: State, observer: Operation): boolean;
  /** Of which operations {@link mayStillSee} is worth asking (default: of all that only look). */
  showsState?(observer: Operation): boolean;
  /** What an operation may leave behind for others to see, each as a text that reads well; for a look before the search. */
  produces?(operation: Operation): readonly string[];
  /**
   * Of the texts of {@link produces}, those without which a completed operation cannot have answered as it did: another
   * operation, called before it returned, must have produced each. What the initial state explains is not among them.
   */
  needs?(operation: Operation): readonly string[];
  /**
   * Of the texts of {@link produces}, or of the initial state, those that a completed operation found in place: it can happen in no state
   * without them. Together with {@link replaces} it makes a search smaller where values are put in place once.
   */
  finds?(operation: Operation): readonly string[];
  /** Of those texts the ones that are in place in a state and, unless the operation puts them back, no more after it. */
  replaces?(state: State, operation: Operation): readonly string[];
  /**
   * Decides a history without a search, where it is of a kind that can be: unique elements of a list or set, say. Handed all
   * operations of one object.
   */
  decide?(operations: readonly Operation[]): Decision;
  /**
   * The object as far as one history goes: it may refuse steps from which no legal order of that history leads on, and take for one
   * state what nobody told apart. Makes a search smaller. Handed all operations of one object; undefined where nothing is known.
   */
  forHistory?(operations: readonly Operation[]): Model<State> | undefined;
  /** Set by {@link forHistory} where no step is refused because of what comes later: what began before a search was stuck is then a violation by itself. */
  readonly provesWhereStuck?: true;
  /** Why the model cannot take an operation, or undefined when it can. */
  refuses?(operation: Operation): string | undefined;
  /** A state in words, for explanations. */
  describe?(state: State): string;
}
