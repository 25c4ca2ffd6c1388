import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultRows } from '../../../src/cassandra/coordinator/result.ts';
import { mutationOf, type Change } from '../../../src/cassandra/coordinator/statement.ts';
import { defineTable, type Table } from '../../../src/cassandra/schema.ts';
import { sliceOf, WHOLE_PARTITION } from '../../../src/cassandra/storage/clustering.ts';
import { STORAGE_DEFAULTS, StorageEngine, type StorageOptions } from '../../../src/cassandra/storage/engine.ts';
import type { Host, Machine, Timer } from '../../../src/kernel/node.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';
import type { SimulatedNode } from '../../../src/kernel/simulated-node.ts';

const tableWith = (gcGraceSeconds: number): Table => defineTable(
  { name: 't', partitionKey: ['p'], clusteringKey: [{ column: 'c' }], gcGraceSeconds }, { class: 'SimpleStrategy', replicationFactor: 1 },
);
const table = tableWith(100);

/** A node that is nothing but an engine. */
class EngineMachine implements Machine {
  readonly engine: StorageEngine;
  constructor(host: Host, options: StorageOptions, gcGraceSeconds: number) {
    this.engine = new StorageEngine(host, new Map([[table.id, tableWith(gcGraceSeconds)]]), options);
  }

  onStart(): void {
    this.engine.start();
  }

  onMessage(): void {}

  onTimer(timer: Timer): void {
    this.engine.onTimer(timer);
  }
}

class Rig {
  readonly sim: Simulation;
  readonly node: SimulatedNode;
  /** Numbers of acknowledged writes, over all incarnations. */
  readonly acknowledged = new Set<number>();

  constructor(options: Partial<StorageOptions> = {}, seed = 1, gcGraceSeconds = 100) {
    this.sim = new Simulation({ seed });
    this.node = this.sim.addNode('store', (host) => new EngineMachine(host, { ...STORAGE_DEFAULTS, ...options }, gcGraceSeconds));
  }

  get engine(): StorageEngine {
    return (this.node.machine as EngineMachine).engine;
  }

  get nowSeconds(): number {
    return this.engine.nowSeconds();
  }

  write(key: string, change: Change, timestamp: number, ttl = 0, number = 0): void {
    const mutation = mutationOf({ kind: 'write', table: table.id, key, change, timestamp, ttl }, timestamp, this.nowSeconds);
    this.engine.apply(mutation, () => this.acknowledged.add(number));
  }

  /** The live rows of a partition as records. */
  rows(key: string, limit = Infinity, reverse = false): Record<string, unknown>[] {
    const span = { slice: WHOLE_PARTITION, limit, reverse };
    const data = this.engine.read(table.id, key, span);
    return resultRows({ kind: 'read', table: table.id, key, span, columns: undefined }, data, this.nowSeconds)
      .map(({ clustering, cells }) => ({ c: clustering[0], ...Object.fromEntries(cells.map(([column, value]) => [column, value])) }));
  }
}

const set = (c: number, cells: Record<string, number | null>, marker = true): Change =>
  ({ kind: 'row', clustering: [c], marker, cells: Object.entries(cells).map(([column, value]) => [column, value] as const) });

interface Step {
  readonly kind: 'write' | 'flush' | 'compact' | 'crash' | 'wait';
  readonly key: string;
  readonly change: Change;
  readonly timestamp: number;
  readonly ttl: number;
}

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ c: fc.integer({ min: 0, max: 5 }), a: fc.option(fc.integer({ min: 0, max: 9 })), b: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), marker: fc.boolean() })
    .map(({ c, a, b, marker }) => set(c, b === undefined ? { a } : { a, b }, marker)) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }).map((c): Change => ({ kind: 'delete-row', clustering: [c] })) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })).map(([from, to]): Change => (
    { kind: 'delete-range', slice: { start: sliceOf([from]).start, end: sliceOf([to]).end } })) },
  { weight: 1, arbitrary: fc.constant<Change>({ kind: 'delete-partition' }) },
);
const steps: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('write', 'write', 'write', 'write', 'flush', 'compact', 'crash', 'wait'),
  key: fc.constantFrom('p', 'q'),
  change: changes,
  timestamp: fc.integer({ min: 1, max: 30 }),
  ttl: fc.constantFrom(0, 0, 0, 3),
});

/** What a plain store would show: every write kept, the rules applied to all of them at each look. */
function modelRows(writes: readonly (Step & { readonly second: number })[], key: string, now: number): Record<string, unknown>[] {
  const mine = writes.filter((write) => write.key === key);
  const rows: Record<string, unknown>[] = [];
  for (let c = 0; c <= 5; c++) {
    const covers = ({ change }: Step): boolean => change.kind === 'delete-partition'
      || (change.kind === 'delete-row' && change.clustering[0] === c)
      || (change.kind === 'delete-range' && Number(change.slice.start.prefix[0]) <= c && c <= Number(change.slice.end.prefix[0]));
    const deleted = Math.max(0, ...mine.filter(covers).map(({ timestamp }) => timestamp));
    const sets = mine.flatMap((write) => (write.change.kind === 'row' && write.change.clustering[0] === c && write.timestamp > deleted ? [{ ...write, change: write.change }] : []));
    const row: Record<string, unknown> = { c };
    const markers = sets.filter(({ change }) => change.marker).map((write) => ({ ...write, value: 0 as number | null }));
    const winnerOf = (candidates: readonly (Step & { second: number; value: number | null })[]) => candidates.reduce<(typeof candidates)[number] | undefined>((best, next) => {
      if (best === undefined || next.timestamp > best.timestamp) return next;
      if (next.timestamp < best.timestamp) return best;
      const rank = (write: typeof next): number[] => {
        const death = write.value === null ? write.second : write.ttl > 0 ? write.second + write.ttl : -1;
        return [death >= 0 ? 1 : 0, write.value === null ? 1 : 0, death, write.value ?? 0];
      };
      const [x, y] = [rank(best), rank(next)];
      const at = x.findIndex((part, i) => part !== y[i]);
      return at >= 0 && (y[at] ?? 0) > (x[at] ?? 0) ? next : best;
    }, undefined);
    const lives = (write: (Step & { second: number; value: number | null }) | undefined): boolean =>
      write !== undefined && write.value !== null && (write.ttl === 0 || now < write.second + write.ttl);
    for (const column of ['a', 'b']) {
      const won = winnerOf(sets.flatMap((write) => write.change.cells.filter(([name]) => name === column).map(([, value]) => ({ ...write, value: value as number | null }))));
      if (lives(won)) row[column] = won?.value;
    }
    if (Object.keys(row).length > 1 || lives(winnerOf(markers))) rows.push(row);
  }
  return rows;
}

describe('the storage engine', () => {
  it('shows what a plain list of all writes would show, through flushes, compactions, expiry and process crashes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (script) => {
      const rig = new Rig({ memtableSize: 2000, segmentSize: 600 });
      const writes: (Step & { second: number })[] = [];
      for (const step of script) {
        if (step.kind === 'write') {
          writes.push({ ...step, second: rig.nowSeconds });
          rig.write(step.key, step.change, step.timestamp, step.ttl);
        } else if (step.kind === 'flush') {
          rig.engine.flush();
        } else if (step.kind === 'compact') {
          rig.engine.compact();
        } else if (step.kind === 'crash') {
          rig.node.crash('process');
          rig.node.restart();
        } else {
          await rig.sim.advance('1s');
        }
        for (const key of ['p', 'q']) expect(rig.rows(key)).toEqual(modelRows(writes, key, rig.nowSeconds));
      }
      const all = modelRows(writes, 'p', rig.nowSeconds);
      expect(rig.rows('p', 2)).toEqual(all.slice(0, 2));
      expect(rig.rows('p', 2, true)).toEqual(all.reverse().slice(0, 2));
    }), { numRuns: 300 });
  });

  it.each([['batch', 0], ['group', 0], ['periodic', 10]] as const)('loses at a power failure, in mode %s, at most the acknowledged writes of the last %i s', async (sync, seconds) => {
    let lost = 0;
    for (let seed = 0; seed < 30; seed++) {
      const rig = new Rig({ sync, memtableSize: 900, segmentSize: 500 }, seed);
      const acknowledgedAt = new Map<number, number>();
      for (let i = 0; i < 60; i++) {
        rig.write('p', set(i, { a: i }), 1000 + i, 0, i);
        await rig.sim.advance(i % 7 === 0 ? '1.3s' : '90ms');
        for (const number of rig.acknowledged) if (!acknowledgedAt.has(number)) acknowledgedAt.set(number, rig.sim.now);
      }
      const crashedAt = rig.sim.now;
      rig.node.crash('power');
      rig.node.restart();
      const kept = new Set(rig.rows('p').map(({ c }) => c));
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
    await fc.assert(fc.asyncProperty(actions, fc.nat(), async (script, seed) => {
      const rig = new Rig({ sync: 'batch', memtableSize: 500, segmentSize: 300 }, seed, 0);
      const sent: { readonly c: number; readonly live: boolean; readonly number: number }[] = [];
      for (const { kind, c, pause } of script) {
        if (kind === 'insert' || kind === 'delete') {
          const number = sent.length + 1;
          sent.push({ c, live: kind === 'insert', number });
          rig.write('p', kind === 'insert' ? set(c, { a: number }) : { kind: 'delete-row', clustering: [c] }, number, 0, number);
        } else if (kind === 'flush') {
          rig.engine.flush();
        } else if (kind === 'compact') {
          rig.engine.compact();
        } else if (kind === 'power') {
          rig.node.crash('power');
          rig.node.restart();
        }
        await rig.sim.advance(pause);
        const shown = new Map(rig.rows('p').map((row) => [Number(row['c']), Number(row['a'])]));
        for (let key = 0; key <= 3; key++) {
          const mine = sent.filter((write) => write.c === key);
          // Nothing from before the last acknowledged write may show; what came after it may or may not.
          const acknowledged = [...mine].reverse().find(({ number }) => rig.acknowledged.has(number));
          const possible = mine.filter(({ number }) => number >= (acknowledged?.number ?? 0)).map(({ live, number }) => (live ? number : undefined));
          expect(acknowledged === undefined ? [undefined, ...possible] : possible).toContain(shown.get(key));
        }
      }
    }), { numRuns: 300 });
  });

  it('acknowledges a group write at the next group sync, a periodic one at once', async () => {
    const grouped = new Rig({ sync: 'group' });
    grouped.write('p', set(1, { a: 1 }), 1, 0, 7);
    await grouped.sim.advance('990ms');
    expect(grouped.acknowledged.size).toBe(0);
    await grouped.sim.advance('20ms');
    expect(grouped.acknowledged).toEqual(new Set([7]));
    const periodic = new Rig();
    periodic.write('p', set(1, { a: 1 }), 1, 0, 7);
    expect(periodic.acknowledged.size).toBe(1);
  });

  it('keeps a tombstone for gc_grace_seconds and drops it at the first compaction after', async () => {
    const rig = new Rig();
    rig.write('p', set(1, { a: 1 }), 1);
    rig.write('p', { kind: 'delete-row', clustering: [1] }, 2);
    await rig.sim.advance('100s');
    rig.engine.compact();
    expect(rig.engine.keys(table.id).size).toBe(1);
    await rig.sim.advance('2s');
    rig.engine.compact();
    expect(rig.engine.keys(table.id).size).toBe(0);
    rig.write('p', set(1, { a: 1 }), 1);
    expect(rig.rows('p')).toEqual([{ c: 1, a: 1 }]);
  });

  it('merges all runs into one and drops the log segments that runs hold', async () => {
    const rig = new Rig();
    for (let i = 0; i < 4; i++) {
      rig.write('p', set(i, { a: i }), i + 1);
      rig.engine.flush();
    }
    expect(rig.engine.stats(table.id).sstableCount).toBe(4);
    await rig.sim.advance('1s');
    expect(rig.engine.segmentCount).toBe(1);
    rig.engine.compact();
    await rig.sim.advance('1s');
    expect(rig.engine.stats(table.id).sstableCount).toBe(1);
    expect(rig.node.disk.list()).toEqual(['data/ks.t/00000005']);
    expect(rig.rows('p').length).toBe(4);
  });

  it('shows a row by its marker alone, and none by an update whose columns are gone', () => {
    const rig = new Rig();
    rig.write('p', set(1, { a: null }), 1);
    rig.write('p', set(2, { a: null }, false), 1);
    expect(rig.rows('p')).toEqual([{ c: 1 }]);
  });

  it('applies nothing when the disk is full', () => {
    const rig = new Rig();
    rig.sim.faults.diskFault('store', 'full');
    rig.write('p', set(1, { a: 1 }), 1, 0, 1);
    expect(rig.rows('p')).toEqual([]);
    expect(rig.acknowledged.size).toBe(0);
  });

  it('reads a damaged run up to the damage and says so', async () => {
    const rig = new Rig();
    for (const key of ['p', 'q', 'r', 's']) rig.write(key, set(1, { a: 1 }), 1);
    rig.engine.flush();
    await rig.sim.advance('1s');
    rig.node.crash();
    rig.node.disk.corrupt('data/ks.t/00000001');
    rig.node.restart();
    const found = ['p', 'q', 'r', 's'].filter((key) => rig.rows(key).length > 0);
    expect(found.length).toBeLessThan(4);
    expect([...rig.sim.trace.entries()].some(({ what }) => what === 'sstable damaged')).toBe(true);
  });
});
