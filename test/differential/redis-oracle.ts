/**
 * A real `redis-server` on a free loopback port, and a client that knows only where one reply ends and the next begins.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { encodeCommand } from '../../src/redis/resp/encode.ts';

export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

const freePort = (): Promise<number> => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
});

/** Where the value of RESP2 or RESP3 that begins at `at` ends, or -1 when it is not all there. */
export function endOfReply(text: string, at: number): number {
  const line = text.indexOf('\r\n', at);
  if (line < 0) return -1;
  const count = Number(text.slice(at + 1, line));
  const mark = text[at] ?? '';
  if (mark === '$' || mark === '=') return count < 0 ? line + 2 : line + 2 + count + 2 <= text.length ? line + 2 + count + 2 : -1;
  // An attribute has a reply behind it.
  const parts = mark === '*' || mark === '~' || mark === '>' ? count : mark === '%' ? 2 * count : mark === '|' ? 2 * count + 1 : 0;
  let end = line + 2;
  for (let i = 0; i < parts && end >= 0; i++) end = endOfReply(text, end);
  return end;
}

/** One more connection to the server. */
export class OracleConnection {
  readonly #socket: Socket;
  #text = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => { this.#text += chunk.toString('latin1'); });
  }

  send(args: readonly string[]): void {
    this.#socket.write(Buffer.from(encodeCommand(args), 'latin1'));
  }

  /** Every reply so far, in order. */
  get received(): string {
    return this.#text;
  }

  /** What was received, which is forgotten. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  close(): void {
    this.#socket.destroy();
  }
}

export class RedisOracle {
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #socket: Socket;
  #chunks: string[] = [];
  #wanted = 0;
  #done: ((replies: string[]) => void) | undefined;

  private constructor(process: ChildProcess, port: number, socket: Socket) {
    this.#process = process;
    this.#port = port;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk.toString('latin1'));
      this.#collect();
    });
  }

  /** Where it listens. */
  get port(): number {
    return this.#port;
  }

  static async start(directory = '/tmp'): Promise<RedisOracle> {
    const port = await freePort();
    const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory, '--enable-debug-command', 'yes'], { stdio: 'ignore' });
    for (;;) {
      const socket = await new Promise<Socket | undefined>((resolve) => {
        const attempt = connect(port, '127.0.0.1', () => resolve(attempt));
        attempt.on('error', () => resolve(undefined));
      });
      if (socket !== undefined) return new RedisOracle(child, port, socket);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }

  /** Sends commands together and waits for as many replies, as raw bytes (one code unit each). */
  ask(commands: readonly (readonly string[])[]): Promise<string[]> {
    return new Promise((resolve) => {
      this.#wanted = commands.length;
      this.#done = resolve;
      this.#socket.write(Buffer.from(commands.map(encodeCommand).join(''), 'latin1'));
    });
  }

  /** Another connection, whose replies are collected as they come. */
  async connect(): Promise<OracleConnection> {
    const socket = await new Promise<Socket>((resolve) => {
      const opened = connect(this.#port, '127.0.0.1', () => resolve(opened));
    });
    return new OracleConnection(socket);
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    await new Promise((resolve) => {
      this.#process.once('exit', resolve);
      this.#process.kill();
    });
  }

  #collect(): void {
    const text = this.#chunks.join('');
    const replies: string[] = [];
    let at = 0;
    while (replies.length < this.#wanted && at < text.length) {
      const end = endOfReply(text, at);
      if (end < 0) break;
      replies.push(text.slice(at, end));
      at = end;
    }
    this.#chunks = [text];
    if (replies.length < this.#wanted) return;
    this.#chunks = [text.slice(at)];
    this.#done?.(replies);
  }
}
