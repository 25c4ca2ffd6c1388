/**
 * `splitbrain run FILE.ts`: runs a user's scenario with a seed, shows what happened and what it proves. With `--replay` it
 * repeats a saved case and says whether the run is the same.
 *
 * @module
 */
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { formatVerdict } from '../checkers/index.ts';
import { formatJsonLines } from '../history/index.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import { describePlan, parsePlan } from '../kernel/faults/plan.ts';
import { renderTimeline, wrap } from '../report/index.ts';
import { caseOf, formatCase, parseCase, runScenario, type CaseFile, type RunResult, type Scenario } from '../scenarios/index.ts';
import { readArguments, type Given } from './arguments.ts';
import { EXIT, type Command, type Terminal } from './command.ts';
import { loadScenario } from './load-scenario.ts';
import { paint } from './terminal.ts';

/** A case that a person can read; a plan that makes it larger is said to. */
const SMALL_CASE = 2000;

const FLAGS = {
  seed: { type: 'string' }, json: { type: 'boolean' }, plan: { type: 'string' }, configuration: { type: 'string' },
  save: { type: 'string' }, history: { type: 'string' }, trace: { type: 'string' }, replay: { type: 'string' },
} as const;

/** The `run` command. */
export const runCommand: Command = {
  name: 'run',
  usage: 'FILE [--seed N] [--configuration NAME] [--plan plan.json|JSON] [--save case.json] [--history out.jsonl] [--trace out.jsonl] [--json] | --replay case.json [FILE]',
  summary: 'run a scenario file once: timeline, verdicts, digest; or replay a saved case',
  async run(args, terminal) {
    const given = readArguments('run', args, FLAGS, 1);
    refuseOutputs(given);
    const { result, path, replayed, given: plan, several } = await execute(given);
    const keepsWorkload = replayed?.workload !== undefined;
    const [history, trace] = [given.text('history'), given.text('trace')];
    if (history !== undefined) writing(history, formatJsonLines(result.simulation.history));
    if (trace !== undefined) writing(trace, result.simulation.trace.toJsonLines());
    const save = given.text('save');
    if (save !== undefined) {
      const scenario = relative(dirname(resolve(save)), resolve(path)).split(sep).join('/');
      const text = formatCase(caseOf(result, scenario, keepsWorkload));
      writing(save, text);
      terminal.err(`saved as ${save}${text.length < SMALL_CASE ? '' : `: ${text.length} bytes, as the plan has ${result.plan.length} faults`}`);
    }
    if (given.on('json')) printJson(result, terminal);
    else printRun(result, replayed === undefined ? replayCommand(path, result, several, plan) : `${invocation()} run --replay ${given.text('replay') ?? ''}`, terminal);
    if (replayed !== undefined && replayed.digest !== result.digest) {
      throw new UsageError('NOT_REPRODUCED', `run: not the same run: the case has digest ${replayed.digest}, this run ${result.digest}`);
    }
    if (replayed !== undefined) terminal.err(`the same run: digest ${result.digest}`);
    return { ok: EXIT.ok, violation: EXIT.violation, unknown: EXIT.unknown }[result.verdict];
  },
};

/** Refuses output files that would overwrite what is read, or each other, or that cannot be written: before anything is run. */
function refuseOutputs(given: Given): void {
  const inputs = [given.positionals[0], given.text('plan'), given.text('replay')].flatMap((file) => (file === undefined ? [] : [resolve(file)]));
  const taken = new Set(inputs);
  for (const flag of ['save', 'history', 'trace']) {
    const file = given.text(flag);
    if (file === undefined) continue;
    const path = resolve(file);
    if (taken.has(path)) throw new UsageError('INVALID_ARGUMENT', `run: --${flag} ${file} would overwrite ${inputs.includes(path) ? 'what is read' : 'another output'}`);
    taken.add(path);
    try {
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    } catch (cause) {
      throw new InputError(`${file}: cannot be written: ${messageOf(cause)}`, { cause });
    }
  }
}

/** Whether what stands for a plan is the plan itself, and not a file's name. */
function isInline(plan: string | undefined): boolean {
  return plan?.trimStart().startsWith('[') === true;
}

interface Executed {
  readonly result: RunResult;
  /** The scenario's file, relative to the working directory. */
  readonly path: string;
  readonly replayed: CaseFile | undefined;
  /** The plan, or its file, where one was given. */
  readonly given: string | undefined;
  /** Whether the scenario has several configurations. */
  readonly several: boolean;
}

async function execute(given: Given): Promise<Executed> {
  const replay = given.text('replay');
  if (replay === undefined) {
    const path = given.positionals[0];
    if (path === undefined) throw new UsageError('INVALID_ARGUMENT', "run: which scenario file? (try 'splitbrain --help')");
    const seed = given.whole('seed', 0);
    const plan = given.text('plan');
    const configuration = given.text('configuration');
    const scenario = await loadScenario(path);
    return {
      path,
      replayed: undefined,
      given: plan,
      several: Object.keys(scenario.configurations).length > 1,
      result: await running(scenario, path, {
        seed,
        ...(plan === undefined ? {} : isInline(plan) ? { plan: parsePlan(plan, '--plan'), planSource: '--plan' } : { plan: parsePlan(reading(plan), plan), planSource: plan }),
        ...(configuration === undefined ? {} : { configuration }),
      }),
    };
  }
  for (const flag of ['seed', 'plan', 'configuration']) {
    if (given.text(flag) !== undefined) throw new UsageError('INVALID_ARGUMENT', `run: --${flag} and --replay exclude each other: the case has its own`);
  }
  const replayed = parseCase(reading(replay), replay);
  const path = given.positionals[0] ?? relative(process.cwd(), resolve(dirname(resolve(replay)), replayed.scenario));
  const { seed, plan, configuration, workload, settings } = replayed;
  const scenario = await loadScenario(path);
  const result = await running(scenario, path, { seed, plan, planSource: replay, configuration, ...(workload === undefined ? {} : { workload }), ...(settings === undefined ? {} : { settings }) });
  return { path, replayed, given: undefined, several: Object.keys(scenario.configurations).length > 1, result };
}

/** Runs it; what the scenario itself throws becomes one line that says where. */
export async function running(scenario: Scenario, path: string, options: Parameters<typeof runScenario>[1]): Promise<RunResult> {
  try {
    return await escaping(runScenario(scenario, { ...options, trace: 'messages' }));
  } catch (cause) {
    const fromOutside = ['INVALID_PLAN', 'UNKNOWN_CONFIGURATION'].includes((cause as { code?: string } | null | undefined)?.code ?? '') || messageOf(cause).includes(options?.planSource ?? '\0');
    if (cause instanceof UsageError && fromOutside) throw cause;
    const code = cause instanceof SplitbrainError ? `${cause.code}: ` : '';
    throw new InputError(`${path}:${placeIn(path, cause)} the scenario threw: ${code}${messageOf(cause)}`, { cause });
  }
}

/** Also what nobody caught (a rejected promise that was not awaited, a callback that threw) is the scenario's doing. */
export async function escaping<T>(run: Promise<T>): Promise<T> {
  let escaped: (error: unknown) => void = () => undefined;
  const caught = new Promise<never>((_, reject) => { escaped = reject; });
  process.on('unhandledRejection', escaped);
  process.on('uncaughtException', escaped);
  try {
    return await Promise.race([run, caught]);
  } finally {
    process.off('unhandledRejection', escaped);
    process.off('uncaughtException', escaped);
    // The race may be lost by the run, which then ends for nobody.
    run.catch(() => undefined);
    caught.catch(() => undefined);
  }
}

function printJson(result: RunResult, terminal: Terminal): void {
  const { scenario, configuration, seed, digest, events, verdicts, plan } = result;
  terminal.out(JSON.stringify({ scenario, configuration, seed, digest, events, verdicts, plan }));
}

/** Shows a run to a person. */
export function printRun(result: RunResult, again: string, terminal: Terminal): void {
  const { simulation, verdicts, plan } = result;
  terminal.out(`${paint(terminal, 'bold', result.scenario)} (${result.configuration}), seed ${result.seed}`);
  for (const line of describePlan(plan).flatMap((text) => wrap(`  ${text}`, terminal.columns))) terminal.out(line);
  const witness = verdicts.find(({ verdict }) => verdict === 'violation')?.witness ?? [];
  for (const line of renderTimeline({ history: simulation.history.entries, trace: simulation.trace.entries(), nodes: simulation.nodes, witness, columns: terminal.columns })) {
    terminal.out(line);
  }
  for (const verdict of verdicts) {
    const colour = ({ ok: 'green', violation: 'red', unknown: 'yellow' } as const)[verdict.verdict];
    for (const line of formatVerdict(verdict).split('\n').flatMap((text) => wrap(text, terminal.columns))) terminal.out(paint(terminal, colour, line));
  }
  terminal.out(`digest ${result.digest}, ${result.events} events`);
  terminal.out(paint(terminal, 'dim', `again: ${again}`));
}

/** How this command line is called: from source as a script of the project, else by its name. */
export function invocation(): string {
  return import.meta.url.endsWith('.ts') ? 'npm run cli --' : 'npx splitbrain';
}

/**
 * The command line that repeats a run.
 *
 * @param several - whether the scenario has more than one configuration, so that it must be named
 * @param plan - what was put in place of the scenario's own: a file, or the plan itself as JSON
 */
export function replayCommand(
  path: string, result: { readonly seed: number; readonly configuration: string }, several: boolean = true, plan?: string,
): string {
  const configuration = several ? ` --configuration ${result.configuration}` : '';
  return `${invocation()} run ${path} --seed ${result.seed}${configuration}${plan === undefined ? '' : ` --plan ${isInline(plan) ? `'${plan.replaceAll("'", `'\\''`)}'` : plan}`}`;
}

/** Where in the scenario's own file something was thrown, as `12:5:`, or nothing. */
function placeIn(path: string, cause: unknown): string {
  const stack = cause instanceof Error ? cause.stack ?? '' : '';
  const name = path.split(/[/\\]/).at(-1) ?? path;
  const at = stack.split('\n').find((line) => line.includes(`/${name}:`));
  const place = at === undefined ? undefined : /:(\d+:\d+)\)?$/.exec(at)?.[1];
  return place === undefined ? '' : `${place}:`;
}

/** Reads a text file. @throws {@link InputError} one line */
export function reading(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(`${path}: ${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(cause)}`, { cause });
  }
}

/** Writes a text file. @throws {@link InputError} one line */
export function writing(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new InputError(`${path}: cannot be written: ${messageOf(cause)}`, { cause });
  }
}
