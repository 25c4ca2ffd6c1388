/**
 * Cassandra on ports: the nodes of a simulated cluster, each on an address of its own as drivers expect it (127.0.0.1, 127.0.0.2, …, all
 * on one port). The simulation's clock follows real time; a test may move it ahead, cut links and crash nodes under its drivers.
 *
 * Left out: TLS; faults of the network between a driver and its coordinator, which are the operating system's; nodes that join
 * later, which have no port. Addresses beside 127.0.0.1 are there by themselves on Linux, not on macOS.
 *
 * @module
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { CassandraMachine } from '../cassandra/coordinator/machine.ts';
import { createCassandra, type Cassandra, type CassandraNode, type CassandraOptions } from '../cassandra/index.ts';
import { ProtocolConnection, type ServedNode } from '../cassandra/protocol/connection.ts';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import { Simulation } from '../kernel/simulation.ts';
import { RealTime } from './real-time.ts';

/** How a Cassandra is served: a cluster's options, and where it listens. */
export interface ServeCassandraOptions extends CassandraOptions {
  /** The port of every node; 0, the default, takes a free one. */
  readonly port?: number;
  /** Seeds whatever happens by chance. Default 0. */
  readonly seed?: number;
}

/** Where a node listens. */
export interface CassandraAddress {
  /** The node's name, as faults call it. */
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** What a driver needs to know, in the words of cassandra-driver. */
export interface CassandraClientSettings {
  readonly contactPoints: string[];
  readonly localDataCenter: string;
  readonly protocolOptions: { readonly port: number };
}

/** A Cassandra that is being served. */
export interface CassandraPort {
  /** The first node's address. */
  readonly host: string;
  readonly port: number;
  /** What `new Client(…)` of cassandra-driver takes: contact points, the local datacentre, the port of all nodes. */
  readonly clientOptions: CassandraClientSettings;
  /** Every node's address. */
  readonly addresses: readonly CassandraAddress[];
  /** The world in which the nodes live: `simulation.advance('1h')`, `simulation.faults.crash('n2').for('20s')`. */
  readonly simulation: Simulation;
  /** The nodes as one cluster: `cluster.schema('CREATE …')`, `cluster.node('n1').nodetoolStatus()`. */
  readonly cluster: Cassandra;
  /** Ends all connections and frees the ports. */
  close(): Promise<void>;
}

/** So much of the trace is kept: a server may run for days. */
const TRACE_LIMIT = 10_000;
const PORT_MAX = 65_535;

/**
 * Serves a Cassandra: one node unless told otherwise.
 *
 * @returns when it listens
 * @throws {@link InputError} when an address cannot be had; `UsageError` for options that make no sense
 */
export async function serveCassandra(options: ServeCassandraOptions = {}): Promise<CassandraPort> {
  const { port: wanted = 0, seed = 0, ...rest } = options;
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > PORT_MAX) throw new UsageError('INVALID_OPTION', `port must be a whole number from 0 to ${PORT_MAX}, got ${String(wanted)}`);
  const started = performance.now() - 1;
  const simulation = new Simulation({ seed, epoch: Date.now(), traceLimit: TRACE_LIMIT });
  // The nodes tell drivers their port, so it must be known before they are.
  const port = wanted === 0 ? await freePort() : wanted;
  const cluster = createCassandra(simulation, { ...rest, ...(rest.nodes === undefined && rest.datacenters === undefined ? { nodes: 1 } : {}), nativeTransportPort: port });
  const pace = new RealTime(simulation, started);
  const listeners: NodeListener[] = [];
  for (const node of cluster.nodes) listeners.push(new NodeListener(node, pace, simulation, (change) => { for (const one of listeners) one.tell(change); }));
  const close = async (): Promise<void> => {
    pace.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  const addresses: CassandraAddress[] = [];
  try {
    for (const [i, listener] of listeners.entries()) {
      const host = `127.0.${Math.floor((i + 1) / 256)}.${(i + 1) % 256}`;
      await listener.listen(host, port);
      addresses.push({ node: listener.node.id, host, port });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const clientOptions = { contactPoints: ['127.0.0.1'], localDataCenter: cluster.nodes[0]?.datacenter ?? '', protocolOptions: { port } };
  return { host: '127.0.0.1', port, clientOptions, addresses, simulation, cluster, close };
}

async function freePort(): Promise<number> {
  const door = createServer();
  await listen(door, '127.0.0.1', 0);
  const { port } = door.address() as AddressInfo;
  await new Promise<void>((resolve) => { door.close(() => { resolve(); }); });
  return port;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const hint = (cause as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL' ? ` (a node needs an address of its own; on macOS: sudo ifconfig lo0 alias ${host})` : '';
      reject(new InputError(`cannot listen on ${host}:${port}: ${messageOf(cause)}${hint}`, { cause }));
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

/** One node's port, and who is connected to it. */
class NodeListener {
  readonly node: CassandraNode;
  readonly #server: Server;
  readonly #open = new Map<Socket, ProtocolConnection>();
  /** What came while the machine stood still. */
  #held: (() => void)[] = [];

  constructor(node: CassandraNode, pace: RealTime, simulation: Simulation, changed: ServedNode['changed']) {
    this.node = node;
    const served: ServedNode = {
      catalog: node.catalog,
      prepared: new Map(),
      proxy: () => (node.takesClients && node.simulated.machine instanceof CassandraMachine ? node.simulated.machine.coordinator : undefined),
      changed,
    };
    this.#server = createServer({ noDelay: true }, (socket) => {
      pace.catchUp();
      if (!node.isUp) {
        socket.destroy();
        return;
      }
      const connection = new ProtocolConnection(served, (bytes) => { if (!socket.destroyed) socket.write(bytes, 'latin1'); }, () => socket.end());
      this.#open.set(socket, connection);
      const receive = (bytes: string): void => {
        pace.catchUp();
        connection.receive(bytes);
        pace.arm();
      };
      socket.on('data', (chunk: Buffer) => {
        const bytes = chunk.toString('latin1');
        if (node.simulated.isPaused) this.#held.push(() => { receive(bytes); });
        else receive(bytes);
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        connection.close();
        this.#open.delete(socket);
      });
    });
    simulation.on('node', (event) => {
      if (event.node !== node.id) return;
      // A machine that dies takes its connections, and what was prepared, with it; one that stood still goes on with what came meanwhile.
      if (event.what === 'crash' || event.what === 'wipe') {
        served.prepared.clear();
        this.#drop();
      }
      if (event.what === 'resume') {
        const held = this.#held;
        this.#held = [];
        for (const each of held) setImmediate(each);
      }
    });
  }

  listen(host: string, port: number): Promise<void> {
    return listen(this.#server, host, port);
  }

  /** The schema changed. */
  tell(change: Parameters<ServedNode['changed']>[0]): void {
    for (const connection of this.#open.values()) connection.schemaChanged(change);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => { resolve(); });
      this.#drop();
    });
  }

  #drop(): void {
    for (const socket of this.#open.keys()) socket.destroy();
    this.#held = [];
  }
}
