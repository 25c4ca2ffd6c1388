/**
 * Fault plans: lists of `{ at, for, fault }`. A plan is what the fluent API and the nemesis make, what a file holds and what
 * a shrinker shortens. It is read with one clear line for what is wrong, and nothing of a wrong plan is applied.
 *
 * @module
 */
import * as v from 'valibot';
import { messageOf, UsageError } from '../errors.ts';
import { duration, formatDuration, type DurationInput } from '../units.ts';
import { describeFault, FAULT_KINDS, faultSchema, faultSchemaOf, isInstant, spanSchema, type Fault } from './fault.ts';

/** One fault of a plan: when it begins (since the start of the run), how long it lasts (for ever when left out), what it is. */
export interface PlannedFault {
  readonly at: DurationInput;
  readonly for?: DurationInput;
  readonly fault: Fault;
}

/** A list of planned faults, in any order. */
export type FaultPlan = readonly PlannedFault[];

const planned = (fault: v.GenericSchema<unknown, Fault>): v.GenericSchema<unknown, PlannedFault> => (
  v.strictObject({ at: spanSchema, for: v.exactOptional(spanSchema), fault }) as unknown as v.GenericSchema<unknown, PlannedFault>
);
const plannedFault = planned(faultSchema);
const plannedKinds: ReadonlyMap<unknown, v.GenericSchema<unknown, PlannedFault>> = new Map(FAULT_KINDS.map((kind) => [kind, planned(faultSchemaOf(kind))]));

/** The schema of a plan, from which `fault-plan.schema.json` is made. */
export const planSchema: v.GenericSchema<unknown, FaultPlan> = v.array(plannedFault);

/**
 * Reads a plan from plain data.
 *
 * @param data - what `JSON.parse` gave
 * @param source - names the plan in errors
 * @throws {@link UsageError} `INVALID_PLAN`: one line that names the place and what should stand there
 */
export function readPlan(data: unknown, source: string = 'fault plan'): FaultPlan {
  if (!Array.isArray(data)) throw invalid(source, 'must be a list of { at, for, fault }');
  return data.map((entry: unknown, index) => readPlannedFault(entry, `${source}: entry ${index + 1}`));
}

/** Reads a plan from JSON text. @throws {@link UsageError} `INVALID_PLAN` */
export function parsePlan(text: string, source: string = 'fault plan'): FaultPlan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw invalid(source, `not JSON: ${messageOf(error)}`);
  }
  return readPlan(data, source);
}

/** Prints a plan as JSON, one fault a line. {@link parsePlan} reads it back. */
export function formatPlan(plan: FaultPlan): string {
  return plan.length === 0 ? '[]' : `[\n${plan.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}

/** Says a plan in words, one line a fault, in the order in which they begin. */
export function describePlan(plan: FaultPlan): string[] {
  const from = (entry: PlannedFault): number => duration(entry.at);
  return [...plan].sort((a, b) => from(a) - from(b)).map((entry) => {
    const length = entry.for === undefined ? '' : ` for ${formatDuration(duration(entry.for))}`;
    return `at ${formatDuration(duration(entry.at))}${length}: ${describeFault(entry.fault)}`;
  });
}

function readPlannedFault(entry: unknown, place: string): PlannedFault {
  const kind = (entry as { fault?: { kind?: unknown } } | null)?.fault?.kind;
  const known = plannedKinds.get(kind);
  if (kind !== undefined && known === undefined) {
    throw invalid(place, `unknown fault ${JSON.stringify(kind)}; known are ${FAULT_KINDS.join(', ')}`);
  }
  const result = v.safeParse(known ?? plannedFault, entry);
  if (!result.success) {
    const issue = result.issues[0];
    const path = issue.path?.map((item) => String(item.key)).join('.') ?? '';
    if (issue.expected === 'never') throw invalid(place, `unknown field '${path}'`);
    const expected = issue.kind === 'validation' && issue.type === 'check' ? `must be ${issue.message}` : issue.message;
    throw invalid(place, `${path === '' ? '' : `'${path}': `}${expected}`);
  }
  const read = result.output;
  if (read.for !== undefined && isInstant(read.fault)) {
    throw invalid(place, `'for' makes no sense: ${read.fault.kind} happens in an instant`);
  }
  return read;
}

function invalid(place: string, message: string): UsageError {
  return new UsageError('INVALID_PLAN', `${place}: ${message}`);
}
