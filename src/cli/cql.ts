/**
 * `splitbrain cql`: statements of CQL against a fresh simulated cluster. It answers as `cqlsh` does, or with one line of JSON for
 * each statement.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { CassandraError, CONSISTENCY_LEVELS, createCassandra, splitStatements, type CassandraOptions, type ConsistencyLevel, type ResultSet } from '../cassandra/index.ts';
import { InputError, messageOf, SplitbrainError, UsageError } from '../kernel/errors.ts';
import { Simulation } from '../kernel/simulation.ts';
import { readArguments, type Given } from './arguments.ts';
import { EXIT, type Command, type Terminal } from './command.ts';

const FLAGS = {
  'nodes': { type: 'string' }, 'datacenters': { type: 'string' }, 'execute': { type: 'string', short: 'e' }, 'file': { type: 'string', short: 'f' },
  'json': { type: 'boolean' }, 'consistency': { type: 'string' }, 'keyspace': { type: 'string', short: 'k' }, 'seed': { type: 'string' }, 'set': { type: 'string', multiple: true },
} as const;

const NODES_MAX = 1000;

/** The `cql` command. */
export const cqlCommand: Command = {
  name: 'cql',
  usage: '[-e TEXT | --file FILE] [--nodes 3] [--datacenters dc1:3,dc2:3] [--consistency ONE] [--keyspace NAME] [--set PARAMETER=VALUE] [--seed 0] [--json]',
  summary: 'run CQL against a fresh simulated Cassandra cluster',
  async run(args, terminal) {
    const given = readArguments('cql', args, FLAGS, 0);
    const text = scriptOf(given);
    const seed = given.whole('seed', undefined);
    // By the real clock, so that TTLs and timestamps mean what they say; with a seed it is the same run each time.
    const sim = new Simulation(seed === undefined ? { epoch: Date.now() } : { seed });
    const cassandra = createCassandra(sim, optionsOf(given));
    const keyspace = given.text('keyspace');
    const client = cassandra.client({ name: 'cqlsh', consistency: levelOf(given), ...(keyspace === undefined ? {} : { keyspace }) });
    const show = given.on('json') ? jsonLine : asTable;
    let failed = false;
    await sim.run(async () => {
      for (const statement of splitStatements(text)) {
        try {
          show(terminal, await client.execute(statement));
        } catch (error) {
          if (!(error instanceof SplitbrainError)) throw error;
          failed = true;
          refuse(terminal, error, given.on('json'));
        }
      }
    });
    return failed ? EXIT.unusable : EXIT.ok;
  },
};

function scriptOf(given: Given): string {
  const text = given.text('execute');
  const file = given.text('file');
  if (text !== undefined && file !== undefined) throw new UsageError('INVALID_ARGUMENT', 'cql: give -e or --file, not both');
  if (text !== undefined) return text;
  try {
    // Without either, what is piped in.
    return readFileSync(file ?? 0, 'utf8');
  } catch (error) {
    throw new InputError(`cql: ${file ?? 'standard input'}: ${messageOf(error)}`, { cause: error });
  }
}

function optionsOf(given: Given): CassandraOptions {
  const text = given.text('datacenters');
  const settings = Object.fromEntries(given.texts('set').map(settingOf));
  const nodes = given.whole('nodes', undefined);
  if (text !== undefined) {
    if (nodes !== undefined) throw new UsageError('INVALID_ARGUMENT', 'cql: give --nodes or --datacenters, not both');
    const datacenters = text.split(',').map((part) => {
      const match = /^([A-Za-z0-9_-]+):(\d{1,4})$/.exec(part);
      if (match === null) throw new UsageError('INVALID_ARGUMENT', `cql: --datacenters is written dc1:3,dc2:3, got '${text}'`);
      return [match[1] ?? '', checkNodes(Number(match[2]))] as const;
    });
    return { ...settings, datacenters: Object.fromEntries(datacenters) };
  }
  return { ...settings, nodes: checkNodes(nodes ?? 3) };
}

function checkNodes(nodes: number): number {
  if (nodes < 1 || nodes > NODES_MAX) throw new UsageError('INVALID_ARGUMENT', `cql: 1 to ${NODES_MAX} nodes, got ${nodes}`);
  return nodes;
}

/** `readRequestTimeout=1s`, `paxosVariant=v2`, `materializedViewsEnabled=true`. */
function settingOf(text: string): readonly [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('INVALID_ARGUMENT', `cql: --set is written PARAMETER=VALUE, got '${text}'`);
  const value = text.slice(at + 1);
  return [text.slice(0, at), value === 'true' ? true : value === 'false' ? false : /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value];
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
  const rows = result.toTextRows();
  const text = names.indexOf('create_statement');
  if (text >= 0) {
    // As cqlsh does: what DESCRIBE answers is to be read, and to be pasted.
    for (const row of rows) terminal.out(`\n${row[text] ?? ''}`);
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

function width(text: string): number {
  return Array.from(text).length;
}

function centred(text: string, length: number): string {
  const left = Math.floor((length - text.length) / 2);
  return ' '.repeat(left) + text + ' '.repeat(length - text.length - left);
}

function refuse(terminal: Terminal, error: SplitbrainError, json: boolean): void {
  const known = error instanceof CassandraError;
  if (json) {
    terminal.out(JSON.stringify({ error: { code: known ? error.protocolCode : 0, name: known ? error.protocolName : error.code, message: error.message } }));
  } else {
    terminal.err(known ? `${error.name}: ${error.protocolName} (0x${error.protocolCode.toString(16).padStart(4, '0')}): ${error.message}` : error.message);
  }
}

