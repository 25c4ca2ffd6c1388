/**
 * Arbitraries for fast-check: fault plans, workloads and topologies for properties of your own. What they generate is the same
 * plain data that plans and workloads are everywhere, and fast-check shrinks it.
 *
 * @module
 */
export { faultPlan, type FaultPlanConstraints } from './fault-plan.ts';
export { topology, type GeneratedTopology, type TopologyConstraints } from './topology.ts';
export { workload, type WorkloadConstraints } from './workload.ts';
