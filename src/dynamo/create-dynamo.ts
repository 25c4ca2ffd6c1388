/**
 * A deployment of the store: its nodes on a simulation, and clients for them.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { FaultBudget } from '../kernel/faults/budget.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { duration, nodeId, type DurationInput, type NodeId } from '../kernel/units.ts';
import { DYNAMO_OPERATIONS, dynamoBudget } from './budget.ts';
import { blobText, type Blob } from './bytes.ts';
import { DynamoClient } from './client.ts';
import { ClusterOperator, type JoinOptions } from './membership/operator.ts';
import { DynamoNode } from './node.ts';
import { changedConfig, checkMachine, dynamoConfig, oneOf, whole, type CoordinatorChoice, type DynamoConfig, type DynamoOptions, type LiveOptions } from './options.ts';
import type { NodeName } from './requests.ts';
import { Ring, type Member } from './ring.ts';
import { NO_VERSIONS, type Versions } from './version.ts';

/** What a client can be told. */
export interface DynamoClientOptions {
  /** Its name on the network and in the history. */
  readonly name: string;
  /** The node it asks, always; when left out, it chooses. */
  readonly coordinator?: NodeName;
  /** How it chooses a node to ask. Default `'random-home'`. */
  readonly choice?: CoordinatorChoice;
  /** `'client'`: a library in its own process asks the replicas (section 6.4). Default `'server'`. */
  readonly coordination?: 'server' | 'client';
  readonly zone?: string;
  /** How often a request that timed out or missed its quorum is made again, of another node if the client may choose. A put may then be written twice, and be its own sibling. Default 0. */
  readonly retries?: number;
  /** How long it waits for a coordinator. Default 1 s. */
  readonly timeout?: DurationInput;
}

/** A running deployment. */
export interface Dynamo {
  /** As it is now. */
  readonly config: DynamoConfig;
  /** The machines, in the order of their coming. */
  readonly nodes: readonly SimulatedNode[];
  /** What it must survive, as it is configured now. */
  readonly budget: FaultBudget;
  /** What operators can do to it, as faults of kind `operate`. */
  readonly operations: readonly string[];
  /** Adds a client. */
  client(options: DynamoClientOptions): DynamoClient;
  /** Changes parameters while the deployment runs. @throws UsageError naming the field */
  configure(options: LiveOptions): void;
  /** The N home nodes of a key, in order, as the ring is in the end: when all who know of a join or leave agree. */
  homeNodes(key: Blob): readonly SimulatedNode[];
  /** What a node holds of a key as its replica; nothing while it is down. */
  versions(node: NodeName, key: Blob): Versions;
  /** How many writes a node holds for others; 0 while it is down. */
  hints(node: NodeName): number;
  /** How many keys a node holds as their replica, tombstones included; 0 while it is down. */
  keyCount(node: NodeName): number;
  /** Every key that a node holds as its replica, and what it holds of it; nothing while it is down. */
  objects(node: NodeName): readonly (readonly [key: string, versions: Versions])[];
  /** The machines that a node believes to be members, sorted; nothing while it is down. */
  members(node: NodeName): readonly string[];
  /**
   * Adds a machine (section 4.8.1): it starts, is written into the membership history by a node, and takes over its share of the keys
   * while the others serve. Resolves when it has them and says so.
   */
  join(options?: JoinOptions): Promise<SimulatedNode>;
  /** Has a machine hand its keys to the others and leave the ring. Resolves when it has. */
  leave(node: NodeName): Promise<void>;
  /** Strikes out a machine that will not come back: the others take its share without it. */
  remove(node: NodeName): Promise<void>;
}

/** Whether a value is a deployment, as {@link createDynamo} makes them. */
export function isDynamo(value: unknown): value is Dynamo {
  return value instanceof Deployment;
}

/** Rings have no state of a run, and a sweep makes thousands of deployments that begin with the same one. */
const firstRings = new Map<string, Ring>();
const RINGS_KEPT = 64;

function firstRing(members: readonly Member[], config: DynamoConfig): Ring {
  const options = { strategy: config.partitioning, tokens: config.virtualNodes, partitions: config.partitions, n: config.n };
  const name = JSON.stringify([members, options]);
  let ring = firstRings.get(name);
  if (ring === undefined) {
    ring = Ring.of(members, options);
    if (firstRings.size >= RINGS_KEPT) firstRings.clear();
    firstRings.set(name, ring);
  }
  return ring;
}

/**
 * The deployment of {@link createDynamo}. A class and not a literal with a getter: each such literal makes a hidden class of its own, which
 * refers to the getter's scope, and until the old generation is collected every simulation of a sweep stays in memory.
 */
class Deployment implements Dynamo {
  readonly config: DynamoConfig;
  readonly nodes: SimulatedNode[] = [];
  readonly operations: readonly string[] = DYNAMO_OPERATIONS;
  readonly #sim: Simulation;
  readonly #ring: Ring;
  readonly #seeds: readonly NodeId[];
  readonly #byName = new Map<string, SimulatedNode>();
  readonly #operator: ClusterOperator;

  constructor(sim: Simulation, options: DynamoOptions) {
    // One object for all nodes and clients, so that a change reaches each of them at once.
    const config: DynamoConfig = { ...dynamoConfig(options) };
    this.config = config;
    this.#sim = sim;
    const members = config.machines.map(({ name, zone, capacity = 1 }, i): Member => ({
      node: nodeId(name ?? `${config.prefix}${i + 1}`), zone: zone ?? config.zones[i % config.zones.length] ?? 'zone-a', capacity,
    }));
    sim.requireFreeNames(members.map(({ node }) => node));
    this.#ring = firstRing(members, config);
    this.#seeds = members.slice(0, config.seeds).map(({ node }) => node);
    for (const member of members) this.#add(member);
    const operator = new ClusterOperator({
      sim, config, nodes: this.nodes, add: (member) => this.#add(member), machine: (node) => this.#machine(node),
    });
    this.#operator = operator;
    // Begun and not waited for: a run of callbacks has no promises.
    sim.faults.offer((node) => this.#byName.has(node), {
      join: () => { operator.beginJoin({}); },
      leave: (node) => { operator.beginLeave(nodeId(node)); },
      remove: (node) => { if (!this.#find(node).isUp) operator.beginRemove(nodeId(node)); },
    });
  }

  get budget(): FaultBudget {
    return dynamoBudget(this.config);
  }

  client({ name, coordinator, choice, coordination, zone, timeout, retries }: DynamoClientOptions): DynamoClient {
    const { config, nodes } = this;
    const asked = coordinator === undefined ? undefined : this.#find(coordinator).id;
    const client = this.#sim.addClient({ name, zone: zone ?? config.zones[0] ?? 'zone-a' });
    return new DynamoClient({
      client, config, ring: this.#ring, timeout: duration(timeout ?? '1s', 'timeout'), coordinator: asked,
      retries: whole('retries', retries ?? 0, 0, 1000, ''), nodes: () => nodes.map(({ id }) => id),
      choice: oneOf('choice', choice ?? 'random-home', ['random-home', 'fastest', 'random-node']),
      isDriving: oneOf('coordination', coordination ?? 'server', ['server', 'client']) === 'client',
    });
  }

  configure(options: LiveOptions): void {
    Object.assign(this.config, changedConfig(this.config, options, this.#operator.view.membership.current.members.length));
  }

  homeNodes(key: Blob): readonly SimulatedNode[] {
    return this.#operator.view.preferenceListOf(blobText(key)).slice(0, this.config.n).map((node) => this.#find(node));
  }

  versions(node: NodeName, key: Blob): Versions {
    return this.#machine(node)?.storage.versions(blobText(key)) ?? NO_VERSIONS;
  }

  hints(node: NodeName): number {
    return this.#machine(node)?.storage.hintCount ?? 0;
  }

  keyCount(node: NodeName): number {
    return this.#machine(node)?.storage.size ?? 0;
  }

  objects(node: NodeName): readonly (readonly [key: string, versions: Versions])[] {
    return [...(this.#machine(node)?.storage.entries() ?? [])];
  }

  members(node: NodeName): readonly string[] {
    return (this.#machine(node)?.view.membership.current.members ?? []).map(({ node: id }) => id as string).toSorted((a, b) => (a < b ? -1 : 1));
  }

  join({ name, zone, capacity, through }: JoinOptions = {}): Promise<SimulatedNode> {
    const machine = { ...(name === undefined ? {} : { name }), ...(zone === undefined ? {} : { zone }), ...(capacity === undefined ? {} : { capacity }) };
    checkMachine(machine, 'join');
    return this.#operator.join({ ...machine, ...(through === undefined ? {} : { through }) });
  }

  leave(node: NodeName): Promise<void> {
    return this.#operator.leave(this.#find(node).id);
  }

  remove(node: NodeName): Promise<void> {
    return this.#operator.remove(this.#find(node).id);
  }

  #add({ node: name, zone }: Member): SimulatedNode {
    const deployment = { config: this.config, ring: this.#ring, seeds: this.#seeds };
    const node = this.#sim.addNode(name, (host) => new DynamoNode(host, deployment), { zone });
    this.nodes.push(node);
    this.#byName.set(name, node);
    return node;
  }

  #find(reference: NodeName): SimulatedNode {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = this.#byName.get(name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no Dynamo node '${name}'`);
    return node;
  }

  #machine(reference: NodeName): DynamoNode | undefined {
    return this.#find(reference).machine as DynamoNode | undefined;
  }
}

/**
 * Starts a deployment.
 *
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export function createDynamo(sim: Simulation, options: DynamoOptions = {}): Dynamo {
  return new Deployment(sim, options);
}
