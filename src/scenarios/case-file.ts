/**
 * Case files: `{ version, scenario, configuration, seed, settings?, plan, workload?, digest }`, under 2 kB for a plan a person can read. Whoever
 * has the scenario and the case has the run, event for event.
 *
 * @module
 */
import * as v from 'valibot';
import { InputError, messageOf } from '../kernel/errors.ts';
import { formatPlan, readPlan, type FaultPlan } from '../kernel/faults/plan.ts';
import type { RunResult } from './run.ts';
import { formatWorkload, readWorkload, type Workload } from './workloads/workload.ts';

/** A run, as small as it gets. */
export interface CaseFile {
  readonly version: 1;
  /** Where the scenario is: a path relative to the case file, with `/`. */
  readonly scenario: string;
  readonly configuration: string;
  readonly seed: number;
  readonly plan: FaultPlan;
  /** What the clients do, where that is not what the scenario draws: a shrunk workload. */
  readonly workload?: Workload;
  /** The settings, where they are not the configuration's: those of a smaller system. */
  readonly settings?: unknown;
  /** What the replay must arrive at. */
  readonly digest: string;
}

const schema = v.strictObject({
  version: v.literal(1),
  scenario: v.pipe(v.string(), v.minLength(1)),
  configuration: v.pipe(v.string(), v.minLength(1)),
  seed: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  plan: v.array(v.unknown()),
  workload: v.exactOptional(v.unknown()),
  settings: v.exactOptional(v.unknown()),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits')),
});

/**
 * Makes the case of a run.
 *
 * @param scenario - where the scenario is, relative to where the case will lie
 * @param keepsWorkload - whether what the clients do is written down too; else the scenario draws it again from the seed
 */
export function caseOf(result: RunResult, scenario: string, keepsWorkload: boolean = false): CaseFile {
  const { configuration, seed, plan, workload, settings, digest } = result;
  return { version: 1, scenario, configuration, seed, ...(settings === undefined ? {} : { settings }), plan, ...(workload === undefined || !keepsWorkload ? {} : { workload }), digest };
}

/** Prints a case, one fault a line, ending in a line break. */
export function formatCase({ plan, workload, ...rest }: CaseFile): string {
  const { digest, ...head } = rest;
  return `{\n${Object.entries(head).map(([name, value]) => ` "${name}": ${JSON.stringify(value)},\n`).join('')} "plan": ${formatPlan(plan)},\n${workload === undefined ? '' : ` "workload": ${formatWorkload(workload)},\n`} "digest": "${digest}"\n}\n`;
}

/**
 * Reads a case.
 *
 * @param text - the file's text
 * @param source - its name, for errors
 * @throws {@link InputError} one line naming what is wrong
 */
export function parseCase(text: string, source: string = 'case'): CaseFile {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${source}: not JSON: ${messageOf(cause)}`, { cause });
  }
  const result = v.safeParse(schema, data);
  if (!result.success) {
    const [issue] = result.issues;
    const path = issue.path?.map((item) => String(item.key)).join('.') ?? '';
    throw new InputError(`${source}: ${path === '' ? '' : `'${path}': `}${issue.message}`);
  }
  const { workload, plan, ...rest } = result.output;
  return { ...rest, plan: readPlan(plan, `${source}: plan`), ...(workload === undefined ? {} : { workload: readWorkload(workload, `${source}: workload`) }) };
}
