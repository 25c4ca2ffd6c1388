/**
 * The system's tables on one node, made when they are read: `system.local` and `system.peers` from what gossip has told it, `system_schema.*`
 * from the schema.
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import { joinKey } from '../cql/select/keys.ts';
import { rowsOfSystemSchema, rowsOfVirtualSchema } from '../schema/system-schema-rows.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { NEVER, type Cell } from '../storage/cell.ts';
import { sliceCovers, type Clustering } from '../storage/clustering.ts';
import { rowPasses } from '../storage/filter.ts';
import { emptyData, type PartitionData } from '../storage/partition.ts';
import type { RangeRead, ReadCommand } from '../storage/read-command.ts';
import { compareCells, NO_COMPLEX_DELETIONS, type Row } from '../storage/row.ts';
import { isMultiCell, type Bytes } from '../types/data-type.ts';
import { encode } from '../types/encode.ts';
import { listElements, mapEntries } from '../types/structure.ts';
import { formatUuid } from '../types/native-text.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import { hostIdOf } from './host-id.ts';
import type { Membership } from './membership.ts';

/** A row by column. */
export type SystemRow = ReadonlyMap<string, Bytes | null>;

/** The system's tables as one node shows them. */
export class SystemTables {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;

  constructor(host: Host, view: ClusterView, membership: Membership) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
  }

  /** Whether a table is one of them. */
  has(table: TableMetadata): boolean {
    return this.#view.schema.keyspaces.get(table.keyspace)?.kind !== 'user';
  }

  /** Reads one, in the way of replicas: in token order, with slices, filter and limits. */
  read(table: TableMetadata, command: ReadCommand): readonly PartitionData[] {
    const partitions = this.#partitions(table).filter(({ key }) => (command.kind === 'partition' ? key === command.key : this.#isWithin(key, command)));
    let left = command.limits.rows;
    const shown: PartitionData[] = [];
    for (const data of partitions) {
      if (left <= 0) break;
      const ordered = command.reversed ? [...data.rows].reverse() : data.rows;
      const rows = ordered.filter(({ clustering }) => command.slices.some((slice) => sliceCovers(table.compare, slice, clustering)))
        .filter((row) => rowPasses(table, data.key, undefined, row, command.filter, command.nowSeconds))
        .filter(({ clustering }) => command.kind === 'partition' || command.after?.key !== data.key || command.after.clustering === undefined || table.compare(clustering, command.after.clustering) > 0)
        .slice(0, Math.min(left, command.limits.perPartition));
      if (rows.length === 0) continue;
      left -= rows.length;
      shown.push({ ...data, rows: command.reversed ? rows.reverse() : rows });
    }
    return shown;
  }

  #isWithin(key: Bytes, { range, after }: RangeRead): boolean {
    const token = this.#view.partitioner.tokenOf(key);
    if (range.start !== undefined && token <= range.start) return false;
    if (range.end !== undefined && token > range.end) return false;
    if (after === undefined) return true;
    const order = token + key;
    const from = this.#view.partitioner.tokenOf(after.key) + after.key;
    return after.clustering === undefined ? order > from : order >= from;
  }

  #partitions(table: TableMetadata): readonly PartitionData[] {
    const byKey = new Map<Bytes, Row[]>();
    for (const row of this.#rows(table)) {
      const value = (name: string): Bytes => row.get(name) ?? '';
      const key = joinKey(table.partitionKey.map(({ name }) => value(name)));
      const clustering: Clustering = table.clustering.map(({ name }) => value(name));
      let rows = byKey.get(key);
      if (rows === undefined) byKey.set(key, (rows = []));
      rows.push({ clustering, liveness: { timestamp: 0, ttl: 0, localDeletionTime: NEVER }, deletion: undefined, cells: cellsOf(table, row), complexDeletions: NO_COMPLEX_DELETIONS });
    }
    const sortKey = (key: Bytes): string => this.#view.partitioner.tokenOf(key) + key;
    return [...byKey].sort(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : 1))
      .map(([key, rows]) => ({ ...emptyData(key), rows: rows.sort((a, b) => table.compare(a.clustering, b.clustering)) }));
  }

  #rows(table: TableMetadata): Iterable<SystemRow> {
    if (table.keyspace === 'system') {
      const { peers } = this.#membership;
      switch (table.name) {
        case 'local': return [this.#local(table)];
        case 'peers': return peers.map((peer) => this.#encode(table, { peer: addressOf(this.#view, peer), rpc_address: addressOf(this.#view, peer), ...this.#common(peer) }));
        case 'peers_v2': return peers.map((peer) => this.#encode(table, {
          peer: addressOf(this.#view, peer), peer_port: 7000, native_address: addressOf(this.#view, peer), native_port: this.#view.parameters.nativeTransportPort, ...this.#common(peer),
        }));
        default: return [];
      }
    }
    if (table.keyspace === 'system_schema') return rowsOfSystemSchema(this.#view.schema, table.name);
    return table.keyspace === 'system_virtual_schema' ? rowsOfVirtualSchema(this.#view.schema, table.name) : [];
  }

  #local(table: TableMetadata): SystemRow {
    const address = addressOf(this.#view, this.#host.id);
    return this.#encode(table, {
      key: 'local', bootstrapped: 'COMPLETED', broadcast_address: address, broadcast_port: 7000, cluster_name: this.#view.name, cql_version: '3.4.7',
      listen_address: address, listen_port: 7000, native_protocol_version: '5', partitioner: `org.apache.cassandra.dht.${this.#view.partitioner.name}`,
      rpc_address: address, rpc_port: this.#view.parameters.nativeTransportPort, ...this.#common(this.#host.id),
    });
  }

  #common(node: string): Readonly<Record<string, unknown>> {
    const id = node as Parameters<typeof hostIdOf>[0];
    const { datacenter, rack } = endpointOf(this.#view, id);
    const tokens = this.#membership.topology.states.get(id)?.tokens ?? [];
    return {
      data_center: datacenter, rack, host_id: formatUuid(hostIdOf(id)), release_version: '5.0.2', schema_version: this.#view.schema.version,
      tokens: tokens.map((token) => this.#view.partitioner.format(token)),
    };
  }

  #encode(table: TableMetadata, values: Readonly<Record<string, unknown>>): SystemRow {
    return new Map([...table.columns.values()].filter(({ name }) => values[name] !== undefined).map(({ name, type }) => [name, encode(type, values[name], name)]));
  }
}

/** The address that a node would have: nodes have names here, and drivers want addresses. */
export function addressOf(view: ClusterView, node: string): string {
  const place = [...view.endpoints.keys()].indexOf(node as never) + 1;
  return `127.0.${Math.floor(place / 256)}.${place % 256}`;
}

function cellsOf(table: TableMetadata, row: SystemRow): readonly Cell[] {
  const cells: Cell[] = [];
  const add = (column: string, path: Bytes | undefined, value: Bytes): void => {
    cells.push({ column, path, value, timestamp: 0, ttl: 0, localDeletionTime: NEVER });
  };
  for (const { name, type } of table.regulars) {
    const value = row.get(name) ?? null;
    if (value === null) continue;
    if (!isMultiCell(type)) add(name, undefined, value);
    else if (type.kind === 'set') for (const element of listElements(value)) add(name, element, '');
    else if (type.kind === 'map') for (const [key, entry] of mapEntries(value)) add(name, key, entry);
  }
  return cells.sort((a, b) => compareCells(table, a, b));
}
