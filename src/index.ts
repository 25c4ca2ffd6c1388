/**
 * The front door: the simulation, its faults, its trace and its histories.
 *
 * @module
 */
export { Client, type ClientOptions, type OperationDescription, type Request, type Settle } from './kernel/client.ts';
export type { ClockDisturbance, NodeClock } from './kernel/clock.ts';
export type { Disk, LazyBytes, RecordBytes, SimulatedDisk, WriteOutcome } from './kernel/disk.ts';
export {
  DISTRIBUTION_PRESETS, sampler, type Distribution, type DistributionInput, type DistributionPreset, type Sampler,
} from './kernel/distributions.ts';
export {
  HangError, InputError, InvariantError, RequestTimeoutError, SplitbrainError, UsageError,
} from './kernel/errors.ts';
export { describeFault, FAULT_KINDS, type Between, type Fault, type FaultKind } from './kernel/faults/fault.ts';
export {
  bridgeOf, halvesOf, majorityRingOf, type FaultBuilder, type FaultHandle, type Faults, type NodeReference, type NodeReferences,
} from './kernel/faults/injector.ts';
export { CLOCK_FAULTS, NETWORK_FAULTS, type Faultable, type FaultBudget } from './kernel/faults/budget.ts';
export { nemesis, type NemesisOptions, type NemesisRoutine } from './kernel/faults/nemesis.ts';
export { crashLoop, PARTITION_SHAPES, partitionOf, rollingRestart, type PartitionShape, type RoutineTimes } from './kernel/faults/routines.ts';
export { describePlan, formatPlan, parsePlan, readPlan, type FaultPlan, type PlannedFault } from './kernel/faults/plan.ts';
export {
  History, type Completion, type HistoryEntry, type HistoryEntryType, type HistoryValue, type HistoryVersion, type Invocation,
} from './kernel/history.ts';
export {
  bytesOf, delay, drop, pass, type HeldMessage, type Network, type Packet, type PacketRule, type PacketVerdict,
} from './kernel/network.ts';
export type { Host, Machine, MachineFactory, Message, Timer, TimerId } from './kernel/node.ts';
export type { SimulationEventName, SimulationEvents } from './kernel/observers.ts';
export { Random } from './kernel/random.ts';
export type { CrashKind, NodeOptions, SimulatedNode } from './kernel/simulated-node.ts';
export { Simulation, type SimulationOptions } from './kernel/simulation.ts';
export type { Distance, Placement, TopologyOptions } from './kernel/topology.ts';
export { parseTrace, type Trace, type TraceEntry, type TraceKind, type TraceLevel } from './kernel/trace.ts';
export {
  duration, formatDuration, signedDuration, type ByteCount, type DurationInput, type Micros, type NodeId, type Ratio,
} from './kernel/units.ts';
export { perform, type Effect, type GeneratorWorkload } from './kernel/workload.ts';
export { scenario, type Configuration, type Scenario, type ScenarioDefinition } from './scenarios/scenario.ts';
