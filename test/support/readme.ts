/**
 * What in the README is made from the code: what its programs print, and which Redis commands exist. The test in test/docs
 * compares; `npm run docs` writes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/redis/index.ts';

/** Runs a program as `npx tsx` does. @returns what it printed, or its error */
function printed(code: string): string {
  mkdirSync('.tmp', { recursive: true });
  const folder = mkdtempSync('.tmp/readme-');
  try {
    const file = join(folder, 'program.mts');
    writeFileSync(file, code);
    const { stdout, stderr, status } = spawnSync('node', ['--import', 'tsx', file], { encoding: 'utf8' });
    return (status === 0 ? stdout : stderr).split('\n').map((line) => line.trimEnd()).join('\n').trimEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function commandList(): string {
  const names = [...COMMANDS.keys()].map((name) => name.toUpperCase()).sort((a, b) => (a < b ? -1 : 1));
  return `<!-- commands -->\n${names.length} commands: ${names.map((name) => `\`${name}\``).join(' ')}\n<!-- /commands -->`;
}

/** The README as it should be. */
export function currentReadme(): string {
  return readFileSync('README.md', 'utf8')
    .replaceAll(/```ts\n([\s\S]*?)```((?:(?!```)[\s\S])*)```text\n[\s\S]*?```/g, (_, code: string, between: string) => `\`\`\`ts\n${code}\`\`\`${between}\`\`\`text\n${printed(code)}\n\`\`\``)
    .replace(/<!-- commands -->[\s\S]*?<!-- \/commands -->/, () => commandList());
}

if (process.argv.includes('--write')) writeFileSync('README.md', currentReadme());
