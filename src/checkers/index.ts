/**
 * Checkers: what a history proves about the store that answered it.
 *
 * @module
 */
export { checkLinearizability } from './linearizability.ts';
export type { LinearizabilityOptions } from './linearizability.ts';
export { checkSequentialConsistency } from './causality/sequential-consistency.ts';
export { CAUSAL_MODELS, checkCausalConsistency, checkPram } from './causality/causal-consistency.ts';
export type { CausalOptions } from './causality/causal-consistency.ts';
export type { ModelOptions } from './choose-model.ts';
export { checkConvergence } from './convergence.ts';
export type { ConvergenceVerdict, Divergence, ReplicaState } from './convergence.ts';
export { checkSessionGuarantees, SESSION_GUARANTEES } from './session-guarantees.ts';
export type { SessionGuarantee, SessionOptions, SessionVerdict } from './session-guarantees.ts';
export { inferModel } from './infer-model.ts';
export type { Model } from './model.ts';
export { MODEL_NAMES, MODELS } from './models/table.ts';
export type { ModelName } from './models/table.ts';
export { formatVerdict } from './verdict.ts';
export type { Verdict, VerdictCost, VerdictKind } from './verdict.ts';
