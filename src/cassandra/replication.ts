/**
 * Where a partition's replicas live: the token ring of a cluster and the two replication strategies, as Apache Cassandra's
 * documentation (dynamo.adoc, "Multi-master Replication") and its SimpleStrategy and NetworkTopologyStrategy define them.
 * SimpleStrategy takes the next distinct nodes clockwise, whatever their rack. NetworkTopologyStrategy does so in each
 * datacentre, first in racks that have no replica yet.
 *
 * Left out: transient replication, and the token allocation algorithm (tokens are random or given).
 *
 * @module
 */
import { HashRing } from '../distributed/hash-ring.ts';
import type { Random } from '../kernel/random.ts';
import type { NodeId } from '../kernel/units.ts';
import { InvalidRequestError } from './errors.ts';
import { compareTokens, murmur3Token, ringShare, type Token } from './token.ts';

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

/** The cluster's token ring. */
export class TokenRing {
  readonly #ring: HashRing<Token, Endpoint>;
  /** Placements by replication (the table's own value, so identity will do) and token index. */
  readonly #cache = new Map<Replication, (readonly Endpoint[] | undefined)[]>();

  /** @param tokens - each endpoint's tokens */
  constructor(tokens: ReadonlyMap<Endpoint, readonly Token[]>) {
    this.#ring = new HashRing<Token, Endpoint>(
      compareTokens,
      [...tokens].flatMap(([node, positions]) => positions.map((position) => ({ node, position }))),
    );
  }

  /** Every token and its owner, in ring order. */
  get tokens(): readonly { readonly position: Token; readonly node: Endpoint }[] {
    return this.#ring.tokens;
  }

  /** The replicas of a serialised partition key, primary first. */
  endpointsFor(replication: Replication, key: string): readonly Endpoint[] {
    return this.#endpointsAt(replication, this.#ring.indexOf(murmur3Token(key)));
  }

  /** The share of all tokens that a node holds a replica of: what `nodetool status` calls effective ownership. */
  ownership(replication: Replication): ReadonlyMap<NodeId, number> {
    const owned = new Map(this.#ring.nodes.map((node) => [node.id, 0]));
    this.#ring.tokens.forEach(({ position }, i, all) => {
      const before = all[(i + all.length - 1) % all.length] ?? { position };
      const share = ringShare(before.position, position);
      for (const { id } of this.#endpointsAt(replication, i)) owned.set(id, (owned.get(id) ?? 0) + share);
    });
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

/** Draws tokens for a node, none of them taken (and remembers them as taken). */
export function randomTokens(random: Random, count: number, taken: Set<string>): Token[] {
  const tokens: Token[] = [];
  while (tokens.length < count) {
    const token = { hi: random.uint32() | 0, lo: random.uint32() | 0 };
    const name = `${token.hi}/${token.lo}`;
    if (taken.has(name)) continue;
    taken.add(name);
    tokens.push(token);
  }
  return tokens;
}

/**
 * Requires a replication that the cluster can have.
 *
 * @throws {@link InvalidRequestError} for a factor that is no whole number, or a datacentre that does not exist
 */
export function checkReplication(replication: Replication, datacenters: ReadonlySet<string>): void {
  for (const [name, factor] of replicationFactors(replication)) {
    if (!Number.isSafeInteger(factor) || factor < 1) throw new InvalidRequestError(`Replication factor must be a positive whole number; found ${String(factor)}`);
    if (name !== '' && !datacenters.has(name)) throw new InvalidRequestError(`Unrecognized strategy option {${name}} passed to NetworkTopologyStrategy`);
  }
}
