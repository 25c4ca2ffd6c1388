/**
 * Checkers: what a history proves about the store that answered it. Every one takes a history (entries as a simulation records them,
 * or operations as `splitbrain/history` reads them from a file) and answers one shape:
 * `{ verdict: 'ok' | 'violation' | 'unknown', model, key?, witness, order?, explanation, cost }`.
 *
 * @module
 */
export { checkLinearizability } from './linearizability.ts';
export type { LinearizabilityOptions } from './linearizability.ts';
export type { ModelOptions } from './choose-model.ts';
export { checkSequentialConsistency } from './causality/sequential-consistency.ts';
export { CAUSAL_MODELS, checkCausalConsistency, checkPram } from './causality/causal-consistency.ts';
export type { CausalOptions } from './causality/causal-consistency.ts';
export { checkSessionGuarantees, SESSION_GUARANTEES } from './session-guarantees.ts';
export type { SessionGuarantee, SessionOptions, SessionVerdict } from './session-guarantees.ts';
export { checkTransactions } from './transactions/transactions.ts';
export type { TransactionOptions, TransactionVerdict } from './transactions/transactions.ts';
export type { Anomaly } from './transactions/anomaly.ts';
export { ISOLATION_LEVELS } from './transactions/isolation-levels.ts';
export type { AnomalyName, CycleAnomaly, IsolationLevel, LocalAnomaly } from './transactions/isolation-levels.ts';
export { checkBank } from './workloads/bank.ts';
export type { BankOptions } from './workloads/bank.ts';
export { checkCounter } from './workloads/counter.ts';
export { checkLocks } from './workloads/locks.ts';
export type { LockOptions } from './workloads/locks.ts';
export { checkLongFork } from './workloads/long-fork.ts';
export { checkQueue, DELIVERIES } from './workloads/queue-contents.ts';
export type { QueueOptions } from './workloads/queue-contents.ts';
export { checkSet } from './workloads/set-contents.ts';
export type { SetOptions } from './workloads/set-contents.ts';
export { checkUniqueIds } from './workloads/unique-ids.ts';
export { checkStaleness, freshnessCurve } from './staleness/staleness.ts';
export type { FreshnessPoint, StalenessOptions, StalenessVerdict } from './staleness/staleness.ts';
export { checkDuplicates, checkLostWrites, checkResurrections } from './workloads/lost-writes.ts';
export type { FinalState, LostWritesVerdict } from './workloads/lost-writes.ts';
export { checkLiveness } from './liveness.ts';
export type { LivenessOptions } from './liveness.ts';
export { checkConvergence } from './convergence.ts';
export type { ConvergenceVerdict, Divergence, ReplicaState } from './convergence.ts';
export { CHECKER_NAMES, checkerInput, CHECKERS } from './checker-table.ts';
export type { Checker, CheckerInput, CheckerName, CheckerOptions } from './checker-table.ts';
export { inferChecker, inferModel } from './infer-model.ts';
export type { Model } from './model.ts';
export { MODEL_NAMES, MODELS } from './models/table.ts';
export type { ModelName } from './models/table.ts';
export { formatVerdict } from './verdict.ts';
export type { Verdict, VerdictCost, VerdictKind } from './verdict.ts';
