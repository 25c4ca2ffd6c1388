/**
 * A host that exists in this process only: what connects to it through `node:net` reaches a Redis engine, for clients that have
 * no hook of their own, such as node-redis.
 *
 * ```ts
 * const release = reserveRedisHost('192.0.2.1', createRedis());
 * const client = createClient({ url: 'redis://192.0.2.1' });
 * ```
 *
 * An address is better than a name, since some clients look names up before they connect; 192.0.2.1 is set aside for
 * documentation, and no machine has it. It replaces `net.createConnection` and `net.connect`; every other host goes where it always went.
 *
 * @module
 */
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { UsageError } from '../kernel/errors.ts';
import type { Engine } from '../redis/engine.ts';
import { connectInMemory } from './redis-stream.ts';

type Connect = typeof net.createConnection;

const hosts = new Map<string, Engine>();
let original: Connect | undefined;

/** The host that is asked for, in any of the forms of the call. */
function hostOf([first, second]: readonly unknown[]): unknown {
  if (typeof first === 'object' && first !== null) return 'path' in first ? undefined : (first as { host?: unknown }).host;
  return typeof second === 'string' ? second : undefined;
}

function replace(connect: Connect): void {
  net.createConnection = connect;
  net.connect = connect;
  syncBuiltinESMExports();
}

/**
 * Reserves a host name for a Redis in this process.
 *
 * @param host - one that no machine has, such as `192.0.2.1`; any port of it will do
 * @returns gives it back
 * @throws {@link UsageError} `HOST_RESERVED` when it is reserved already
 */
export function reserveRedisHost(host: string, redis: { readonly engine: Engine }): () => void {
  if (hosts.has(host)) throw new UsageError('HOST_RESERVED', `the host ${host} is reserved already`);
  hosts.set(host, redis.engine);
  if (original === undefined) {
    const real = net.createConnection;
    original = real;
    replace(((...args: readonly unknown[]) => {
      const asked = hostOf(args);
      const engine = typeof asked === 'string' ? hosts.get(asked) : undefined;
      if (engine === undefined) return (real as (...given: readonly unknown[]) => net.Socket)(...args);
      const stream = connectInMemory(engine);
      const listener = args.findLast((arg) => typeof arg === 'function') as (() => void) | undefined;
      if (listener !== undefined) stream.once('connect', listener);
      process.nextTick(() => { stream.emit('connect'); });
      return stream as unknown as net.Socket;
    }) as Connect);
  }
  return () => {
    hosts.delete(host);
    if (hosts.size > 0 || original === undefined) return;
    replace(original);
    original = undefined;
  };
}
