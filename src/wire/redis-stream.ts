/**
 * Real clients without a socket: a stream in memory that ioredis takes for a connection, with a Redis engine at its other end.
 *
 * ```ts
 * const client = new Redis({ Connector: redisConnector(createRedis()) });
 * ```
 *
 * @module
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Engine } from '../redis/engine.ts';
import { attach } from './redis-socket.ts';

/** One half of a pair: what is written to it is read from the other. */
class MemorySocket extends Duplex {
  #peer: MemorySocket | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: false });
  }

  join(peer: MemorySocket): void {
    this.#peer = peer;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // Never inside the write itself: a client notes what it asked only after its write has returned.
    process.nextTick(() => {
      const peer = this.#peer;
      if (peer === undefined || peer.destroyed || peer.readableEnded) done();
      else if (peer.push(chunk)) done();
      else peer.#wake = done;
    });
  }

  override _final(done: () => void): void {
    this.#peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#peer !== undefined && !this.#peer.destroyed) this.#peer.push(null);
    done(error);
  }

  override _read(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  // What clients call on a socket, and what means nothing here.
  setNoDelay(): this { return this; }
  setKeepAlive(): this { return this; }
  setTimeout(): this { return this; }
  ref(): this { return this; }
  unref(): this { return this; }
}

/** A client's end of a connection to an engine in this process. */
export function connectInMemory(engine: Engine): Duplex {
  const [client, server] = [new MemorySocket(), new MemorySocket()];
  client.join(server);
  server.join(client);
  attach(server as unknown as Socket, { engine, execute: (connection, args) => engine.execute(connection, args) });
  return client;
}

/** What ioredis's `Connector` option wants. Its own type is an abstract class with private parts, which none but itself can be. */
export interface InMemoryConnector {
  connect(): Promise<Duplex>;
  disconnect(): void;
  check(): boolean;
}

/**
 * A class for ioredis's `Connector` option. Each connection that ioredis opens is another client of the same data.
 *
 * The type it has is the one that is asked for, so that TypeScript takes it where ioredis declares an abstract class.
 */
export function redisConnector<Connector = new () => InMemoryConnector>(redis: { readonly engine: Engine }): Connector {
  const connector = class implements InMemoryConnector {
    #stream: Duplex | undefined;

    connect(): Promise<Duplex> {
      this.#stream = connectInMemory(redis.engine);
      return Promise.resolve(this.#stream);
    }

    disconnect(): void {
      this.#stream?.end();
    }

    check(): boolean {
      return true;
    }
  };
  return connector as Connector;
}
