/**
 * Seeds a second of one core: the loops of `sweep-loops.ts`, bundled, in a process as `sweep` starts them. There is no peer that does the same;
 * where Porcupine can be built, its time for its etcd logs tells how fast this machine is beside the one that its recorded figures come from.
 *
 * @module
 */
import { WORKER_FLAGS } from '../../src/cli/sweep-pool.ts';
import { RUN_FLAGS } from '../../src/cli/tune-engine.ts';
import { openPorcupine, type Porcupine } from '../differential/porcupine-oracle.ts';
import { runBundled } from './bundled.ts';

/** What Porcupine took there for all of its 102 etcd logs, each the fastest of several runs on one core, in milliseconds. */
const RECORDED_MS = 332.7;

/** Prints seeds per second. */
export async function benchSweep(print: (line: string) => void): Promise<void> {
  const opened = openPorcupine();
  const porcupine = typeof opened === 'string' ? undefined : opened;
  const before = millisecondsOf(porcupine);
  await runBundled('sweep-loops', print, [...WORKER_FLAGS, ...RUN_FLAGS]);
  const after = millisecondsOf(porcupine);
  porcupine?.close();
  if (before === undefined || after === undefined) return;
  const [low, high] = [Math.min(before, after), Math.max(before, after)].map((ms) => (ms / RECORDED_MS).toFixed(1));
  print(`sweep: Porcupine took ${before.toFixed(0)} ms before this and ${after.toFixed(0)} ms after it for its etcd logs, recorded are ${RECORDED_MS} ms: this machine takes ${low} to ${high} times as long`);
}

function millisecondsOf(porcupine: Porcupine | undefined): number | undefined {
  const logs = porcupine?.recorded().filter(({ model }) => model === 'cas-register').map((history) => ({ ...history, repeat: 3 }));
  if (porcupine === undefined || logs === undefined) return undefined;
  return porcupine.ask(logs).reduce((sum, { microseconds }) => sum + microseconds, 0) / 1000;
}
