import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

function splitbrain(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('node', ['--import', 'tsx', 'src/cli/main.ts', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('--help lists every command with one line each, and succeeds', () => {
  const { status, stdout, stderr } = splitbrain('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const command of ['demo', 'run', 'check']) expect(stdout).toMatch(new RegExp(`^  ${command} +\\S.*$`, 'm'));
});

test('no command: the help, and exit code 2', () => {
  expect(splitbrain()).toMatchObject({ status: 2 });
});

test.each([['sing', "unknown command 'sing'"], ['--sing', "unknown flag '--sing'"]])('%s is refused in one line', (argument, message) => {
  const { status, stdout, stderr } = splitbrain(argument);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(`splitbrain: ${message} (try 'splitbrain --help')\n`);
});

test('--version is the package\'s', () => {
  expect(splitbrain('--version').stdout).toMatch(/^\d+\.\d+\.\d+/);
});
