/**
 * What all nodes of a simulated cluster have in common: parameters, the schema, who stands where. A change of the schema is
 * known everywhere at once: schema agreement, its delays and disagreements, are left out. The ring is not here: each node
 * knows what gossip has told it (`membership.ts`).
 *
 * @module
 */
import { invariant } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/units.ts';
import { requirementOf, type ConsistencyLevel, type Requirement } from '../consistency.ts';
import type { Catalog } from '../cql/prepare.ts';
import type { Parameters } from '../parameters.ts';
import type { Partitioner } from '../partitioner.ts';
import { replicationFactors, type Endpoint, type Replication } from '../replication.ts';
import type { Schema } from '../schema/schema.ts';
import type { Topologies } from './topology.ts';

/** A cluster's common knowledge. */
export class ClusterView {
  /** Prepares statements for the schema. */
  readonly catalog: Catalog;
  readonly parameters: Parameters;
  /** Every node that there is or was: where it stands does not change. */
  readonly endpoints: Map<NodeId, Endpoint>;
  readonly topologies: Topologies;

  /** @param catalog - has the schema */
  constructor(catalog: Catalog, parameters: Parameters, endpoints: Map<NodeId, Endpoint>, topologies: Topologies) {
    this.catalog = catalog;
    this.parameters = parameters;
    this.endpoints = endpoints;
    this.topologies = topologies;
  }

  /** The cluster's. */
  get name(): string {
    return this.catalog.clusterName;
  }

  /** How keys become tokens. */
  get partitioner(): Partitioner {
    return this.catalog.partitioner;
  }

  /** The present schema. Replaced by a change. */
  get schema(): Schema {
    return this.catalog.schema;
  }

  set schema(schema: Schema) {
    this.catalog.schema = schema;
  }
}

/** The endpoint of a node. */
export function endpointOf(view: ClusterView, node: NodeId): Endpoint {
  const endpoint = view.endpoints.get(node);
  invariant(endpoint !== undefined, `${node} is no member of the cluster`);
  return endpoint;
}

/** A keyspace's replication, and how many replicas it wants in each datacentre. */
export interface Placement {
  readonly replication: Replication;
  readonly factors: ReadonlyMap<string, number>;
  /** What levels demand, by the coordinator's datacentre and level: made for every request, so made once. */
  readonly requirements: Map<string, Map<ConsistencyLevel, Requirement>>;
}

const placements = new WeakMap<Replication, Placement>();
const NOWHERE: Placement = { replication: { class: 'SimpleStrategy', replicationFactor: 0 }, factors: new Map([['', 0]]), requirements: new Map() };

/** How a keyspace is replicated; of one that was dropped meanwhile, nowhere. */
export function placementOf(view: ClusterView, keyspace: string): Placement {
  const replication = view.schema.keyspaces.get(keyspace)?.replication;
  if (replication === undefined) return NOWHERE;
  let placement = placements.get(replication);
  if (placement === undefined) placements.set(replication, (placement = { replication, factors: replicationFactors(replication), requirements: new Map() }));
  return placement;
}

/** What a level demands of a keyspace's replicas, where the coordinator is in a datacentre. */
export function demandOf({ factors, requirements }: Placement, consistency: ConsistencyLevel, datacenter: string): Requirement {
  let byLevel = requirements.get(datacenter);
  if (byLevel === undefined) requirements.set(datacenter, (byLevel = new Map<ConsistencyLevel, Requirement>()));
  let requirement = byLevel.get(consistency);
  if (requirement === undefined) byLevel.set(consistency, (requirement = requirementOf(consistency, { factors, local: datacenter })));
  return requirement;
}
