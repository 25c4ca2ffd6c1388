/**
 * Scenarios: a system, a workload, faults and a verdict under one name.
 *
 * @module
 */
export { caseOf, formatCase, parseCase, type CaseFile } from './case-file.ts';
export { runScenario, sweepScenario, type RunOptions, type RunResult, type SweepOptions, type SweepResult } from './run.ts';
export { watchCoverage } from './fault-coverage.ts';
export { configurationOf, isScenario, scenario, type Configuration, type DataWorkload, type Redo, type Scenario, type ScenarioDefinition } from './scenario.ts';
export { statisticsOf, type RunStatistics } from './run-statistics.ts';
export { countSeeds, parseSeeds, seedsOf, type SeedSpan } from './seed-range.ts';
export { runSeed, type SeedResult } from './seed-result.ts';
export { parseShard, shardFrom, WHOLE, type Shard } from './shard.ts';
export { describeSweep, formatSweepReport, mergeSweepReports, parseSweepReport, summaryOf, type SweepReport } from './sweep-report.ts';
export { FAILURES_KEPT, SweepTally, type Met, type TallyData } from './sweep-tally.ts';
export { cassandraClients, type CassandraWorkloadOptions } from './workloads/cassandra-clients.ts';
export { dynamoClients } from './workloads/dynamo-clients.ts';
export { redisClients, type RedisWorkloadOptions } from './workloads/redis-clients.ts';
export { beginWorkload, runWorkload, type WorkloadClient } from './workloads/run-workload.ts';
export {
  countOperations, drawWorkload, formatWorkload, readWorkload, type KeySkew, type Workload, type WorkloadClientPlan, type WorkloadDescription, type WorkloadOperation,
} from './workloads/workload.ts';
export type { Mix, TransactionStep, WorkloadKind, WorkloadValue, WorkloadWord } from './workloads/workload-kinds.ts';
export { EXPLORED_KINDS, exploreScenario, type Explored, type ExploreOptions } from './explore.ts';
export { shrinkCase, type Shrunk, type ShrinkOptions } from './shrink.ts';
export { divergenceOf, type Divergence } from './divergence.ts';
export { quiesce, type QuiesceOptions, type QuiesceVerdict } from './quiesce.ts';
