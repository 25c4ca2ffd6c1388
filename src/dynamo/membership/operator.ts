/**
 * The operator's hand: asks a node to write a join, a leave or a removal into the membership history, and waits until it is done.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { SimulatedNode } from '../../kernel/simulated-node.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import { nodeId, type NodeId } from '../../kernel/units.ts';
import type { DynamoNode } from '../node.ts';
import type { DynamoConfig } from '../options.ts';
import type { Member } from '../ring.ts';
import type { MembershipChange } from './change.ts';
import type { RingView } from './ring-view.ts';

/** What a machine that joins can be told. */
export interface JoinOptions {
  /** Default: the next number. */
  readonly name?: string;
  readonly zone?: string;
  /** Relative size. Default 1. */
  readonly capacity?: number;
  /** The node that is asked to write the join down. Default: a seed that is up, or any node. */
  readonly through?: string | { readonly id: string };
}

/** What an operator needs to know of the deployment. */
export interface OperatorParts {
  readonly sim: Simulation;
  readonly config: DynamoConfig;
  readonly nodes: readonly SimulatedNode[];
  readonly add: (member: Member) => SimulatedNode;
  readonly machine: (node: string) => DynamoNode | undefined;
}

const LOOK_EVERY = '100ms';

/** The operator of one deployment. */
export class ClusterOperator {
  readonly #parts: OperatorParts;
  /** The ring as those see it who know most: of the nodes that are up, the one with the longest history. */
  #latest: RingView;

  /** @param parts - the deployment */
  constructor(parts: OperatorParts) {
    this.#parts = parts;
    const [first] = parts.nodes;
    this.#latest = (parts.machine(first?.id ?? '') as DynamoNode).view;
  }

  /** The ring as whoever knows most sees it. */
  get view(): RingView {
    for (const { id } of this.#parts.nodes) {
      const view = this.#parts.machine(id)?.view;
      if (view !== undefined && view.changes.length > this.#latest.changes.length) this.#latest = view;
    }
    return this.#latest;
  }

  /** Adds a machine, and waits until it has joined. */
  async join(options: JoinOptions): Promise<SimulatedNode> {
    const node = this.beginJoin(options);
    await this.#underWay();
    await this.#until(() => this.#isMember(node.id));
    return node;
  }

  /** Adds a machine and has a node write that down; it has not joined yet. */
  beginJoin({ name, zone, capacity = 1, through }: JoinOptions): SimulatedNode {
    const { sim, config, nodes, add } = this.#parts;
    const id = nodeId(name ?? this.#freeName());
    const member: Member = { node: id, zone: zone ?? config.zones[nodes.length % config.zones.length] ?? 'zone-a', capacity };
    sim.requireFreeNames([id]);
    const asked = through === undefined ? this.#anybody() : (typeof through === 'string' ? through : through.id);
    const node = add(member);
    this.#change('join', member, asked);
    return node;
  }

  /** Has a machine leave, and waits until it has. */
  async leave(node: NodeId): Promise<void> {
    this.beginLeave(node);
    await this.#underWay();
    await this.#until(() => !this.#isMember(node));
  }

  /** Strikes a machine out. */
  async remove(node: NodeId): Promise<void> {
    this.beginRemove(node);
    await this.#underWay();
    await this.#until(() => !this.#isMember(node));
  }

  /** Has a machine begin to leave. */
  beginLeave(node: NodeId): void {
    this.#change('leave', this.#member(node), node);
  }

  /** Has it written down that a machine is gone. */
  beginRemove(node: NodeId): void {
    this.#change('left', this.#member(node), this.#anybody(node));
  }

  #member(node: NodeId): Member {
    const member = this.view.membership.current.members.find((one) => one.node === node);
    if (member === undefined) throw new UsageError('UNKNOWN_NODE', `${node} is no member of the ring`);
    if (this.view.membership.current.members.length <= this.#parts.config.n) {
      throw new UsageError('TOO_FEW_NODES', `${node} cannot leave: n=${this.#parts.config.n} replicas need as many nodes`);
    }
    return member;
  }

  #isMember(node: NodeId): boolean {
    return this.view.membership.current.members.some((member) => member.node === node);
  }

  #freeName(): string {
    const { config, nodes, sim } = this.#parts;
    let number = nodes.length + 1;
    while (sim.hasNode(`${config.prefix}${number}`)) number++;
    return `${config.prefix}${number}`;
  }

  #anybody(but?: NodeId): string {
    const up = this.#parts.nodes.find((node) => node.isUp && !node.isPaused && node.id !== but);
    if (up === undefined) throw new UsageError('NO_NODE', 'no node is up that could write the change down');
    return up.id;
  }

  #change(kind: MembershipChange['kind'], { node, zone, capacity }: Member, through: string): void {
    const machine = this.#parts.machine(through);
    if (machine === undefined) throw new UsageError('NODE_DOWN', `${through} is down and cannot write the change down`);
    machine.announce(kind, node, zone, capacity);
  }

  /** The change is on its way from the next event on. */
  #underWay(): Promise<void> {
    return this.#parts.sim.sleep(0);
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await this.#parts.sim.sleep(LOOK_EVERY);
  }
}
