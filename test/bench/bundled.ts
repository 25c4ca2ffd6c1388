/**
 * Runs loops as a program has them that uses the package: bundled, since the loader that runs sources keeps every closure's name,
 * which costs as much as some of the operations measured.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles a file of this folder, runs it, and prints what it prints. @param flags - for V8 */
export async function runBundled(name: string, print: (line: string) => void, flags: readonly string[] = []): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'splitbrain-bench-'));
  try {
    const outfile = join(folder, 'loops.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
      bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile, logLevel: 'warning',
    });
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', ...flags, outfile], { encoding: 'utf8' });
    for (const line of stdout.split('\n')) if (line !== '') print(line);
    if (status !== 0) print(`${name} ended with ${String(status)}: ${stderr.split('\n', 1)[0] ?? ''}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
