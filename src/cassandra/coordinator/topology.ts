/**
 * The ring as one node knows it: who holds which tokens, who is about to, who is about to leave (`TokenMetadata` of Apache
 * Cassandra 5.0). While a node joins or leaves, writes go to those who will be replicas as well, the pending ones, and a
 * consistency level waits for that many more answers: so that nothing written meanwhile is missing when the change is done.
 *
 * A topology never changes; what gossip brings makes another. Nodes that know the same share one.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';
import type { Partitioner } from '../partitioner.ts';
import { TokenRing, type Endpoint, type Replication } from '../replication.ts';
import type { Token } from '../token.ts';

/**
 * What a node is: about to have its tokens (`BOOT`; `BOOT_REPLACE` those of a dead node), a member, about to leave, gone, or
 * dead and being removed by another.
 */
export type NodeStatus = 'BOOT' | 'BOOT_REPLACE' | 'NORMAL' | 'LEAVING' | 'LEFT' | 'REMOVING';

/** What a node says of itself. */
export interface NodeState {
  readonly status: NodeStatus;
  readonly tokens: readonly Token[];
  /** The dead node whose place it takes. */
  readonly replaces?: NodeId;
}

/** States by node. */
export type NodeStates = ReadonlyMap<NodeId, NodeState>;

/** One state of the ring. */
export class Topology {
  readonly states: NodeStates;
  /** The members, those that are leaving included: it decides who is read. */
  readonly ring: TokenRing;
  /** Whether anybody is about to join or leave. */
  readonly isChanging: boolean;
  readonly #find: (node: NodeId) => Endpoint;
  /** Rings after the changes that are under way: without all that leave, and with each that joins. */
  readonly #after: readonly { readonly ring: TokenRing; readonly joins: Endpoint | undefined }[];

  /**
   * @param partitioner - the cluster's
   * @param states - what is known
   * @param find - an endpoint by its name
   */
  constructor(partitioner: Partitioner, states: NodeStates, find: (node: NodeId) => Endpoint) {
    this.states = states;
    this.#find = find;
    const members = new Map<Endpoint, readonly Token[]>();
    const staying = new Map<Endpoint, readonly Token[]>();
    const joining: (readonly [Endpoint, NodeState])[] = [];
    for (const [node, state] of states) {
      const endpoint = find(node);
      if (state.status === 'NORMAL') {
        members.set(endpoint, state.tokens);
        staying.set(endpoint, state.tokens);
      } else if (state.status === 'LEAVING' || state.status === 'REMOVING') {
        members.set(endpoint, state.tokens);
      } else if (state.status !== 'LEFT') {
        joining.push([endpoint, state]);
      }
    }
    this.ring = new TokenRing(partitioner, members);
    this.isChanging = joining.length > 0 || staying.size < members.size;
    this.#after = this.isChanging ? [
      { ring: new TokenRing(partitioner, staying), joins: undefined },
      ...joining.map(([endpoint, state]) => ({ ring: this.#with(partitioner, staying, endpoint, state), joins: endpoint })),
    ] : [];
  }

  /** The replicas of a token now, primary first. */
  replicas(replication: Replication, token: Token): readonly Endpoint[] {
    return this.ring.endpointsOf(replication, token);
  }

  /** Those that will be replicas of a token and are not yet. */
  pending(replication: Replication, token: Token): readonly Endpoint[] {
    if (!this.isChanging) return NONE;
    const natural = this.replicas(replication, token);
    const pending: Endpoint[] = [];
    for (const { ring, joins } of this.#after) {
      for (const endpoint of ring.endpointsOf(replication, token)) {
        if (joins !== undefined && endpoint !== joins) continue;
        if (!natural.includes(endpoint) && !pending.includes(endpoint)) pending.push(endpoint);
      }
    }
    return pending;
  }

  /** The ring as it will be when one node has joined. */
  ringWith(node: NodeId, state: NodeState): TokenRing {
    const staying = new Map<Endpoint, readonly Token[]>();
    for (const [other, { status, tokens }] of this.states) {
      if (status === 'NORMAL') staying.set(this.#find(other), tokens);
    }
    return this.#with(this.ring.partitioner, staying, this.#find(node), state);
  }

  /** The ring as it will be when one node has left. */
  ringWithout(node: NodeId): TokenRing {
    const staying = new Map<Endpoint, readonly Token[]>();
    for (const [other, { status, tokens }] of this.states) {
      if (other !== node && (status === 'NORMAL' || status === 'LEAVING')) staying.set(this.#find(other), tokens);
    }
    return new TokenRing(this.ring.partitioner, staying);
  }

  #with(partitioner: Partitioner, staying: ReadonlyMap<Endpoint, readonly Token[]>, endpoint: Endpoint, { tokens, replaces }: NodeState): TokenRing {
    const members = new Map([...staying].filter(([other]) => other.id !== replaces));
    return new TokenRing(partitioner, members.set(endpoint, tokens));
  }
}

const NONE: readonly Endpoint[] = [];

/** Topologies of a cluster by what they are made of: most nodes know the same most of the time. */
export class Topologies {
  readonly #partitioner: Partitioner;
  readonly #find: (node: NodeId) => Endpoint;
  readonly #known = new Map<string, Topology>();

  /**
   * @param partitioner - the cluster's
   * @param find - an endpoint by its name
   */
  constructor(partitioner: Partitioner, find: (node: NodeId) => Endpoint) {
    this.#partitioner = partitioner;
    this.#find = find;
  }

  /** The topology of some states. */
  of(states: NodeStates): Topology {
    const parts = [...states].map(([node, { status, tokens, replaces }]) => `${node} ${status} ${replaces ?? ''} ${tokens.join('')}`);
    const name = parts.sort((a, b) => (a < b ? -1 : 1)).join('\n');
    let topology = this.#known.get(name);
    if (topology === undefined) {
      // A cluster has few; whoever changes it a thousand times needs the last ones only.
      if (this.#known.size >= 64) this.#known.clear();
      this.#known.set(name, (topology = new Topology(this.#partitioner, settled(states), this.#find)));
    }
    return topology;
  }
}

/** Without the dead whose tokens another has taken over by now, each token with one holder, and the nodes by name. */
function settled(states: NodeStates): NodeStates {
  const replaced = new Set<NodeId>();
  for (const { status, replaces } of states.values()) if (status === 'NORMAL' && replaces !== undefined) replaced.add(replaces);
  const entries = [...states].filter(([node]) => !replaced.has(node)).sort(([a], [b]) => (a < b ? -1 : 1));
  const isJoining = ({ status }: NodeState): boolean => status === 'BOOT' || status === 'BOOT_REPLACE';
  // Two that join at the same moment may choose the same token. It stays with whoever is a member, or else with the first by name.
  const holders = new Map<Token, NodeId>();
  for (const late of [false, true]) {
    for (const [node, state] of entries) {
      if (isJoining(state) !== late) continue;
      for (const token of state.tokens) if (!holders.has(token)) holders.set(token, node);
    }
  }
  return new Map(entries.map(([node, state]) => {
    const holds = (token: Token): boolean => holders.get(token) === node || (state.status === 'BOOT_REPLACE' && holders.get(token) === state.replaces);
    return [node, state.tokens.every(holds) ? state : { ...state, tokens: state.tokens.filter(holds) }];
  }));
}
