/**
 * A Cassandra-like cluster on a simulation: nodes, keyspaces and tables, clients, and what an operator does.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { FaultBudget } from '../kernel/faults/budget.ts';
import type { Client } from '../kernel/client.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { nodeId, type NodeId } from '../kernel/units.ts';
import { CASSANDRA_OPERATIONS, cassandraBudget } from './budget.ts';
import { CassandraClient } from './client.ts';
import { CONSISTENCY_LEVELS, type ConsistencyLevel } from './consistency.ts';
import { ClusterView, endpointOf } from './coordinator/cluster.ts';
import { CassandraMachine } from './coordinator/machine.ts';
import type { JoinOptions } from './coordinator/ring-changes.ts';
import { Topologies, type NodeState } from './coordinator/topology.ts';
import { Catalog } from './cql/prepare.ts';
import { InvalidRequestError } from './errors.ts';
import { CassandraNode } from './node.ts';
import { checkOptions, wholeNumber, type CassandraOptions } from './options.ts';
import { readParameters } from './parameters.ts';
import { partitionerOf, type Partitioner } from './partitioner.ts';
import { checkReplication, type Endpoint, type Replication } from './replication.ts';
import { checkPlaces, rackName, type SnitchName } from './snitch.ts';
import { createKeyspaceText, createTableText, type Table, type TableDefinition } from './table.ts';
import { keyBytesOf, type PartitionInput } from './table-queries.ts';
import type { Token } from './token.ts';
import { allocateTokens, randomTokens } from './token-allocation.ts';
import { quoteName } from './types/type-name.ts';

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
  /** The keyspace of names without one. `USE` changes it. */
  readonly keyspace?: string;
}

/** A node that joins a running cluster. */
export interface NewNodeOptions {
  /** Default: the cluster's prefix and the next number. */
  readonly name?: string;
  /** Default: the first. */
  readonly datacenter?: string;
  /** Default: the datacentre's first, `rack1` unless the snitch calls racks otherwise. */
  readonly rack?: string;
  /** Its tokens, as the partitioner prints them. Default: as many as the others have, chosen when it joins. */
  readonly tokens?: readonly (bigint | string)[];
  /** The dead node whose place and tokens it takes (`replace_address_first_boot`). */
  readonly replaces?: string | { readonly id: string };
}

/** A cluster. */
export class Cassandra {
  readonly #nodes: CassandraNode[] = [];
  readonly #sim: Simulation;
  readonly #view: ClusterView;
  readonly #catalog: Catalog;
  readonly #replication: Replication;
  readonly #regional: boolean;
  readonly #options: CassandraOptions;
  readonly #numTokens: number;
  readonly #factor: number | false;
  readonly #datacenters: ReadonlySet<string>;
  /** The nodes that drivers in a datacentre take for coordinators, as of the last request. */
  readonly #known = new Map<string, readonly NodeId[]>();
  #operator: Client | undefined;
  #highest = 0;

  /** @internal Made by {@link createCassandra}. */
  constructor(sim: Simulation, options: CassandraOptions) {
    checkOptions(options);
    const parameters = readParameters(options);
    const layout = datacentersOf(options);
    const racks = wholeNumber('racks', options.racks ?? 1);
    const partitioner = partitionerOf(options.partitioner ?? 'Murmur3Partitioner');
    this.#sim = sim;
    this.#options = options;
    this.#numTokens = wholeNumber('numTokens', options.numTokens ?? 16);
    this.#factor = factorOf(options);
    this.#regional = options.datacenters !== undefined;
    this.#datacenters = new Set(layout.keys());
    checkPlaces(parameters.endpointSnitch, [...layout.keys()], racks);
    const endpoints = placeNodes(layout, racks, options.prefix ?? 'n', parameters.endpointSnitch);
    const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    const tokens = this.#firstTokens(partitioner, endpoints);
    const find = (id: NodeId): Endpoint => endpointOf(this.#view, id);
    this.#catalog = new Catalog(options.clusterName ?? 'Test Cluster', partitioner, parameters, () => this.#counts());
    const catalog = this.#catalog;
    const tellNodes: Catalog['onChange'] = (before, after) => {
      for (const node of this.#nodes) if (node.isUp) node.machine.onSchemaChange(before, after);
    };
    catalog.onChange = tellNodes;
    this.#view = new ClusterView(catalog, parameters, known, new Topologies(partitioner, find));
    this.#replication = options.replication ?? defaultReplication(options, layout);
    checkReplication(this.#replication, this.#datacenters);
    sim.requireFreeNames(endpoints.map(({ id }) => id));
    const initial = new Map<NodeId, NodeState>(endpoints.map(({ id }) => [id, { status: 'NORMAL', tokens: tokens.get(id) ?? [] }]));
    for (const endpoint of endpoints) this.#start(endpoint, initial, undefined, racks > 1);
    sim.faults.offer((node) => this.#nodes.some(({ id }) => id === node), {
      join: () => this.addNode(),
      decommission: (node) => this.node(node).decommission(),
      replace: (node) => (this.node(node).isUp ? undefined : this.addNode({ replaces: node })),
      removenode: (node) => (this.node(node).isUp ? undefined : this.removeNode(node)),
    });
  }

  /** The members, in the order in which they came; those that have left stay in the list. */
  get nodes(): readonly CassandraNode[] {
    return this.#nodes;
  }

  /** What it must survive. */
  get budget(): FaultBudget {
    return cassandraBudget(this.#view.parameters, this.#nodes.length);
  }

  /** What operators can do to it, as faults of kind `operate`. */
  get operations(): readonly string[] {
    return CASSANDRA_OPERATIONS;
  }

  /** A node by name. @throws {@link UsageError} `UNKNOWN_NODE` */
  node(reference: string | { readonly id: string }): CassandraNode {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = this.#nodes.find(({ id }) => id === name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no Cassandra node '${name}'`);
    return node;
  }

  /**
   * Changes the schema, or anything else that needs no data, at once: statements of DDL, several at a time if need be. What
   * clients do goes through {@link client}.
   *
   * @param cql - one statement or more, each ended by `;`
   * @throws {@link CassandraError} as Cassandra words it
   */
  schema(cql: string): void {
    this.#catalog.change(cql);
  }

  /**
   * Makes a table, known to all nodes at once; its keyspace too, if there is none of that name.
   *
   * @throws {@link CassandraError} when the definition makes no sense or the table exists
   */
  createTable(definition: TableDefinition): Table {
    const { keyspace = 'ks', name, replication } = definition;
    const present = this.#catalog.schema.keyspaces.get(keyspace);
    if (present === undefined) {
      const wanted = replication ?? this.#replication;
      checkReplication(wanted, this.#datacenters);
      this.#catalog.change(createKeyspaceText(keyspace, wanted));
    } else if (replication !== undefined && JSON.stringify(present.replication) !== JSON.stringify(replication)) {
      throw new InvalidRequestError(`Keyspace ${keyspace} has another replication: name another keyspace for this table`);
    }
    try {
      this.#catalog.change(createTableText(definition));
    } catch (error) {
      if (present === undefined) this.#catalog.change(`DROP KEYSPACE ${quoteName(keyspace)}`);
      throw error;
    }
    return { id: `${keyspace}.${name}`, keyspace, name };
  }

  /**
   * Makes a client.
   *
   * @throws {@link UsageError} `DUPLICATE_NAME`, `UNKNOWN_NODE`, `UNKNOWN_DATACENTER`, `INVALID_OPTION`
   */
  client(options: CassandraClientOptions): CassandraClient {
    const { coordinator, datacenter = this.#nodes[0]?.datacenter ?? '', consistency = 'LOCAL_ONE', keyspace } = options;
    if (!this.#datacenters.has(datacenter)) throw new UsageError('UNKNOWN_DATACENTER', `there is no datacentre '${datacenter}'`);
    if (!CONSISTENCY_LEVELS.includes(consistency)) throw new UsageError('INVALID_OPTION', `unknown consistency level '${String(consistency)}'`);
    const fixed = coordinator === undefined ? undefined : this.node(coordinator).id;
    const client = this.#sim.addClient({ name: options.name, ...(this.#regional ? { region: datacenter } : {}) });
    return new CassandraClient(client, {
      nodes: () => this.#coordinators(datacenter),
      consistency, keyspace,
      coordinator: fixed,
      stampsWrites: this.#view.parameters.timestamps === 'client',
      requestTimeout: this.#view.parameters.requestTimeout,
      catalog: this.#catalog,
      findNode: (node) => this.node(node).id,
    });
  }

  /**
   * Adds a machine, which joins the ring while the cluster serves: it announces itself, waits, streams its share and becomes a
   * member. Resolves with the node then.
   *
   * @throws {@link UsageError} `RING_CHANGE_REFUSED`, `STREAM_FAILED`, `DUPLICATE_NAME`
   */
  addNode(options: NewNodeOptions = {}): Promise<CassandraNode> {
    const { datacenter = this.#nodes[0]?.datacenter ?? '', replaces } = options;
    const { rack = rackName(this.#view.parameters.endpointSnitch, datacenter, 0) } = options;
    const id = nodeId(options.name ?? `${this.#options.prefix ?? 'n'}${this.#highest + 1}`);
    this.#sim.requireFreeNames([id]);
    const tokens = options.tokens?.map((token) => this.#view.partitioner.parse(String(token)));
    const endpoint: Endpoint = { id, datacenter, rack };
    const dead = replaces === undefined ? undefined : this.node(replaces).id;
    return this.#operate(`join of ${id}`, undefined, (settle) => {
      const join: JoinOptions = {
        numTokens: this.#numTokens, factor: this.#factor, tokens, replaces: dead,
        done: (error) => {
          if (error === undefined) settle(undefined, this.node(id));
          else settle(error);
        },
      };
      this.#view.endpoints.set(id, endpoint);
      // It asks those who are up; what they say of the ring it believes.
      const asked = this.#nodes.find((node) => node.isUp);
      const states = asked === undefined ? new Map<NodeId, NodeState>() : new Map(asked.states());
      this.#start(endpoint, states, join, this.#options.racks !== undefined);
    });
  }

  /** Removes a dead node: the others fetch what it held from each other (`nodetool removenode`). @param through - the node that sees to it */
  removeNode(dead: string | { readonly id: string }, through?: string | { readonly id: string }): Promise<void> {
    const target = this.node(dead).id;
    const by = through === undefined ? this.#nodes.find((node) => node.isUp && node.id !== target) : this.node(through);
    if (by === undefined) return Promise.reject(new UsageError('NODE_DOWN', 'no node is up'));
    return by.removeNode(target);
  }

  /** The replicas of a partition, primary first, as `nodetool getendpoints` prints them. */
  getEndpoints(table: Table | string, partition: PartitionInput): readonly NodeId[] {
    const found = this.#catalog.metadataOf(table);
    return this.#anyone().getEndpoints(found, keyBytesOf(found, partition));
  }

  /** Each node's share of a table's data, replicas included, as `nodetool status` prints it under "Owns (effective)". */
  ownership(table: Table | string): ReadonlyMap<NodeId, number> {
    return this.#anyone().ownership(this.#catalog.metadataOf(table).keyspace);
  }

  /** Writes all that is in memory to the disks of all nodes that are up. */
  flush(): void {
    for (const node of this.#nodes) if (node.isUp) node.flush();
  }

  /** How many nodes each datacentre has. */
  #counts(): ReadonlyMap<string, number> {
    const counts = new Map([...this.#datacenters].map((name) => [name, 0]));
    for (const { datacenter, status } of this.#nodes) if (status !== 'LEFT') counts.set(datacenter, (counts.get(datacenter) ?? 0) + 1);
    return counts;
  }

  /** A member that is up; any will do, as long as gossip has settled. */
  #anyone(): CassandraNode {
    return this.#nodes.find((node) => node.isUp && node.status === 'NORMAL') ?? (this.#nodes[0] as CassandraNode);
  }

  #coordinators(datacenter: string): readonly NodeId[] {
    // Asked for by every request, and seldom another list than the last.
    const known = this.#known.get(datacenter) ?? [];
    let count = 0;
    let isSame = true;
    for (const node of this.#nodes) {
      if (!this.#takesClients(node, datacenter)) continue;
      if (known[count++] !== node.id) isSame = false;
    }
    if (isSame && count === known.length) return known;
    const coordinators = this.#nodes.filter((node) => this.#takesClients(node, datacenter)).map(({ id }) => id);
    this.#known.set(datacenter, coordinators);
    return coordinators;
  }

  #takesClients(node: CassandraNode, datacenter: string): boolean {
    return node.datacenter === datacenter && (node.isUp ? node.takesClients : this.#isMember(node.id));
  }

  /** Whether a node that is down is one of the ring to the others: drivers learn late that a node is down, and soon that it has left or was replaced. */
  #isMember(node: NodeId): boolean {
    const status = this.#anyone().memberStatus(node);
    return status === undefined ? this.#nodes.every(({ isUp }) => !isUp) : status === 'NORMAL' || status === 'LEAVING' || status === 'REMOVING';
  }

  #start(endpoint: Endpoint, initial: ReadonlyMap<NodeId, NodeState>, join: JoinOptions | undefined, hasRacks: boolean): void {
    const { id, datacenter, rack } = endpoint;
    let generation = 0;
    const node = new CassandraNode(endpoint, this.#view, () => this.#sim.node(id), (what, begin) => this.#operate(what, id, begin));
    this.#nodes.push(node);
    this.#highest = this.#nodes.length;
    this.#sim.addNode(id, (host) => new CassandraMachine(host, this.#view, { initial, generation: ++generation, join }), {
      ...(this.#regional ? { region: datacenter } : {}), ...(hasRacks ? { rack } : {}),
    });
  }

  /** An operator's request, which goes to the node itself and not over the network. It fails when the node goes down. */
  #operate<T>(what: string, node: NodeId | undefined, begin: (settle: (error: UsageError | undefined, value?: T) => void) => void): Promise<T> {
    const operator = (this.#operator ??= this.#sim.addClient({ name: `${this.#options.prefix ?? 'n'}-operator` }));
    return operator.operation<T>({ f: what, record: false }, (settling) => {
      const off = node === undefined ? undefined : this.#sim.on('node', (event) => {
        if (event.node === node && event.what === 'crash') settling.fail(new UsageError('NODE_DOWN', `${node} went down during ${what}`));
      });
      begin((error, value) => {
        off?.();
        if (error === undefined) settling.ok(value as T);
        else settling.fail(error);
      });
    });
  }

  #firstTokens(partitioner: Partitioner, endpoints: readonly Endpoint[]): ReadonlyMap<NodeId, readonly Token[]> {
    const given = new Map(Object.entries(this.#options.initialTokens ?? {}).map(([id, tokens]) => [id, tokens.map((token) => partitioner.parse(String(token)))]));
    const taken = new Set<Token>([...given.values()].flat());
    const random = this.#sim.random.fork('cassandra tokens');
    const tokens = new Map<NodeId, readonly Token[]>();
    for (const { id, datacenter, rack } of endpoints) {
      const own = given.get(id);
      if (own !== undefined || this.#factor === false) {
        tokens.set(id, own ?? randomTokens(partitioner, random.fork(id), this.#numTokens, taken));
        continue;
      }
      const near = endpoints.filter((other) => other.datacenter === datacenter && tokens.has(other.id));
      const holders = near.map((other) => ({ id: other.id, rack: other.rack, tokens: tokens.get(other.id) ?? [] }));
      const chosen = allocateTokens(partitioner, random.fork(id), holders, { id, rack }, this.#numTokens, this.#factor).map((token) => {
        let free = token;
        while (taken.has(free)) free = partitioner.draw(random);
        taken.add(free);
        return free;
      });
      tokens.set(id, chosen);
    }
    return tokens;
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

function factorOf({ allocateTokensForLocalReplicationFactor: factor = 3 }: CassandraOptions): number | false {
  return factor === false ? false : wholeNumber('allocateTokensForLocalReplicationFactor', factor);
}

function placeNodes(layout: ReadonlyMap<string, number>, racks: number, prefix: string, snitch: SnitchName): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const [datacenter, count] of layout) {
    for (let i = 0; i < count; i++) {
      endpoints.push({ id: nodeId(`${prefix}${endpoints.length + 1}`), datacenter, rack: rackName(snitch, datacenter, i % racks) });
    }
  }
  return endpoints;
}

function defaultReplication(options: CassandraOptions, layout: ReadonlyMap<string, number>): Replication {
  if (options.datacenters === undefined) return { class: 'SimpleStrategy', replicationFactor: Math.min(3, layout.get('datacenter1') ?? 3) };
  return { class: 'NetworkTopologyStrategy', datacenters: Object.fromEntries([...layout].map(([name, count]) => [name, Math.min(3, count)])) };
}
