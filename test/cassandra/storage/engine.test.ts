import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableMetadata } from '../../../src/cassandra/schema/metadata.ts';
import { DEFAULT_TABLE_OPTIONS, type TableOptions } from '../../../src/cassandra/schema/table-options.ts';
import { isLive, NEVER } from '../../../src/cassandra/storage/cell.ts';
import { sliceOf } from '../../../src/cassandra/storage/clustering.ts';
import { makeMutation } from '../../../src/cassandra/storage/codec.ts';
import { emptyData, type PartitionData } from '../../../src/cassandra/storage/partition.ts';
import { rowIsLive, type Row } from '../../../src/cassandra/storage/row.ts';
import { readInt32 } from '../../../src/cassandra/types/bytes.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { between, cell, deletedRow, Rig, row, rows } from '../../support/storage-rig.ts';

/** A table with all that a row can hold: two columns, a map with an entry in each cell, a static column. */
const tableWith = (compaction: TableOptions['compaction']): TableMetadata => tableOf({
  regulars: { a: native('int'), b: native('int'), m: { kind: 'map', key: native('int'), value: native('int'), frozen: false } },
  statics: { s: native('int') },
  options: { gcGraceSeconds: 100, compaction },
});
const table = tableWith(DEFAULT_TABLE_OPTIONS.compaction);
/** So small that a few writes fill levels and shards. */
const strategies: readonly TableOptions['compaction'][] = [
  { class: 'SizeTieredCompactionStrategy', min_threshold: '2' },
  { class: 'LeveledCompactionStrategy', sstable_size_in_mb: '0.0001', fanout_size: '2' },
  { class: 'TimeWindowCompactionStrategy', compaction_window_unit: 'MINUTES', compaction_window_size: '1', tombstone_threshold: '0.1', tombstone_compaction_interval: '1' },
  { class: 'UnifiedCompactionStrategy', scaling_parameters: 'L2', min_sstable_size: '0B', target_sstable_size: '50B', base_shard_count: '4' },
];

type Change =
  | { readonly kind: 'row'; readonly c: number; readonly a?: number | null; readonly b?: number | null; readonly marker: boolean }
  | { readonly kind: 'entry'; readonly c: number; readonly path: number; readonly value: number | null; readonly replaces: boolean }
  | { readonly kind: 'static'; readonly value: number | null }
  | { readonly kind: 'delete-row'; readonly c: number }
  | { readonly kind: 'delete-range'; readonly from: number; readonly to: number }
  | { readonly kind: 'delete-partition' };

interface Step {
  readonly kind: 'write' | 'flush' | 'compact' | 'crash' | 'wait';
  readonly key: number;
  readonly change: Change;
  readonly timestamp: number;
  readonly ttl: number;
}

interface Written extends Step {
  readonly second: number;
}

const small = fc.integer({ min: 0, max: 5 });
const value = fc.option(fc.integer({ min: 0, max: 9 }));
const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('row' as const), c: small, a: value, marker: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('row' as const), c: small, a: value, b: value, marker: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('entry' as const), c: small, path: fc.integer({ min: 0, max: 2 }), value, replaces: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('static' as const), value }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete-row' as const), c: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete-range' as const), from: small, to: small }) },
  { weight: 1, arbitrary: fc.constant<Change>({ kind: 'delete-partition' }) },
);
const steps: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('write', 'write', 'write', 'write', 'flush', 'compact', 'crash', 'wait'),
  key: fc.constantFrom(1, 2),
  change: changes,
  timestamp: fc.integer({ min: 1, max: 30 }),
  ttl: fc.constantFrom(0, 0, 0, 3),
});

function dataOf({ key, change, timestamp, ttl }: Step, second: number): PartitionData {
  const deletion = { timestamp, localDeletionTime: second };
  const times = (content: number | null): { ttl: number; localDeletionTime: number } =>
    content === null ? { ttl: 0, localDeletionTime: second } : ttl > 0 ? { ttl, localDeletionTime: second + ttl } : { ttl: 0, localDeletionTime: NEVER };
  const bytes = (content: number | null): string | null => (content === null ? null : int(content));
  const empty = emptyData(int(key));
  switch (change.kind) {
    case 'row': {
      const cells = (['a', 'b'] as const).flatMap((column) => {
        const content = change[column];
        return content === undefined ? [] : [cell(column, bytes(content), timestamp, times(content))];
      });
      return rows(int(key), row([int(change.c)], timestamp, cells, { liveness: change.marker ? { timestamp, ...times(0) } : undefined }));
    }
    case 'entry': {
      const complexDeletions = change.replaces ? [{ column: 'm', deletion: { timestamp: timestamp - 1, localDeletionTime: second } }] : [];
      const cells = [cell('m', bytes(change.value), timestamp, { path: int(change.path), ...times(change.value) })];
      return rows(int(key), row([int(change.c)], timestamp, cells, { liveness: undefined, complexDeletions }));
    }
    case 'static': return { ...empty, staticRow: row([], timestamp, [cell('s', bytes(change.value), timestamp, times(change.value))], { liveness: undefined }) };
    case 'delete-row': return rows(int(key), deletedRow([int(change.c)], deletion));
    case 'delete-range': return { ...empty, ranges: [{ slice: between(change.from, change.to), deletion }] };
    case 'delete-partition': return { ...empty, deletion };
  }
}

/** What a plain store would show: every write kept, the rules of `Cells.reconcile` applied to all of them at each look. */
function modelOf(writes: readonly Written[], key: number, now: number): { readonly rows: unknown[]; readonly s: number | undefined } {
  const mine = writes.filter((write) => write.key === key);
  interface Candidate { readonly timestamp: number; readonly value: number | null; readonly ttl: number; readonly second: number }
  const liveValue = (candidates: readonly Candidate[]): number | undefined => {
    const rank = (candidate: Candidate): number[] => {
      const death = candidate.value === null ? candidate.second : candidate.ttl > 0 ? candidate.second + candidate.ttl : -1;
      return [candidate.timestamp, death >= 0 ? 1 : 0, candidate.value === null ? 1 : 0, death, candidate.value ?? 0];
    };
    const [winner] = [...candidates].sort((x, y) => {
      const [p, q] = [rank(x), rank(y)];
      const at = p.findIndex((part, i) => part !== q[i]);
      return at < 0 ? 0 : (q[at] ?? 0) - (p[at] ?? 0);
    });
    return winner === undefined || winner.value === null || (winner.ttl > 0 && now >= winner.second + winner.ttl) ? undefined : winner.value;
  };
  const dropped = Math.max(0, ...mine.filter(({ change }) => change.kind === 'delete-partition').map(({ timestamp }) => timestamp));
  const shown: unknown[] = [];
  for (let c = 0; c <= 5; c++) {
    const deleted = Math.max(dropped, ...mine.filter(({ change }) => (change.kind === 'delete-row' && change.c === c)
      || (change.kind === 'delete-range' && change.from <= c && c <= change.to)).map(({ timestamp }) => timestamp));
    const kept = mine.filter((write) => write.timestamp > deleted);
    const record: Record<string, unknown> = { c };
    for (const column of ['a', 'b'] as const) {
      const found = liveValue(kept.flatMap(({ change, ...times }) => (change.kind === 'row' && change.c === c && change[column] !== undefined ? [{ ...times, value: change[column] }] : [])));
      if (found !== undefined) record[column] = found;
    }
    const entries = kept.flatMap((write) => (write.change.kind === 'entry' && write.change.c === c ? [{ ...write, change: write.change }] : []));
    const replaced = Math.max(0, ...entries.filter(({ change }) => change.replaces).map(({ timestamp }) => timestamp - 1));
    for (let path = 0; path <= 2; path++) {
      const found = liveValue(entries.flatMap(({ change, ...times }) => (change.path === path && times.timestamp > replaced ? [{ ...times, value: change.value }] : [])));
      if (found !== undefined) record[`m${path}`] = found;
    }
    const marker = liveValue(kept.flatMap(({ change, ...times }) => (change.kind === 'row' && change.c === c && change.marker ? [{ ...times, value: 0 }] : [])));
    if (Object.keys(record).length > 1 || marker !== undefined) shown.push(record);
  }
  const s = liveValue(mine.flatMap(({ change, ...times }) => (change.kind === 'static' && times.timestamp > dropped ? [{ ...times, value: change.value }] : [])));
  return { rows: shown, s };
}

function shown(rig: Rig, data: PartitionData | undefined): { readonly rows: unknown[]; readonly s: number | undefined } {
  const now = rig.nowSeconds;
  const record = (found: Row): Record<string, unknown> => ({
    c: readInt32(found.clustering[0] ?? ''),
    ...Object.fromEntries(found.cells.filter((one) => isLive(one, now))
      .map(({ column, path, value: bytes }) => [path === undefined ? column : column + String(readInt32(path)), readInt32(bytes ?? '')])),
  });
  const s = data?.staticRow?.cells.find((one) => isLive(one, now))?.value;
  return { rows: (data?.rows ?? []).filter((found) => rowIsLive(found, now)).map(record), s: s === undefined || s === null ? undefined : readInt32(s) };
}

describe('the storage engine', () => {
  it.each(strategies)('shows what a plain list of all writes would show, through flushes, compactions, expiry and process crashes: $class', async (compaction) => {
    await fc.assert(fc.asyncProperty(fc.array(steps, { maxLength: 60 }), async (script) => {
      const rig = new Rig({ memtableSize: 2000, commitlogSegmentSize: 600, columnIndexSize: 64, rowCacheSize: 10_000, tables: [tableWith(compaction)] });
      const writes: Written[] = [];
      for (const step of script) {
        if (step.kind === 'write') {
          writes.push({ ...step, second: rig.nowSeconds });
          rig.write(dataOf(step, rig.nowSeconds));
        } else if (step.kind === 'flush') {
          rig.engine.flush();
        } else if (step.kind === 'compact') {
          rig.engine.compact();
        } else if (step.kind === 'crash') {
          rig.restart();
        } else {
          await rig.sim.advance('1s');
        }
        for (const key of [1, 2]) expect(shown(rig, rig.read(int(key)).partitions[0])).toEqual(modelOf(writes, key, rig.nowSeconds));
      }
      const all = modelOf(writes, 1, rig.nowSeconds).rows;
      const limits = { rows: 2, perPartition: Infinity };
      expect(shown(rig, rig.read(int(1), { limits }).partitions[0]).rows).toEqual(all.slice(0, 2));
      expect(shown(rig, rig.read(int(1), { limits, reversed: true }).partitions[0]).rows).toEqual(all.slice(-2));
      const some = [between(1, 2), sliceOf([int(4)])];
      const inSlices = (all as { readonly c: number }[]).filter(({ c }) => c === 1 || c === 2 || c === 4);
      for (const reversed of [false, true]) expect(shown(rig, rig.read(int(1), { slices: some, reversed }).partitions[0]).rows).toEqual(inSlices);
      const scanned = new Map(rig.scan().partitions.map((data) => [readInt32(data.key), data]));
      for (const key of [1, 2]) expect(shown(rig, scanned.get(key))).toEqual(modelOf(writes, key, rig.nowSeconds));
    }), { numRuns: 120 });
  });

  it.each([['batch', 0], ['group', 0], ['periodic', 10]] as const)('loses at a power failure, in mode %s, at most the acknowledged writes of the last %i s', async (commitlogSync, seconds) => {
    let lost = 0;
    for (let seed = 0; seed < 30; seed++) {
      const rig = new Rig({ commitlogSync, memtableSize: 900, commitlogSegmentSize: 500, seed });
      const acknowledgedAt = new Map<number, number>();
      for (let i = 0; i < 60; i++) {
        rig.write(rows(int(1), row([int(i)], 1000 + i, [cell('a', int(i), 1000 + i)])), i);
        await rig.sim.advance(i % 7 === 0 ? '1.3s' : '90ms');
        for (const number of rig.acknowledged) if (!acknowledgedAt.has(number)) acknowledgedAt.set(number, rig.sim.now);
      }
      const crashedAt = rig.sim.now;
      rig.restart('power');
      const kept = new Set(rig.live(int(1)));
      for (const [number, at] of acknowledgedAt) {
        if (kept.has(number)) continue;
        lost++;
        expect(crashedAt - at).toBeLessThanOrEqual(seconds * 1_000_000);
      }
    }
    expect(lost > 0).toBe(seconds > 0);
  });

  it('neither loses an acknowledged write nor brings back a deleted row, power failing at any instant of flushes and compactions', async () => {
    const actions = fc.array(fc.record({
      kind: fc.constantFrom('insert', 'insert', 'insert', 'delete', 'delete', 'flush', 'compact', 'power', 'wait'),
      c: fc.integer({ min: 0, max: 3 }),
      pause: fc.constantFrom('0s', '0s', '100us', '400us', '1ms', '1.1s'),
    }), { maxLength: 40 });
    const purging = tableOf({ options: { gcGraceSeconds: 0 } });
    await fc.assert(fc.asyncProperty(actions, fc.nat(), async (script, seed) => {
      const rig = new Rig({ commitlogSync: 'batch', memtableSize: 500, commitlogSegmentSize: 300, seed, tables: [purging] });
      const sent: { readonly c: number; readonly live: boolean; readonly number: number }[] = [];
      for (const { kind, c, pause } of script) {
        if (kind === 'insert' || kind === 'delete') {
          const number = sent.length + 1;
          sent.push({ c, live: kind === 'insert', number });
          const content = kind === 'insert' ? row([int(c)], number, [cell('a', int(number), number)]) : deletedRow([int(c)], { timestamp: number, localDeletionTime: rig.nowSeconds });
          rig.write(rows(int(1), content), number);
        } else if (kind === 'flush') {
          rig.engine.flush();
        } else if (kind === 'compact') {
          rig.engine.compact();
        } else if (kind === 'power') {
          rig.restart('power');
        }
        await rig.sim.advance(pause);
        const found = new Map((shown(rig, rig.read(int(1)).partitions[0]).rows as { c: number; a: number }[]).map((one) => [one.c, one.a]));
        for (let key = 0; key <= 3; key++) {
          const mine = sent.filter((write) => write.c === key);
          // Nothing from before the last acknowledged write may show; what came after it may or may not.
          const acknowledged = [...mine].reverse().find(({ number }) => rig.acknowledged.has(number));
          const possible = mine.filter(({ number }) => number >= (acknowledged?.number ?? 0)).map(({ live, number }) => (live ? number : undefined));
          expect(acknowledged === undefined ? [undefined, ...possible] : possible).toContain(found.get(key));
        }
      }
    }), { numRuns: 300 });
  });

  it('acknowledges a group write at the next group sync, a periodic one at once', async () => {
    const grouped = new Rig({ commitlogSync: 'group' });
    grouped.write(rows(int(1), row([int(1)], 1)), 7);
    await grouped.sim.advance('990ms');
    expect(grouped.acknowledged.size).toBe(0);
    await grouped.sim.advance('20ms');
    expect(grouped.acknowledged).toEqual(new Set([7]));
    const periodic = new Rig();
    periodic.write(rows(int(1), row([int(1)], 1)), 7);
    expect(periodic.acknowledged.size).toBe(1);
  });

  it('keeps a tombstone for gc_grace_seconds and drops it at the first compaction after', async () => {
    const rig = new Rig({ tables: [table] });
    rig.write(rows(int(1), row([int(1)], 1)));
    rig.write(rows(int(1), deletedRow([int(1)], { timestamp: 2, localDeletionTime: rig.nowSeconds })));
    await rig.sim.advance('102s');
    rig.engine.compact();
    await rig.settle();
    expect([...rig.engine.partitionsIn(table.id, { start: undefined, end: undefined })].length).toBe(0);
    const early = new Rig({ tables: [table] });
    early.write(rows(int(1), row([int(1)], 1)));
    early.write(rows(int(1), deletedRow([int(1)], { timestamp: 2, localDeletionTime: early.nowSeconds })));
    await early.sim.advance('90s');
    early.engine.compact();
    await early.settle();
    expect([...early.engine.partitionsIn(table.id, { start: undefined, end: undefined })].length).toBe(1);
    // What was purged hides nothing any more: this is how zombies come back.
    rig.write(rows(int(1), row([int(1)], 1)));
    expect(rig.live(int(1))).toEqual([1]);
  });

  it('keeps a tombstone beyond gc_grace_seconds while an sstable outside the compaction may hold what it hides', async () => {
    const rig = new Rig({ tables: [tableOf({ options: { gcGraceSeconds: 0 } })], autoCompaction: false });
    rig.write(rows(int(1), row([int(1)], 1)));
    rig.engine.flush();
    await rig.settle();
    rig.engine.setRepairedAt('ks.t', 1);
    rig.write(rows(int(1), deletedRow([int(1)], { timestamp: 2, localDeletionTime: rig.nowSeconds })));
    await rig.settle();
    // Repaired and unrepaired sstables are not merged with each other.
    rig.engine.compact();
    await rig.settle();
    expect(rig.engine.stats('ks.t')?.sstableCount).toBe(2);
    expect(rig.live(int(1))).toEqual([]);
    rig.engine.setRepairedAt('ks.t', 1);
    rig.engine.compact();
    await rig.settle();
    expect(rig.engine.stats('ks.t')?.sstableCount).toBe(0);
  });

  it('merges all sstables into one and drops the log segments and files that nothing needs', async () => {
    const rig = new Rig({ autoCompaction: false });
    for (let i = 0; i < 4; i++) {
      rig.write(rows(int(1), row([int(i)], i + 1, [cell('a', int(i), i + 1)])));
      rig.engine.flush();
    }
    expect(rig.engine.stats('ks.t')?.sstableCount).toBe(4);
    await rig.settle();
    expect(rig.engine.segmentCount).toBe(1);
    rig.engine.compact();
    await rig.settle();
    expect(rig.engine.stats('ks.t')?.sstableCount).toBe(1);
    expect(rig.node.disk.list()).toEqual(['data/ks.t/00000005-Data.db', 'data/ks.t/00000005-Statistics.db']);
    expect(rig.live(int(1))).toEqual([0, 1, 2, 3]);
  });

  it('lets readers see the old sstables until a compaction is done, which takes the time that its throughput allows', async () => {
    const rig = new Rig({ autoCompaction: false, compactionThroughput: 1000 });
    for (let i = 0; i < 2; i++) {
      rig.write(rows(int(1), row([int(i)], 1, [cell('b', 'x'.repeat(1000), 1)])));
      rig.engine.flush();
    }
    await rig.settle();
    const bytes = Number(rig.engine.stats('ks.t')?.spaceUsed);
    rig.engine.compact();
    await rig.sim.advance(bytes - 100);
    expect(rig.engine.stats('ks.t')).toMatchObject({ sstableCount: 2, pendingCompactions: 1 });
    expect(rig.live(int(1))).toEqual([0, 1]);
    await rig.sim.advance('200ms');
    expect(rig.engine.stats('ks.t')).toMatchObject({ sstableCount: 1, pendingCompactions: 0 });
  });

  it('compacts by itself once four sstables of similar size are there (stcs.adoc, min_threshold)', async () => {
    const rig = new Rig();
    for (let i = 0; i < 4; i++) {
      rig.write(rows(int(1), row([int(i)], i + 1)));
      rig.engine.flush();
      await rig.settle();
      expect(rig.engine.stats('ks.t')?.sstableCount).toBe(i < 3 ? i + 1 : 1);
    }
    expect(rig.live(int(1))).toEqual([0, 1, 2, 3]);
  });

  it('shows a row by its marker alone, and none by an update whose columns are gone', () => {
    const rig = new Rig();
    rig.write(rows(int(1), row([int(1)], 1, [cell('a', null, 1)])));
    rig.write(rows(int(1), row([int(2)], 1, [cell('a', null, 1)], { liveness: undefined })));
    expect(rig.live(int(1))).toEqual([1]);
  });

  it('applies nothing when the disk is full', () => {
    const rig = new Rig();
    rig.sim.faults.diskFault('store', 'full');
    expect(rig.write(rows(int(1), row([int(1)], 1)), 1)).toBe(false);
    expect(rig.live(int(1))).toEqual([]);
    expect(rig.acknowledged.size).toBe(0);
  });

  it('keeps what it has when a flush or a compaction finds the disk full, and leaves no files behind', async () => {
    const rig = new Rig({ autoCompaction: false, tables: [tableWith({ class: 'UnifiedCompactionStrategy', min_sstable_size: '0B', target_sstable_size: '1KiB' })] });
    for (let round = 0; round < 2; round++) {
      for (let key = 0; key < 50; key++) rig.write(rows(int(key), row([int(round)], 1, [cell('a', int(key), 1)])));
      if (round === 0) rig.engine.flush();
      await rig.settle();
    }
    const files = rig.node.disk.list();
    const end = rig.node.disk.disturb({ kind: 'full' });
    rig.engine.flush();
    rig.engine.compact();
    await rig.settle();
    expect(rig.node.disk.list()).toEqual(files);
    for (let key = 0; key < 50; key++) expect(rig.live(int(key))).toEqual([0, 1]);
    end();
    rig.engine.compact();
    await rig.settle();
    expect(rig.engine.stats('ks.t')?.memtablePartitions).toBe(0);
    rig.restart('power');
    for (let key = 0; key < 50; key++) expect(rig.live(int(key))).toEqual([0, 1]);
  });

  it('logs a mutation of several tables as one record, and nothing for a keyspace without durable writes', async () => {
    const tables = [tableOf(), tableOf({ name: 'u' })];
    for (const durableWrites of [true, false]) {
      const rig = new Rig({ tables, durableWrites });
      const data = rows(int(1), row([int(1)], 1));
      rig.engine.apply(makeMutation('ks', int(1), tables.map(({ id }) => ({ table: id, data }))), () => undefined);
      rig.restart('process');
      expect([rig.live(int(1)), rig.live(int(1), { table: 'ks.u' })]).toEqual(durableWrites ? [[1], [1]] : [[], []]);
      await rig.settle();
    }
  });

  it('does not bring back by its log what was truncated or dropped', async () => {
    const tables = [tableOf(), tableOf({ name: 'u' })];
    const rig = new Rig({ tables });
    for (const one of tables) rig.write(rows(int(1), row([int(1)], 1)), 0, one);
    rig.engine.flush('ks.t');
    await rig.settle();
    rig.write(rows(int(1), row([int(2)], 1)));
    let isDone = false;
    rig.engine.truncate('ks.t', () => { isDone = true; });
    expect(rig.live(int(1))).toEqual([]);
    await rig.settle();
    expect(isDone).toBe(true);
    rig.write(rows(int(1), row([int(3)], 1)));
    rig.restart();
    expect(rig.live(int(1))).toEqual([3]);
    expect(rig.live(int(1), { table: 'ks.u' })).toEqual([1]);
    rig.engine.drop('ks.u');
    rig.restart();
    expect(rig.live(int(1), { table: 'ks.u' })).toEqual([]);
    expect(rig.node.disk.list().filter((file) => file.includes('ks.u'))).toEqual([]);
  });

  it.each(strategies.slice(1))('keeps its shape with many flushes by itself, and loses nothing: $class', async (compaction) => {
    const rig = new Rig({ tables: [tableWith(compaction)], memtableSize: 600 });
    for (let i = 0; i < 600; i++) {
      rig.write(rows(int(i % 60), row([int(i)], i, [cell('a', int(i), i)])));
      await rig.sim.advance('2ms');
    }
    rig.engine.flush();
    await rig.settle();
    const stats = rig.engine.stats('ks.t');
    expect(stats?.pendingCompactions).toBe(0);
    expect(stats?.compactionsDone ?? 0).toBeGreaterThan(3);
    expect(stats?.writeAmplification ?? 0).toBeGreaterThan(1.5);
    for (const kind of ['process', 'power'] as const) {
      for (let key = 0; key < 60; key++) expect(rig.live(int(key)).length).toBe(10);
      rig.restart(kind);
    }
    if (compaction.class !== 'LeveledCompactionStrategy') return;
    const levels = rig.engine.sstables('ks.t').filter(({ level }) => level > 0);
    expect(new Set(levels.map(({ level }) => level)).size).toBeGreaterThan(1);
    for (const a of levels) {
      expect(levels.filter((b) => a !== b && a.level === b.level && a.first <= b.last && b.first <= a.last)).toEqual([]);
    }
  });

  it('reports a damaged chunk once and reads on around it', async () => {
    const wide = (key: number): PartitionData => rows(int(key), ...Array.from({ length: 50 }, (_, i) => row([int(i)], 1, [cell('b', 'x'.repeat(100), 1)])));
    const rig = new Rig({ columnIndexSize: 500 });
    for (const key of [1, 2, 3]) rig.write(wide(key));
    rig.engine.flush();
    await rig.settle();
    rig.node.disk.corrupt('data/ks.t/00000001-Data.db');
    const found = (): number => [1, 2, 3].reduce((sum, key) => sum + rig.live(int(key)).length, 0);
    const first = found();
    expect(first).toBeGreaterThan(50);
    expect(first).toBeLessThan(150);
    rig.restart();
    expect(found()).toBe(first);
    expect([...rig.sim.trace.entries()].filter(({ what }) => what === 'sstable damaged').length).toBe(2);
  });

  it('warns of many tombstones in one read and fails it beyond the threshold (cassandra.yaml, tombstone_failure_threshold)', async () => {
    const rig = new Rig({ tombstoneWarnThreshold: 10, tombstoneFailureThreshold: 20 });
    const dead = (from: number, to: number): void => {
      for (let i = from; i < to; i++) rig.write(rows(int(1), row([int(i)], 1, [cell('a', null, 1, { localDeletionTime: rig.nowSeconds })], { liveness: undefined })));
    };
    dead(0, 10);
    expect(rig.read(int(1))).toMatchObject({ tombstones: 10, failure: undefined });
    dead(10, 20);
    expect(rig.read(int(1))).toMatchObject({ tombstones: 20, failure: undefined });
    expect([...rig.sim.trace.entries()].filter(({ what }) => what === 'tombstone warning').length).toBe(1);
    dead(20, 21);
    expect(rig.read(int(1))).toMatchObject({ partitions: [], failure: 'READ_TOO_MANY_TOMBSTONES' });
    // A slice that meets fewer is answered.
    expect(rig.read(int(1), { slices: [between(0, 4)] })).toMatchObject({ tombstones: 5, failure: undefined });
  });

  it('pages through a range of tokens, in either direction of rows, without losing or repeating a row', () => {
    const rig = new Rig({ memtableSize: 1000, autoCompaction: false });
    for (let key = 0; key < 20; key++) for (let c = 0; c < 5; c++) rig.write(rows(int(key), row([int(c)], 1, [cell('a', int(c), 1)])));
    expect(rig.engine.stats('ks.t')?.sstableCount).toBeGreaterThan(1);
    for (const reversed of [false, true]) {
      const seen: string[] = [];
      let after: { key: string; clustering: readonly string[] | undefined } | undefined;
      for (;;) {
        const { partitions } = rig.scan({ limits: { rows: 3, perPartition: 4 }, after, reversed });
        if (partitions.length === 0) break;
        for (const data of partitions) {
          const inOrder = reversed ? [...data.rows].reverse() : data.rows;
          for (const one of inOrder) {
            seen.push(`${readInt32(data.key)}/${readInt32(one.clustering[0] ?? '')}`);
            after = { key: data.key, clustering: one.clustering };
          }
        }
      }
      expect(seen.length).toBe(100);
      expect(new Set(seen).size).toBe(100);
    }
  });

  it('keeps a partition out of what a node no longer owns, after cleanup', async () => {
    const rig = new Rig();
    for (let key = 0; key < 10; key++) rig.write(rows(int(key), row([int(1)], 1)));
    const tokens = [...rig.engine.partitionsIn('ks.t', { start: undefined, end: undefined })].map(({ key }) => readInt32(key));
    // The order of a full scan of int 0..9 as a live server gave it (CASSANDRA-FACTS 4.1).
    expect(tokens).toEqual([5, 1, 8, 0, 2, 4, 7, 6, 9, 3]);
    rig.engine.cleanup((token) => token < '\x80');
    await rig.settle();
    expect([...rig.engine.partitionsIn('ks.t', { start: undefined, end: undefined })].map(({ key }) => readInt32(key))).toEqual([5, 1, 8, 0, 2, 4]);
  });

  it('splits sstables for an incremental repair and marks what was repaired', async () => {
    const rig = new Rig();
    for (let key = 0; key < 10; key++) rig.write(rows(int(key), row([int(1)], 1)));
    rig.engine.anticompact('ks.t', (token) => token < '\x80', 'session-1');
    await rig.settle();
    expect(rig.engine.sstables('ks.t').map(({ pendingRepair }) => pendingRepair ?? '').sort((a, b) => (a < b ? -1 : 1))).toEqual(['', 'session-1']);
    rig.engine.finishRepair('ks.t', 'session-1', 1234);
    await rig.settle();
    rig.restart('power');
    expect(rig.engine.sstables('ks.t').map(({ repairedAt }) => repairedAt).sort((a, b) => a - b)).toEqual([0, 1234]);
    const unrepaired = [...rig.engine.partitionsIn('ks.t', { start: undefined, end: undefined }, ({ repairedAt }) => repairedAt === 0)];
    expect(unrepaired.map(({ key }) => readInt32(key))).toEqual([7, 6, 9, 3]);
  });

  it('finds rows by a secondary index, also after an overwrite, a deletion and a restart', async () => {
    const indexed = tableOf({ indexes: [{ name: 'by_a', column: 'a', target: 'values', kind: 'COMPOSITES', options: { target: 'a' } }], options: { gcGraceSeconds: 1000 } });
    const rig = new Rig({ tables: [indexed] });
    const put = (key: number, c: number, a: number, timestamp: number): boolean => rig.write(rows(int(key), row([int(c)], timestamp, [cell('a', int(a), timestamp)])));
    for (let key = 0; key < 4; key++) for (let c = 0; c < 3; c++) put(key, c, c % 2, 1);
    put(0, 1, 0, 2);
    rig.write({ ...emptyData(int(2)), deletion: { timestamp: 5, localDeletionTime: rig.nowSeconds } });
    const find = (a: number): string[] => rig.scan({ index: 'by_a', filter: [{ column: 'a', operator: '=', value: int(a) }], dropUnmatched: true }).partitions
      .flatMap((data) => data.rows.map((one) => `${readInt32(data.key)}/${readInt32(one.clustering[0] ?? '')}`)).sort();
    for (const round of ['memtable', 'sstable', 'restarted']) {
      if (round === 'sstable') rig.engine.flush();
      if (round === 'restarted') rig.restart();
      await rig.settle();
      expect(find(1)).toEqual(['1/1', '3/1']);
      expect(find(0)).toEqual(['0/0', '0/1', '0/2', '1/0', '1/2', '3/0', '3/2']);
    }
  });
});
