/**
 * What in the documents is made from the code: what their programs print, and which Redis commands exist. The test in test/docs
 * compares; `npm run docs` writes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTLY } from '../../src/redis/commands/partly.ts';
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
  return `<!-- commands -->\n${COMMANDS.size} commands, and [which of them partly](docs/redis.md#commands)\n<!-- /commands -->`;
}

function commandTable(): string {
  const rows = [...COMMANDS.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, since, children }) => {
    const subcommands = [...(children?.keys() ?? [])].filter((child) => child !== '').map((child) => `\`${child.toUpperCase()}\``).join(' ');
    return `| \`${name.toUpperCase()}\` | ${subcommands} | ${since} | ${PARTLY[name] === undefined ? 'whole' : `partly: ${PARTLY[name]}`} |`;
  });
  return `<!-- redis-commands -->\n${COMMANDS.size} commands. Since is the Redis that brought each.\n\n| command | subcommands | since | support |\n|---|---|---|---|\n${rows.join('\n')}\n<!-- /redis-commands -->`;
}

/** The documents that are partly made from the code. */
export const DOCUMENTS: readonly string[] = ['README.md', 'docs/redis.md'];

/** A document as it should be. */
export function currentDocument(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/```ts\n([\s\S]*?)```((?:(?!```)[\s\S])*)```text\n[\s\S]*?```/g, (_, code: string, between: string) => `\`\`\`ts\n${code}\`\`\`${between}\`\`\`text\n${printed(code)}\n\`\`\``)
    .replace(/<!-- commands -->[\s\S]*?<!-- \/commands -->/, () => commandList())
    .replace(/<!-- redis-commands -->[\s\S]*?<!-- \/redis-commands -->/, () => commandTable());
}

if (process.argv.includes('--write')) for (const path of DOCUMENTS) writeFileSync(path, currentDocument(path));
