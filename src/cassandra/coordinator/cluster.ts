/**
 * What all nodes of a cluster know alike: its ring, its tables, its parameters. It is not exchanged between the simulated
 * nodes; a change of the schema is known everywhere at once.
 *
 * @module
 */
import { invariant } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { Parameters } from '../options.ts';
import type { Endpoint, TokenRing } from '../replication.ts';
import type { Table } from '../schema.ts';

/** A cluster's common knowledge. */
export interface ClusterView {
  readonly ring: TokenRing;
  readonly endpoints: ReadonlyMap<NodeId, Endpoint>;
  readonly schema: ReadonlyMap<string, Table>;
  readonly parameters: Parameters;
}

/** The endpoint of a node. */
export function endpointOf(view: ClusterView, node: NodeId): Endpoint {
  const endpoint = view.endpoints.get(node);
  invariant(endpoint !== undefined, `${node} is no member of the cluster`);
  return endpoint;
}
