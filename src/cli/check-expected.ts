/**
 * `splitbrain check --expect expected.json`: compares our verdicts with known ones. The file has
 * `{ files: { PATH: { linearizable, model, initial? } } }` with paths relative to its own folder; a labelled file states
 * its verdicts itself, a line each. What is not about linearizability, or has no model here, counts as not supported.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isModelName, type ModelName } from '../checkers/models/table.ts';
import type { VerdictKind } from '../checkers/verdict.ts';
import { readHistories, type ImportedHistory } from '../history/read.ts';
import { InputError, messageOf, SplitbrainError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { judge, readText, type CheckFlags, type Judgement } from './check-history.ts';
import { EXIT, type Terminal } from './command.ts';

type Expectation = Readonly<Record<string, HistoryValue>>;

interface Tally {
  agree: number;
  differ: number;
  notSupported: number;
  unusable: number;
}

/**
 * Checks every history that the file names (below `paths`, when any are given).
 *
 * @returns 0 when none differs, 1 when one does, 2 when a file is missing or unusable
 */
export function checkExpected(expectedPath: string, paths: readonly string[], flags: CheckFlags, terminal: Terminal): number {
  const tally: Tally = { agree: 0, differ: 0, notSupported: 0, unusable: 0 };
  const folder = dirname(expectedPath);
  for (const path of paths) if (!existsSync(path)) throw new InputError(`${path}: there is no such file or folder`);
  for (const [name, expectation] of expectations(expectedPath)) {
    const path = join(folder, name);
    if (paths.length > 0 && !paths.some((wanted) => isWithin(path, wanted))) continue;
    try {
      checkFile(name, path, expectation, flags, terminal, tally);
    } catch (error) {
      if (!(error instanceof SplitbrainError)) throw error;
      tally.unusable++;
      terminal.err(messageOf(error));
    }
  }
  const { agree, differ, notSupported } = tally;
  const words = `${agree} agree, ${differ} differ, ${notSupported} not supported`;
  terminal.out(flags.json ? JSON.stringify({ agree, differ, notSupported }) : words);
  return tally.unusable > 0 ? EXIT.unusable : differ > 0 ? EXIT.violation : EXIT.ok;
}

function expectations(path: string): [string, Expectation][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SplitbrainError) throw error;
    throw new InputError(`${path}:1: not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  const files = (parsed as { files?: unknown } | null)?.files;
  if (typeof files !== 'object' || files === null || Array.isArray(files)) {
    throw new InputError(`${path}:1: it must hold { "files": { PATH: { linearizable, model } } }`);
  }
  return Object.entries(files as Record<string, unknown>).map(([name, expectation]) => {
    if (typeof expectation !== 'object' || expectation === null) {
      throw new InputError(`${path}: the entry of ${name} must be a record`);
    }
    return [name, expectation as Expectation];
  });
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === '' || (!way.startsWith('..') && resolve(folder, way) === resolve(path));
}

function checkFile(
  name: string, path: string, expectation: Expectation, flags: CheckFlags, terminal: Terminal, tally: Tally,
): void {
  const labelled = Object.hasOwn(expectation, 'verdict_counts');
  const model = modelOf(expectation['model']);
  const expected = expectation['linearizable'];
  if (!labelled && (typeof expected !== 'boolean' || (model === undefined && flags.model === undefined))) {
    tally.notSupported++;
    const words = `${name} not supported: ${whatOf(expectation)}`;
    terminal.out(flags.json ? JSON.stringify({ file: name, verdict: 'not supported' }) : words);
    return;
  }
  const settings = {
    ...(labelled || model === undefined ? {} : { model }),
    ...(labelled || !Object.hasOwn(expectation, 'initial') ? {} : { initial: expectation['initial'] ?? null }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
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

function count(tally: Tally, agrees: boolean): void {
  if (agrees) tally.agree++;
  else tally.differ++;
}

function compare(
  name: string, { verdict, milliseconds }: Judgement, expected: VerdictKind, flags: CheckFlags, terminal: Terminal,
): boolean {
  const agrees = verdict.verdict === expected;
  const ms = milliseconds.toFixed(1);
  if (flags.json) {
    terminal.out(JSON.stringify({ file: name, expected, agrees, ...verdict, milliseconds: Number(milliseconds.toFixed(3)) }));
  } else {
    terminal.out(`${name} ${verdict.verdict} ${expected} ${ms}ms${agrees ? '' : `  DIFFERS: ${verdict.explanation}`}`);
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
      const agrees = judgement.verdict.verdict === want;
      total += judgement.milliseconds;
      found.set(judgement.verdict.verdict, (found.get(judgement.verdict.verdict) ?? 0) + 1);
      expected.set(want, (expected.get(want) ?? 0) + 1);
      if (flags.json || !agrees) compare(`${name}#${history.id ?? ''}`, judgement, want, flags, terminal);
      count(tally, agrees);
    }
  }
  tally.notSupported += others;
  if (flags.json) return;
  const what = `linearizability of ${histories.length} histories`;
  terminal.out(`${name} ${inWords(found)} ${inWords(expected)} ${total.toFixed(1)}ms (${what})`);
  if (others > 0) terminal.out(`${name} not supported: ${others} verdicts of other kinds`);
}

function inWords(counts: ReadonlyMap<VerdictKind, number>): string {
  const kinds: readonly VerdictKind[] = ['ok', 'violation', 'unknown'];
  return kinds.filter((kind) => counts.has(kind)).map((kind) => `${kind}×${counts.get(kind) ?? 0}`).join('+');
}
