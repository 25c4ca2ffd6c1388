/**
 * One history and its verdict, for `splitbrain check`: which model, which initial value, how long it took.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { CHECKER_NAMES, CHECKERS, type CheckerName, type CheckerOptions } from '../checkers/checker-table.ts';
import { areElleRegisters, inferChecker, inferModel } from '../checkers/infer-model.ts';
import { MODEL_NAMES, MODELS, type ModelName } from '../checkers/models/table.ts';
import type { IsolationLevel } from '../checkers/transactions/isolation-levels.ts';
import type { Verdict } from '../checkers/verdict.ts';
import type { DELIVERIES } from '../checkers/workloads/queue-contents.ts';
import { isRead, type Operation } from '../history/operation.ts';
import type { ImportedHistory } from '../history/read.ts';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';

/** What the flags of `check` ask for. */
export interface CheckFlags {
  readonly checker?: CheckerName;
  readonly model?: ModelName;
  readonly level?: IsolationLevel;
  readonly json: boolean;
  readonly initial?: HistoryValue;
  readonly budget?: number;
  readonly total?: number;
  readonly negativeBalances?: boolean;
  readonly delivery?: (typeof DELIVERIES)[number];
  readonly linearizable?: boolean;
  readonly k?: number;
  readonly delta?: string;
  readonly healedAt?: string;
  readonly settleWithin?: string;
  readonly answerWithin?: string;
}

/** A verdict and the time it took. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly milliseconds: number;
}

/**
 * Checks one history with the checker and model asked for, or those its operations call for.
 *
 * @throws {@link UsageError} when there is none
 */
export function judge(history: ImportedHistory, flags: Omit<CheckFlags, 'json'>): Judgement {
  const { operations } = history;
  const checker = flags.checker ?? (flags.level === undefined ? undefined : 'transactions')
    ?? (flags.model === undefined ? inferChecker(operations) : 'linearizability');
  const model = takesModel(checker) ? flags.model ?? modelFor(history) : undefined;
  const initial = flags.initial ?? initialValue(model, history);
  const options = { ...flags, ...(model === undefined ? {} : { model }), ...(initial === undefined ? {} : { initial }) };
  const start = performance.now();
  try {
    return { verdict: verdictOf(history, checker, options, isLeftOpen(flags)), milliseconds: performance.now() - start };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isAtFault = model === undefined ? isNamedIn(error.message) : (operation: Operation) => refusal(model, operation) !== undefined;
    throw new InputError(`${placeOf(history, isAtFault)}: ${error.message}`, { cause: error });
  }
}

/** Whether the choice of checker and model is ours, and how long it may take too. */
function isLeftOpen({ checker, level, model, budget }: Omit<CheckFlags, 'json'>): boolean {
  return checker === undefined && level === undefined && model === undefined && budget === undefined;
}

/** Some seconds. */
const EXACT_STEPS = 300_000;

/**
 * Transactions over registers have two checkers, if none is asked for: is there one order of everything, which may take for ever to find out;
 * and if that does, Elle's anomalies, which are found in linear time but not all.
 */
function verdictOf(history: ImportedHistory, checker: CheckerName, options: CheckerOptions, isOpen: boolean): Verdict {
  if (!isOpen || checker !== 'linearizability' || !areElleRegisters(history.operations)) return CHECKERS[checker](history, options);
  const exact = CHECKERS.linearizability(history, { ...options, budget: EXACT_STEPS });
  return exact.verdict === 'unknown' ? CHECKERS.transactions(history, options) : exact;
}

function takesModel(checker: CheckerName): boolean {
  return checker === 'linearizability' || checker === 'sequential';
}

function modelFor(history: ImportedHistory): ModelName {
  const { operations } = history;
  const model = inferModel(operations) ?? (operations.length === 0 ? 'register' : undefined);
  if (model !== undefined) return model;
  const names = [...new Set(operations.map(({ f }) => f))].join(', ');
  const choice = `name one with --model (${MODEL_NAMES.join(', ')}) or a checker with --checker (${CHECKER_NAMES.join(', ')})`;
  const where = placeOf(history, (operation) => MODEL_NAMES.every((name) => refusal(name, operation) !== undefined));
  throw new InputError(`${where}: no model has all of its operations (${names}); ${choice}`);
}

/** Checkers name the operation they cannot take by its id. */
function isNamedIn(message: string): (operation: Operation) => boolean {
  const id = /operation (\d+)/.exec(message)?.[1];
  return (operation) => String(operation.id) === id;
}

function refusal(model: ModelName, operation: Operation): string | undefined {
  return MODELS[model]().refuses?.(operation);
}

/** File and line of the first operation that is at fault, or the file alone. */
function placeOf(history: ImportedHistory, isAtFault: (operation: Operation) => boolean): string {
  const culprit = history.operations.find(isAtFault);
  return culprit === undefined ? titleOf(history) : `${history.path}:${history.lines[culprit.call] ?? 0}`;
}

/**
 * Jepsen's histories in EDN or JSON do not say what a register holds at the start, and its tests differ: 0, unless somebody compared with
 * null, or transactions have the words of Elle, in which null is what was there at first. A register that was never compared starts at 0 only
 * where 0 was read and nobody had written it. In all other formats it is null.
 */
function initialValue(model: ModelName | undefined, { operations, format }: ImportedHistory): HistoryValue | undefined {
  if (format !== 'edn' && format !== 'json') return undefined;
  if (model === 'multi-register') return areElleRegisters(operations) ? undefined : 0;
  if (model === 'cas-register') return operations.some(({ f, input }) => f === 'cas' && Array.isArray(input) && input[0] === null) ? undefined : 0;
  if (model !== 'register') return undefined;
  return operations.some(({ f, output }) => isRead(f) && output === 0) && !operations.some(({ f, input }) => !isRead(f) && input === 0) ? 0 : undefined;
}

/** The file, and the history's name in it where it holds several. */
export function titleOf({ path, id }: ImportedHistory): string {
  return id === undefined || id === '' ? path : `${path}#${id}`;
}

/**
 * A file's text.
 *
 * @throws {@link InputError} when it cannot be read
 */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(`${path}: cannot be read: ${messageOf(cause)}`, { cause });
  }
}
