/**
 * Redis on ports: the nodes of a simulated deployment, each with a socket that real clients connect to. The simulation's clock
 * follows real time, keys expire by themselves, and a test may move time ahead, cut links and crash nodes under its clients.
 *
 * Left out: TLS; faults of the network between a client and its node, which are the operating system's; and the order in which
 * simultaneous connections are served, which is its as well.
 *
 * @module
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import { Simulation } from '../kernel/simulation.ts';
import type { CommandFaults } from '../redis/command-faults.ts';
import { RedisDeployment } from '../redis/deployment/deployment.ts';
import type { Engine } from '../redis/engine.ts';
import type { RedisOptions } from '../redis/deployment/options.ts';
import { SocketPeers } from './redis-peers.ts';
import { attach, type Attachment } from './redis-socket.ts';
import { RealTime } from './real-time.ts';

/** How a Redis is served: a deployment's options, and where it listens. */
export interface ServeRedisOptions extends RedisOptions {
  /** The port of the first node; 0, the default, takes a free one. Replicas take the next ones, or free ones. */
  readonly port?: number;
  /** The address; loopback unless said otherwise. */
  readonly host?: string;
  /** A Unix socket instead of a port; replicas append `-2`, `-3`, … */
  readonly path?: string;
  /** Seeds whatever happens by chance. Default 0. */
  readonly seed?: number;
}

/** Where a node listens. */
export interface RedisAddress {
  /** The node's name, as faults call it. */
  readonly node: string;
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly path?: string;
}

/** A Redis that is being served. */
export interface RedisPort {
  /** The first node's address. */
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  /** Every node's address, the first primary first. */
  readonly addresses: readonly RedisAddress[];
  /** The world in which the nodes live: `simulation.advance('1h')`, `simulation.faults.crash('redis-1').for('2s')`. */
  readonly simulation: Simulation;
  /** The nodes as one Redis: `deployment.promote('redis-2')`. */
  readonly deployment: RedisDeployment;
  /** Faults that befall commands. */
  readonly faults: CommandFaults;
  /** The first node's engine, for tests that look inside. Throws while the node is down. */
  readonly engine: Engine;
  /** Settles when the ports are free again: after `close`, or when a client has sent `SHUTDOWN`. */
  readonly stopped: Promise<void>;
  /** Ends all connections and frees the ports. */
  close(): Promise<void>;
}

/** So much of the trace is kept: a server may run for days. */
const TRACE_LIMIT = 10_000;
const OWN_OPTIONS = ['port', 'host', 'path', 'seed'];

/**
 * Serves a Redis.
 *
 * @returns when it listens
 * @throws {@link InputError} when an address cannot be had; {@link UsageError} for options that make no sense
 */
export async function serveRedis(options: ServeRedisOptions = {}): Promise<RedisPort> {
  const { port = 0, host = '127.0.0.1', path, seed = 0 } = options;
  // `Date` has lost the part of a millisecond; a server whose clock lags behind its clients' gives keys too long a life.
  const started = performance.now() - 1;
  const simulation = new Simulation({ seed, epoch: Date.now(), traceLimit: TRACE_LIMIT });
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !OWN_OPTIONS.includes(name)));
  const deployment = new RedisDeployment(simulation, rest, false);
  const pace = new RealTime(simulation, started);
  const listeners = deployment.nodes.map((node) => new NodeListener(deployment, node, pace, () => { void stop(); }));
  let settle: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => { settle = resolve; });
  const stop = async (): Promise<void> => {
    pace.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
    settle();
  };
  const addresses: RedisAddress[] = [];
  try {
    for (const [i, listener] of listeners.entries()) {
      const where = path === undefined ? { port: port === 0 ? 0 : port + i, host } : { path: i === 0 ? path : `${path}-${i + 1}` };
      addresses.push(await listener.listen(where));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = addresses as [RedisAddress];
  return {
    ...first,
    addresses,
    simulation,
    deployment,
    faults: deployment.faults,
    get engine() {
      const server = deployment.server(deployment.nodes[0] as SimulatedNode);
      if (server === undefined) throw new UsageError('NODE_DOWN', `${first.node} is down`);
      return server.engine;
    },
    stopped,
    close: stop,
  };
}

/**
 * A turn of the event loop, as Redis has it: every socket that can be read is read, then every reply is written. What is
 * written together wakes the clients once.
 */
class Turn {
  readonly #end: () => void;
  #flushes: (() => void)[] = [];

  /** @param end - called when all has been written */
  constructor(end: () => void) {
    this.#end = end;
  }

  add(flush: () => void): void {
    if (this.#flushes.push(flush) > 1) return;
    setImmediate(() => {
      const flushes = this.#flushes;
      this.#flushes = [];
      for (const each of flushes) each();
      this.#end();
    });
  }
}

/** One node's socket, and who is connected to it. */
class NodeListener {
  readonly #node: SimulatedNode;
  readonly #server: Server;
  readonly #attachments = new Set<Attachment>();
  readonly #turn: Turn;
  /** Whom clients were last connected to. */
  #engine: Engine | undefined = undefined;

  constructor(deployment: RedisDeployment, node: SimulatedNode, pace: RealTime, onShutdown: () => void) {
    this.#node = node;
    this.#turn = new Turn(() => {
      deployment.server(node)?.endTurn();
      pace.arm();
    });
    this.#server = createServer({ noDelay: true }, (socket: Socket) => {
      pace.catchUp();
      const server = deployment.server(node);
      if (server?.isServing !== true) {
        socket.destroy();
        return;
      }
      const turn = this.#turn;
      this.#engine = server.engine;
      server.onShutdown ??= onShutdown;
      if (server.engine.peers === server.peers) {
        server.engine.peers = new SocketPeers(server.peers, (name) => deployment.simulation.hasNode(name), (task) => {
          pace.catchUp();
          task();
          this.#turn.add(() => undefined);
        });
      }
      server.engine.stopwatch ??= () => Math.floor(performance.now() * 1000) | 0;
      const attachment = attach(socket, {
        engine: server.engine,
        execute: (connection, args) => server.execute(connection, args),
        release: (send) => { server.release(send); },
        atEndOfTurn: (flush) => { turn.add(flush); },
        beginTurn: () => { pace.catchUp(); },
        isPaused: () => node.isPaused,
      });
      this.#attachments.add(attachment);
      socket.on('close', () => { this.#attachments.delete(attachment); });
    });
    deployment.simulation.on('node', (event) => {
      if (event.node !== node.id) return;
      // A machine that dies takes its connections with it; one that stood still goes on with what came meanwhile.
      if (event.what === 'crash' || event.what === 'wipe') this.#drop();
      if (event.what === 'resume') for (const attachment of this.#attachments) attachment.resume();
    });
  }

  async listen(where: { readonly port: number; readonly host: string } | { readonly path: string }): Promise<RedisAddress> {
    const shown = 'path' in where ? where.path : `${where.host}:${where.port}`;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => { reject(new InputError(`cannot listen on ${shown}: ${messageOf(cause)}`, { cause })); });
      this.#server.listen(where, resolve);
    });
    if ('path' in where) return { node: this.#node.id, host: '', port: 0, path: where.path };
    return { node: this.#node.id, host: where.host, port: (this.#server.address() as AddressInfo).port };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => { resolve(); });
      this.#drop();
    });
  }

  /** Ends all connections, and a script that would run on. */
  #drop(): void {
    for (const { socket } of this.#attachments) socket.destroy();
    this.#engine?.scripts?.abandon();
  }
}
