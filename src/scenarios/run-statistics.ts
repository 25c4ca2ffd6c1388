/**
 * What a run was like for its clients, from the history alone: how operations ended, how long they took, and, where the store
 * stamps versions, how stale reads were. A read is stale when a write of its key that was acknowledged before the read was
 * asked has a version that the read's does not contain; it is as old as the first such write. Left out: reads without versions,
 * and keys that were deleted meanwhile, whose absence has no version.
 *
 * @module
 */
import { History, type HistoryEntry, type HistoryVersion } from '../kernel/history.ts';
import { Histogram, type HistogramData } from '../structures/histogram.ts';

/** Counts of one run. Times are in microseconds. */
export interface RunStatistics {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Never answered. */
  readonly open: number;
  /** Of operations that were answered with ok. */
  readonly latency: HistogramData;
  /** Reads whose version could be judged. */
  readonly versioned: number;
  /** How stale those of them were that were stale. */
  readonly staleness: HistogramData;
}

interface Acknowledged {
  readonly version: HistoryVersion;
  readonly time: number;
  /** The highest version up to this one, where versions are numbers: most reads contain it and are done. */
  readonly highest: number | undefined;
}

/** A process: what it asked last, until that is answered. */
interface Process {
  invoked: HistoryEntry | undefined;
  /** Of a read: how many writes of its key had been acknowledged when it was asked. */
  acknowledged: number;
}

/** Counts a history. */
export function statisticsOf(history: Iterable<HistoryEntry>): RunStatistics {
  const [latency, staleness] = [new Histogram(), new Histogram()];
  const processes = new Map<string | number, Process>();
  const writes = new Map<string | number | undefined, Acknowledged[]>();
  let [asked, ok, fail, info, versioned] = [0, 0, 0, 0, 0];
  const entries = history instanceof History ? history.entries : [...history];
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as HistoryEntry;
    const { type, key } = entry;
    let process = processes.get(entry.process);
    if (type === 'invoke') {
      asked++;
      if (process === undefined) {
        process = { invoked: undefined, acknowledged: 0 };
        processes.set(entry.process, process);
      }
      process.invoked = entry;
      if (entry.f === 'read') process.acknowledged = writes.get(key)?.length ?? 0;
      continue;
    }
    if (type === 'ok') ok++;
    else if (type === 'fail') fail++;
    else info++;
    const invoked = process?.invoked;
    if (process === undefined || invoked === undefined) continue;
    process.invoked = undefined;
    if (type !== 'ok') continue;
    latency.add(entry.time - invoked.time);
    if (entry.version === undefined) continue;
    if (entry.f !== 'read') {
      if (entry.value === null) continue;
      const known = writes.get(key);
      const write = acknowledged(entry.version, entry.time, known?.[known.length - 1]);
      if (known === undefined) writes.set(key, [write]);
      else known.push(write);
      continue;
    }
    versioned++;
    const missed = missedBy(entry.version, writes.get(key) ?? [], process.acknowledged);
    if (missed !== undefined) staleness.add(invoked.time - missed.time);
  }
  return { ok, fail, info, open: asked - ok - fail - info, latency: latency.toJSON(), versioned, staleness: staleness.toJSON() };
}

function acknowledged(version: HistoryVersion, time: number, before: Acknowledged | undefined): Acknowledged {
  if (typeof version !== 'number' || (before !== undefined && before.highest === undefined)) return { version, time, highest: undefined };
  return { version, time, highest: Math.max(version, before?.highest ?? version) };
}

/** The first acknowledged write that a version does not contain. */
function missedBy(version: HistoryVersion, writes: readonly Acknowledged[], count: number): Acknowledged | undefined {
  const highest = writes[count - 1]?.highest;
  if (typeof version === 'number' && highest !== undefined && version >= highest) return undefined;
  for (let at = 0; at < count; at++) {
    const write = writes[at];
    if (write !== undefined && !contains(version, write.version)) return write;
  }
  return undefined;
}

function contains(a: HistoryVersion, b: HistoryVersion): boolean {
  if (b === null) return true;
  if (typeof a === 'number') return typeof b !== 'number' || b <= a;
  if (typeof b === 'number') return a !== null;
  for (const node in b) {
    if ((a?.[node] ?? 0) < (b[node] ?? 0)) return false;
  }
  return true;
}
