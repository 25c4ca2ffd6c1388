/**
 * A deployment of the store: its nodes on a simulation, and clients for them.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { duration, nodeId, type DurationInput, type NodeId } from '../kernel/units.ts';
import { DynamoClient } from './client.ts';
import { DynamoNode } from './node.ts';
import { dynamoConfig, type DynamoConfig, type DynamoOptions } from './options.ts';
import { Placement } from './placement.ts';
import { NO_VERSIONS, type Versions } from './version.ts';

/** What a client can be told. */
export interface DynamoClientOptions {
  /** Its name on the network and in the history. */
  readonly name: string;
  /** The node it asks, always; when left out, any home node of the key. */
  readonly coordinator?: string | { readonly id: string };
  readonly zone?: string;
  /** How long it waits for a coordinator. Default 1 s. */
  readonly timeout?: DurationInput;
}

/** A running deployment. */
export interface Dynamo {
  readonly config: DynamoConfig;
  /** The machines, in the order of their names. */
  readonly nodes: readonly SimulatedNode[];
  /** Adds a client. */
  client(options: DynamoClientOptions): DynamoClient;
  /** The N home nodes of a key, in order. */
  homeNodes(key: string): readonly SimulatedNode[];
  /** What a node holds of a key as its replica; nothing while it is down. */
  versions(node: string | { readonly id: string }, key: string): Versions;
  /** How many writes a node holds for others; 0 while it is down. */
  hints(node: string | { readonly id: string }): number;
}

/**
 * Starts a deployment.
 *
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export function createDynamo(sim: Simulation, options: DynamoOptions = {}): Dynamo {
  const config = dynamoConfig(options);
  const names = Array.from({ length: config.nodes }, (_, i) => nodeId(`${config.prefix}${i + 1}`));
  const zones = new Map(names.map((name, i) => [name, config.zones[i % config.zones.length] ?? 'zone-a']));
  const zoneOf = (name: NodeId): string => zones.get(name) ?? '';
  sim.requireFreeNames(names);
  const placement = new Placement(names, config.virtualNodes, zoneOf);
  const nodes = names.map((name) => sim.addNode(name, (host) => new DynamoNode(host, config, placement), { zone: zoneOf(name) }));
  const byName = new Map(nodes.map((node) => [node.id as string, node]));
  const find = (reference: string | { readonly id: string }): SimulatedNode => {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = byName.get(name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no Dynamo node '${name}'`);
    return node;
  };
  const machine = (reference: string | { readonly id: string }): DynamoNode | undefined => find(reference).machine as DynamoNode | undefined;
  return {
    config,
    nodes,
    client: ({ name, coordinator, zone, timeout }) => {
      const asked = coordinator === undefined ? undefined : find(coordinator).id;
      const client = sim.addClient({ name, zone: zone ?? config.zones[0] ?? 'zone-a' });
      return new DynamoClient(client, config, placement, duration(timeout ?? '1s', 'timeout'), asked);
    },
    homeNodes: (key) => placement.preferenceList(key).slice(0, config.n).map(find),
    versions: (node, key) => machine(node)?.storage.versions(key) ?? NO_VERSIONS,
    hints: (node) => machine(node)?.storage.hintCount ?? 0,
  };
}
