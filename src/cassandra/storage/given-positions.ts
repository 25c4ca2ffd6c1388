/**
 * Places of the commit log that are not to be replayed although no sstable holds them: of a truncated table, or compacted away
 * with all that was deleted. One small file for each table (Cassandra: `truncated_at` of `system.local`).
 *
 * @module
 */
import type { Disk } from '../../kernel/disk.ts';
import { ByteReader, packNumber, packUint32, uint32At } from './byte-reader.ts';
import { checksum } from './codec.ts';
import { covers, joinIntervals, type LogInterval } from './sstable-stats.ts';

/** The given-up places of all tables. */
export class GivenPositions {
  readonly #disk: Disk;
  readonly #intervals = new Map<string, readonly LogInterval[]>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The last of them. */
  get last(): number {
    let last = 0;
    for (const intervals of this.#intervals.values()) for (const { to } of intervals) last = Math.max(last, to);
    return last;
  }

  /** Whether a table's writes at a place are given up. */
  covers(table: string, position: number): boolean {
    return covers(this.#intervals.get(table) ?? [], position);
  }

  /** Adds places. @returns the file that must be synced before they count */
  add(table: string, intervals: readonly LogInterval[]): string {
    const all = joinIntervals([...(this.#intervals.get(table) ?? []), ...intervals]);
    this.#intervals.set(table, all);
    const content = packNumber(all.length) + all.map(({ from, to }) => packNumber(from) + packNumber(to)).join('');
    const file = `data/${table}/Positions.db`;
    this.#disk.replace(file, packUint32(checksum(content, 0, content.length)) + content);
    return file;
  }

  /** Reads a file, if it is one of these. */
  read(file: string): void {
    const table = /^data\/(.+)\/Positions\.db$/.exec(file)?.[1];
    const bytes = this.#disk.read(file) ?? '';
    if (table === undefined || bytes.length < 5 || uint32At(bytes, 0) !== checksum(bytes, 4, bytes.length)) return;
    const reader = new ByteReader(bytes, 4);
    const intervals: LogInterval[] = [];
    for (let i = reader.number(); i > 0; i--) intervals.push({ from: reader.number(), to: reader.number() });
    this.#intervals.set(table, intervals);
  }

  /** A table is gone. */
  forget(table: string): void {
    this.#intervals.delete(table);
  }
}
