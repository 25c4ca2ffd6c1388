/**
 * `splitbrain check --expect expected.json`: compares our verdicts with known ones. The file has
 * `{ files: { PATH: { linearizable, model, initial? } } }` with paths relative to its own folder; a labelled file states
 * its verdicts itself, a line each. What is not about linearizability, or has no model here, counts as not supported; a
 * history for which the budget ran out neither agrees nor differs.
 *
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isModelName, type ModelName } from '../checkers/models/table.ts';
import type { VerdictKind } from '../checkers/verdict.ts';
import { counted } from '../checkers/wording.ts';
import { parseJson } from '../history/exact-number.ts';
import { readHistories, type ImportedHistory } from '../history/read.ts';
import { field, isRecord } from '../history/text.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { judge, readText, type CheckFlags, type Judgement } from './check-history.ts';
import { EXIT, type Terminal } from './command.ts';

type Expectation = Readonly<Record<string, HistoryValue>>;

interface Tally {
  agree: number;
  differ: number;
  /** The budget ran out. */
  unknown: number;
  notSupported: number;
  unusable: number;
}

/**
 * Checks every history that the file names (below `paths`, when any are given).
 *
 * @returns 0 when all agree or are not supported, 1 when one differs, 2 when a file is missing or unusable, 3 when the budget
 * ran out and nothing worse happened
 * @throws {@link InputError} when the file, or one of its entries, is not what it must be, or a path names none of them
 */
export function checkExpected(expectedPath: string, paths: readonly string[], flags: CheckFlags, terminal: Terminal): number {
  if (flags.model !== undefined) {
    throw new UsageError('INVALID_ARGUMENT', 'check: --model and --expect exclude each other: the file names the model of each history');
  }
  const tally: Tally = { agree: 0, differ: 0, unknown: 0, notSupported: 0, unusable: 0 };
  for (const { name, path, expectation } of wantedOf(expectedPath, paths)) {
    try {
      checkFile(name, path, expectation, flags, terminal, tally);
    } catch (error) {
      if (!(error instanceof SplitbrainError)) throw error;
      tally.unusable++;
      terminal.err(messageOf(error));
    }
  }
  return summarize(expectedPath, tally, flags, terminal);
}

function summarize(expectedPath: string, tally: Tally, flags: CheckFlags, terminal: Terminal): number {
  const { agree, differ, unknown, notSupported, unusable } = tally;
  const words = `${agree} agree, ${differ} differ, ${notSupported} not supported`;
  if (unknown > 0) terminal.err(`${counted(unknown, 'verdict')} unknown: the budget ran out (--budget STEPS raises it)`);
  const nothing = agree + differ + unknown === 0;
  if (nothing) {
    const lacking = notSupported > 0 ? `no entry of ${expectedPath} is supported` : `${expectedPath} names no verdict`;
    terminal.err(`nothing was compared: ${unusable > 0 ? `${counted(unusable, 'entry', 'entries')} could not be read` : lacking}`);
  }
  terminal.out(flags.json ? JSON.stringify({ agree, differ, unknown, notSupported }) : words);
  if (unusable > 0 || (nothing && notSupported === 0)) return EXIT.unusable;
  return differ > 0 ? EXIT.violation : unknown > 0 ? EXIT.unknown : EXIT.ok;
}

interface Wanted {
  /** As the file names it. */
  readonly name: string;
  readonly path: string;
  readonly expectation: Expectation;
}

/** The entries below the paths, or all; a path that names none is a mistake, not a reason to compare nothing. */
function wantedOf(expectedPath: string, paths: readonly string[]): readonly Wanted[] {
  const folder = dirname(expectedPath);
  const all = expectations(expectedPath).map(([name, expectation]): Wanted => ({ name, path: join(folder, name), expectation }));
  const isBelow = ({ path }: Wanted, wanted: string): boolean => isWithin(path, wanted) || isWithin(realPath(path), realPath(wanted));
  const idle = paths.find((wanted) => !all.some((one) => isBelow(one, wanted)));
  if (idle !== undefined) throw new InputError(`${idle}: ${expectedPath} names no history there`);
  return paths.length === 0 ? all : all.filter((one) => paths.some((wanted) => isBelow(one, wanted)));
}

function expectations(path: string): [string, Expectation][] {
  let parsed: HistoryValue;
  try {
    parsed = parseJson(readText(path));
  } catch (error) {
    if (error instanceof SplitbrainError) throw error;
    throw new InputError(`${path}:1: not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  const files = isRecord(parsed) ? field(parsed, 'files') : undefined;
  if (!isRecord(files)) throw new InputError(`${path}:1: it must hold { "files": { PATH: { linearizable, model } } }`);
  return Object.entries(files).map(([name, expectation]) => {
    const fail = (what: string): never => {
      throw new InputError(`${path}: the entry of ${name} ${what}`);
    };
    if (!isRecord(expectation)) return fail(`must be a record, got ${JSON.stringify(expectation)}`);
    for (const [property, { words, isRight }] of Object.entries(PROPERTIES)) {
      const value = field(expectation, property);
      if (value !== undefined && !isRight(value)) fail(`has ${property}: ${JSON.stringify(value)}, which must be ${words}`);
    }
    return [name, expectation];
  });
}

/** What is read of an entry, and what each must be; whatever else an entry says is about other checkers. */
const PROPERTIES: Readonly<Record<string, { readonly words: string; readonly isRight: (value: HistoryValue) => boolean }>> = {
  linearizable: { words: 'true or false', isRight: (value) => typeof value === 'boolean' },
  model: { words: 'a text', isRight: (value) => typeof value === 'string' || value === null },
  verdict_counts: { words: 'a record', isRight: isRecord },
};

/** A path behind symbolic links; as it stands where there is no such file. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function checkFile(
  name: string, path: string, expectation: Expectation, flags: CheckFlags, terminal: Terminal, tally: Tally,
): void {
  const labelled = Object.hasOwn(expectation, 'verdict_counts');
  const model = modelOf(expectation['model']);
  const expected = expectation['linearizable'];
  if (!labelled && (typeof expected !== 'boolean' || model === undefined)) {
    tally.notSupported++;
    const words = `${name} not supported: ${whatOf(expectation)}`;
    terminal.out(flags.json ? JSON.stringify({ file: name, verdict: 'not supported' }) : words);
    return;
  }
  const settings = {
    ...(labelled || model === undefined ? {} : { model }),
    ...(labelled || !Object.hasOwn(expectation, 'initial') ? {} : { initial: expectation['initial'] ?? null }),
    ...(flags.initial === undefined ? {} : { initial: flags.initial }),
    ...(flags.budget === undefined ? {} : { budget: flags.budget }),
  };
  const histories = readHistories(readText(path), path);
  if (labelled) {
    checkLabelled(name, histories, settings, flags, terminal, tally);
    return;
  }
  for (const history of histories) {
    count(tally, compare(name, judge(history, settings), kindOf(expected === true), flags, terminal));
  }
}

/** `kv (get/put/append of strings)` names the model kv. */
function modelOf(text: HistoryValue | undefined): ModelName | undefined {
  const word = typeof text === 'string' ? (/^[\w-]+/.exec(text)?.[0] ?? '') : '';
  return isModelName(word) ? word : undefined;
}

function whatOf({ checker, model }: Expectation): string {
  const what = checker ?? model;
  return typeof what === 'string' ? what : 'no model is named';
}

function kindOf(linearizable: boolean): VerdictKind {
  return linearizable ? 'ok' : 'violation';
}

/** Whether a verdict is the expected one; null = the budget ran out, so nobody knows. */
type Agreement = boolean | null;

function count(tally: Tally, agrees: Agreement): void {
  if (agrees === null) tally.unknown++;
  else if (agrees) tally.agree++;
  else tally.differ++;
}

function agreementOf(found: VerdictKind, expected: VerdictKind): Agreement {
  return found === 'unknown' ? null : found === expected;
}

function compare(
  name: string, { verdict, milliseconds }: Judgement, expected: VerdictKind, flags: CheckFlags, terminal: Terminal,
): Agreement {
  const agrees = agreementOf(verdict.verdict, expected);
  const ms = milliseconds.toFixed(1);
  if (flags.json) {
    terminal.out(JSON.stringify({ file: name, expected, agrees, ...verdict, milliseconds: Number(milliseconds.toFixed(3)) }));
  } else {
    const why = agrees === true ? '' : `  ${agrees === null ? 'UNKNOWN' : 'DIFFERS'}: ${verdict.explanation}`;
    terminal.out(`${name} ${verdict.verdict} ${expected} ${ms}ms${why}`);
  }
  return agrees;
}

/** Many small histories: a line for those that differ (as JSON, for each), then one line for the file. */
function checkLabelled(
  name: string, histories: readonly ImportedHistory[], settings: Omit<CheckFlags, 'json'>, flags: CheckFlags,
  terminal: Terminal, tally: Tally,
): void {
  const found = new Map<VerdictKind, number>();
  const expected = new Map<VerdictKind, number>();
  let total = 0;
  let others = 0;
  for (const history of histories) {
    for (const [property, holds] of Object.entries(history.verdicts ?? {})) {
      if (property !== 'linearizable') {
        others++;
        continue;
      }
      const judgement = judge(history, settings);
      const want = kindOf(holds);
      const agrees = agreementOf(judgement.verdict.verdict, want);
      total += judgement.milliseconds;
      found.set(judgement.verdict.verdict, (found.get(judgement.verdict.verdict) ?? 0) + 1);
      expected.set(want, (expected.get(want) ?? 0) + 1);
      if (flags.json || agrees !== true) compare(`${name}#${history.id ?? ''}`, judgement, want, flags, terminal);
      count(tally, agrees);
    }
  }
  tally.notSupported += others;
  if (flags.json) return;
  const what = `linearizability of ${counted(histories.length, 'history', 'histories')}`;
  terminal.out(`${name} ${inWords(found)} ${inWords(expected)} ${total.toFixed(1)}ms (${what})`);
  if (others > 0) terminal.out(`${name} not supported: ${counted(others, 'verdict')} of other kinds`);
}

function inWords(counts: ReadonlyMap<VerdictKind, number>): string {
  const kinds: readonly VerdictKind[] = ['ok', 'violation', 'unknown'];
  return kinds.filter((kind) => counts.has(kind)).map((kind) => `${kind}×${counts.get(kind) ?? 0}`).join('+');
}
