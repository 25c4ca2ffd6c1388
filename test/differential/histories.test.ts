/**
 * Recorded histories with known verdicts, from outside the project: set SPLITBRAIN_HISTORIES to a folder that holds an
 * `expected.json`, or have one at `../shared/data/histories`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';

const folder = process.env['SPLITBRAIN_HISTORIES'] ?? fileURLToPath(new URL('../../../shared/data/histories', import.meta.url));
const expectedPath = join(folder, 'expected.json');

interface Line {
  readonly file: string;
  readonly verdict: string;
  readonly agrees?: boolean;
}

const missing = !existsSync(expectedPath);
const note = missing ? ' (MISSING: SPLITBRAIN_HISTORIES names no folder with an expected.json)' : '';

it.skipIf(missing)(`agrees with every known verdict${note}`, async () => {
  const lines: string[] = [];
  const errors: string[] = [];
  const code = await checkCommand.run(['--expect', expectedPath, '--json'], {
    out: (line) => void lines.push(line), err: (line) => void errors.push(line), progress: () => undefined, colour: false,
    columns: 100,
  });
  const results = lines.slice(0, -1).map((line) => JSON.parse(line) as Line);
  expect(errors).toEqual([]);
  expect(results.filter(({ agrees }) => agrees === true).length).toBeGreaterThan(0);
  expect(results.filter(({ agrees }) => agrees !== true).map(({ file, verdict }) => `${file} ${verdict}`)).toEqual([]);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ differ: 0, unknown: 0, notSupported: 0 });
  expect(code).toBe(0);
});
