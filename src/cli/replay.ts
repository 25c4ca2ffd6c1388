/**
 * `splitbrain replay case.json` repeats a saved case, as `run --replay` does; `splitbrain diff a.json b.json` runs two and shows
 * where they part.
 *
 * @module
 */
import { dirname, relative, resolve } from 'node:path';
import { UsageError } from '../kernel/errors.ts';
import { formatDuration, type Micros } from '../kernel/units.ts';
import { divergenceOf, parseCase, type RunResult } from '../scenarios/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command } from './command.ts';
import { loadScenario } from './load-scenario.ts';
import { reading, runCommand, running } from './run.ts';

/** The `replay` command. */
export const replayCaseCommand: Command = {
  name: 'replay',
  usage: 'case.json [FILE] [--json] [--history out.jsonl] [--trace out.jsonl]',
  summary: 'repeat a saved case and say whether it is the same run',
  run(args, terminal) {
    const [source, ...rest] = args;
    if (source === undefined || source.startsWith('-')) throw new UsageError('INVALID_ARGUMENT', "replay: which case? (try 'splitbrain --help')");
    return runCommand.run(['--replay', source, ...rest], terminal);
  },
};

/** The `diff` command. */
export const diffCommand: Command = {
  name: 'diff',
  usage: 'a.json b.json [--json]',
  summary: 'run two saved cases and show the first instant at which they part',
  async run(args, terminal) {
    const given = readArguments('diff', args, { json: { type: 'boolean' } }, 2);
    const [left, right] = given.positionals;
    if (left === undefined || right === undefined) throw new UsageError('INVALID_ARGUMENT', "diff: which two cases? (try 'splitbrain --help')");
    const [one, other] = [await replayed(left), await replayed(right)];
    const found = divergenceOf(one.simulation, other.simulation);
    if (given.on('json')) {
      terminal.out(JSON.stringify({ same: found === undefined, ...found, digests: [one.digest, other.digest] }));
    } else if (found === undefined) {
      terminal.out(`the same run: digest ${one.digest}`);
    } else {
      terminal.out(`they part at ${formatDuration(found.time as Micros)}, after ${found.common} ${found.in === 'trace' ? 'events' : 'entries of the history'} in common`);
      terminal.out(`  ${left}: ${found.left === undefined ? 'has ended' : JSON.stringify(found.left)}`);
      terminal.out(`  ${right}: ${found.right === undefined ? 'has ended' : JSON.stringify(found.right)}`);
    }
    return found === undefined ? EXIT.ok : EXIT.violation;
  },
};

async function replayed(source: string): Promise<RunResult> {
  const { scenario: path, seed, plan, configuration, workload, settings } = parseCase(reading(source), source);
  const file = relative(process.cwd(), resolve(dirname(resolve(source)), path));
  return running(await loadScenario(file), file, { seed, plan, planSource: source, configuration, ...(workload === undefined ? {} : { workload }), ...(settings === undefined ? {} : { settings }) });
}
