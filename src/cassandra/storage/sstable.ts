/**
 * Sorted runs (SSTables): what a memtable becomes when it is flushed, and what a compaction writes. Partitions in token
 * order, each a record of one file; the file never changes.
 *
 * A run keeps its partitions in memory as well, as a page cache that never misses: the disk is read at a restart only, and
 * that is when bit rot shows (the records from the rotten one on are lost, and said so in the trace). Left out for now: bloom
 * filter, index and compression as files of their own, and levels.
 *
 * @module
 */
import type { Disk } from '../../kernel/disk.ts';
import { readRecords } from '../../distributed/record-log.ts';
import type { Table } from '../schema.ts';
import { compareTokens, murmur3Token } from '../token.ts';
import { makeMutation, parseMutation } from './codec.ts';
import { Partition, type PartitionData } from './partition.ts';

const FOLDER = 'data/';

/** An immutable run of partitions. */
export class SortedRun {
  readonly table: string;
  /** Rises with each run of a node: later runs are newer files, which says nothing about timestamps. */
  readonly generation: number;
  readonly bytes: number;
  readonly #partitions: ReadonlyMap<string, Partition>;

  private constructor(table: string, generation: number, bytes: number, partitions: ReadonlyMap<string, Partition>) {
    this.table = table;
    this.generation = generation;
    this.bytes = bytes;
    this.#partitions = partitions;
  }

  /**
   * Writes a run.
   *
   * @param disk - where
   * @param table - whose partitions they are
   * @param generation - its number
   * @param partitions - in any order; they must not change any more
   * @returns the run, or undefined when the disk is full
   */
  static write(disk: Disk, table: Table, generation: number, partitions: Iterable<Partition>): SortedRun | undefined {
    const sorted = [...partitions]
      .map((partition) => ({ partition, token: murmur3Token(partition.key) }))
      .sort((a, b) => compareTokens(a.token, b.token) || (a.partition.key < b.partition.key ? -1 : 1));
    const bytes = sorted.map(({ partition }) => makeMutation(table.id, partition.toData()).record).join('');
    if (disk.replace(fileOf(table.id, generation), bytes) === 'full') return undefined;
    return new SortedRun(table.id, generation, bytes.length, new Map(sorted.map(({ partition }) => [partition.key, partition])));
  }

  /**
   * Reads a run from its file.
   *
   * @returns the run, and whether part of the file was unreadable
   */
  static read(disk: Disk, table: Table, generation: number): { run: SortedRun; damaged: boolean } {
    const bytes = disk.read(fileOf(table.id, generation)) ?? '';
    const { records, intact } = readRecords(bytes);
    const partitions = new Map<string, Partition>();
    for (const record of records) {
      const { data } = parseMutation(record);
      partitions.set(data.key, partitionOf(table, data));
    }
    return { run: new SortedRun(table.id, generation, bytes.length, partitions), damaged: intact < bytes.length };
  }

  /** The files of runs on a disk, oldest first. */
  static list(disk: Disk): readonly { readonly table: string; readonly generation: number }[] {
    return disk.list().filter((file) => file.startsWith(FOLDER)).map((file) => {
      const [, table = '', generation = ''] = file.split('/');
      return { table, generation: Number(generation) };
    });
  }

  /** The file's name, for syncs. */
  get file(): string {
    return fileOf(this.table, this.generation);
  }

  /** A partition, or undefined when this run has nothing of it. */
  get(key: string): Partition | undefined {
    return this.#partitions.get(key);
  }

  /** All partitions in token order. */
  get partitions(): Iterable<Partition> {
    return this.#partitions.values();
  }

  /** How many partitions it has. */
  get size(): number {
    return this.#partitions.size;
  }
}

/** A partition with given content. */
export function partitionOf(table: Table, data: PartitionData): Partition {
  const partition = new Partition(table, data.key);
  partition.add(data);
  return partition;
}

function fileOf(table: string, generation: number): string {
  return `${FOLDER}${table}/${String(generation).padStart(8, '0')}`;
}
