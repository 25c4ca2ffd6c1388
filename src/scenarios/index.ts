/**
 * Scenarios: a system, a workload, faults and a verdict under one name.
 *
 * @module
 */
export { caseOf, formatCase, parseCase, type CaseFile } from './case-file.ts';
export { runScenario, sweepScenario, type RunOptions, type RunResult, type SweepOptions, type SweepResult } from './run.ts';
export { configurationOf, isScenario, scenario, type Configuration, type Scenario, type ScenarioDefinition } from './scenario.ts';
