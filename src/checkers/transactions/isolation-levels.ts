/**
 * Isolation levels by the anomalies they proscribe: Adya (Weak Consistency, MIT 1999) and Adya, Liskov and O'Neil (ICDE 2000)
 * for G0 to G2; Cerone and Gotsman (Analysing Snapshot Isolation, PODC 2016) for snapshot isolation and its parallel kind; Elle
 * (Kingsbury and Alvaro, VLDB 2020) for the session and real-time variants.
 *
 * @module
 */

/** Circles of dependencies, the weakest first. */
export const CYCLE_ANOMALIES = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item'] as const;

/** A kind of circle. */
export type CycleAnomaly = (typeof CYCLE_ANOMALIES)[number];

/** What is wrong with single reads and pairs of transactions. */
export type LocalAnomaly =
  | 'G1a' | 'G1b' | 'future-read' | 'internal' | 'lost-update' | 'fractured-read' | 'long-fork'
  | 'unwritten-read' | 'duplicate-elements' | 'incompatible-order' | 'cyclic-versions';

/** The name of an anomaly; a circle that needs process order or real time says so. */
export type AnomalyName = CycleAnomaly | LocalAnomaly | `${CycleAnomaly}-process` | `${CycleAnomaly}-realtime`;

/** Which orders beside the data's own a level promises to respect. */
export type ExtraOrder = 'none' | 'process' | 'realtime';

/** What a level promises. */
export interface IsolationLevelRule {
  readonly cycles: readonly CycleAnomaly[];
  readonly order: ExtraOrder;
  readonly local: readonly LocalAnomaly[];
}

/** No store that calls itself one may do this, whatever the level. */
const ALWAYS = ['unwritten-read', 'duplicate-elements', 'incompatible-order', 'cyclic-versions'] as const satisfies readonly LocalAnomaly[];
const COMMITTED = [...ALWAYS, 'G1a', 'G1b', 'future-read'] as const satisfies readonly LocalAnomaly[];
const ATOMIC = [...COMMITTED, 'internal', 'fractured-read'] as const satisfies readonly LocalAnomaly[];
const SNAPSHOT = [...ATOMIC, 'lost-update', 'long-fork'] as const satisfies readonly LocalAnomaly[];

const SI = ['G0', 'G1c', 'G-single', 'G-nonadjacent'] as const satisfies readonly CycleAnomaly[];

/** The name of a level. */
export type IsolationLevel =
  | 'read-uncommitted'
  | 'read-committed'
  | 'read-atomic'
  | 'consistent-view'
  | 'parallel-snapshot-isolation'
  | 'snapshot-isolation'
  | 'repeatable-read'
  | 'serializable'
  | 'strong-session-snapshot-isolation'
  | 'strong-snapshot-isolation'
  | 'strong-session-serializable'
  | 'strict-serializable';

/** The levels, weakest first. */
export const ISOLATION_RULES: Readonly<Record<IsolationLevel, IsolationLevelRule>> = {
  'read-uncommitted': { cycles: ['G0'], order: 'none', local: ALWAYS },
  'read-committed': { cycles: ['G0', 'G1c'], order: 'none', local: COMMITTED },
  'read-atomic': { cycles: ['G0', 'G1c'], order: 'none', local: ATOMIC },
  'consistent-view': { cycles: ['G0', 'G1c', 'G-single'], order: 'none', local: [...ATOMIC, 'lost-update'] },
  'parallel-snapshot-isolation': { cycles: ['G0', 'G1c', 'G-single'], order: 'process', local: [...ATOMIC, 'lost-update'] },
  'snapshot-isolation': { cycles: SI, order: 'none', local: SNAPSHOT },
  'repeatable-read': { cycles: CYCLE_ANOMALIES, order: 'none', local: SNAPSHOT },
  serializable: { cycles: CYCLE_ANOMALIES, order: 'none', local: SNAPSHOT },
  'strong-session-snapshot-isolation': { cycles: SI, order: 'process', local: SNAPSHOT },
  'strong-snapshot-isolation': { cycles: SI, order: 'realtime', local: SNAPSHOT },
  'strong-session-serializable': { cycles: CYCLE_ANOMALIES, order: 'process', local: SNAPSHOT },
  'strict-serializable': { cycles: CYCLE_ANOMALIES, order: 'realtime', local: SNAPSHOT },
};

/** The names of all levels, weakest first. */
export const ISOLATION_LEVELS: readonly IsolationLevel[] = Object.keys(ISOLATION_RULES) as IsolationLevel[];

/** Whether a text names a level. */
export function isIsolationLevel(name: unknown): name is IsolationLevel {
  return typeof name === 'string' && Object.hasOwn(ISOLATION_RULES, name);
}

/** Whether a level forbids an anomaly. */
export function forbids(level: IsolationLevel, anomaly: AnomalyName): boolean {
  const rule = ISOLATION_RULES[level];
  const bare = anomaly.replace(/-(?:process|realtime)$/, '');
  const order: ExtraOrder = anomaly.endsWith('-realtime') ? 'realtime' : anomaly.endsWith('-process') ? 'process' : 'none';
  const strength: readonly ExtraOrder[] = ['none', 'process', 'realtime'];
  if (strength.indexOf(order) > strength.indexOf(rule.order)) return false;
  return rule.cycles.some((name) => name === bare) || rule.local.some((name) => name === anomaly);
}
