/**
 * `splitbrain cql`: statements of CQL against a fresh simulated cluster. It answers with tables as `cqlsh` draws them, or with
 * one line of JSON for each statement. A statement that fails does not keep those behind it from running.
 *
 * Left out: an interactive shell, and the commands that are cqlsh's own (CONSISTENCY, PAGING, TRACING, COPY, SOURCE).
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import {
  CassandraError, CONSISTENCY_LEVELS, createCassandra, splitStatements, type ConsistencyLevel, type ResultSet,
} from '../cassandra/index.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import { Simulation } from '../kernel/simulation.ts';
import { readArguments, type Given } from './arguments.ts';
import { clusterOptions } from './cluster-options.ts';
import { EXIT, type Command, type Terminal } from './command.ts';

const FLAGS = {
  'nodes': { type: 'string' }, 'datacenters': { type: 'string' }, 'execute': { type: 'string', short: 'e', multiple: true }, 'file': { type: 'string', short: 'f' },
  'json': { type: 'boolean' }, 'consistency': { type: 'string' }, 'keyspace': { type: 'string', short: 'k' }, 'seed': { type: 'string' }, 'set': { type: 'string', multiple: true },
} as const;

/**
 * Simulated time between two statements. A person or a script with a driver takes as long; with none, a read at ONE would often
 * come before the write in front of it has reached that replica.
 */
const PAUSE = { near: '10ms', far: '500ms' } as const;

/** The `cql` command. */
export const cqlCommand: Command = {
  name: 'cql',
  usage: '[-e TEXT | --file FILE] [--nodes 3] [--datacenters dc1:3,dc2:3] [--consistency ONE] [--keyspace NAME] [--set PARAMETER=VALUE] [--seed 0] [--json]',
  summary: 'run CQL against a fresh simulated Cassandra cluster',
  async run(args, terminal) {
    const given = readArguments('cql', args, FLAGS, 0);
    const statements = splitStatements(scriptOf(given, terminal));
    const seed = given.whole('seed', undefined);
    // By the real clock, so that TTLs and timestamps mean what they say; with a seed it is the same run each time.
    const sim = new Simulation(seed === undefined ? { epoch: Date.now() } : { seed });
    const cassandra = createCassandra(sim, clusterOptions('cql', given, 3));
    const keyspace = given.text('keyspace');
    const client = cassandra.client({ name: 'cqlsh', consistency: levelOf(given), ...(keyspace === undefined ? {} : { keyspace }) });
    const show = given.on('json') ? jsonLine : asTable;
    let failed = false;
    await sim.run(async () => {
      for (const [i, statement] of statements.entries()) {
        try {
          if (i > 0) await sim.sleep(given.text('datacenters') === undefined ? PAUSE.near : PAUSE.far);
          show(terminal, await client.execute(statement));
        } catch (error) {
          if (!(error instanceof SplitbrainError)) throw error;
          failed = true;
          refuse(terminal, error, given.on('json'), statements.length > 1 ? `statement ${i + 1}: ` : '');
        }
      }
    });
    return failed ? EXIT.unusable : EXIT.ok;
  },
};

function scriptOf(given: Given, terminal: Terminal): string {
  const texts = given.texts('execute');
  const file = given.text('file');
  if (texts.length > 0 && file !== undefined) throw new UsageError('INVALID_ARGUMENT', 'cql: give -e or --file, not both');
  if (texts.length > 0) return texts.join(';\n');
  if (file === undefined && process.stdin.isTTY) terminal.err('cql: reads statements until the end of input (Ctrl-D); -e TEXT or --file FILE are the other ways');
  try {
    // Editors that mark UTF-8 with U+FEFF mean nothing by it.
    return readFileSync(file ?? 0, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder' : messageOf(cause);
    throw new InputError(`cql: ${file ?? 'standard input'}: ${why}`, { cause });
  }
}

function levelOf(given: Given): ConsistencyLevel {
  const text = (given.text('consistency') ?? 'ONE').toUpperCase();
  const level = CONSISTENCY_LEVELS.find((name) => name === text);
  if (level === undefined) throw new UsageError('INVALID_ARGUMENT', `cql: --consistency is one of ${CONSISTENCY_LEVELS.join(', ')}, got '${text}'`);
  return level;
}

function jsonLine(terminal: Terminal, result: ResultSet): void {
  const warnings = result.info.warnings.length > 0 ? { warnings: result.info.warnings } : {};
  terminal.out(JSON.stringify(result.hasRows ? { columns: result.columns.map(({ name }) => name), rows: result.toJsonRows(), ...warnings } : { ok: true, ...warnings }));
}

function asTable(terminal: Terminal, result: ResultSet): void {
  for (const warning of result.info.warnings) terminal.err(`Warnings : ${warning}`);
  if (!result.hasRows) return;
  const names = result.columns.map(({ name }) => name);
  const rows = result.toTextRows().map((row) => row.map((value, i) => shown(value, result.columns[i]?.type)));
  const text = names.indexOf('create_statement');
  if (text >= 0) {
    // As cqlsh does: what DESCRIBE answers is to be read, and to be pasted.
    for (const row of result.toTextRows()) terminal.out(`\n${row[text] ?? ''}`);
    return;
  }
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map((row) => width(row[i] ?? ''))));
  terminal.out('');
  terminal.out(` ${names.map((name, i) => centred(name, widths[i] ?? 0)).join(' | ')}`.trimEnd());
  terminal.out(widths.map((length) => '-'.repeat(length + 2)).join('+'));
  for (const row of rows) terminal.out(` ${row.map((value, i) => ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(value))) + value).join(' | ')}`);
  terminal.out('');
  terminal.out(`(${rows.length} rows)`);
}

/** A value as cqlsh shows it: instants to the microsecond in UTC, booleans as Python writes them, and what would break the line escaped. */
function shown(value: string, type: string | undefined): string {
  if (value === 'null') return value;
  if (type === 'timestamp') return value.replace(/^(.+)T(.+)Z$/, '$1 $2000+0000');
  if (type === 'boolean') return value === 'true' ? 'True' : 'False';
  return value.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

function width(text: string): number {
  return Array.from(text).length;
}

function centred(text: string, length: number): string {
  const left = Math.floor((length - text.length) / 2);
  return ' '.repeat(left) + text + ' '.repeat(length - text.length - left);
}

function refuse(terminal: Terminal, error: SplitbrainError, json: boolean, where: string): void {
  const known = error instanceof CassandraError;
  if (json) {
    terminal.out(JSON.stringify({ error: { code: known ? error.protocolCode : 0, name: known ? error.protocolName : error.code, message: error.message } }));
  } else {
    const info = known ? Object.entries(error.info).map(([name, value]) => `${name}: ${value}`).join(', ') : '';
    terminal.err(`${where}${known ? `${error.protocolName} (0x${error.protocolCode.toString(16).padStart(4, '0')}): ` : ''}${error.message}${info === '' ? '' : ` (${info})`}`);
  }
}
