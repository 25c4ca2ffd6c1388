/**
 * A Redis on a port: sockets that carry bytes to the engine and back. Its clock is the host's, and keys expire by themselves.
 * All that a chunk of input asks for is answered by one write, so that pipelines do not meet delayed acknowledgements.
 *
 * Left out: TLS, and the order in which simultaneous connections are served, which is the operating system's.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { InputError, messageOf } from '../kernel/errors.ts';
import { Random } from '../kernel/random.ts';
import type { Connection } from '../redis/connection.ts';
import { Engine } from '../redis/engine.ts';
import type { Reply } from '../redis/reply.ts';
import { encodeReply } from '../redis/resp/encode.ts';
import { RequestReader } from '../redis/resp/request-reader.ts';

/** How a Redis is served. */
export interface ServeRedisOptions {
  /** The port; 0, the default, takes a free one. */
  readonly port?: number;
  /** The address; loopback unless said otherwise. */
  readonly host?: string;
  /** Number of databases. Default 16. */
  readonly databases?: number;
  /** The password that clients must give; none unless given. */
  readonly requirepass?: string;
  /** Seeds the commands that choose at random. Default 0. */
  readonly seed?: number;
}

/** A Redis that is being served. */
export interface RedisPort {
  readonly host: string;
  readonly port: number;
  /** The engine beneath, for tests that look inside. */
  readonly engine: Engine;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** How often expired keys are looked for: `hz 10`. */
const EXPIRE_EVERY = 100;
/** What a timer of Node's can hold. */
const TIMER_MAX = 2_147_483_647;
/** `client-output-buffer-limit pubsub 32mb`: who does not read what was published is disconnected. */
const OUTPUT_LIMIT = 32 * 1024 * 1024;

/**
 * Serves a Redis.
 *
 * @returns when it listens
 * @throws {@link InputError} when the address cannot be had
 */
export async function serveRedis(options: ServeRedisOptions = {}): Promise<RedisPort> {
  const { port = 0, host = '127.0.0.1', databases = 16, seed = 0, requirepass = '' } = options;
  const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(seed).fork('redis'), databases, requirepass });
  const sockets = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  let armedFor: number | undefined;
  /** Wakes up when the first of the blocked commands has waited long enough. */
  const arm = (): void => {
    const next = engine.nextDeadline;
    if (next === armedFor) return;
    clearTimeout(timer);
    armedFor = next;
    if (next === undefined) return;
    timer = setTimeout(() => {
      armedFor = undefined;
      engine.expireBlocked();
      arm();
    }, Math.min(Math.max(0, next - Date.now()), TIMER_MAX));
    timer.unref();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    attach(socket, engine, arm);
  });
  await listening(server, port, host);
  const expiry = setInterval(() => { engine.expireSome(); }, EXPIRE_EVERY);
  expiry.unref();
  const address = server.address();
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    engine,
    close: () => new Promise((resolve) => {
      clearInterval(expiry);
      clearTimeout(timer);
      server.close(() => { resolve(); });
      for (const socket of sockets) socket.destroy();
    }),
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new InputError(`cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause })); });
    server.listen(port, host, resolve);
  });
}

/**
 * Connects a socket, or anything like one, to an engine.
 *
 * @param afterwards - called when a chunk of input has been dealt with
 */
export function attach(socket: Socket, engine: Engine, afterwards: () => void = () => undefined): void {
  const reader = new RequestReader();
  let output = '';
  let handling = false;
  /** A command waits for its reply; what follows it waits too. */
  let blocked = false;
  const flush = (): void => {
    if (output === '' || socket.destroyed) return;
    if (connection.isMute) {
      output = '';
      return;
    }
    const written = socket.write(output, 'latin1');
    output = '';
    if (!written) socket.pause();
    if (socket.writableLength > OUTPUT_LIMIT) socket.destroy();
  };
  const connection: Connection = engine.connect((reply: Reply) => {
    output += encodeReply(reply, connection.protocol);
    if (blocked && reply.kind !== 'push') {
      blocked = false;
      // What it has sent meanwhile is dealt with when the command that woke it, somebody else's, is done.
      process.nextTick(handle);
    }
    if (!handling) flush();
  });
  connection.address = `${socket.remoteAddress ?? '127.0.0.1'}:${socket.remotePort ?? 0}`;
  connection.close = () => { socket.destroy(); };
  const handle = (): void => {
    handling = true;
    while (!blocked && !connection.closing) {
      const next = reader.next(connection.authenticated);
      if (next.kind === 'incomplete') break;
      if (next.kind === 'error') {
        output += `-${next.text}\r\n`;
        connection.closing = true;
        break;
      }
      if (connection.replies === 'skip-next') connection.replies = 'skip';
      const reply = engine.execute(connection, next.args);
      if (reply.kind === 'waiting') blocked = !connection.isMute;
      else if (connection.replies === 'on') output += encodeReply(reply, connection.protocol);
      else if (connection.replies === 'skip') connection.replies = 'on';
    }
    handling = false;
    flush();
    afterwards();
    if (connection.closing) socket.end();
  };
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk.toString('latin1'));
    handle();
  });
  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => { engine.disconnect(connection); });
}
