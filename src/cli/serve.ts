/**
 * `splitbrain serve`: a store on a port, for clients in any language. It prints one line for each port when it is ready and ends
 * cleanly on SIGTERM or SIGINT.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { splitStatements } from '../cassandra/index.ts';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import { serveCassandra, serveRedis } from '../wire/index.ts';
import { readArguments, type Given } from './arguments.ts';
import { clusterOptions } from './cluster-options.ts';
import { EXIT, type Command, type Terminal } from './command.ts';

const REDIS_FLAGS = {
  'port': { type: 'string' }, 'host': { type: 'string' }, 'requirepass': { type: 'string' }, 'databases': { type: 'string' }, 'replicas': { type: 'string' },
  'appendonly': { type: 'boolean' }, 'unixsocket': { type: 'string' }, 'seed': { type: 'string' }, 'command-faults': { type: 'string' },
} as const;
const CASSANDRA_FLAGS = {
  'port': { type: 'string' }, 'nodes': { type: 'string' }, 'datacenters': { type: 'string' }, 'set': { type: 'string', multiple: true }, 'seed': { type: 'string' }, 'file': { type: 'string', short: 'f' },
} as const;
const PORT_MAX = 65_535;
const DATABASES_MAX = 100_000;
const REPLICAS_MAX = 100;
/** As `native_transport_port` and as drivers have it. */
const CASSANDRA_PORT = 9042;

/** The `serve` command. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'redis [--port 0] [--host 127.0.0.1] [--unixsocket PATH] [--requirepass PASSWORD] [--databases 16] [--replicas 0] [--appendonly] [--seed 0] [--command-faults FILE]'
    + ' | cassandra [--port 9042] [--nodes 1 | --datacenters dc1:3,dc2:3] [--set PARAMETER=VALUE] [--file SCHEMA] [--seed 0]',
  summary: 'serve a Redis or a Cassandra on a port, for real clients',
  async run(args, terminal) {
    const [store, ...rest] = args;
    if (store === 'redis') return redis(readArguments('serve redis', rest, REDIS_FLAGS, 0), terminal);
    if (store === 'cassandra') return cassandra(readArguments('serve cassandra', rest, CASSANDRA_FLAGS, 0), terminal);
    throw new UsageError('INVALID_ARGUMENT', `serve: ${store === undefined || store.startsWith('-') ? 'which store' : `unknown store '${store}'`}; known are redis, cassandra`);
  },
};

async function redis(given: Given, terminal: Terminal): Promise<number> {
  const databases = given.whole('databases', 16);
  if (databases < 1 || databases > DATABASES_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: databases must be 1 to ${DATABASES_MAX}`);
  const replicas = given.whole('replicas', 0);
  if (replicas > REPLICAS_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: at most ${REPLICAS_MAX} replicas`);
  const path = given.text('unixsocket');
  const file = given.text('command-faults');
  const plan = file === undefined ? [] : readJson(file);
  const served = await serveRedis({
    port: portOf(given, 0), host: given.text('host') ?? '127.0.0.1', databases, requirepass: given.text('requirepass') ?? '', replicas,
    appendonly: given.on('appendonly'), seed: given.whole('seed', 0), ...(path === undefined ? {} : { path }),
  });
  try {
    served.faults.addAll(plan);
  } catch (error) {
    await served.close();
    throw new InputError(`${file ?? ''}: ${messageOf(error)}`, { cause: error });
  }
  for (const [i, address] of served.addresses.entries()) {
    terminal.out(`${i === 0 ? '' : `replica ${address.node} `}listening on ${address.path ?? `${address.host}:${address.port}`}`);
  }
  await Promise.race([signalled(), served.stopped]);
  await served.close();
  return EXIT.ok;
}

async function cassandra(given: Given, terminal: Terminal): Promise<number> {
  const port = portOf(given, CASSANDRA_PORT);
  const file = given.text('file');
  const schema = file === undefined ? '' : read(file);
  const served = await serveCassandra({ ...clusterOptions('serve', given, 1), port, seed: given.whole('seed', 0) });
  try {
    // One after the other, so that an error says which.
    for (const statement of splitStatements(schema)) served.cluster.schema(statement);
  } catch (error) {
    await served.close();
    throw new InputError(`${file ?? ''}: ${messageOf(error)}`, { cause: error });
  }
  for (const { node, host, port: listening } of served.addresses) terminal.out(`${node} listening on ${host}:${listening}`);
  await signalled();
  await served.close();
  return EXIT.ok;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => { resolve(); });
    process.once('SIGINT', () => { resolve(); });
  });
}

function portOf(given: Given, byDefault: number): number {
  const port = given.whole('port', byDefault);
  if (port > PORT_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: a port is 0 to ${PORT_MAX}, got ${port}`);
  return port;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

function readJson(file: string): unknown {
  const text = read(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: ${messageOf(error)}`, { cause: error });
  }
}
