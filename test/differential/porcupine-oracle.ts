/**
 * Porcupine, the linearizability checker of the Go world, behind a small Go program that is built when it is first asked. It needs a
 * `go` on the path, and the module proxy once.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelName } from '../../src/checkers/models/table.ts';
import type { Operation } from '../../src/history/operation.ts';
import { readHistories } from '../../src/history/read.ts';

const PROGRAM = fileURLToPath(new URL('porcupine-oracle', import.meta.url));
const MODULE = 'github.com/anishathalye/porcupine';
const A_GIGABYTE = 2 ** 30;

/** One question: a history, the model it should follow, and how often to measure. */
export interface Question {
  readonly model: ModelName;
  readonly operations: readonly Operation[];
  readonly repeat?: number;
}

/** Porcupine's answer; of the repeated runs the time of the fastest, in microseconds. */
export interface Answer {
  readonly verdict: 'ok' | 'violation' | 'unknown';
  readonly microseconds: number;
}

/** A history that Porcupine's own tests are made of. */
export interface RecordedHistory {
  readonly name: string;
  readonly model: ModelName;
  readonly operations: readonly Operation[];
}

/** Porcupine, built. */
export interface Porcupine {
  /** Answers in the order of the questions. One core, one question after the other. */
  ask(questions: readonly Question[]): Answer[];
  /** The etcd logs and key-value histories in its module. */
  recorded(): RecordedHistory[];
  /** Removes the program. */
  close(): void;
}

/** Builds it, or says in a few words what is missing. */
export function openPorcupine(): Porcupine | string {
  if (spawnSync('go', ['version']).status !== 0) return 'no `go` on the path';
  const folder = mkdtempSync(join(tmpdir(), 'porcupine-oracle-'));
  const close = (): void => { rmSync(folder, { recursive: true, force: true }); };
  const program = join(folder, 'porcupine-oracle');
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: PROGRAM, encoding: 'utf8' });
  if (built.status !== 0) {
    close();
    return `it does not build: ${built.stderr.trim().split('\n').at(-1) ?? ''}`;
  }
  return { ask: (questions) => ask(program, questions), recorded: recordedHistories, close };
}

function ask(program: string, questions: readonly Question[]): Answer[] {
  const input = questions.map(({ model, operations, repeat = 1 }) => JSON.stringify({
    model, repeat,
    operations: operations.map(({ f, key, input: asked, output, call, return: end, status }) => (
      { f, key: key ?? null, input: asked, output, call, return: end, known: status === 'ok' }
    )),
  }));
  const asked = spawnSync(program, {
    input: `${input.join('\n')}\n`, encoding: 'utf8', maxBuffer: A_GIGABYTE, env: { ...process.env, GOMAXPROCS: '1' },
  });
  if (asked.status !== 0) throw new Error(asked.stderr);
  return asked.stdout.trim().split('\n').map((line) => JSON.parse(line) as Answer);
}

function recordedHistories(): RecordedHistory[] {
  const { stdout } = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], { cwd: PROGRAM, encoding: 'utf8' });
  const data = join(stdout.trim(), 'test_data');
  return ([['jepsen', 'cas-register'], ['kv', 'kv']] as const).flatMap(([kind, model]) => {
    const folder = join(data, kind);
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    // One of its logs holds nothing.
    const texts = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const).filter(([, text]) => text.trim() !== '');
    return texts.flatMap(([name, text]) => readHistories(text, name).map(({ operations }) => ({ name: `${kind}/${name}`, model, operations })));
  });
}
