import { describe, expect, it } from 'vitest';
import type { Micros } from '../../../src/kernel/units.ts';
import { int, tableOf } from '../../support/cassandra-table.ts';
import { cell, Rig, row, rows } from '../../support/storage-rig.ts';

const put = (rig: Rig, c: number, table = rig.table): boolean => rig.write(rows(int(1), row([int(c)], c, [cell('a', int(c), c)])), c, table);
const segments = (rig: Rig): string[] => rig.node.disk.list().filter((file) => file.startsWith('commitlog/'));

describe('the commit log', () => {
  it('begins a new segment when one is full (commitlog_segment_size), and drops those whose tables were all flushed', async () => {
    const tables = [tableOf(), tableOf({ name: 'u' })];
    const rig = new Rig({ tables, commitlogSegmentSize: 200 });
    for (let c = 0; c < 20; c++) put(rig, c, tables[c % 2]);
    expect(segments(rig).length).toBeGreaterThan(3);
    rig.engine.flush('ks.t');
    await rig.settle();
    // The other table's writes are nowhere else yet.
    expect(segments(rig).length).toBeGreaterThan(3);
    rig.engine.flush('ks.u');
    await rig.settle();
    expect(segments(rig)).toEqual([]);
  });

  it('is read up to its torn end after a power failure', async () => {
    let torn = 0;
    for (let seed = 0; seed < 40; seed++) {
      const rig = new Rig({ seed });
      for (let c = 0; c < 5; c++) put(rig, c);
      rig.restart('power');
      const kept = rig.live(int(1));
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => i));
      if ([...rig.sim.trace.entries()].some(({ what }) => what === 'commit log cut')) torn++;
      // What comes after the tear is logged in another segment and is there after the next crash.
      put(rig, 9);
      await rig.sim.advance('11s');
      rig.restart('power');
      expect(rig.live(int(1))).toEqual([...kept, 9]);
    }
    expect(torn).toBeGreaterThan(5);
  });

  it('is not read where a bit has flipped: the rest of that segment is given up, other segments are not', async () => {
    const rig = new Rig({ commitlogSync: 'batch', commitlogSegmentSize: 150 });
    for (let c = 0; c < 12; c++) put(rig, c);
    await rig.settle();
    rig.node.disk.corrupt(segments(rig)[0]);
    rig.restart();
    const kept = rig.live(int(1));
    expect(kept.length).toBeLessThan(12);
    expect(kept.slice(-6)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it('in periodic mode is synced at whole multiples of commitlog_sync_period: what was written before one survives it', async () => {
    for (const [crashAfter, mayLose] of [['2.9s', true], ['3.2s', false]] as const) {
      let lost = 0;
      for (let seed = 0; seed < 20; seed++) {
        const rig = new Rig({ commitlogSyncPeriod: 4_000_000 as Micros, seed });
        await rig.sim.advance('1s');
        put(rig, 1);
        await rig.sim.advance(crashAfter);
        rig.restart('power');
        if (rig.live(int(1)).length === 0) lost++;
      }
      expect(lost > 0).toBe(mayLose);
    }
  });
});
