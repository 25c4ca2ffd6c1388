/**
 * A node that is nothing but a storage engine, and short ways to write to it and read from it.
 *
 * @module
 */
import { murmur3Partitioner } from '../../src/cassandra/partitioner.ts';
import type { TableMetadata } from '../../src/cassandra/schema/metadata.ts';
import { NEVER, type Cell, type Deletion } from '../../src/cassandra/storage/cell.ts';
import { WHOLE_PARTITION, type Clustering, type Slice } from '../../src/cassandra/storage/clustering.ts';
import { makeMutation } from '../../src/cassandra/storage/codec.ts';
import { StorageEngine } from '../../src/cassandra/storage/engine.ts';
import { emptyData, type PartitionData } from '../../src/cassandra/storage/partition.ts';
import type { PartitionRead, RangeRead, ReadAnswer } from '../../src/cassandra/storage/read-command.ts';
import { NO_COMPLEX_DELETIONS, rowIsLive, type Row } from '../../src/cassandra/storage/row.ts';
import { STORAGE_DEFAULTS, type StorageOptions } from '../../src/cassandra/storage/storage-options.ts';
import { readInt32 } from '../../src/cassandra/types/bytes.ts';
import type { Bytes } from '../../src/cassandra/types/data-type.ts';
import type { Host, Machine, Timer } from '../../src/kernel/node.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import type { SimulatedNode } from '../../src/kernel/simulated-node.ts';
import { int, tableOf } from './cassandra-table.ts';

class EngineMachine implements Machine {
  readonly engine: StorageEngine;
  constructor(host: Host, storage: StorageOptions, tables: Map<string, TableMetadata>, durableWrites: boolean) {
    this.engine = new StorageEngine(host, {
      tableById: (id) => tables.get(id), tables: () => tables.values(), partitioner: murmur3Partitioner, storage, durableWrites: () => durableWrites,
    });
  }

  onStart(): void {
    this.engine.start();
  }

  onMessage(): void {}

  onTimer(timer: Timer): void {
    this.engine.onTimer(timer);
  }
}

/** How an engine of a test is set up. */
export interface RigOptions extends Partial<StorageOptions> {
  readonly seed?: number;
  readonly tables?: readonly TableMetadata[];
  readonly durableWrites?: boolean;
}

/** A machine with an engine on it. */
export class Rig {
  readonly sim: Simulation;
  readonly node: SimulatedNode;
  readonly tables: Map<string, TableMetadata>;
  readonly table: TableMetadata;
  /** Numbers of acknowledged writes, over all incarnations. */
  readonly acknowledged: Set<number> = new Set();

  constructor(options: RigOptions = {}) {
    const { seed = 1, tables = [tableOf()], durableWrites = true, ...storage } = options;
    this.sim = new Simulation({ seed });
    this.tables = new Map(tables.map((table) => [table.id, table]));
    this.table = tables[0] ?? tableOf();
    this.node = this.sim.addNode('store', (host) => new EngineMachine(host, { ...STORAGE_DEFAULTS, ...storage }, this.tables, durableWrites));
  }

  get engine(): StorageEngine {
    return (this.node.machine as EngineMachine).engine;
  }

  get nowSeconds(): number {
    return this.engine.nowSeconds();
  }

  /** Writes content of one partition. @param number - which is noted when it is acknowledged */
  write(data: PartitionData, number = 0, table: TableMetadata = this.table): boolean {
    return this.engine.apply(makeMutation('ks', data.key, [{ table: table.id, data }]), () => this.acknowledged.add(number));
  }

  /** Reads one partition. */
  read(key: Bytes, changes: Partial<PartitionRead> = {}): ReadAnswer {
    return this.engine.read({ ...EVERYTHING, kind: 'partition', table: this.table.id, key, nowSeconds: this.nowSeconds, ...changes });
  }

  /** Reads a range. */
  scan(changes: Partial<RangeRead> = {}): ReadAnswer {
    return this.engine.read({
      ...EVERYTHING, kind: 'range', table: this.table.id, range: { start: undefined, end: undefined }, after: undefined, index: undefined, nowSeconds: this.nowSeconds, ...changes,
    });
  }

  /** The clusterings of a partition's live rows, as numbers. */
  live(key: Bytes, changes: Partial<PartitionRead> = {}): number[] {
    const rows = this.read(key, changes).partitions[0]?.rows ?? [];
    return rows.filter((row) => rowIsLive(row, this.nowSeconds)).map((row) => readInt32(row.clustering[0] ?? ''));
  }

  /** Lets flushes and compactions end. */
  async settle(): Promise<void> {
    await this.sim.advance('5s');
  }

  restart(kind: 'process' | 'power' = 'process'): void {
    this.node.crash(kind);
    this.node.restart();
  }
}

const EVERYTHING = {
  slices: [WHOLE_PARTITION], reversed: false, columns: undefined, filter: [], limits: { rows: Infinity, perPartition: Infinity },
} as const;

/** A cell that stays. */
export function cell(column: string, value: Bytes | null, timestamp: number, more: Partial<Cell> = {}): Cell {
  return { column, path: undefined, timestamp, value, ttl: 0, localDeletionTime: value === null ? 1 : NEVER, ...more };
}

/** A row as INSERT writes it, with a marker. */
export function row(clustering: Clustering, timestamp: number, cells: readonly Cell[] = [], more: Partial<Row> = {}): Row {
  return { clustering, liveness: { timestamp, ttl: 0, localDeletionTime: NEVER }, deletion: undefined, cells, complexDeletions: NO_COMPLEX_DELETIONS, ...more };
}

/** Rows of a partition. */
export function rows(key: Bytes, ...all: readonly Row[]): PartitionData {
  return { ...emptyData(key), rows: all };
}

/** The deletion of a row. */
export function deletedRow(clustering: Clustering, deletion: Deletion): Row {
  return { clustering, liveness: undefined, deletion, cells: [], complexDeletions: NO_COMPLEX_DELETIONS };
}

/** The slice of a clustering column of type int from one number to another, both included. */
export function between(from: number, to: number): Slice {
  return { start: { prefix: [int(from)], side: -1 }, end: { prefix: [int(to)], side: 1 } };
}
