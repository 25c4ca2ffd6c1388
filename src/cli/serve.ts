/**
 * `splitbrain serve redis`: a Redis on a port, for clients in any language. It prints one line when it is ready and ends
 * cleanly on SIGTERM or SIGINT.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import { serveRedis } from '../wire/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command } from './command.ts';

const FLAGS = {
  'port': { type: 'string' }, 'host': { type: 'string' }, 'requirepass': { type: 'string' }, 'databases': { type: 'string' }, 'replicas': { type: 'string' },
  'appendonly': { type: 'boolean' }, 'unixsocket': { type: 'string' }, 'seed': { type: 'string' }, 'command-faults': { type: 'string' },
} as const;
const PORT_MAX = 65_535;
const DATABASES_MAX = 100_000;
const REPLICAS_MAX = 100;

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InputError(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The `serve` command. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'redis [--port 0] [--host 127.0.0.1] [--unixsocket PATH] [--requirepass PASSWORD] [--databases 16] [--replicas 0] [--appendonly] [--seed 0] [--command-faults FILE]',
  summary: 'serve a Redis on a port, for real clients',
  async run(args, terminal) {
    const given = readArguments('serve', args, FLAGS, 1);
    const [store] = given.positionals;
    if (store !== 'redis') throw new UsageError('INVALID_ARGUMENT', `serve: ${store === undefined ? 'which store' : `unknown store '${store}'`}; known is redis`);
    const port = given.whole('port', 0);
    const databases = given.whole('databases', 16);
    if (port > PORT_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: a port is 0 to ${PORT_MAX}, got ${port}`);
    if (databases < 1 || databases > DATABASES_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: databases must be 1 to ${DATABASES_MAX}`);
    const replicas = given.whole('replicas', 0);
    if (replicas > REPLICAS_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: at most ${REPLICAS_MAX} replicas`);
    const path = given.text('unixsocket');
    const file = given.text('command-faults');
    const plan = file === undefined ? [] : readJson(file);
    const served = await serveRedis({
      port, host: given.text('host') ?? '127.0.0.1', databases, requirepass: given.text('requirepass') ?? '', replicas,
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
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
      void served.stopped.then(resolve);
    });
    await served.close();
    return EXIT.ok;
  },
};
