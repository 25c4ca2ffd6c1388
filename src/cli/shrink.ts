/**
 * `splitbrain shrink FILE --seed S`: makes of a failing seed the smallest case that still fails in the same way, shows it, and saves it.
 *
 * @module
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { counted } from '../checkers/wording.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import { caseOf, countOperations, formatCase, parseCase, runScenario, shrinkCase, type RunResult, type Shrunk } from '../scenarios/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command } from './command.ts';
import { Interruption } from './interruption.ts';
import { loadScenario } from './load-scenario.ts';
import { invocation, printRun, reading, replayCommand, writing } from './run.ts';
import { tuneEngine } from './tune-engine.ts';

const FLAGS = { seed: { type: 'string' }, configuration: { type: 'string' }, case: { type: 'string' }, out: { type: 'string' }, budget: { type: 'string' }, json: { type: 'boolean' } } as const;

/** The `shrink` command. */
export const shrinkCommand: Command = {
  name: 'shrink',
  usage: 'FILE --seed N [--configuration NAME] [--out case.json] [--budget RUNS] [--json] | --case case.json [FILE] …',
  summary: 'make of a failing seed the smallest case that fails in the same way: fewer faults, clients, keys, operations, nodes; rounder times',
  async run(args, terminal) {
    const given = readArguments('shrink', args, FLAGS, 1);
    const source = given.text('case');
    const begin = source === undefined ? undefined : parseCase(reading(source), source);
    const file = given.positionals[0] ?? (begin === undefined || source === undefined ? undefined : relative(process.cwd(), resolve(dirname(resolve(source)), begin.scenario)));
    if (file === undefined) throw new UsageError('INVALID_ARGUMENT', "shrink: which scenario file? (try 'splitbrain --help')");
    const seed = begin?.seed ?? given.whole('seed', undefined);
    if (seed === undefined) throw new UsageError('INVALID_ARGUMENT', 'shrink: --seed N is missing: which seed fails?');
    const budget = given.whole('budget', undefined);
    if (budget === 0) throw new UsageError('INVALID_ARGUMENT', 'shrink: --budget takes a whole number from 1');
    const configuration = begin?.configuration ?? given.text('configuration');
    const scenario = await loadScenario(file);
    tuneEngine();
    const interruption = new Interruption();
    const shrunk = await shrinking(file, () => shrinkCase(scenario, {
      seed, ...(configuration === undefined ? {} : { configuration }), ...(budget === undefined ? {} : { budget }),
      ...(begin === undefined ? {} : { plan: begin.plan, ...(begin.workload === undefined ? {} : { workload: begin.workload }), ...(begin.settings === undefined ? {} : { settings: begin.settings }) }),
      onProgress: (best, runs) => { terminal.progress(`run ${runs}: ${sizeOf(best)}`); },
      mayGoOn: interruption.mayGoOn,
    })).finally(() => { interruption.end(); });
    const { exitCode } = interruption;
    terminal.progress('');
    const { original, runs, isMinimal } = shrunk;
    // Once more, with its messages, for the picture.
    const { plan, workload, settings, configuration: name } = shrunk.result;
    const result = await runScenario(scenario, { seed, configuration: name, plan, trace: 'messages', ...(workload === undefined ? {} : { workload }), ...(settings === undefined ? {} : { settings }) });
    const out = given.text('out');
    if (out !== undefined) writing(out, formatCase(caseOf(result, relative(dirname(resolve(out)), resolve(file)).split(sep).join('/'), true)));
    if (given.on('json')) {
      const { digest, verdicts } = result;
      terminal.out(JSON.stringify({ scenario: scenario.name, configuration: name, seed, runs, isMinimal, ...(exitCode === undefined ? {} : { interrupted: true }), from: countsOf(original), to: countsOf(result), plan, ...(workload === undefined ? {} : { workload }), ...(settings === undefined ? {} : { settings }), verdicts, digest }));
    } else {
      printRun(result, out === undefined ? replayCommand(file, result, Object.keys(scenario.configurations).length > 1) : `${invocation()} replay ${out}`, terminal);
      terminal.out(`shrunk in ${counted(runs, 'run')} from ${sizeOf(original)} to ${sizeOf(result)}${isMinimal ? '' : exitCode === undefined ? ' (the budget ran out: --budget RUNS)' : ' (interrupted: --case goes on from what --out saved)'}`);
    }
    if (workload === undefined && scenario.redo !== undefined) terminal.err('its workload is a function, and done again as data (redo) it did not fail in the same way: only the fault plan could shrink');
    else if (workload === undefined) terminal.err('its workload is a function, so that only the fault plan could shrink; one that is data shrinks too, or one that says who can do it again (redo: docs/sweeps.md)');
    if (out !== undefined) terminal.err(`saved as ${out}`);
    return exitCode ?? EXIT.violation;
  },
};

async function shrinking(file: string, shrink: () => Promise<Shrunk>): Promise<Shrunk> {
  try {
    return await shrink();
  } catch (cause) {
    if (cause instanceof SplitbrainError) throw cause;
    throw new InputError(`${file}: the scenario threw: ${messageOf(cause)}`, { cause });
  }
}

function countsOf({ plan, workload, verdicts }: RunResult): { faults: number; clients?: number; operations?: number; witness: number } {
  const witness = verdicts.find(({ verdict }) => verdict === 'violation')?.witness.length ?? 0;
  return { faults: plan.length, ...(workload === undefined ? {} : { clients: workload.clients.length, operations: countOperations(workload) }), witness };
}

function sizeOf(result: RunResult): string {
  const { faults, clients, operations } = countsOf(result);
  return `${counted(faults, 'fault')}${operations === undefined ? '' : `, ${counted(operations, 'operation')} of ${counted(clients ?? 0, 'client')}`}`;
}
