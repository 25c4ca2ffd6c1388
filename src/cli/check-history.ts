/**
 * One history and its verdict, for `splitbrain check`: which model, which initial value, how long it took.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { CHECKER_NAMES, CHECKERS, type CheckerName } from '../checkers/checker-table.ts';
import { inferChecker, inferModel } from '../checkers/infer-model.ts';
import { MODEL_NAMES, MODELS, type ModelName } from '../checkers/models/table.ts';
import type { IsolationLevel } from '../checkers/transactions/isolation-levels.ts';
import type { Verdict } from '../checkers/verdict.ts';
import type { DELIVERIES } from '../checkers/workloads/queue-contents.ts';
import type { Operation } from '../history/operation.ts';
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
  const { operations, format } = history;
  const checker = flags.checker ?? (flags.level === undefined ? undefined : 'transactions')
    ?? (flags.model === undefined ? inferChecker(operations) : 'linearizability');
  const model = takesModel(checker) ? flags.model ?? modelFor(history) : undefined;
  const initial = flags.initial ?? initialValue(model, format);
  const options = { ...flags, ...(model === undefined ? {} : { model }), ...(initial === undefined ? {} : { initial }) };
  const start = performance.now();
  try {
    return { verdict: CHECKERS[checker](history, options), milliseconds: performance.now() - start };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isAtFault = model === undefined ? isNamedIn(error.message) : (operation: Operation) => refusal(model, operation) !== undefined;
    throw new InputError(`${placeOf(history, isAtFault)}: ${error.message}`, { cause: error });
  }
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

/** Jepsen's registers that are read from EDN or JSON start at 0, as its tests of them do; others at null. */
function initialValue(model: ModelName | undefined, format: ImportedHistory['format']): HistoryValue | undefined {
  const jepsen = format === 'edn' || format === 'json';
  return jepsen && (model === 'cas-register' || model === 'multi-register') ? 0 : undefined;
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
