#!/usr/bin/env node
/**
 * The `splitbrain` command line.
 *
 * @module
 */
import { messageOf, SplitbrainError } from '../kernel/errors.ts';
import { checkCommand } from './check.ts';
import { EXIT, type Command, type Terminal } from './command.ts';
import { cqlCommand } from './cql.ts';
import { demoCommand } from './demo.ts';
import { mergeReportsCommand } from './merge-reports.ts';
import { ownVersion } from './own-version.ts';
import { diffCommand, replayCaseCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { shrinkCommand } from './shrink.ts';
import { sweepCommand } from './sweep.ts';
import { processTerminal } from './terminal.ts';
import { tradeoffCommand } from './tradeoff.ts';

const COMMANDS: readonly Command[] = [demoCommand, runCommand, sweepCommand, mergeReportsCommand, shrinkCommand, replayCaseCommand, diffCommand, checkCommand, cqlCommand, tradeoffCommand, serveCommand];

function help(): string[] {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    'splitbrain: Redis, Cassandra and Dynamo in one process, on one simulated clock, with failures on demand',
    '',
    'Usage: splitbrain COMMAND [ARGUMENTS]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    ...COMMANDS.map(({ name, usage }) => `  splitbrain ${name} ${usage}`.trimEnd()),
    '',
    'Exit codes: 0 as promised, 1 a violation was found, 2 unusable input, 3 a budget ran out.',
  ];
}

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help' || rest.includes('--help') || rest.includes('-h')) {
    for (const line of help()) terminal.out(line);
    return name === undefined ? EXIT.unusable : EXIT.ok;
  }
  if (name === '--version') {
    terminal.out(ownVersion());
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    terminal.err(`splitbrain: unknown ${name.startsWith('-') ? 'flag' : 'command'} '${name}' (try 'splitbrain --help')`);
    return EXIT.unusable;
  }
  return command.run(rest, terminal);
}

const UNSETTLED = 13;
const terminal = processTerminal();
// Node ends so when nothing is left to wake what is awaited, in a scenario's own code that is not under the simulation's eyes.
process.on('exit', (code) => {
  if (code !== UNSETTLED) return;
  terminal.err('splitbrain: the scenario waits for something that never comes');
  process.exitCode = EXIT.unusable;
  // What a failed run has left open must not keep the process.
  setTimeout(() => process.exit(), 200).unref();
});
try {
  process.exitCode = await main(process.argv.slice(2), terminal);
} catch (error) {
  terminal.err(error instanceof SplitbrainError ? error.message : `splitbrain: ${messageOf(error)}`);
  if (!(error instanceof SplitbrainError) && process.env['SPLITBRAIN_DEBUG'] !== undefined) terminal.err(String((error as Error).stack));
  process.exitCode = EXIT.unusable;
}
