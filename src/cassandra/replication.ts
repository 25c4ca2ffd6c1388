/**
 * Where a partition's replicas live: the token ring of a cluster and the two replication strategies, as Apache Cassandra's
 * documentation (dynamo.adoc, "Multi-master Replication") and its SimpleStrategy and NetworkTopologyStrategy define them.
 * SimpleStrategy takes the next distinct nodes clockwise, whatever their rack. NetworkTopologyStrategy does so in each
 * datacentre, first in racks that have no replica yet.
 *
 * Left out: transient replication, LocalStrategy (nothing of this model is stored so), and moving a single token.
 *
 * @module
 */
import { HashRing } from '../distributed/hash-ring.ts';
import type { NodeId } from '../kernel/units.ts';
import { ConfigError } from './errors.ts';
import type { Partitioner } from './partitioner.ts';
import { compareTokens, type Token } from './token.ts';
import type { TokenRange } from './storage/read-command.ts';
import type { Bytes } from './types/data-type.ts';

/** A member of the cluster, as its snitch sees it. */
export interface Endpoint {
  readonly id: NodeId;
  readonly datacenter: string;
  readonly rack: string;
}

/** A keyspace's replication, in the words of `CREATE KEYSPACE … WITH replication`. */
export type Replication =
  | { readonly class: 'SimpleStrategy'; readonly replicationFactor: number }
  | { readonly class: 'NetworkTopologyStrategy'; readonly datacenters: Readonly<Record<string, number>> };

/** Replicas wanted in each datacentre; SimpleStrategy has one entry, `''`. */
export function replicationFactors(replication: Replication): ReadonlyMap<string, number> {
  if (replication.class === 'SimpleStrategy') return new Map([['', replication.replicationFactor]]);
  return new Map(Object.entries(replication.datacenters));
}

/** The cluster's token ring. It never changes: a node that joins or leaves makes another. */
export class TokenRing {
  readonly partitioner: Partitioner;
  readonly #ring: HashRing<Token, Endpoint>;
  /** Placements by replication (the keyspace's own value, so identity will do) and token index. */
  readonly #cache = new Map<Replication, (readonly Endpoint[] | undefined)[]>();

  /**
   * @param partitioner - places keys
   * @param tokens - each endpoint's tokens
   */
  constructor(partitioner: Partitioner, tokens: ReadonlyMap<Endpoint, readonly Token[]>) {
    this.partitioner = partitioner;
    this.#ring = new HashRing<Token, Endpoint>(
      compareTokens,
      [...tokens].flatMap(([node, positions]) => positions.map((position) => ({ node, position }))),
    );
  }

  /** Every token and its owner, in ring order. */
  get tokens(): readonly { readonly position: Token; readonly node: Endpoint }[] {
    return this.#ring.tokens;
  }

  /** The nodes that hold a token. */
  get nodes(): readonly Endpoint[] {
    return this.#ring.nodes;
  }

  /** The replicas of a serialised partition key, primary first. */
  endpointsFor(replication: Replication, key: Bytes): readonly Endpoint[] {
    return this.endpointsOf(replication, this.partitioner.tokenOf(key));
  }

  /** The replicas of a token, primary first; none on an empty ring. */
  endpointsOf(replication: Replication, token: Token): readonly Endpoint[] {
    const index = this.#ring.indexOf(token);
    return index < 0 ? [] : this.#endpointsAt(replication, index);
  }

  /** The ring cut at every token: each range with its replicas, in ring order, the one that wraps around first. */
  ranges(replication: Replication): readonly { readonly range: { readonly start: Token; readonly end: Token }; readonly endpoints: readonly Endpoint[] }[] {
    const { tokens } = this.#ring;
    return tokens.map(({ position }, i) => ({
      range: { start: (tokens[(i + tokens.length - 1) % tokens.length] ?? { position }).position, end: position },
      endpoints: this.#endpointsAt(replication, i),
    }));
  }

  /** The share of all tokens that a node holds a replica of: what `nodetool status` calls effective ownership. */
  ownership(replication: Replication): ReadonlyMap<NodeId, number> {
    const owned = new Map(this.#ring.nodes.map((node) => [node.id, 0]));
    for (const { range, endpoints } of this.ranges(replication)) {
      const share = this.partitioner.share(range.start, range.end);
      for (const { id } of endpoints) owned.set(id, (owned.get(id) ?? 0) + share);
    }
    // Shares are sums of many parts; what is a whole but for rounding is a whole.
    for (const [id, share] of owned) owned.set(id, Math.round(share * 1e12) / 1e12);
    return owned;
  }

  #endpointsAt(replication: Replication, index: number): readonly Endpoint[] {
    let known = this.#cache.get(replication);
    if (known === undefined) this.#cache.set(replication, (known = this.#ring.tokens.map(() => undefined)));
    let endpoints = known[index];
    if (endpoints === undefined) known[index] = endpoints = this.#place(replication, index);
    return endpoints;
  }

  #place(replication: Replication, index: number): readonly Endpoint[] {
    if (replication.class === 'SimpleStrategy') {
      const list: Endpoint[] = [];
      for (const node of this.#ring.clockwiseFrom(index)) {
        if (list.length < replication.replicationFactor) list.push(node);
      }
      return list;
    }
    const datacenters = new Map(Object.entries(replication.datacenters).map(([name, factor]) => [name, this.#datacenter(name, factor)]));
    const list: Endpoint[] = [];
    for (const node of this.#ring.clockwiseFrom(index)) {
      if (datacenters.get(node.datacenter)?.takes(node) === true) list.push(node);
    }
    return list;
  }

  #datacenter(name: string, factor: number): DatacenterPlacement {
    const members = this.#ring.nodes.filter((node) => node.datacenter === name);
    return new DatacenterPlacement(Math.min(factor, members.length), new Set(members.map((node) => node.rack)).size);
  }
}

/**
 * One datacentre's share of a walk around the ring. A node is taken when its rack is new, or when there are more replicas
 * than racks and the surplus is not used up: exactly Cassandra's rule, which takes a repeated rack as soon as it is met and
 * not only after all racks were seen.
 */
class DatacenterPlacement {
  #left: number;
  #repeats: number;
  readonly #racks = new Set<string>();

  constructor(replicas: number, racks: number) {
    this.#left = replicas;
    this.#repeats = replicas - racks;
  }

  takes(node: Endpoint): boolean {
    if (this.#left === 0) return false;
    if (this.#racks.has(node.rack)) {
      if (this.#repeats <= 0) return false;
      this.#repeats--;
    }
    this.#racks.add(node.rack);
    this.#left--;
    return true;
  }
}

/** Cuts a range that wraps around the ring into the two that do not: sorted, `undefined` for the ring's own ends. */
export function unwrap(range: { readonly start: Token; readonly end: Token }): readonly TokenRange[] {
  if (range.start < range.end) return [range];
  return [{ start: undefined, end: range.end }, { start: range.start, end: undefined }];
}

/**
 * Requires a replication that the cluster can have.
 *
 * @throws {@link ConfigError} for a factor that is no whole number, or a datacentre that does not exist
 */
export function checkReplication(replication: Replication, datacenters: ReadonlySet<string>): void {
  // JavaScript asks no type checker.
  const given: unknown = replication;
  const isKnown = typeof given === 'object' && given !== null && 'class' in given
    && (given.class === 'SimpleStrategy' || (given.class === 'NetworkTopologyStrategy' && 'datacenters' in given && typeof given.datacenters === 'object' && given.datacenters !== null));
  if (!isKnown) throw new ConfigError("replication is { class: 'SimpleStrategy', replicationFactor } or { class: 'NetworkTopologyStrategy', datacenters }");
  for (const [name, factor] of replicationFactors(replication)) {
    if (!Number.isSafeInteger(factor) || factor < 0) throw new ConfigError(`Replication factor must be non-negative; found ${String(factor)}`);
    if (name !== '' && !datacenters.has(name)) throw new ConfigError(`Unrecognized strategy option {${name}} passed to NetworkTopologyStrategy for keyspace`);
  }
}
