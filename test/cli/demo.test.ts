import { beforeEach, expect, test, vi } from 'vitest';
import { demoCommand } from '../../src/cli/demo.ts';
import { runCommandLine } from '../support/terminal.ts';

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('tells a story: what to watch, both configurations with their counts, a picture, the proof, and how to do it again', async () => {
  const { code, out, err } = await runCommandLine(demoCommand, '08', '--seeds', '5');
  expect({ code, err }).toEqual({ code: 0, err: [] });
  const text = out.join('\n');
  expect(text).toContain('━━ 1/1  Dynamo: always writable, and stale with R + W > N (D1)');
  expect(text).toContain('✗ sloppy quorum with hinted handoff: 5 of 5 seeds violate');
  expect(text).toContain('✓ strict quorum: the put fails while the cut lasts: 0 of 5 seeds violate');
  expect(text).toMatch(/^bob .*├③r→milk/m);
  expect(text).toMatch(/again: npm run cli -- run examples\/08-\S+ --seed 0 --configuration sloppy/);
  for (const line of out) expect(Array.from(line).length).toBeLessThanOrEqual(100);
});

test('fails when a story does not show what it claims', async () => {
  // One seed cannot show a rate of two in three: it shows 0 or 1,000 in 1,000.
  const { code, err, out } = await runCommandLine(demoCommand, '07', '--seeds', '1');
  expect(code).toBe(1);
  expect(err.join('\n')).toMatch(/no-read-repair: (1000 of 1,000 seeds violate, claimed are|expected a violation)/);
  expect(out.at(-1)).toContain('did not hold');
});

test('refuses an unknown story and an unknown flag', async () => {
  expect(await runCommandLine(demoCommand, 'mongo')).toMatchObject({ code: 2, err: ["demo: no story 'mongo'; see the folder examples"] });
  expect((await runCommandLine(demoCommand, '--fast')).err[0]).toMatch(/^demo: Unknown option '--fast'/);
});
