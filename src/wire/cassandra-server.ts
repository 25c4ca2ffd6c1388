/**
 * Cassandra on ports: the nodes of a simulated cluster, each on an address of its own as drivers expect it (127.0.0.1, 127.0.0.2, …, all
 * on one port). The simulation's clock follows real time; a test may move it ahead, cut links and crash nodes under its drivers.
 *
 * Left out: TLS; faults of the network between a driver and its coordinator, which are the operating system's. Addresses beside 127.0.0.1 are there by themselves on Linux, not on macOS.
 *
 * @module
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { CassandraMachine } from '../cassandra/coordinator/machine.ts';
import { createCassandra, type Cassandra, type CassandraNode, type CassandraOptions } from '../cassandra/index.ts';
import { forgetPrepared, ProtocolConnection, type PreparedText, type ServedNode, type ServerEvent } from '../cassandra/protocol/connection.ts';
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
  /** Every node's address, also of those that joined since. */
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
  const addresses: CassandraAddress[] = [];
  const serve = async (node: CassandraNode): Promise<void> => {
    const listener = new NodeListener(node, { pace, simulation, addressOf: (id) => ({ host: hostOf(cluster, id), port }), announce: (event) => { for (const one of listeners) one.tell(event); } });
    listeners.push(listener);
    addresses.push({ node: node.id, host: hostOf(cluster, node.id), port });
    await listener.listen(hostOf(cluster, node.id), port);
  };
  const close = async (): Promise<void> => {
    pace.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    for (const node of cluster.nodes) await serve(node);
  } catch (error) {
    await close();
    throw error;
  }
  simulation.on('node', ({ node: id, what }) => {
    const node = what === 'start' ? cluster.nodes.find((one) => one.id === id) : undefined;
    if (node !== undefined && !listeners.some((listener) => listener.node === node)) void serve(node);
  });
  const clientOptions = { contactPoints: ['127.0.0.1'], localDataCenter: cluster.nodes[0]?.datacenter ?? '', protocolOptions: { port } };
  return { host: '127.0.0.1', port, clientOptions, addresses, simulation, cluster, close };
}

/** Nodes have names; drivers want addresses, which are given out in the order of the nodes' coming, as `system.peers` has them. */
function hostOf(cluster: Cassandra, id: string): string {
  const place = cluster.nodes.findIndex((node) => node.id === id) + 1;
  return `127.0.${Math.floor(place / 256)}.${place % 256}`;
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

/** Where a node's port stands. */
interface Surroundings {
  readonly pace: RealTime;
  readonly simulation: Simulation;
  readonly addressOf: (node: string) => { readonly host: string; readonly port: number };
  readonly announce: (event: ServerEvent) => void;
}

/** One node's port, and who is connected to it. */
class NodeListener {
  readonly node: CassandraNode;
  readonly #server: Server;
  readonly #open = new Map<Socket, ProtocolConnection>();
  readonly #prepared = new Map<string, PreparedText>();
  readonly #surroundings: Surroundings;
  /** What came while the machine stood still. */
  #held: (() => void)[] = [];
  #place: { readonly host: string; readonly port: number } | undefined = undefined;
  /** Opening and closing the port, one after the other. */
  #doors: Promise<void> = Promise.resolve();
  #isOver = false;
  /** The incarnation whose opinions are listened to. */
  #machine: CassandraMachine | undefined = undefined;

  constructor(node: CassandraNode, surroundings: Surroundings) {
    this.node = node;
    this.#surroundings = surroundings;
    const { pace, simulation, announce } = surroundings;
    const served: ServedNode = {
      catalog: node.catalog,
      prepared: this.#prepared,
      proxy: () => (node.takesClients && node.simulated.machine instanceof CassandraMachine ? node.simulated.machine.coordinator : undefined),
      announce,
    };
    this.#server = createServer({ noDelay: true }, (socket) => {
      pace.catchUp();
      this.#listenToGossip();
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
        this.#prepared.clear();
        this.#drop();
        this.#doAfter(() => this.#closeDoor());
      }
      if (event.what === 'start' && this.#place !== undefined) this.#doAfter(() => this.#openDoor());
      if (event.what === 'resume') {
        const held = this.#held;
        this.#held = [];
        for (const each of held) setImmediate(each);
      }
    });
  }

  /** Begins to take connections. @throws {@link InputError} when the address cannot be had */
  async listen(host: string, port: number): Promise<void> {
    await listen(this.#server, host, port);
    this.#place = { host, port };
  }

  /** A machine that is down refuses connections: drivers that are let in and then dropped wait in vain for an answer. */
  #doAfter(task: () => Promise<void>): void {
    this.#doors = this.#doors.then(task);
  }

  async #openDoor(): Promise<void> {
    if (this.#place !== undefined && this.node.isUp && !this.#server.listening && !this.#isOver) await listen(this.#server, this.#place.host, this.#place.port);
  }

  async #closeDoor(): Promise<void> {
    if (this.#server.listening) await new Promise<void>((resolve) => { this.#server.close(() => { resolve(); }); });
  }

  /** Tells the clients. */
  tell(event: ServerEvent): void {
    if (event.type === 'SCHEMA_CHANGE') forgetPrepared(this.#prepared, event.change);
    for (const connection of this.#open.values()) connection.tell(event);
  }

  /** What this node learns of the others its clients learn too. */
  #listenToGossip(): void {
    const { machine } = this.node.simulated;
    if (!(machine instanceof CassandraMachine) || machine === this.#machine) return;
    this.#machine = machine;
    const known = new Map([...machine.membership.topology.states].map(([id, { status }]) => [id as string, status as string]));
    machine.membership.onChange((id, what) => {
      const { host: address, port } = this.#surroundings.addressOf(id);
      if (what !== 'state') {
        this.tell({ type: 'STATUS_CHANGE', change: what === 'up' ? 'UP' : 'DOWN', address, port });
        return;
      }
      const status = machine.membership.topology.states.get(id)?.status;
      const before = known.get(id);
      if (status === undefined || status === before) return;
      known.set(id, status);
      if (status === 'LEFT') this.tell({ type: 'TOPOLOGY_CHANGE', change: 'REMOVED_NODE', address, port });
      if (status !== 'NORMAL' || before === 'NORMAL') return;
      this.tell({ type: 'TOPOLOGY_CHANGE', change: 'NEW_NODE', address, port });
      // It takes clients from now on, and has been alive for a while.
      this.tell({ type: 'STATUS_CHANGE', change: 'UP', address, port });
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#drop();
    await this.#doors;
    await this.#closeDoor();
  }

  #drop(): void {
    for (const socket of this.#open.keys()) socket.destroy();
    this.#held = [];
  }
}
