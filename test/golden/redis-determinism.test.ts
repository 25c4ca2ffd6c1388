import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

async function transcript(seed: number): Promise<string> {
  const { stdout } = await run('node', ['--import', 'tsx', 'test/golden/redis-transcript.ts', String(seed)]);
  return stdout.trim();
}

test('three processes with one seed have the same conversation with Redis to the byte; with another seed it is another', async () => {
  const [first, second, third, other] = await Promise.all([7, 7, 7, 8].map(transcript));
  expect(first).toMatch(/^[0-9a-f]{64} \d+ \d+$/);
  expect([second, third]).toEqual([first, first]);
  expect(other).not.toBe(first);
  // The conversation was what it is meant to be: commands were answered, and those who waited heard something.
  const [, replies, late] = (first ?? '').split(' ').map(Number);
  expect([(replies ?? 0) > 1000, (late ?? 0) > 1000]).toEqual([true, true]);
}, 60_000);
