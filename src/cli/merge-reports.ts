/**
 * `splitbrain merge-reports DIR`: joins the result files of a sweep's shards and prints what one process would have printed.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import { formatSweepReport, mergeSweepReports, parseSweepReport } from '../scenarios/index.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { tell } from './sweep.ts';

/** The `merge-reports` command. */
export const mergeReportsCommand: Command = {
  name: 'merge-reports',
  usage: 'DIR [--out FILE] [--json]',
  summary: "join the result files of a sweep's shards; names those that are missing",
  run(args, terminal) {
    const given = readArguments('merge-reports', args, { out: { type: 'string' }, json: { type: 'boolean' } }, 1);
    const [folder] = given.positionals;
    if (folder === undefined) throw new UsageError('INVALID_ARGUMENT', "merge-reports: which folder? (try 'splitbrain --help')");
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new InputError(`${folder}: no such folder`);
    const parts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().flatMap((name) => {
      const source = join(folder, name);
      const report = parseSweepReport(readFileSync(source, 'utf8'), source);
      return report === undefined ? [] : [{ source, report }];
    });
    if (parts.length === 0) throw new InputError(`${folder}: no result files of a sweep`);
    const whole = mergeSweepReports(parts);
    const out = given.text('out');
    if (out !== undefined) {
      try {
        writeFileSync(out, formatSweepReport(whole));
      } catch (cause) {
        throw new InputError(`${out}: cannot be written: ${messageOf(cause)}`, { cause });
      }
    }
    return Promise.resolve(tell(whole, undefined, given.on('json'), undefined, terminal));
  },
};
