/**
 * Linearizability (Herlihy and Wing 1990): is there one order of the operations that respects real time and that a single,
 * sequential object could have answered? Each key is an object of its own where the model allows it (Herlihy and Wing's
 * locality; Horn and Kroening 2015). A register with unique values is decided by zones in O(n log n), lists, sets, queues and
 * counters whose histories tell the order by `decisions/`; elsewhere, what nobody could have produced is found in linear time, and
 * the rest is decided by a search under a budget of steps: keys take turns with budgets that double, so that one hard key cannot
 * hide a violation in another. When the budget runs out the verdict is `unknown`, never a guess.
 *
 * @module
 */
import type { HistoryEntry, HistoryValue } from '../kernel/history.ts';
import type { Operation } from '../history/operation.ts';
import { operationsOf } from './checker-input.ts';
import { chooseModel, requireModelOptions, requireSupported, type ModelOptions } from './choose-model.ts';
import { explainSearch, explainUnfounded, explainZones } from './explanation.ts';
import type { Model } from './model.ts';
import { LinearizationSearch } from './search.ts';
import { Transitions } from './transitions.ts';
import { findUnfounded } from './unfounded.ts';
import { idsOf, printable, type Verdict } from './verdict.ts';
import { shrinkViolation } from './witness.ts';
import { counted } from './wording.ts';
import { checkZones } from './zones.ts';

/** How to check. */
export type LinearizabilityOptions<State = unknown> = ModelOptions<State>;

const BUDGET = 5_000_000;
/** Small: most keys that violate do so soon, and one that takes long should not be searched before all others had their turn. */
const FIRST_ROUND = 1_000;

/**
 * Checks a history for linearizability.
 *
 * @param history - entries as a simulation records them, or operations
 * @param options - model and budget
 * @returns the verdict; a violation carries a minimal witness
 * @throws {@link UsageError} `INVALID_ARGUMENT` on an unknown model or a budget that is no number, `INVALID_HISTORY` on
 * anything that is no history, `NO_MODEL` or `UNSUPPORTED_OPERATION` when the model cannot take the history
 */
export function checkLinearizability<State = unknown>(
  history: Iterable<HistoryEntry> | readonly Operation[], options: LinearizabilityOptions<State> = {},
): Verdict {
  requireModelOptions(options);
  const operations = operationsOf(history);
  const model = chooseModel(operations, options) as Model<State>;
  return new Check(model, operations, options.budget ?? BUDGET).verdict();
}

class Check<State> {
  readonly #model: Model<State>;
  readonly #operations: readonly Operation[];
  #budget: number;
  #steps = 0;
  #order: readonly number[] | undefined;

  constructor(model: Model<State>, operations: readonly Operation[], budget: number) {
    this.#model = model;
    this.#operations = operations;
    this.#budget = budget;
  }

  verdict(): Verdict {
    const whole = this.#model.perKey === false;
    const parts = whole ? new Map([[undefined, this.#operations]]) : partition(this.#operations);
    let open: Part<State>[] = [];
    let isSupported = false;
    for (const [key, operations] of parts) {
      const zones = this.#model.isRegister === true ? checkZones(operations, this.#model.init as HistoryValue) : 'not applicable';
      if (zones === 'ok') continue;
      // Where the zones are in order there are only reads and writes, which every register takes: not looked at a second time.
      if (!isSupported) requireSupported(this.#model, this.#operations);
      isSupported = true;
      if (typeof zones === 'object') return this.#violation(key, explainZones(zones, key, operations));
      const decision = this.#model.decide?.(operations) ?? 'not applicable';
      if (typeof decision === 'object') return this.#violation(key, decision);
      if (decision === 'ok') continue;
      const unfounded = findUnfounded(this.#model, operations);
      if (unfounded !== undefined) return this.#violation(key, explainUnfounded(this.#model, unfounded, operations));
      open.push({ key, operations });
    }
    for (let round = FIRST_ROUND; open.length > 0 && this.#budget > 0; round *= 2) {
      const unfinished: Part<State>[] = [];
      for (const part of open) {
        const violation = this.#search(part, round, unfinished, parts.size === 1);
        if (violation !== undefined) return violation;
      }
      open = unfinished;
    }
    return open.length > 0 ? this.#unknown(open) : this.#ok(parts.size);
  }

  #search(part: Part<State>, round: number, unfinished: Part<State>[], alone: boolean): Verdict | undefined {
    const search = part.search ?? searchOf(this.#model, relevant(this.#model, part.operations));
    const before = search.steps;
    const result = search.run(Math.max(0, Math.min(round, this.#budget)));
    this.#steps += search.steps - before;
    this.#budget -= search.steps - before;
    if (result === 'unfinished') unfinished.push({ ...part, search });
    if (result === 'ok' && alone) this.#order = idsOf(search.order());
    if (result !== 'violation') return undefined;
    const operations = relevant(this.#model, part.operations);
    const narrower = this.#model.forHistory?.(operations);
    const blocked = narrower === undefined || narrower.provesWhereStuck === true ? search.blocked : firstBlocked(this.#model, operations);
    const witness = shrinkViolation(this.#model, operations, blocked);
    return this.#violation(part.key, { witness: witness.operations, explanation: explainSearch(this.#model, witness, part.key) });
  }

  #violation(key: Key, { witness, explanation }: { witness: readonly Operation[]; explanation: string }): Verdict {
    return printable({ verdict: 'violation', model: this.#model.name, ...keyed(key), witness, explanation, cost: this.#cost() });
  }

  #unknown(open: readonly Part<State>[]): Verdict {
    const key = open[0]?.key;
    const where = key === undefined ? '' : ` on ${open.length === 1 ? 'key' : `${open.length} keys, first`} ${key}`;
    const explanation = `the budget of ${counted(this.#steps, 'step')} ran out${where}: neither a legal order nor its absence was shown`;
    const model = this.#model.name;
    return printable({ verdict: 'unknown', model, ...keyed(key), witness: [], explanation, cost: this.#cost() });
  }

  #ok(keys: number): Verdict {
    const count = this.#operations.length;
    const explanation = `${counted(count, 'operation')}${keys > 1 ? ` on ${keys} keys` : ''} ${count === 1 ? 'has' : 'have'} a legal order`;
    const order = this.#order === undefined ? {} : { order: this.#order };
    return printable({ verdict: 'ok', model: this.#model.name, witness: [], ...order, explanation, cost: this.#cost() });
  }

  #cost(): Verdict['cost'] {
    return { operations: this.#operations.length, steps: this.#steps };
  }
}

type Key = string | number | undefined;

interface Part<State> {
  readonly key: Key;
  readonly operations: readonly Operation[];
  readonly search?: LinearizationSearch<State>;
}

function keyed(key: Key): { key?: string | number } {
  return key === undefined ? {} : { key };
}

/** Operations by key, each in order of call. */
function partition(operations: readonly Operation[]): ReadonlyMap<Key, readonly Operation[]> {
  const first = operations[0]?.key;
  let alike = 0;
  while (alike < operations.length && operations[alike]?.key === first) alike++;
  if (alike === operations.length) return new Map(alike === 0 ? [] : [[first, operations]]);
  const parts = new Map<Key, Operation[]>();
  let current: Operation[] | undefined;
  let currentKey: Key;
  for (const operation of operations) {
    if (current === undefined || operation.key !== currentKey) {
      currentKey = operation.key;
      current = parts.get(currentKey);
      if (current === undefined) parts.set(currentKey, (current = []));
    }
    current.push(operation);
  }
  return parts;
}

function searchOf<State>(model: Model<State>, operations: readonly Operation[]): LinearizationSearch<State> {
  return new LinearizationSearch(new Transitions(model.forHistory?.(operations) ?? model), operations);
}

/** Steps that one attempt to cut a violation short may take. */
const CUT_STEPS = 200_000;

/**
 * Of a history without a legal order, an operation such that what was called before it returned has none either, with everything that
 * returned later still open. A model that knows the whole history turns back because of what comes later, so that its search does not tell.
 */
function firstBlocked<State>(model: Model<State>, operations: readonly Operation[]): Operation | undefined {
  const returned = operations.filter((operation) => operation.return !== null).sort((a, b) => (a.return ?? 0) - (b.return ?? 0));
  const isViolation = (at: number): boolean => {
    const until = returned[at]?.return ?? Infinity;
    const open = operations.filter(({ call }) => call < until).map((operation): Operation => (
      operation.return === null || operation.return <= until ? operation : { ...operation, return: null, status: 'info', output: null }
    ));
    return searchOf(model, open).run(CUT_STEPS) === 'violation';
  };
  let [low, high] = [0, returned.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isViolation(middle)) high = middle;
    else low = middle + 1;
  }
  return returned[low];
}

/** Above this many comparisons, pending operations that nobody can have seen are not looked for. */
const COMPARISONS_MAX = 20_000_000;

/** In order of call, without pending operations whose effect nobody can have seen: they need never have happened. */
function relevant<State>(model: Model<State>, operations: readonly Operation[]): readonly Operation[] {
  const sorted = operations.every((operation, i) => i === 0 || operation.call >= (operations[i - 1]?.call ?? 0))
    ? operations
    : [...operations].sort((a, b) => a.call - b.call);
  const pending = sorted.filter((operation) => operation.return === null).length;
  if (model.affects === undefined || pending === 0 || pending * sorted.length > COMPARISONS_MAX) return sorted;
  const seen = (operation: Operation): boolean => sorted.some((later) => (
    later !== operation && (later.return ?? Infinity) > operation.call && model.affects?.(operation, later) === true
  ));
  return sorted.filter((operation) => operation.return !== null || seen(operation));
}
