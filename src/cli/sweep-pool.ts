/**
 * Runs batches of seeds on child processes and hands the results on in the order of the batches, so that whatever is made of
 * them does not depend on how many processes there were or which was faster.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InputError } from '../kernel/errors.ts';
import type { Scenario, SeedResult } from '../scenarios/index.ts';
import { runBatch, type Answer, type Batch, type Failed } from './sweep-worker.ts';
import { tuneEngine } from './tune-engine.ts';

/** Batches that a process has at a time: one to run, one to go on with. */
const AHEAD = 2;
/** Batches that may be finished out of turn before new ones are held back. */
const BACKLOG = 256;

/**
 * What V8 is told in a process that runs seeds: to collect garbage on the one core it has, since threads that help take as much of the others'; and to
 * keep no stacks, of the thousands of errors that are answers.
 */
export const WORKER_FLAGS: readonly string[] = ['--single-threaded-gc', '--stack-trace-limit=0'];

/** Where batches come from and go to. */
export interface Pool {
  readonly scenario: Scenario;
  /** The scenario's file, which each process loads for itself. */
  readonly file: string;
  readonly jobs: number;
  /** Whether it is done in this very process. */
  readonly isHere: boolean;
  /** Ends it early: what has been taken by then is all. */
  readonly signal?: AbortSignal;
  readonly batches: AsyncIterator<Omit<Batch, 'id'>> | Iterator<Omit<Batch, 'id'>>;
  /** Takes a batch's results, in the order of the batches. @returns false to stop */
  readonly take: (results: readonly (SeedResult | Failed)[]) => boolean;
}

/** Runs all batches, or until `take` has had enough or the signal says so. @throws {@link InputError} when a process ends by itself */
export async function runPool(pool: Pool): Promise<void> {
  if (pool.isHere) return runHere(pool);
  const children = Array.from({ length: pool.jobs }, () => startWorker(pool.file));
  try {
    await new Promise<void>((resolve, reject) => { new Dispatcher(pool, children, resolve, reject).begin(); });
  } finally {
    for (const child of children) {
      child.removeAllListeners('exit');
      // It holds nothing, and is deaf to the signals that are meant for all of the sweep.
      child.kill('SIGKILL');
    }
  }
}

/** In this very process: nothing to start, nothing to send. */
async function runHere({ scenario, batches, take }: Pool): Promise<void> {
  tuneEngine();
  for (let id = 0; ; id++) {
    const next = await batches.next();
    if (next.done === true) return;
    const { results } = await runBatch(scenario, { ...next.value, id });
    if (!take(results)) return;
  }
}

function startWorker(file: string): ChildProcess {
  const here = import.meta.url;
  const path = fileURLToPath(new URL(here.endsWith('.ts') ? './sweep-worker.ts' : './sweep-worker.js', here));
  const execArgv = [...WORKER_FLAGS, ...process.execArgv];
  return fork(path, ['splitbrain-sweep-worker', file], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

class Dispatcher {
  readonly #pool: Pool;
  readonly #children: readonly ChildProcess[];
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #done = new Map<number, Answer['results']>();
  readonly #underWay = new Map<ChildProcess, Set<number>>();
  #sent = 0;
  #taken = 0;
  #isDry = false;
  #isOver = false;
  #isFeeding = false;

  constructor(pool: Pool, children: readonly ChildProcess[], resolve: () => void, reject: (error: unknown) => void) {
    this.#pool = pool;
    this.#children = children;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    this.#pool.signal?.addEventListener('abort', () => {
      this.#isOver = true;
      this.#resolve();
    });
    for (const child of this.#children) {
      this.#underWay.set(child, new Set());
      child.on('message', (answer: Answer) => { this.#receive(child, answer); });
      child.on('error', this.#reject);
      child.on('exit', (code, signal) => {
        const why = code === 13 ? 'the scenario waits for something that never comes' : `it ended with ${signal ?? `code ${code ?? ''}`}`;
        this.#reject(new InputError(`${this.#pool.file}: a process of the sweep is gone: ${why}`));
      });
    }
    this.#feed();
  }

  #receive(child: ChildProcess, { id, results }: Answer): void {
    this.#underWay.get(child)?.delete(id);
    this.#done.set(id, results);
    try {
      for (;;) {
        const next = this.#done.get(this.#taken);
        if (next === undefined || this.#isOver) break;
        this.#done.delete(this.#taken++);
        if (!this.#pool.take(next)) this.#isOver = true;
      }
    } catch (error) {
      this.#isOver = true;
      this.#reject(error);
    }
    this.#feed();
  }

  /** Keeps every process busy. One at a time: batches may come from a stream. */
  #feed(): void {
    if (this.#isOver || (this.#isDry && this.#taken === this.#sent)) {
      this.#resolve();
      return;
    }
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    this.#fill().then(
      () => {
        this.#isFeeding = false;
        if (this.#isDry && this.#taken === this.#sent) this.#resolve();
        else if (!this.#isDry && this.#idle() !== undefined) this.#feed();
      },
      (error: unknown) => { this.#reject(error); },
    );
  }

  #idle(): ChildProcess | undefined {
    if (this.#sent - this.#taken >= BACKLOG || this.#isOver) return undefined;
    const load = (child: ChildProcess): number => this.#underWay.get(child)?.size ?? 0;
    const least = this.#children.reduce((best, child) => (load(child) < load(best) ? child : best), this.#children[0] as ChildProcess);
    return load(least) < AHEAD ? least : undefined;
  }

  async #fill(): Promise<void> {
    for (let child = this.#idle(); child !== undefined && !this.#isDry; child = this.#idle()) {
      const next = await this.#pool.batches.next();
      if (next.done === true) {
        this.#isDry = true;
        return;
      }
      const id = this.#sent++;
      this.#underWay.get(child)?.add(id);
      child.send({ ...next.value, id });
    }
  }
}
