import { describe, expect, it } from 'vitest';
import { leveled, maxBytesForLevel } from '../../../../src/cassandra/storage/compaction/leveled.ts';
import { at, flushAndCompact, MIB, sstable, viewOf } from '../../../support/compaction-model.ts';

const options = { class: 'LeveledCompactionStrategy' };
const level = (of: number, generation: number, from: number, to: number, mib = 160): ReturnType<typeof sstable> => sstable(generation, mib, { level: of, first: at(from), last: at(to) });

// Apache Cassandra 5.0, managing/operating/compaction/lcs.adoc: sstable_size_in_mb 160, fanout_size 10.
describe('LeveledCompactionStrategy', () => {
  it('lets each level hold ten times as much as the one before', () => {
    expect([1, 2, 3].map((n) => maxBytesForLevel(n, options) / MIB)).toEqual([1600, 16_000, 160_000]);
    expect(maxBytesForLevel(2, { ...options, sstable_size_in_mb: '10', fanout_size: '4' }) / MIB).toBe(160);
  });

  it('merges level 0 with what it overlaps in level 1, and within itself while it is less than one sstable', () => {
    const below = [level(1, 10, 0, 0.2), level(1, 11, 0.3, 0.5), level(1, 12, 0.6, 0.9)];
    expect(leveled.next([level(0, 1, 0.1, 0.4, 10)], options, viewOf())).toBeUndefined();
    expect(leveled.next([level(0, 1, 0.1, 0.4, 10), level(0, 2, 0, 1, 10), ...below], options, viewOf())).toMatchObject({ inputs: [1, 2], level: 0 });
    expect(leveled.next([level(0, 1, 0.1, 0.4, 100), level(0, 2, 0.1, 0.4, 100), ...below], options, viewOf())).toMatchObject({ inputs: [1, 2, 10, 11], level: 1, maxBytes: 160 * MIB });
  });

  it('gives from a level that is too full one sstable, the next behind the last one given, with what it overlaps above', () => {
    const full = Array.from({ length: 11 }, (_, i) => level(1, i, i / 11, (i + 0.9) / 11));
    const above = [level(2, 20, 0, 0.05), level(2, 21, 0.06, 0.2), level(2, 22, 0.5, 0.6)];
    expect(leveled.next([...full.slice(0, 10), ...above], options, viewOf())).toBeUndefined();
    expect(leveled.next([...full, ...above], options, viewOf())).toMatchObject({ inputs: [0, 20, 21], level: 2 });
    expect(leveled.next([...full, ...above], options, viewOf({ lastCompacted: new Map([[1, at(0.5)]]) }))).toMatchObject({ inputs: [6, 22], level: 2 });
  });

  it('merges level 0 by size first once it has more than 32 sstables', () => {
    const many = Array.from({ length: 33 }, (_, i) => level(0, i, 0, 1, 100));
    expect(leveled.next(many, options, viewOf())).toMatchObject({ reason: 'tiered', level: 0 });
    expect(leveled.next(many.slice(0, 32), options, viewOf())).toMatchObject({ reason: 'leveled', level: 1 });
  });

  it('keeps levels from 1 on free of overlaps, and each byte is written at most fanout times a level', () => {
    const { sstables, writeAmplification } = flushAndCompact(leveled, { ...options, sstable_size_in_mb: '10' }, 256, 10);
    for (const number of [1, 2, 3]) {
      const members = sstables.filter(({ marks }) => marks.level === number).sort((a, b) => (a.first < b.first ? -1 : 1));
      for (let i = 1; i < members.length; i++) expect((members[i - 1]?.last ?? '') < (members[i]?.first ?? '')).toBe(true);
    }
    // Two levels take 2,560 MiB: published figures for leveled compaction are 10 to 30.
    expect(writeAmplification).toBeGreaterThan(5);
    expect(writeAmplification).toBeLessThan(1 + 2 * 11);
  });
});
