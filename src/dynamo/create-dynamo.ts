/**
 * A deployment of the store: its nodes on a simulation, and clients for them.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { FaultBudget } from '../kernel/faults/budget.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { duration, nodeId, type DurationInput } from '../kernel/units.ts';
import { DYNAMO_OPERATIONS, dynamoBudget } from './budget.ts';
import { blobText, type Blob } from './bytes.ts';
import { DynamoClient } from './client.ts';
import { ClusterOperator, type JoinOptions } from './membership/operator.ts';
import { DynamoNode } from './node.ts';
import { changedConfig, checkMachine, dynamoConfig, oneOf, whole, type CoordinatorChoice, type DynamoConfig, type DynamoOptions, type LiveOptions } from './options.ts';
import { Ring, type Member } from './ring.ts';
import { NO_VERSIONS, type Versions } from './version.ts';

/** What a client can be told. */
export interface DynamoClientOptions {
  /** Its name on the network and in the history. */
  readonly name: string;
  /** The node it asks, always; when left out, it chooses. */
  readonly coordinator?: string | { readonly id: string };
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
  versions(node: string | { readonly id: string }, key: Blob): Versions;
  /** How many writes a node holds for others; 0 while it is down. */
  hints(node: string | { readonly id: string }): number;
  /** How many keys a node holds as their replica, tombstones included; 0 while it is down. */
  keyCount(node: string | { readonly id: string }): number;
  /** Every key that a node holds as its replica, and what it holds of it; nothing while it is down. */
  objects(node: string | { readonly id: string }): readonly (readonly [key: string, versions: Versions])[];
  /** The machines that a node believes to be members, sorted; nothing while it is down. */
  members(node: string | { readonly id: string }): readonly string[];
  /**
   * Adds a machine (section 4.8.1): it starts, is written into the membership history by a node, and takes over its share of the keys
   * while the others serve. Resolves when it has them and says so.
   */
  join(options?: JoinOptions): Promise<SimulatedNode>;
  /** Has a machine hand its keys to the others and leave the ring. Resolves when it has. */
  leave(node: string | { readonly id: string }): Promise<void>;
  /** Strikes out a machine that will not come back: the others take its share without it. */
  remove(node: string | { readonly id: string }): Promise<void>;
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
 * Starts a deployment.
 *
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export function createDynamo(sim: Simulation, options: DynamoOptions = {}): Dynamo {
  // One object for all nodes and clients, so that a change reaches each of them at once.
  const config: DynamoConfig = { ...dynamoConfig(options) };
  const members = config.machines.map(({ name, zone, capacity = 1 }, i): Member => ({
    node: nodeId(name ?? `${config.prefix}${i + 1}`), zone: zone ?? config.zones[i % config.zones.length] ?? 'zone-a', capacity,
  }));
  sim.requireFreeNames(members.map(({ node }) => node));
  const ring = firstRing(members, config);
  const seeds = members.slice(0, config.seeds).map(({ node }) => node);
  const nodes: SimulatedNode[] = [];
  const byName = new Map<string, SimulatedNode>();
  const add = ({ node: name, zone }: Member): SimulatedNode => {
    const node = sim.addNode(name, (host) => new DynamoNode(host, { config, ring, seeds }), { zone });
    nodes.push(node);
    byName.set(name, node);
    return node;
  };
  for (const member of members) add(member);
  const find = (reference: string | { readonly id: string }): SimulatedNode => {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = byName.get(name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no Dynamo node '${name}'`);
    return node;
  };
  const machine = (reference: string | { readonly id: string }): DynamoNode | undefined => find(reference).machine as DynamoNode | undefined;
  const operator = new ClusterOperator({ sim, config, nodes, add, machine });
  // Begun and not waited for: a run of callbacks has no promises.
  sim.faults.offer((node) => byName.has(node), {
    join: () => { operator.beginJoin({}); },
    leave: (node) => { operator.beginLeave(nodeId(node)); },
    remove: (node) => { if (!find(node).isUp) operator.beginRemove(nodeId(node)); },
  });
  return {
    config,
    nodes,
    get budget() {
      return dynamoBudget(config);
    },
    operations: DYNAMO_OPERATIONS,
    client: ({ name, coordinator, choice, coordination, zone, timeout, retries }) => {
      const asked = coordinator === undefined ? undefined : find(coordinator).id;
      const client = sim.addClient({ name, zone: zone ?? config.zones[0] ?? 'zone-a' });
      return new DynamoClient({
        client, config, ring, timeout: duration(timeout ?? '1s', 'timeout'), coordinator: asked, retries: whole('retries', retries ?? 0, 0, 1000, ''), nodes: () => nodes.map(({ id }) => id),
        choice: oneOf('choice', choice ?? 'random-home', ['random-home', 'fastest', 'random-node']),
        isDriving: oneOf('coordination', coordination ?? 'server', ['server', 'client']) === 'client',
      });
    },
    configure: (changes) => { Object.assign(config, changedConfig(config, changes, operator.view.membership.current.members.length)); },
    homeNodes: (key) => operator.view.preferenceListOf(blobText(key)).slice(0, config.n).map(find),
    versions: (node, key) => machine(node)?.storage.versions(blobText(key)) ?? NO_VERSIONS,
    hints: (node) => machine(node)?.storage.hintCount ?? 0,
    keyCount: (node) => machine(node)?.storage.size ?? 0,
    objects: (node) => [...(machine(node)?.storage.entries() ?? [])],
    members: (node) => (machine(node)?.view.membership.current.members ?? []).map(({ node: id }) => id as string).toSorted((a, b) => (a < b ? -1 : 1)),
    join: (joining = {}) => {
      checkMachine({ ...(joining.name === undefined ? {} : { name: joining.name }), ...(joining.zone === undefined ? {} : { zone: joining.zone }), ...(joining.capacity === undefined ? {} : { capacity: joining.capacity }) }, 'join');
      return operator.join(joining);
    },
    leave: (node) => operator.leave(find(node).id),
    remove: (node) => operator.remove(find(node).id),
  };
}
