/**
 * What is simpler than a fault plan or a workload: fewer of a thing, less of a thing, rounder times. Nothing here runs anything. A
 * descent hands out one candidate after the other and is told of each whether it will do; it goes on from those that do. The
 * shrinker of scenarios and the arbitraries of `splitbrain/fast-check` share it.
 *
 * Fewer of a thing is delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE Trans. Softw.
 * Eng. 2002): ever smaller pieces are left out, down to single ones. Of few things also every run of them is left out (a client that
 * takes its coordinators in turn may need five fewer operations, not four), and every two (a write and the read that saw it).
 *
 * Left out: other kinds of faults than the plan has, and other values than the workload writes.
 *
 * @module
 */
import { isInstant, type Fault } from '../kernel/faults/fault.ts';
import type { FaultPlan, PlannedFault } from '../kernel/faults/plan.ts';
import { duration, formatDuration, type Micros } from '../kernel/units.ts';
import type { TransactionStep } from './workloads/workload-kinds.ts';
import { transactionSteps, type Workload, type WorkloadClientPlan, type WorkloadOperation } from './workloads/workload.ts';

/** Hands out candidates, is told of each whether it will do, and returns the last that did. */
export type Descent<T> = Generator<T, T, boolean>;

/** Of so few things also every run of them, and every two, are left out together. */
const THOROUGH_MAX = 16;

/**
 * Everything that a descent hands out while nothing will do: what is one step simpler.
 *
 * @yields candidates
 */
export function* stepsOf<T>(descent: Descent<T>): Generator<T, undefined, undefined> {
  for (let step = descent.next(); step.done !== true; step = descent.next(false)) yield step.value;
  return undefined;
}

/**
 * Fewer faults, then shorter ones at rounder times.
 *
 * @yields candidates
 */
export function* simplerPlan(plan: FaultPlan): Descent<FaultPlan> {
  return yield* simplerTimesOfFaults(yield* fewerFaults(plan));
}

/** Fewer faults. */
export function fewerFaults(plan: FaultPlan): Descent<FaultPlan> {
  return fewer(plan);
}

/**
 * Shorter faults at rounder times.
 *
 * @yields candidates
 */
export function* simplerTimesOfFaults(plan: FaultPlan): Descent<FaultPlan> {
  let best = plan;
  for (let at = 0; at < best.length; at++) {
    const others = best;
    best = yield* within(firstThatDoes(best[at] as PlannedFault, simplerFaults), (entry) => others.map((other, index) => (index === at ? entry : other)), best);
  }
  return best;
}

/**
 * Fewer clients, keys, operations and steps of transactions, then shorter waits and rounder times.
 *
 * @yields candidates
 */
export function* simplerWorkload(workload: Workload): Descent<Workload> {
  return yield* simplerTimesOfOperations(yield* fewerOperations(workload));
}

/**
 * Fewer clients, keys, operations and steps of transactions.
 *
 * @yields candidates
 */
export function* fewerOperations(workload: Workload): Descent<Workload> {
  let best = workload;
  best = yield* within(fewer(best.clients), (clients) => ({ ...workload, clients }), best);
  const all = best;
  const keys = [...new Set(operationsOf(all).flatMap(({ key, value }) => transactionSteps(value)?.map(([, of]) => of) ?? [key]))];
  best = yield* within(fewer(keys), (kept) => filtered(all, (one) => (
    transactionSteps(one.value) === undefined ? (kept.includes(one.key) ? one : undefined) : withSteps(one, ([, key]) => kept.includes(key))
  )), best);
  const some = best;
  best = yield* within(fewer(operationsOf(some)), (kept) => {
    const wanted = new Set(kept);
    return filtered(some, (one) => (wanted.has(one) ? one : undefined));
  }, best);
  const long = best;
  best = yield* within(fewer(operationsOf(long).flatMap(({ value }) => transactionSteps(value) ?? [])), (kept) => {
    const wanted = new Set(kept);
    return filtered(long, (one) => withSteps(one, (step) => wanted.has(step)));
  }, best);
  const busy = best.clients.filter(({ operations }) => operations.length > 0);
  if (busy.length < best.clients.length) {
    const fewerClients = { ...best, clients: busy };
    if (yield fewerClients) best = fewerClients;
  }
  return yield* oneClientForTwo(best);
}

/**
 * Shorter waits and rounder times.
 *
 * @yields candidates
 */
export function* simplerTimesOfOperations(workload: Workload): Descent<Workload> {
  let best = workload;
  for (let at = 0; at < operationsOf(best).length; at++) {
    for (const field of ['wait', 'at'] as const) {
      const base = best;
      best = yield* within(firstThatDoes(operationsOf(base)[at]?.[field] ?? 0, simplerTimes), (time) => withTime(base, at, field, time), best);
    }
  }
  return best;
}

/**
 * Delta debugging: ever smaller pieces are left out.
 *
 * @yields candidates
 */
function* fewer<T>(items: readonly T[]): Descent<readonly T[]> {
  if (items.length > 0 && (yield [])) return [];
  let kept = items;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (without.length > 0 && (yield without)) kept = without;
      else at += size;
    }
  }
  if (kept.length > THOROUGH_MAX) return kept;
  for (const without of partsOf(kept)) if (yield without) return yield* fewer(without);
  return kept;
}

/**
 * What is left without a run of items, the longest runs first, or without two of them.
 *
 * @yields each once
 */
function* partsOf<T>(items: readonly T[]): Generator<readonly T[], undefined> {
  for (let size = items.length - 1; size > 1; size--) {
    for (let at = 0; at + size <= items.length; at++) yield [...items.slice(0, at), ...items.slice(at + size)];
  }
  for (let first = 0; first < items.length && items.length > 2; first++) {
    for (let second = first + 2; second < items.length; second++) yield items.filter((_, index) => index !== first && index !== second);
  }
  return undefined;
}

/**
 * What two clients did, done by the first of them.
 *
 * @yields candidates
 */
function* oneClientForTwo(workload: Workload): Descent<Workload> {
  const { clients } = workload;
  for (const [index, one] of clients.entries()) {
    for (const other of clients.slice(index + 1)) {
      // Only operations that are tied to instants have an order among them.
      if (![...one.operations, ...other.operations].every(({ wait }) => wait === undefined)) continue;
      const operations = [...one.operations, ...other.operations].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
      const joined = { ...workload, clients: clients.flatMap((client) => (client === one ? [{ ...one, operations }] : client === other ? [] : [client])) };
      if (yield joined) return yield* oneClientForTwo(joined);
    }
  }
  return workload;
}

/**
 * The first simpler value that does, as long as there is one.
 *
 * @yields candidates
 */
function* firstThatDoes<T>(value: T, simpler: (value: T) => readonly T[]): Descent<T> {
  let best = value;
  for (let isSimpler = true; isSimpler;) {
    isSimpler = false;
    for (const candidate of simpler(best)) {
      if (!(yield candidate)) continue;
      best = candidate;
      isSimpler = true;
      break;
    }
  }
  return best;
}

/**
 * A descent over a part, as one over the whole.
 *
 * @param unchanged - the whole, when nothing did
 * @yields candidates
 */
function* within<Part, Whole>(descent: Descent<Part>, whole: (part: Part) => Whole, unchanged: Whole): Descent<Whole> {
  let best = unchanged;
  for (let step = descent.next(); step.done !== true;) {
    const candidate = whole(step.value);
    const does = yield candidate;
    if (does) best = candidate;
    step = descent.next(does);
  }
  return best;
}

function operationsOf({ clients }: Workload): WorkloadOperation[] {
  return clients.flatMap(({ operations }) => operations);
}

/** Keeps what is wanted of each operation; the waits of those that are not go to the next. */
function filtered(workload: Workload, wanted: (operation: WorkloadOperation) => WorkloadOperation | undefined): Workload {
  const clients = workload.clients.map((client): WorkloadClientPlan => {
    const operations: WorkloadOperation[] = [];
    let spare = 0;
    for (const operation of client.operations) {
      const kept = wanted(operation);
      if (kept === undefined) {
        spare += operation.wait ?? 0;
        continue;
      }
      operations.push(spare === 0 ? kept : { ...kept, wait: hundredths(spare + (kept.wait ?? 0)) });
      spare = 0;
    }
    return { ...client, operations };
  });
  return { ...workload, clients };
}

/** A transaction with those of its steps that are wanted; undefined when none is, and every other operation as it is. */
function withSteps(operation: WorkloadOperation, isWanted: (step: TransactionStep) => boolean): WorkloadOperation | undefined {
  const steps = transactionSteps(operation.value);
  if (steps === undefined || steps.every(isWanted)) return operation;
  const kept = steps.filter(isWanted);
  return kept.length === 0 ? undefined : { ...operation, value: kept };
}

function hundredths(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

function withTime(workload: Workload, position: number, field: 'wait' | 'at', time: number): Workload {
  let index = 0;
  const clients = workload.clients.map((client) => ({
    ...client,
    operations: client.operations.map((operation): WorkloadOperation => {
      if (index++ !== position) return operation;
      const { [field]: _, ...rest } = operation;
      return time === 0 ? rest : { ...rest, [field]: time };
    }),
  }));
  return { ...workload, clients };
}

/** Steps of rounding, in microseconds, the roundest first. */
const STEPS = [1_000_000, 100_000, 10_000, 1000] as const;

/** Rounder and shorter, simplest first; none when it is simple already. */
function simplerTimes(wait: number): number[] {
  if (wait === 0) return [];
  const times = [0, ...rounder(wait * 1000).map((micros) => micros / 1000), ...(wait >= 2 ? [hundredths(Math.floor(wait / 2))] : [])];
  return times.filter((next) => next < wait || isRounder(next * 1000, wait * 1000));
}

function simplerFaults(entry: PlannedFault): PlannedFault[] {
  const at: number = duration(entry.at);
  const length = entry.for === undefined || isInstant(entry.fault) ? undefined : duration(entry.for);
  const made = (begin: number, span: number | undefined): PlannedFault => ({
    at: formatDuration(begin as Micros), ...(span === undefined ? {} : { for: formatDuration(span as Micros) }), fault: entry.fault,
  });
  const shorter = length === undefined ? [] : [Math.floor(length / 4), Math.floor(length / 2), Math.floor((3 * length) / 4)].filter((span) => span >= 1000);
  return [
    ...ofFewerNodes(entry.fault).map((fault) => ({ ...entry, fault })),
    ...shorter.flatMap((span) => [...rounder(span).filter((round) => round > 0 && round < (length ?? 0)).slice(0, 1), span]).map((span) => made(at, span)),
    ...rounder(at).map((begin) => made(begin, length)),
    ...(length === undefined ? [] : rounder(length).filter((span) => span > 0 && span <= length).map((span) => made(at, span))),
  ];
}

/** A partition whose groups name one node less. */
function ofFewerNodes(fault: Fault): Fault[] {
  if (fault.kind !== 'partition') return [];
  return fault.groups.flatMap((group, at) => (group.length < 2 ? [] : group.map((gone): Fault => (
    { ...fault, groups: fault.groups.map((other, index) => (index === at ? other.filter((node) => node !== gone) : other)) }
  ))));
}

/** An instant on coarser steps than it has, the coarsest first. */
function rounder(micros: number): number[] {
  return STEPS.filter((step) => micros % step !== 0).map((step) => Math.round(micros / step) * step);
}

/** Whether a time is on a coarser step than another. */
function isRounder(one: number, other: number): boolean {
  const step = (micros: number): number => STEPS.findIndex((size) => micros % size === 0) >>> 0;
  return step(one) < step(other);
}
