/**
 * `splitbrain check`: judges recorded histories, from our own simulations or from a real database. The model is found out
 * from the operations when none is named; `--expect` compares with known verdicts.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { CHECKER_NAMES } from '../checkers/checker-table.ts';
import { isModelName, MODEL_NAMES } from '../checkers/models/table.ts';
import { ISOLATION_LEVELS } from '../checkers/transactions/isolation-levels.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { sentenceOf } from '../checkers/wording.ts';
import { DELIVERIES } from '../checkers/workloads/queue-contents.ts';
import { parseJson } from '../history/exact-number.ts';
import { detectFormat, readHistories, type ImportedHistory } from '../history/read.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { readArguments } from './arguments.ts';
import { checkExpected } from './check-expected.ts';
import { judge, readText, titleOf, type CheckFlags, type Judgement } from './check-history.ts';
import { EXIT, type Command, type Terminal } from './command.ts';

/** The `check` subcommand. */
export const checkCommand: Command = {
  name: 'check',
  usage: 'PATH... [--checker C] [--model M] [--level L] [--initial JSON] [--budget STEPS] [--json] [--expect expected.json]',
  summary: 'judge recorded histories: Jepsen EDN, JSON and logs, or JSON lines',
  run(args, terminal) {
    const { paths, flags, expect } = readFlags(args);
    const code = expect === undefined ? checkPaths(paths, flags, terminal) : checkExpected(expect, paths, flags, terminal);
    return Promise.resolve(code);
  },
};

function readFlags(args: readonly string[]): { paths: readonly string[]; flags: CheckFlags; expect: string | undefined } {
  const given = readArguments('check', args, {
    checker: { type: 'string', short: 'c' }, model: { type: 'string', short: 'm' }, level: { type: 'string' }, delivery: { type: 'string' },
    total: { type: 'string' }, k: { type: 'string' }, delta: { type: 'string' },
    'healed-at': { type: 'string' }, 'settle-within': { type: 'string' }, 'answer-within': { type: 'string' }, linearizable: { type: 'boolean' }, 'negative-balances': { type: 'boolean' }, initial: { type: 'string' }, budget: { type: 'string' },
    json: { type: 'boolean' }, expect: { type: 'string' },
  }, Infinity);
  const model = given.text('model');
  const initial = given.text('initial');
  const budget = given.whole('budget', undefined);
  const expect = given.text('expect');
  if (model !== undefined && !isModelName(model)) {
    throw new UsageError('INVALID_ARGUMENT', `check: unknown model '${model}' (models: ${MODEL_NAMES.join(', ')})`);
  }
  const checker = oneOf('checker', given.text('checker'), CHECKER_NAMES);
  const level = oneOf('level', given.text('level'), ISOLATION_LEVELS);
  const delivery = oneOf('delivery', given.text('delivery'), DELIVERIES);
  const total = given.whole('total', undefined);
  const k = given.whole('k', undefined);
  const texts = {
    delta: given.text('delta'), healedAt: given.text('healed-at'), settleWithin: given.text('settle-within'), answerWithin: given.text('answer-within'),
  };
  if (given.positionals.length === 0 && expect === undefined) {
    throw new UsageError('INVALID_ARGUMENT', 'check: name a file or folder with histories, or --expect expected.json');
  }
  const flags = {
    json: given.on('json'),
    ...(checker === undefined ? {} : { checker }),
    ...(model === undefined ? {} : { model }),
    ...(level === undefined ? {} : { level }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(total === undefined ? {} : { total }),
    ...(k === undefined ? {} : { k }),
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    ...(given.on('linearizable') ? { linearizable: true } : {}),
    ...(given.on('negative-balances') ? { negativeBalances: true } : {}),
    ...(initial === undefined ? {} : { initial: jsonFlag(initial) }),
    ...(budget === undefined ? {} : { budget }),
  };
  return { paths: given.positionals, flags, expect };
}

/** A flag's value, which must be one of some names. */
function oneOf<Name extends string>(flag: string, given: string | undefined, names: readonly Name[]): Name | undefined {
  if (given === undefined) return undefined;
  const known = names.find((name) => name === given);
  if (known === undefined) throw new UsageError('INVALID_ARGUMENT', `check: unknown ${flag} '${given}' (${names.join(', ')})`);
  return known;
}

function jsonFlag(text: string): HistoryValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UsageError('INVALID_ARGUMENT', `check: --initial must be JSON, got ${text}`, { cause });
  }
}

function checkPaths(paths: readonly string[], flags: CheckFlags, terminal: Terminal): number {
  const codes = new Set<number>();
  for (const { path, walked } of paths.flatMap(filesOf)) {
    try {
      const text = readText(path);
      if (walked && detectFormat(text) === undefined) {
        terminal.err(`${path}: skipped, not a history`);
        continue;
      }
      for (const history of readHistories(text, path)) codes.add(report(history, judge(history, flags), flags, terminal));
    } catch (error) {
      if (!(error instanceof SplitbrainError)) throw error;
      terminal.err(messageOf(error));
      codes.add(EXIT.unusable);
    }
  }
  if (codes.size === 0) throw new InputError(`no history in ${paths.join(', ')}`);
  return [EXIT.unusable, EXIT.violation, EXIT.unknown].find((code) => codes.has(code)) ?? EXIT.ok;
}

function report(history: ImportedHistory, { verdict, milliseconds }: Judgement, flags: CheckFlags, terminal: Terminal): number {
  if (flags.json) {
    terminal.out(JSON.stringify({
      file: history.path, ...(history.id === undefined ? {} : { id: history.id }), format: history.format, ...verdict,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
    }));
  } else {
    const found = `${verdict.verdict} (${verdict.model}): ${inWords(verdict)}`;
    terminal.out(`${titleOf(history)} ${found} ${milliseconds.toFixed(1)} ms`);
  }
  return verdict.verdict === 'ok' ? EXIT.ok : verdict.verdict === 'violation' ? EXIT.violation : EXIT.unknown;
}

function inWords({ verdict, explanation, witness, key }: Verdict): string {
  if (verdict !== 'violation') return explanation;
  const where = key === undefined ? '' : `key ${key}: `;
  const shown = witness.slice(0, 8).map(sentenceOf).join('; ');
  const more = witness.length > 8 ? `; and ${witness.length - 8} more` : '';
  return `${where}${explanation} [${shown}${more}]`;
}

const HISTORY_FILES: ReadonlySet<string> = new Set(['.edn', '.json', '.jsonl', '.ndjson', '.log', '.txt']);

/** A path itself, or the files below it that may be histories, in order of name. */
function filesOf(path: string): { path: string; walked: boolean }[] {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (cause) {
    throw new InputError(`${path}: there is no such file or folder`, { cause });
  }
  if (!folder) return [{ path, walked: false }];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const inner = join(path, item.name);
      if (item.isDirectory()) return item.name.startsWith('.') ? [] : filesOf(inner);
      return HISTORY_FILES.has(extname(item.name)) && !isExpectations(inner) ? [{ path: inner, walked: true }] : [];
    });
}

/** `expected.json` names histories and is none. */
function isExpectations(path: string): boolean {
  return basename(path) === 'expected.json' && /^\s*\{/.test(readText(path));
}
