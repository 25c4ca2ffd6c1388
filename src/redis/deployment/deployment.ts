/**
 * A Redis deployment in a simulation: one primary, any number of replicas, clients; promotion by hand.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { FaultBudget } from '../../kernel/faults/budget.ts';
import type { SimulatedNode } from '../../kernel/simulated-node.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import type { NodeId } from '../../kernel/units.ts';
import { CommandFaults } from '../command-faults.ts';
import { REDIS_OPERATIONS, redisBudget } from './budget.ts';
import { RedisClient, type NodeDirectory, type RedisClientOptions } from './client.ts';
import { configOf, type RedisConfig, type RedisOptions } from './options.ts';
import { RedisServer } from './server.ts';

/** A node or its name. */
export type RedisNode = string | { readonly id: string };

/** The deployment. */
export class RedisDeployment implements NodeDirectory {
  readonly config: RedisConfig;
  /** All servers, the first primary first. */
  readonly nodes: readonly SimulatedNode[];
  /** Faults that befall commands, on whichever node they arrive. */
  readonly faults: CommandFaults;
  /** The world it lives in. */
  readonly simulation: Simulation;
  #primary: SimulatedNode;

  /** @internal Made by `createRedis(sim, …)`. @param tracksChanges - false where no simulated client will ask for versions */
  constructor(sim: Simulation, options: RedisOptions = {}, tracksChanges = true) {
    this.simulation = sim;
    this.config = configOf(options);
    this.faults = new CommandFaults(() => Math.floor(sim.now / 1000), sim.random.fork('redis command faults'));
    const { name = 'redis', replicas = 0, placements = [] } = options;
    const first = `${name}-1` as NodeId;
    sim.requireFreeNames(Array.from({ length: replicas + 1 }, (_, i) => `${name}-${i + 1}`));
    this.nodes = Array.from({ length: replicas + 1 }, (_, i) =>
      sim.addNode(`${name}-${i + 1}`, (host) => new RedisServer(host, this.config, i === 0 ? undefined : first, { faults: this.faults, tracksChanges: tracksChanges || replicas > 0 || this.config.appendonly, isNode: (node) => sim.hasNode(node) }),
        placements.length === 0 ? {} : placements[i % placements.length] ?? {}));
    this.#primary = this.nodes[0] as SimulatedNode;
    sim.faults.offer((node) => this.nodes.some(({ id }) => id === node), {
      failover: (node) => { if (node !== this.#primary.id) this.promote(node); },
    });
  }

  /** What it must survive. */
  get budget(): FaultBudget {
    return redisBudget(this.config, this.nodes.length);
  }

  /** What operators can do to it, as faults of kind `operate`. */
  get operations(): readonly string[] {
    return REDIS_OPERATIONS;
  }

  /** The node that was last made primary, as clients who follow promotions know it. */
  get primary(): SimulatedNode {
    return this.#primary;
  }

  /** All others. */
  get replicas(): readonly SimulatedNode[] {
    return this.nodes.filter((node) => node !== this.#primary);
  }

  /** The program that runs on a node, or undefined while the node is down. */
  server(node: RedisNode): RedisServer | undefined {
    const { machine } = this.#node(node);
    return machine instanceof RedisServer ? machine : undefined;
  }

  /**
   * Makes a replica the primary, as an operator logged in there does: `REPLICAOF NO ONE` on it and, over the network, `REPLICAOF`
   * it on the others. A node that cannot be reached at the moment is not told; a former primary behind a partition goes on
   * as one until `replicaOf` tells it.
   *
   * @param node - the new primary
   * @param options - `repoint: false` tells nobody else
   * @throws {@link UsageError} `NODE_DOWN` when the node is down
   */
  promote(node: RedisNode, options: { readonly repoint?: boolean } = {}): void {
    const target = this.#node(node);
    const server = this.#running(target);
    const others = options.repoint === false ? [] : this.nodes.filter((other) => other !== target);
    server.promote(others.map((other) => other.id));
    this.#primary = target;
  }

  /** Makes a node follow a primary, as an operator logged in there does. @throws {@link UsageError} `NODE_DOWN` when it is down */
  replicaOf(node: RedisNode, primary: RedisNode = this.#primary): void {
    const target = this.#node(node);
    const followed = this.#node(primary);
    if (target === followed) throw new UsageError('INVALID_PRIMARY', `${target.id} cannot follow itself`);
    this.#running(target).replicaOf(followed.id);
  }

  /** A client of this deployment. */
  client(options: RedisClientOptions): RedisClient {
    const { name, region, zone } = options;
    const kernel = this.simulation.addClient({ name, ...(region === undefined ? {} : { region }), ...(zone === undefined ? {} : { zone }) });
    return new RedisClient(kernel, this, options);
  }

  #node(reference: RedisNode): SimulatedNode {
    const name = typeof reference === 'string' ? reference : reference.id;
    const found = this.nodes.find((node) => node.id === name);
    if (found === undefined) throw new UsageError('UNKNOWN_NODE', `no node is called '${name}' in this Redis`);
    return found;
  }

  #running(node: SimulatedNode): RedisServer {
    const server = this.server(node);
    if (server === undefined) throw new UsageError('NODE_DOWN', `${node.id} is down`);
    return server;
  }
}
