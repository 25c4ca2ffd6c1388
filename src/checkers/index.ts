/**
 * Checkers: what a history proves about the store that answered it.
 *
 * @module
 */
export { checkLinearizability } from './linearizability.ts';
export type { LinearizabilityOptions } from './linearizability.ts';
export { inferModel } from './infer-model.ts';
export type { Model } from './model.ts';
export { MODEL_NAMES, MODELS } from './models/table.ts';
export type { ModelName } from './models/table.ts';
export { formatVerdict } from './verdict.ts';
export type { Verdict, VerdictCost, VerdictKind } from './verdict.ts';
