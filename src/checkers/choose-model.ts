/**
 * The options that name a sequential model, read and checked in one place for every checker that takes one.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import type { Operation } from '../history/operation.ts';
import { inWords, isLoose, isPlain, requireOptions } from './checker-input.ts';
import { inferModel } from './infer-model.ts';
import type { Model } from './model.ts';
import { isModelName, MODEL_NAMES, MODELS, type ModelName } from './models/table.ts';

/** How to check against a sequential model. */
export interface ModelOptions<State = unknown> {
  /** A model's name or a model of your own. Default: found out from the operations. */
  readonly model?: ModelName | Model<State>;
  /** The value at the start, for a model given by name. */
  readonly initial?: HistoryValue;
  /** Steps the search may take over all keys before the verdict is `unknown` (default 5 million, about a second). */
  readonly budget?: number;
}

/**
 * Requires options to be what they must be.
 *
 * @throws {@link UsageError} `INVALID_ARGUMENT`
 */
export function requireModelOptions(options: unknown): void {
  requireOptions(options);
  const { model, budget, initial } = options as { readonly [name: string]: unknown };
  const known = `models: ${MODEL_NAMES.join(', ')}`;
  const fail = (what: string): never => {
    throw new UsageError('INVALID_ARGUMENT', what);
  };
  if (typeof model === 'string') {
    if (!isModelName(model)) fail(`unknown model '${model}' (${known})`);
  } else if (model !== undefined && !isModel(model)) {
    fail(`model must be a name (${known}) or { name, init, step, equal }, got ${inWords(model)}`);
  }
  if (budget !== undefined && !(typeof budget === 'number' && budget >= 0)) fail(`budget must be a number of steps, got ${inWords(budget)}`);
  if (initial !== undefined && !isPlain(initial)) fail(`initial must be plain JSON, got ${inWords(initial)}`);
}

function isModel(model: unknown): model is Model {
  return isLoose(model) && typeof model['name'] === 'string' && model['init'] !== undefined
    && typeof model['step'] === 'function' && typeof model['equal'] === 'function';
}

/**
 * The model asked for, or the one the operations call for.
 *
 * @throws {@link UsageError} `NO_MODEL` when there is none, `INVALID_ARGUMENT` when its initial value cannot be that
 */
export function chooseModel<State>(operations: readonly Operation[], { model, initial }: ModelOptions<State>): unknown {
  if (typeof model === 'object') return model;
  const name = model ?? inferModel(operations) ?? (operations.length === 0 ? 'register' : undefined);
  if (name === undefined) {
    const names = [...new Set(operations.map(({ f }) => f))];
    const shown = `${names.slice(0, 10).join(', ')}${names.length > 10 ? `, … (${names.length})` : ''}`;
    throw new UsageError('NO_MODEL', `no model has all of these operations: ${shown} (models: ${MODEL_NAMES.join(', ')})`);
  }
  const wanted = name === 'kv' ? 'a text' : name === 'set' ? 'a list' : undefined;
  const right = name === 'kv' ? typeof initial === 'string' : Array.isArray(initial);
  if (wanted !== undefined && initial !== undefined && initial !== null && !right) {
    throw new UsageError('INVALID_ARGUMENT', `initial must be ${wanted} for the model ${name}, got ${inWords(initial)}`);
  }
  return MODELS[name](initial);
}

/**
 * Requires that a model can take every operation.
 *
 * @throws {@link UsageError} `UNSUPPORTED_OPERATION`
 */
export function requireSupported<State>(model: Model<State>, operations: readonly Operation[]): void {
  for (const operation of operations) {
    const refusal = model.refuses?.(operation);
    if (refusal === undefined) continue;
    throw new UsageError('UNSUPPORTED_OPERATION', `the model ${model.name} cannot take operation ${operation.id}: ${refusal}`);
  }
}
