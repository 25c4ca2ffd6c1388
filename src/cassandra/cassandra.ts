/**
 * A Cassandra-like cluster on a simulation: nodes, tables, clients, and what an operator does to a node.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { nodeId, type NodeId } from '../kernel/units.ts';
import { CassandraClient, type SelectedRow } from './client.ts';
import type { ConsistencyLevel } from './consistency.ts';
import { CassandraMachine } from './coordinator/machine.ts';
import type { ClusterView } from './coordinator/cluster.ts';
import { resultRows } from './coordinator/result.ts';
import { InvalidRequestError } from './errors.ts';
import { readParameters, wholeNumber, type CassandraOptions } from './options.ts';
import { keyOf, type PartitionInput } from './query.ts';
import { checkReplication, randomTokens, TokenRing, type Endpoint, type Replication } from './replication.ts';
import { defineTable, type Table, type TableDefinition } from './schema.ts';
import { WHOLE_PARTITION } from './storage/clustering.ts';
import type { TableStats } from './storage/engine.ts';
import { tokenFromBigInt, type Token } from './token.ts';
import type { CqlValue } from './value.ts';

/** How a client is made. */
export interface CassandraClientOptions {
  /** The client's name, which is its process in the history. */
  readonly name: string;
  /** Always this node as coordinator. Default: all nodes of the client's datacentre in turn. */
  readonly coordinator?: string | { readonly id: string };
  /** Where the client stands and which nodes it takes as coordinators. Default: the first datacentre. */
  readonly datacenter?: string;
  /** For requests that name none. Default `LOCAL_ONE`, as the Node.js driver's. */
  readonly consistency?: ConsistencyLevel;
}

/** A member of the cluster, as an operator sees it. Faults take it wherever they take a node. */
export class CassandraNode {
  readonly id: NodeId;
  readonly datacenter: string;
  readonly rack: string;
  readonly tokens: readonly Token[];
  readonly #view: ClusterView;
  readonly #simulated: () => SimulatedNode;

  /** @internal Made by the cluster. */
  constructor(endpoint: Endpoint, tokens: readonly Token[], view: ClusterView, simulated: () => SimulatedNode) {
    this.id = endpoint.id;
    this.datacenter = endpoint.datacenter;
    this.rack = endpoint.rack;
    this.tokens = tokens;
    this.#view = view;
    this.#simulated = simulated;
  }

  /** The simulated machine it runs on: crash, restart, pause, wipe, its clock and its disk. */
  get simulated(): SimulatedNode {
    return this.#simulated();
  }

  /** Whether it runs, in truth. What others believe is {@link considersAlive}. */
  get isUp(): boolean {
    return this.simulated.machine !== undefined;
  }

  /** Whether this node believes another to be alive. */
  considersAlive(node: string | { readonly id: string }): boolean {
    return this.#machine().membership.isAlive(nodeId(typeof node === 'string' ? node : node.id));
  }

  /** How many hints it holds, for one node or for all. */
  hintCount(target?: string | { readonly id: string }): number {
    return this.#machine().hints.count(target === undefined ? undefined : nodeId(typeof target === 'string' ? target : target.id));
  }

  /** Writes memtables to sorted runs, as `nodetool flush` does; of one table or of all. */
  flush(table?: Table | string): void {
    this.#machine().engine.flush(tableId(table));
  }

  /** Merges all runs into one and drops tombstones older than `gc_grace_seconds`, as `nodetool compact` does. */
  compact(table?: Table | string): void {
    this.#machine().engine.compact(tableId(table));
  }

  /** Figures of a table on this node, as `nodetool tablestats` gives them. */
  tablestats(table: Table | string): TableStats {
    return this.#machine().engine.stats(tableId(table) ?? '');
  }

  /** What this replica alone would show of a partition now: no network, no consistency level. For checks of convergence. */
  peek(table: Table | string, partition: PartitionInput): readonly SelectedRow[] {
    const { engine } = this.#machine();
    const found = findTable(this.#view.schema, table);
    const key = keyOf(found, partition);
    const span = { slice: WHOLE_PARTITION, limit: Infinity, reverse: false };
    const data = engine.read(found.id, key.bytes, span);
    const rows = resultRows({ kind: 'read', table: found.id, key: key.bytes, span, columns: undefined }, data, engine.nowSeconds());
    const named = partition as Readonly<Record<string, CqlValue>>;
    const byName = typeof partition === 'object' && found.partitionKey.every((column) => Object.hasOwn(named, column));
    const listed = (Array.isArray(partition) ? partition : [partition]) as readonly CqlValue[];
    const partitionColumns = found.partitionKey.map((column, i) => [column, (byName ? named[column] : listed[i]) ?? ''] as const);
    return rows.map(({ clustering, cells }) => Object.fromEntries([
      ...partitionColumns,
      ...found.clusteringKey.map(({ column }, i) => [column, clustering[i] ?? ''] as const),
      ...cells.map(([column, value]) => [column, value] as const),
    ]));
  }

  #machine(): CassandraMachine {
    const { machine } = this.simulated;
    if (machine instanceof CassandraMachine) return machine;
    throw new UsageError('NODE_DOWN', `node ${this.id} is down`);
  }
}

/** A cluster. */
export class Cassandra {
  readonly nodes: readonly CassandraNode[];
  readonly #sim: Simulation;
  readonly #view: ClusterView;
  readonly #schema: Map<string, Table>;
  readonly #replication: Replication;
  readonly #regional: boolean;

  /** @internal Made by {@link createCassandra}. */
  constructor(sim: Simulation, options: CassandraOptions) {
    const parameters = readParameters(options);
    const layout = datacentersOf(options);
    const racks = wholeNumber('racks', options.racks ?? 1);
    const endpoints = placeNodes(layout, racks, options.prefix ?? 'n');
    const tokens = drawTokens(sim, endpoints, options);
    this.#sim = sim;
    this.#schema = new Map();
    this.#regional = options.datacenters !== undefined;
    this.#view = { ring: new TokenRing(tokens), endpoints: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])), schema: this.#schema, parameters };
    this.#replication = options.replication ?? defaultReplication(options, layout);
    checkReplication(this.#replication, new Set(layout.keys()));
    sim.requireFreeNames(endpoints.map(({ id }) => id));
    this.nodes = endpoints.map((endpoint) => new CassandraNode(endpoint, tokens.get(endpoint) ?? [], this.#view, () => sim.node(endpoint.id)));
    for (const { id, datacenter, rack } of endpoints) {
      let generation = 0;
      sim.addNode(id, (host) => new CassandraMachine(host, this.#view, ++generation), {
        ...(this.#regional ? { region: datacenter } : {}), ...(racks > 1 ? { rack } : {}),
      });
    }
  }

  /** A node by name. @throws {@link UsageError} `UNKNOWN_NODE` */
  node(reference: string | { readonly id: string }): CassandraNode {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = this.nodes.find(({ id }) => id === name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no Cassandra node '${name}'`);
    return node;
  }

  /**
   * Makes a table, known to all nodes at once.
   *
   * @throws {@link InvalidRequestError} when the definition makes no sense or the table exists
   */
  createTable(definition: TableDefinition): Table {
    const table = defineTable(definition, this.#replication);
    checkReplication(table.replication, new Set(this.nodes.map(({ datacenter }) => datacenter)));
    if (this.#schema.has(table.id)) throw new InvalidRequestError(`Table '${table.id}' already exists`);
    this.#schema.set(table.id, table);
    return table;
  }

  /**
   * Makes a client.
   *
   * @throws {@link UsageError} `DUPLICATE_NAME`, `UNKNOWN_NODE`, `UNKNOWN_DATACENTER`
   */
  client(options: CassandraClientOptions): CassandraClient {
    const { coordinator, datacenter = this.nodes[0]?.datacenter ?? '', consistency = 'LOCAL_ONE' } = options;
    const nodes = this.nodes.filter((node) => node.datacenter === datacenter).map(({ id }) => id);
    if (nodes.length === 0) throw new UsageError('UNKNOWN_DATACENTER', `there is no datacentre '${datacenter}'`);
    const fixed = coordinator === undefined ? undefined : this.node(coordinator).id;
    const client = this.#sim.addClient({ name: options.name, ...(this.#regional ? { region: datacenter } : {}) });
    return new CassandraClient(client, {
      nodes, consistency,
      coordinator: fixed,
      stampsWrites: this.#view.parameters.timestamps === 'client',
      requestTimeout: this.#view.parameters.requestTimeout,
      findTable: (table) => findTable(this.#schema, table),
      findNode: (node) => this.node(node).id,
    });
  }

  /** The replicas of a partition, primary first, as `nodetool getendpoints` prints them. */
  getEndpoints(table: Table | string, partition: PartitionInput): readonly NodeId[] {
    const found = findTable(this.#schema, table);
    return this.#view.ring.endpointsFor(found.replication, keyOf(found, partition).bytes).map(({ id }) => id);
  }

  /** Each node's share of a table's data, replicas included, as `nodetool status` prints it under "Owns (effective)". */
  ownership(table: Table | string): ReadonlyMap<NodeId, number> {
    return this.#view.ring.ownership(findTable(this.#schema, table).replication);
  }
}

/**
 * Puts a Cassandra-like cluster on a simulation.
 *
 * @param sim - the simulation; the nodes are added to it
 * @param options - layout and parameters, each with Cassandra's default
 * @throws {@link UsageError} when an option makes no sense or a node's name is taken
 */
export function createCassandra(sim: Simulation, options: CassandraOptions = {}): Cassandra {
  return new Cassandra(sim, options);
}

function datacentersOf(options: CassandraOptions): ReadonlyMap<string, number> {
  if (options.datacenters === undefined) return new Map([['datacenter1', wholeNumber('nodes', options.nodes ?? 3)]]);
  if (options.nodes !== undefined) throw new UsageError('INVALID_OPTION', "give 'nodes' or 'datacenters', not both");
  const layout = new Map(Object.entries(options.datacenters).map(([name, count]) => [name, wholeNumber(`datacenters.${name}`, count)]));
  if (layout.size === 0) throw new UsageError('INVALID_OPTION', "'datacenters' names none");
  return layout;
}

function placeNodes(layout: ReadonlyMap<string, number>, racks: number, prefix: string): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const [datacenter, count] of layout) {
    for (let i = 0; i < count; i++) {
      endpoints.push({ id: nodeId(`${prefix}${endpoints.length + 1}`), datacenter, rack: `rack${(i % racks) + 1}` });
    }
  }
  return endpoints;
}

function drawTokens(sim: Simulation, endpoints: readonly Endpoint[], options: CassandraOptions): ReadonlyMap<Endpoint, readonly Token[]> {
  const count = wholeNumber('numTokens', options.numTokens ?? 16);
  const initial = new Map(Object.entries(options.initialTokens ?? {}));
  const taken = new Set<string>();
  const random = sim.random.fork('cassandra tokens');
  return new Map(endpoints.map((endpoint) => {
    const given = initial.get(endpoint.id);
    return [endpoint, given === undefined ? randomTokens(random.fork(endpoint.id), count, taken) : given.map((token) => tokenFromBigInt(BigInt(token)))];
  }));
}

function defaultReplication(options: CassandraOptions, layout: ReadonlyMap<string, number>): Replication {
  if (options.datacenters === undefined) return { class: 'SimpleStrategy', replicationFactor: Math.min(3, layout.get('datacenter1') ?? 3) };
  return { class: 'NetworkTopologyStrategy', datacenters: Object.fromEntries([...layout].map(([name, count]) => [name, Math.min(3, count)])) };
}

function findTable(schema: ReadonlyMap<string, Table>, table: Table | string): Table {
  const id = tableId(table) ?? '';
  const found = schema.get(id);
  if (found === undefined) throw new InvalidRequestError(`unconfigured table ${id}`);
  return found;
}

function tableId(table: Table | string | undefined): string | undefined {
  if (table === undefined) return undefined;
  if (typeof table !== 'string') return table.id;
  return table.includes('.') ? table : `ks.${table}`;
}
