/**
 * For tests of any runner (Jest, node:test, plain scripts): throws when a verdict is not ok, with the proof and the picture in
 * the message. `splitbrain/vitest` has matchers that say the same.
 *
 * @module
 */
import { formatVerdict, type Verdict } from '../checkers/index.ts';
import { SplitbrainError } from '../kernel/errors.ts';
import { timelineOf, type Drawable } from './timeline.ts';

/** A promise that was not kept; its message is the proof. */
export class ViolationError extends SplitbrainError {
  /** What was found. */
  readonly verdict: Verdict;

  /** @param verdict - the verdict that is not ok @param picture - what is said of it */
  constructor(verdict: Verdict, picture: string) {
    super('VIOLATION', picture);
    this.verdict = verdict;
  }
}

/**
 * Requires that verdicts are ok: `requireVerdict(checkLinearizability(sim.history), sim)`.
 *
 * @param verdicts - one, or several
 * @param sim - the simulation, for the picture
 * @throws {@link ViolationError} for the first that is not; `unknown` is not ok
 */
export function requireVerdict(verdicts: Verdict | readonly Verdict[], sim?: Drawable): void {
  const list: readonly Verdict[] = Array.isArray(verdicts) ? verdicts as readonly Verdict[] : [verdicts as Verdict];
  const broken = list.find(({ verdict }) => verdict !== 'ok');
  if (broken !== undefined) throw new ViolationError(broken, sim === undefined ? formatVerdict(broken) : timelineOf(sim, broken));
}
