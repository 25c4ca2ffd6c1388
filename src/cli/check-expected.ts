/**
 * `splitbrain check --expect expected.json`: compares our verdicts with known ones. The file has
 * `{ files: { PATH: { linearizable, model, initial? } } }`, or `{ valid, checker }` where `checker` names one and what it is told
 * (`elle list-append, serializable`, `bank, negative balances not allowed`), with paths relative to its own folder; a labelled file
 * states its verdicts itself, a line each. What has no checker or model here counts as not supported; a history for which the
 * budget ran out neither agrees nor differs.
 *
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isCheckerName, type CheckerName } from '../checkers/checker-table.ts';
import { isModelName, type ModelName } from '../checkers/models/table.ts';
import { ISOLATION_LEVELS } from '../checkers/transactions/isolation-levels.ts';
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
  for (const [flag, value] of [['model', flags.model], ['checker', flags.checker], ['level', flags.level]] as const) {
    if (value === undefined) continue;
    throw new UsageError('INVALID_ARGUMENT', `check: --${flag} and --expect exclude each other: the file names the ${flag} of each history`);
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
  valid: { words: 'true, false or "unknown"', isRight: (value) => typeof value === 'boolean' || value === 'unknown' },
  checker: { words: 'a text', isRight: (value) => typeof value === 'string' || value === null },
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
  const wanted = labelled ? undefined : wantedVerdict(expectation);
  if (!labelled && wanted === undefined) {
    tally.notSupported++;
    const words = `${name} not supported: ${whatOf(expectation)}`;
    terminal.out(flags.json ? JSON.stringify({ file: name, verdict: 'not supported' }) : words);
    return;
  }
  const given = {
    ...(flags.initial === undefined ? {} : { initial: flags.initial }),
    ...(flags.budget === undefined ? {} : { budget: flags.budget }),
  };
  const histories = readHistories(readText(path), path);
  if (wanted === undefined) {
    checkLabelled(name, histories, given, flags, terminal, tally);
    return;
  }
  for (const history of histories) {
    count(tally, compare(name, judge(history, { ...wanted.settings, ...given }), wanted.expected, flags, terminal));
  }
}

interface WantedVerdict {
  readonly settings: Settings;
  readonly expected: VerdictKind;
}

type Settings = Omit<CheckFlags, 'json'>;

/** What an entry wants checked; undefined where there is no such checker here. */
function wantedVerdict(expectation: Expectation): WantedVerdict | undefined {
  const { linearizable, valid } = expectation;
  const initial = Object.hasOwn(expectation, 'initial') ? { initial: expectation['initial'] ?? null } : {};
  if (typeof linearizable === 'boolean') {
    const model = modelOf(expectation['model']);
    return model === undefined ? undefined : { settings: { checker: 'linearizability', model, ...initial }, expected: kindOf(linearizable) };
  }
  if (typeof valid !== 'boolean' && valid !== 'unknown') return undefined;
  const settings = settingsOf(`${textOf(expectation['checker'])} ${textOf(expectation['model'])}`);
  return settings === undefined ? undefined : { settings: { ...settings, ...initial }, expected: valid === 'unknown' ? 'unknown' : kindOf(valid) };
}

function textOf(value: HistoryValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** `bank, negative balances not allowed`, `elle list-append, serializable`, `set (final read)`: the checker's name and what it is told. */
function settingsOf(words: string): Settings | undefined {
  const text = words.toLowerCase();
  if (/list-append|rw-register/.test(text)) {
    // A longer name may contain a shorter one.
    const levels = ISOLATION_LEVELS.filter((name) => text.includes(name)).sort((a, b) => b.length - a.length);
    return { checker: 'transactions', ...(levels[0] === undefined ? {} : { level: levels[0] }) };
  }
  const first = /^\s*([\w-]+)/.exec(text)?.[1] ?? '';
  const alias = ALIASES[first] ?? first;
  if (alias === 'bank') {
    const negativeBalances = /negative/.test(text) && /allow/.test(text) && !/not allowed|no negative|disallow/.test(text);
    const total = /total (?:of )?(-?\d+)/.exec(text)?.[1];
    return { checker: 'bank', negativeBalances, ...(total === undefined ? {} : { total: Number(total) }) };
  }
  if (alias === 'set-full' || (alias === 'set' && /\bfull\b/.test(text))) {
    return { checker: 'set-full', linearizable: /linearizable/.test(text) && !/not linearizable|linearizable\W*false/.test(text) };
  }
  if (first === 'total-queue') return { checker: 'queue', delivery: 'at-least-once' };
  if (isCheckerName(alias)) return { checker: alias };
  return isModelName(first) ? { checker: 'linearizability', model: first } : undefined;
}

/** Other names of checkers: of Jepsen, of labelled histories. */
const ALIASES: Readonly<Record<string, CheckerName>> = {
  linearizable: 'linearizability', sequentially: 'sequential', sequential: 'sequential', causal: 'weak-causal', lock: 'locks',
  'unique-ids': 'unique-ids', 'session-guarantees': 'session-guarantees', set_full: 'set-full', 'total-queue': 'queue',
};

/** `kv (get/put/append of strings)` names the model kv. */
function modelOf(text: HistoryValue | undefined): ModelName | undefined {
  const word = typeof text === 'string' ? (/^[\w-]+/.exec(text)?.[0] ?? '') : '';
  return isModelName(word) ? word : undefined;
}

function whatOf({ checker, model }: Expectation): string {
  const what = checker ?? model;
  return typeof what === 'string' ? what : 'no model is named';
}

function kindOf(holds: boolean): VerdictKind {
  return holds ? 'ok' : 'violation';
}

/** Whether a verdict is the expected one; null = the budget ran out, so nobody knows. */
type Agreement = boolean | null;

function count(tally: Tally, agrees: Agreement): void {
  if (agrees === null) tally.unknown++;
  else if (agrees) tally.agree++;
  else tally.differ++;
}

function agreementOf(found: VerdictKind, expected: VerdictKind): Agreement {
  return found === expected ? true : found === 'unknown' ? null : false;
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

/** What one kind of verdict came to over many small histories. */
interface LabelTally {
  readonly found: Map<VerdictKind, number>;
  readonly expected: Map<VerdictKind, number>;
  histories: number;
  milliseconds: number;
}

/** Many small histories: a line for those that differ (as JSON, for each), then one line for each kind of verdict. */
function checkLabelled(
  name: string, histories: readonly ImportedHistory[], settings: Settings, flags: CheckFlags, terminal: Terminal, tally: Tally,
): void {
  const labels = new Map<string, LabelTally>();
  let others = 0;
  for (const history of histories) {
    for (const [label, holds] of Object.entries(history.verdicts ?? {})) {
      const checker = ALIASES[label] ?? label;
      if (!isCheckerName(checker)) {
        others++;
        continue;
      }
      let sums = labels.get(checker);
      if (sums === undefined) labels.set(checker, (sums = { found: new Map(), expected: new Map(), histories: 0, milliseconds: 0 }));
      const judgement = judge(history, { ...settings, checker });
      const want = kindOf(holds);
      const agrees = agreementOf(judgement.verdict.verdict, want);
      sums.histories++;
      sums.milliseconds += judgement.milliseconds;
      sums.found.set(judgement.verdict.verdict, (sums.found.get(judgement.verdict.verdict) ?? 0) + 1);
      sums.expected.set(want, (sums.expected.get(want) ?? 0) + 1);
      if (flags.json || agrees !== true) compare(`${name}#${history.id ?? ''}`, judgement, want, flags, terminal);
      count(tally, agrees);
    }
  }
  tally.notSupported += others;
  if (flags.json) return;
  for (const [checker, sums] of labels) {
    const what = `${checker} of ${counted(sums.histories, 'history', 'histories')}`;
    terminal.out(`${name} ${inWords(sums.found)} ${inWords(sums.expected)} ${sums.milliseconds.toFixed(1)}ms (${what})`);
  }
  if (others > 0) terminal.out(`${name} not supported: ${counted(others, 'verdict')} of other kinds`);
}

function inWords(counts: ReadonlyMap<VerdictKind, number>): string {
  const kinds: readonly VerdictKind[] = ['ok', 'violation', 'unknown'];
  return kinds.filter((kind) => counts.has(kind)).map((kind) => `${kind}×${counts.get(kind) ?? 0}`).join('+');
}
