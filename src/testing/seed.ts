/**
 * A test's seed: from the environment, or else from the test's name, so that each test has a run of its own and keeps it. The line
 * that runs a failed one again names both.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import { hashString } from '../structures/hash.ts';

/** The environment variable that sets the seed of all tests. */
export const SEED_VARIABLE = 'SPLITBRAIN_SEED';

/**
 * The seed of a test.
 *
 * @param name - the test's full name
 * @param environment - where {@link SEED_VARIABLE} may be set
 * @throws {@link InputError} when it is set to anything but a whole number from 0
 */
export function seedOf(name: string, environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = environment[SEED_VARIABLE];
  if (given === undefined || given === '') return hashString(name) >>> 0;
  const seed = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(seed)) throw new InputError(`${SEED_VARIABLE} must be a whole number from 0, got '${given}'`);
  return seed;
}

/**
 * The command line that runs one test again. Its name is escaped: runners take it for a pattern.
 *
 * @param runner - such as `npx vitest run`, `npx jest` or `node --test`
 */
export function rerunLine(runner: string, file: string, name: string, seed: number): string {
  const pattern = `'${name.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&').replaceAll("'", `'\\''`)}'`;
  // Node's own runner has another flag for it, and takes it before the file.
  const isNode = /^node\b/.test(runner);
  return `${SEED_VARIABLE}=${seed} ${runner} ${isNode ? `--test-name-pattern=${pattern} ${file}` : `${file} -t ${pattern}`}`;
}
