/**
 * `splitbrain serve redis`: a Redis on a port, for clients in any language. It prints one line when it is ready and ends
 * cleanly on SIGTERM or SIGINT.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import { serveRedis } from '../wire/index.ts';
import { readArguments } from './arguments.ts';
import { EXIT, type Command } from './command.ts';

const FLAGS = { port: { type: 'string' }, host: { type: 'string' }, requirepass: { type: 'string' }, databases: { type: 'string' } } as const;
const PORT_MAX = 65_535;
const DATABASES_MAX = 100_000;

/** The `serve` command. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'redis [--port 0] [--host 127.0.0.1] [--requirepass PASSWORD] [--databases 16]',
  summary: 'serve a Redis on a port, for real clients',
  async run(args, terminal) {
    const given = readArguments('serve', args, FLAGS, 1);
    const [store] = given.positionals;
    if (store !== 'redis') throw new UsageError('INVALID_ARGUMENT', `serve: ${store === undefined ? 'which store' : `unknown store '${store}'`}; known is redis`);
    const port = given.whole('port', 0);
    const databases = given.whole('databases', 16);
    if (port > PORT_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: a port is 0 to ${PORT_MAX}, got ${port}`);
    if (databases < 1 || databases > DATABASES_MAX) throw new UsageError('INVALID_ARGUMENT', `serve: databases must be 1 to ${DATABASES_MAX}`);
    const served = await serveRedis({ port, host: given.text('host') ?? '127.0.0.1', databases, requirepass: given.text('requirepass') ?? '' });
    terminal.out(`listening on ${served.host}:${served.port}`);
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    await served.close();
    return EXIT.ok;
  },
};
