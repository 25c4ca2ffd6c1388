/**
 * The process's own terminal: answers to standard output, diagnostics to standard error, colour and progress only where a
 * person looks.
 *
 * @module
 */
import type { Terminal } from './command.ts';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // Whoever reads may stop reading (`| head`): that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    stderr.write(`splitbrain: standard output: ${error.message}\n`);
    process.exit(2);
  });
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
    columns: Math.min(100, Math.max(40, stdout.isTTY ? stdout.columns : 100)),
    colour: stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb',
    out: (line) => { clear(); stdout.write(`${line}\n`); },
    err: (line) => { clear(); stderr.write(`${line}\n`); },
    progress: (line) => {
      if (!stderr.isTTY) return;
      stderr.write(`\r\u001b[K${line.slice(0, (stderr.columns ?? 100) - 1)}`);
      drawn = line !== '';
    },
  };
}

/** Text in a colour, where the terminal takes one. */
export function paint(terminal: Terminal, colour: 'red' | 'green' | 'yellow' | 'bold' | 'dim', text: string): string {
  if (!terminal.colour) return text;
  const code = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 }[colour];
  return `\u001b[${code}m${text}\u001b[0m`;
}
