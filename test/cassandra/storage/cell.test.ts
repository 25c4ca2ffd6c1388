import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER, resolveCells, resolveDeletions, resolveLiveness, type Cell, type Liveness } from '../../../src/cassandra/storage/cell.ts';
import { int } from '../../support/cassandra-table.ts';
import { cell } from '../../support/storage-rig.ts';

const cells: fc.Arbitrary<Cell> = fc.record({ timestamp: fc.integer({ min: 0, max: 2 }), value: fc.option(fc.integer({ min: -1, max: 2 })), dies: fc.integer({ min: 0, max: 3 }), ttl: fc.constantFrom(0, 1, 2) })
  .map(({ timestamp, value, dies, ttl }) => cell('a', value === null ? null : int(value), timestamp, value === null ? { localDeletionTime: dies } : ttl > 0 ? { ttl, localDeletionTime: dies } : {}));
const markers: fc.Arbitrary<Liveness> = fc.record({ timestamp: fc.integer({ min: 0, max: 2 }), ttl: fc.constantFrom(0, 0, 1, 2), dies: fc.integer({ min: 0, max: 3 }) })
  .map(({ timestamp, ttl, dies }) => ({ timestamp, ttl, localDeletionTime: ttl === 0 ? NEVER : dies }));

/** Whatever the order and however often: the same winner. */
function check<T>(values: fc.Arbitrary<T>, resolve: (a: T, b: T) => T): fc.RunDetails<[T, T, T]> {
  return fc.check(fc.property(values, values, values, (a, b, c) => {
    const [left, right] = [resolve(resolve(a, b), c), resolve(a, resolve(c, b))];
    return JSON.stringify(left) === JSON.stringify(right) && JSON.stringify(resolve(a, a)) === JSON.stringify(a);
  }), { numRuns: 2000 });
}

describe('which of two cells wins', () => {
  it('is the same in every order of merging', () => {
    expect(check(cells, (a, b) => resolveCells(a, b)).counterexample).toBeNull();
  });

  it('is the same in every order of merging with values compared as signed bytes', () => {
    expect(check(cells, (a, b) => resolveCells(a, b, true)).counterexample).toBeNull();
  });

  it('and so with markers and deletions', () => {
    expect(check(markers, (a, b) => resolveLiveness(a, b) ?? a).counterexample).toBeNull();
    const deletions = fc.record({ timestamp: fc.integer({ min: 0, max: 2 }), localDeletionTime: fc.integer({ min: 0, max: 2 }) });
    expect(check(deletions, (a, b) => resolveDeletions(a, b) ?? a).counterexample).toBeNull();
  });

  // The order of Cells.resolveRegular, Apache Cassandra 4.0 and later (CASSANDRA-14592).
  it.each([
    ['the higher timestamp, though it be a lesser value', cell('a', int(1), 2), cell('a', int(9), 1)],
    ['a tombstone over a value of its timestamp', cell('a', null, 1), cell('a', int(9), 1)],
    ['an expiring value over one that stays', cell('a', int(1), 1, { ttl: 5, localDeletionTime: 10 }), cell('a', int(9), 1)],
    ['a tombstone over an expiring value', cell('a', null, 1, { localDeletionTime: 1 }), cell('a', int(9), 1, { ttl: 5, localDeletionTime: 10 })],
    ['the later expiry', cell('a', int(1), 1, { ttl: 5, localDeletionTime: 11 }), cell('a', int(9), 1, { ttl: 5, localDeletionTime: 10 })],
    ['the larger value, bytes taken as unsigned', cell('a', int(-1), 1), cell('a', int(3), 1)],
  ])('is %s', (_, winner, loser) => {
    expect(resolveCells(winner, loser)).toBe(winner);
    expect(resolveCells(loser, winner)).toBe(winner);
  });

  it('was, up to 2.1, the larger value with bytes taken as signed: 100 over 200, 3 over -1, z over é (seen live on 2.1.0)', () => {
    for (const [winner, loser] of [[int(100), int(200)], [int(3), int(-1)], [int(256), int(255)], ['z', '\xc3\xa9'], ['\x7f', '\x80']] as const) {
      expect(resolveCells(cell('a', winner, 1), cell('a', loser, 1), true).value).toBe(winner);
      expect(resolveCells(cell('a', loser, 1), cell('a', winner, 1), true).value).toBe(winner);
    }
  });
});
