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
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
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

/** A text in lines of at most so many columns, broken at spaces; the lines after the first are indented. */
export function wrap(text: string, columns: number, indent: string = '   '): string[] {
  const lines: string[] = [];
  const margin = /^ */.exec(text)?.[0] ?? '';
  let line = '';
  for (const word of text.trimStart().split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = margin + indent + word;
    } else {
      line = line === '' ? margin + word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Text in a colour, where the terminal takes one. */
export function paint(terminal: Terminal, colour: 'red' | 'green' | 'yellow' | 'bold' | 'dim', text: string): string {
  if (!terminal.colour) return text;
  const code = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 }[colour];
  return `\u001b[${code}m${text}\u001b[0m`;
}
