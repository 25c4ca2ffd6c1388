/**
 * What in the documents is made from the code: what their programs and the command line print, which Redis commands exist, and
 * Cassandra's parameters, levels, errors, types and functions, the checkers' names. The test in test/docs compares; `npm run docs` writes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirementOf, type ReplicaLayout } from '../../src/cassandra/consistency.ts';
import { AGGREGATES } from '../../src/cassandra/cql/functions/aggregates.ts';
import { FACTORIES } from '../../src/cassandra/cql/functions/factories.ts';
import { SCALARS } from '../../src/cassandra/cql/functions/scalars.ts';
import { errorFromReply, type CassandraErrorReply } from '../../src/cassandra/errors.ts';
import { CONSISTENCY_LEVELS, PARAMETERS, type ParameterRow } from '../../src/cassandra/index.ts';
import { NATIVE_TYPES } from '../../src/cassandra/types/data-type.ts';
import { CHECKER_NAMES, ISOLATION_LEVELS, MODEL_NAMES } from '../../src/checkers/index.ts';
import { ISOLATION_RULES } from '../../src/checkers/transactions/isolation-levels.ts';
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

/** Runs a line of the shell in which `npm run cli --` stands for the command line. @returns what it printed, errors too */
function answered(line: string): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', line.replaceAll('npm run cli --', 'node --import tsx src/cli/main.ts')], { encoding: 'utf8' });
  return `${stdout}${stderr}`.split('\n').map((printedLine) => printedLine.trimEnd()).join('\n').replace(/^\n/, '').trimEnd();
}

function parameterTable(): string {
  const rows = Object.entries<ParameterRow>(PARAMETERS).map(([name, row]) => {
    const choices = row.kind === 'choice' ? ` (${row.choices.map((choice) => `\`${choice}\``).join(', ')})` : '';
    // What stands in no cassandra.yaml tells its origin in words of its own.
    const yaml = /^[a-z_]+$/.test(row.yaml) ? `\`${row.yaml}\`` : row.yaml;
    return `| \`${name}\` | ${yaml} | \`${String(row.byDefault)}\` | ${row.says}${choices} |`;
  });
  return table(['option', 'cassandra.yaml', 'default', 'what it does'], rows);
}

const ONE_DATACENTER: ReplicaLayout = { factors: new Map([['dc1', 3]]), local: 'dc1' };
const TWO_DATACENTERS: ReplicaLayout = { factors: new Map([['dc1', 3], ['dc2', 3]]), local: 'dc1' };

function levelTable(): string {
  const rows = CONSISTENCY_LEVELS.map((level) => {
    const [one, two] = [ONE_DATACENTER, TWO_DATACENTERS].map((layout) => requirementOf(level, layout));
    const where = two?.only !== undefined ? 'of the coordinator\'s datacentre' : two?.each !== undefined ? `${[...two.each.values()].join(' and ')}, one number for each datacentre` : 'of any datacentre';
    return `| \`${level}\` | ${one?.blockFor ?? ''} | ${two?.blockFor ?? ''} | ${where}${LEVEL_REMARKS[level] ?? ''} |`;
  });
  return table(['level', 'answers, 3 replicas', 'answers, 3 + 3 replicas', ''], rows);
}

const LEVEL_REMARKS: Readonly<Record<string, string>> = {
  ANY: '; for writes only, and a hint counts', SERIAL: '; for reads of what transactions wrote', LOCAL_SERIAL: '; for reads of what transactions wrote',
};

const FIGURES = { consistency: 'QUORUM', received: 1, blockFor: 2 } as const;
const REPLIES: readonly CassandraErrorReply[] = [
  { kind: 'unavailable', consistency: 'QUORUM', required: 2, alive: 1 },
  { kind: 'write-timeout', ...FIGURES, writeType: 'SIMPLE' },
  { kind: 'read-timeout', ...FIGURES, dataPresent: true },
  { kind: 'read-failure', ...FIGURES, failures: [], dataPresent: true },
  { kind: 'write-failure', ...FIGURES, failures: [], writeType: 'SIMPLE' },
  { kind: 'cas-unknown', ...FIGURES },
  { kind: 'already-exists', keyspace: 'ks', table: '' },
  ...(['SYNTAX_ERROR', 'INVALID', 'CONFIG_ERROR', 'UNAUTHORIZED', 'FUNCTION_FAILURE', 'SERVER_ERROR', 'TRUNCATE_ERROR'] as const).map((error) => ({ kind: 'text', error, message: '' }) as const),
];
const COMMON_FIELDS = new Set(['name', 'code', 'definite', 'message', 'stack', 'cause']);

function errorTable(): string {
  const rows = REPLIES.map(errorFromReply).sort((a, b) => a.protocolCode - b.protocolCode).map((error) => {
    const fields = Object.keys(error).filter((field) => !COMMON_FIELDS.has(field)).map((field) => `\`${field}\``).join(' ');
    return `| \`${error.constructor.name}\` | \`${error.code}\` | 0x${error.protocolCode.toString(16).padStart(4, '0')} ${error.protocolName} | ${fields} | ${error.definite ? 'nothing happened' : 'nobody knows'} |`;
  });
  return table(['class', '`code`', 'protocol', 'figures', 'outcome'], rows);
}

function functionList(): string {
  const functions = [...SCALARS.keys(), ...FACTORIES.keys(), ...AGGREGATES.keys()];
  const known = new Set(functions.filter((name) => name.includes('_')).map((name) => name.replaceAll('_', '')));
  const conversions = /^(?:[a-z]+_as_blob|blob_as_[a-z]+)$/;
  const shown = functions.filter((name) => !known.has(name) && !conversions.test(name)).sort();
  return `Native types: ${NATIVE_TYPES.map((name) => `\`${name}\``).join(' ')}.\n\nFunctions: ${shown.map((name) => `\`${name}\``).join(' ')}, and for each type \`int_as_blob\`, \`blob_as_int\`.`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}\n${rows.join('\n')}`;
}

function levelRules(): string {
  const rows = ISOLATION_LEVELS.map((level) => {
    const { cycles, order, local } = ISOLATION_RULES[level];
    return `| \`${level}\` | ${cycles.join(', ')} | ${order === 'none' ? '' : order} | ${local.join(', ')} |`;
  });
  return table(['level', 'circles it forbids', 'with', 'and'], rows);
}

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
const MADE: Readonly<Record<string, () => string>> = {
  'checker-models': () => `${MODEL_NAMES.map((name) => `\`${name}\``).join(' ')}.`, 'checker-names': () => `${CHECKER_NAMES.map((name) => `\`${name}\``).join(' ')}.`,
  'checker-levels': levelRules, 'cassandra-parameters': parameterTable, 'cassandra-levels': levelTable, 'cassandra-errors': errorTable, 'cassandra-functions': functionList,
};

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
export const DOCUMENTS: readonly string[] = ['README.md', 'docs/redis.md', 'docs/cassandra.md', 'docs/dynamo.md', 'docs/checkers.md'];

/** A document as it should be. */
export function currentDocument(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/```ts\n([\s\S]*?)```((?:(?!```)[\s\S])*)```text\n[\s\S]*?```/g, (_, code: string, between: string) => `\`\`\`ts\n${code}\`\`\`${between}\`\`\`text\n${printed(code)}\n\`\`\``)
    .replaceAll(/```sh\n(npm run cli -- (?:cql|tradeoff) (?:(?!```)[\s\S])*)```((?:(?!```)[\s\S])*)```text\n[\s\S]*?```/g, (_, line: string, between: string) => `\`\`\`sh\n${line}\`\`\`${between}\`\`\`text\n${answered(line)}\n\`\`\``)
    .replaceAll(/<!-- ((?:cassandra|checker)-[a-z]+) -->[\s\S]*?<!-- \/\1 -->/g, (whole, name: string) => {
      const make = MADE[name];
      return make === undefined ? whole : `<!-- ${name} -->\n${make()}\n<!-- /${name} -->`;
    })
    .replace(/<!-- commands -->[\s\S]*?<!-- \/commands -->/, () => commandList())
    .replace(/<!-- redis-commands -->[\s\S]*?<!-- \/redis-commands -->/, () => commandTable());
}

if (process.argv.includes('--write')) for (const path of DOCUMENTS) writeFileSync(path, currentDocument(path));
