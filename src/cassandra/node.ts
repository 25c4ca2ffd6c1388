/**
 * A member of a cluster, as an operator sees it: what `nodetool` tells and does.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { SimulatedNode } from '../kernel/simulated-node.ts';
import { nodeId, type NodeId } from '../kernel/units.ts';
import { endpointOf, placementOf, type ClusterView } from './coordinator/cluster.ts';
import { formatHostId, hostIdOf } from './coordinator/host-id.ts';
import { CassandraMachine } from './coordinator/machine.ts';
import type { ThreadPoolStats } from './coordinator/thread-pools.ts';
import type { NodeState, NodeStates } from './coordinator/topology.ts';
import type { Catalog } from './cql/prepare.ts';
import type { RepairOptions, RepairResult } from './repair/repair.ts';
import type { Endpoint } from './replication.ts';
import type { TableMetadata } from './schema/metadata.ts';
import type { TableStats } from './storage/table-stats.ts';
import { peekRows } from './peek.ts';
import type { SelectedRow } from './client.ts';
import type { Table } from './table.ts';
import { keyBytesOf, type PartitionInput } from './table-queries.ts';
import type { Token } from './token.ts';
import type { Bytes } from './types/data-type.ts';

/** A node's reference: its name or itself. */
export type NodeReference = string | { readonly id: string };

/** Runs an operator's request. @internal */
export type Operate = <T>(what: string, begin: (settle: (error: UsageError | undefined, value?: T) => void) => void) => Promise<T>;

/** One line of `nodetool status`. */
export interface StatusLine {
  readonly node: NodeId;
  /** `UN` up and normal, `DN` down, `UJ` joining, `UL` leaving, … in this node's opinion. */
  readonly state: string;
  readonly datacenter: string;
  readonly rack: string;
  readonly hostId: string;
  readonly tokens: number;
  /** The share of the data that it holds, when a keyspace was named. */
  readonly owns: number | undefined;
}

/** A line of `nodetool ring`. */
export interface RingLine {
  readonly token: string;
  readonly node: NodeId;
  readonly datacenter: string;
  readonly rack: string;
}

/** A member. Faults take it wherever they take a node. */
export class CassandraNode {
  readonly id: NodeId;
  readonly datacenter: string;
  readonly rack: string;
  readonly #view: ClusterView;
  readonly #simulated: () => SimulatedNode;
  readonly #operate: Operate;

  /** @internal Made by the cluster. */
  constructor(endpoint: Endpoint, view: ClusterView, simulated: () => SimulatedNode, operate: Operate) {
    this.id = endpoint.id;
    this.datacenter = endpoint.datacenter;
    this.rack = endpoint.rack;
    this.#view = view;
    this.#simulated = simulated;
    this.#operate = operate;
  }

  /** The simulated machine it runs on: crash, restart, pause, wipe, its clock and its disk. */
  get simulated(): SimulatedNode {
    return this.#simulated();
  }

  /** Whether it runs, in truth. What others believe is {@link considersAlive}. */
  get isUp(): boolean {
    return this.simulated.machine !== undefined;
  }

  /** What it says of itself: `BOOT` while it joins, `NORMAL`, `LEAVING`, `LEFT`; undefined while it is down or has said nothing. */
  get status(): NodeState['status'] | undefined {
    return this.isUp ? this.#machine().membership.state?.status : undefined;
  }

  /** Its tokens, as the partitioner prints them. */
  get tokens(): readonly string[] {
    return (this.#machine().membership.state?.tokens ?? []).map((token) => this.#view.partitioner.format(token));
  }

  /** Whether it serves clients: it is up, has joined and not left. */
  get takesClients(): boolean {
    return this.isUp && this.#machine().takesClients;
  }

  /** Whether this node believes another to be alive. */
  considersAlive(node: NodeReference): boolean {
    return this.#machine().membership.isAlive(idOf(node));
  }

  /** How many hints it holds, for one node or for all. */
  hintCount(target?: NodeReference): number {
    return this.#machine().hints.count(target === undefined ? undefined : idOf(target));
  }

  /** How many batches it keeps for coordinators that have not finished them. */
  get batchCount(): number {
    return this.#machine().batchlog.size;
  }

  /** Messages that it came to too late and dropped, by kind, as {@link tpstats} tells. */
  get droppedMessages(): ReadonlyMap<string, number> {
    return this.#machine().pools.dropped;
  }

  /** What it is doing and has done since it started, by thread pool (`nodetool tpstats`). */
  tpstats(): ThreadPoolStats {
    return this.#machine().tpstats();
  }

  /** The cluster in this node's opinion (`nodetool status`). @param keyspace - whose data "Owns" is about */
  nodetoolStatus(keyspace?: string): readonly StatusLine[] {
    const { membership } = this.#machine();
    const { topology } = membership;
    const owned = keyspace === undefined ? undefined : topology.ring.ownership(placementOf(this.#view, keyspace).replication);
    const lines: StatusLine[] = [];
    for (const [node, { status, tokens }] of topology.states) {
      if (status === 'LEFT') continue;
      const { datacenter, rack } = endpointOf(this.#view, node);
      const letter = status === 'NORMAL' ? 'N' : status === 'LEAVING' || status === 'REMOVING' ? 'L' : 'J';
      lines.push({
        node, datacenter, rack,
        state: `${membership.isAlive(node) ? 'U' : 'D'}${letter}`,
        hostId: formatHostId(hostIdOf(node)),
        tokens: tokens.length,
        owns: owned?.get(node),
      });
    }
    return lines.sort((a, b) => (a.datacenter < b.datacenter ? -1 : a.datacenter > b.datacenter ? 1 : 0));
  }

  /** All tokens in order, in this node's opinion (`nodetool ring`). */
  ring(): readonly RingLine[] {
    return this.#machine().membership.topology.ring.tokens.map(({ position, node }) => (
      { token: this.#view.partitioner.format(position), node: node.id, datacenter: node.datacenter, rack: node.rack }));
  }

  /** Writes memtables to SSTables, as `nodetool flush` does; of one table or of all. */
  flush(table?: Table | string): void {
    this.#machine().engine.flush(this.#tableId(table));
  }

  /** Merges all SSTables into one and drops tombstones older than `gc_grace_seconds`, as `nodetool compact` does. */
  compact(table?: Table | string): void {
    this.#machine().engine.compact(this.#tableId(table));
  }

  /** Drops what this node is no replica of any more, as `nodetool cleanup` does. */
  cleanup(keyspace?: string): void {
    const { engine, ringChanges } = this.#machine();
    for (const { name, replication, tables, views } of this.#view.schema.userKeyspaces) {
      if (keyspace !== undefined && name !== keyspace) continue;
      for (const table of [...tables.values(), ...views.values()]) engine.cleanup((token: Token) => ringChanges.owns(replication, token), table.id);
    }
  }

  /** Figures of a table on this node, as `nodetool tablestats` gives them. */
  tablestats(table: Table | string): TableStats {
    return this.#machine().engine.stats(this.#tableId(table) ?? '') as TableStats;
  }

  /** Makes the replicas of its ranges agree (`nodetool repair`): what was never repaired, or with `full` everything. */
  repair(options: RepairOptions = {}): Promise<RepairResult> {
    return this.#operate('repair', (settle) => this.#machine().repairs.begin(options, settle));
  }

  /** Leaves the ring, handing over what it holds (`nodetool decommission`). Resolves when it has. */
  decommission(): Promise<void> {
    return this.#operate('decommission', (settle) => this.#machine().ringChanges.decommission(settle));
  }

  /** Removes a dead node from the ring (`nodetool removenode`). */
  removeNode(dead: NodeReference): Promise<void> {
    return this.#operate('removenode', (settle) => this.#machine().ringChanges.removeNode(idOf(dead), settle));
  }

  /** Fetches all that it is a replica of from others (`nodetool rebuild`). @param datacenter - from there only */
  rebuild(datacenter?: string): Promise<void> {
    return this.#operate('rebuild', (settle) => this.#machine().ringChanges.rebuild(datacenter, settle));
  }

  /** What this replica alone would show of a partition now: no network, no consistency level. For checks of convergence. */
  peek(table: Table | string, partition: PartitionInput): readonly SelectedRow[] {
    const found = this.#view.catalog.metadataOf(table);
    return peekRows(this.#machine().engine, found, keyBytesOf(found, partition));
  }

  /** @internal */
  memberStatus(node: NodeId): NodeState['status'] | undefined {
    return this.isUp ? this.states().get(node)?.status : undefined;
  }

  /** @internal */
  states(): NodeStates {
    return this.#machine().membership.topology.states;
  }

  /** @internal */
  getEndpoints(table: TableMetadata, key: Bytes): readonly NodeId[] {
    return this.#machine().membership.topology.ring.endpointsFor(placementOf(this.#view, table.keyspace).replication, key).map(({ id }) => id);
  }

  /** @internal */
  ownership(keyspace: string): ReadonlyMap<NodeId, number> {
    return this.#machine().membership.topology.ring.ownership(placementOf(this.#view, keyspace).replication);
  }

  /** @internal */
  get catalog(): Catalog {
    return this.#view.catalog;
  }

  /** @internal */
  get machine(): CassandraMachine {
    return this.#machine();
  }

  #tableId(table: Table | string | undefined): string | undefined {
    return table === undefined ? undefined : this.#view.catalog.metadataOf(table).id;
  }

  #machine(): CassandraMachine {
    const { machine } = this.simulated;
    if (machine instanceof CassandraMachine) return machine;
    throw new UsageError('NODE_DOWN', `node ${this.id} is down`);
  }
}

function idOf(node: NodeReference): NodeId {
  return nodeId(typeof node === 'string' ? node : node.id);
}
