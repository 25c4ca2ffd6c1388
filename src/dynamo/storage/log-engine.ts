/**
 * A log-structured engine: each change is appended to one file, which is replaced by the live objects when most of it is
 * superseded (as Bitcask merges its files; Sheehy and Smith, 2010). A crash keeps a prefix of what was not synced and may tear the
 * next record, which is cut off at the start.
 *
 * Left out: several files, hint files, merging in the background: a compaction is one write.
 *
 * @module
 */
import { JoinedRecords, readRecords } from '../../distributed/record-log.ts';
import type { Disk, RecordBytes } from '../../kernel/disk.ts';
import type { Timer } from '../../kernel/node.ts';
import type { ByteCount } from '../../kernel/units.ts';
import type { StorageEngine } from './engine.ts';

const LOG = 'objects.log';
/** A log is not worth compacting before it has this many records. */
const RECORDS_LEAST = 1000;
/** Compacts when the log has grown to this many times the records it had when it was last compacted. */
const GROWTH = 4;

class LogEngine implements StorageEngine {
  readonly #disk: Disk;
  readonly #live: () => Iterable<RecordBytes>;
  #records = 0;
  #compactAt = RECORDS_LEAST;

  constructor(disk: Disk, live: () => Iterable<RecordBytes>) {
    this.#disk = disk;
    this.#live = live;
  }

  load(each: (record: RecordBytes) => void): void {
    const written = this.#disk.records(LOG);
    let count = 0;
    let at = 0;
    // What no crash or fault has touched is whole, and is given back unread.
    for (let record = written[0]; record !== undefined && typeof record !== 'string'; record = written[++at]) {
      const parts = record instanceof JoinedRecords ? record.parts : [record];
      if (parts === undefined) break;
      for (const part of parts) each(part);
      count += parts.length;
    }
    if (at < written.length) {
      const bytes = written.slice(at).join('');
      const { records, intact } = readRecords(bytes);
      if (intact < bytes.length) this.#disk.truncate(LOG, (this.#disk.size(LOG) - bytes.length + intact) as ByteCount);
      for (const record of records) each(record);
      count += records.length;
    }
    this.#records = count;
    // How many of them are live is seen at the next look.
    this.#compactAt = RECORDS_LEAST;
  }

  append(record: RecordBytes): boolean {
    // Before it is appended: what the record says is not yet among the live objects, and would be gone with the old log.
    if (this.#records >= this.#compactAt) this.#compact();
    if (this.#disk.append(LOG, record) === 'full') return false;
    this.#records++;
    return true;
  }

  sync(timer?: Timer): void {
    this.#disk.sync(LOG, timer);
  }

  /** Until the new file is synced a crash may bring back the old one, which says the same. */
  #compact(): void {
    const live = [...this.#live()];
    this.#compactAt = Math.max(RECORDS_LEAST, live.length * GROWTH);
    if (live.length * 2 > this.#records || this.#disk.replace(LOG, new JoinedRecords(live)) === 'full') return;
    this.#records = live.length;
  }
}

/** Makes a {@link StorageEngine} that keeps one compacted log. */
export function logEngine(disk: Disk, live: () => Iterable<RecordBytes>): StorageEngine {
  return new LogEngine(disk, live);
}
