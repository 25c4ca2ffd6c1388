import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLive, NEVER, resolveCells, resolveLiveness, type Cell } from '../../../src/cassandra/storage/cell.ts';
import type { CqlType, CqlValue } from '../../../src/cassandra/value.ts';

const cell = (value: CqlValue | null, rest: Partial<Cell> = {}): Cell =>
  ({ column: 'c', timestamp: 1, value, ttl: 0, localDeletionTime: value === null ? 100 : NEVER, ...rest });

const cells = fc.record({
  timestamp: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom('live', 'expiring', 'tombstone'),
  value: fc.oneof(fc.integer({ min: -2, max: 300 }), fc.constantFrom('', 'a', 'é', 'z')),
  death: fc.integer({ min: 10, max: 12 }),
  ttl: fc.integer({ min: 1, max: 2 }),
}).map(({ timestamp, kind, value, death, ttl }): Cell => {
  if (kind === 'live') return cell(value, { timestamp });
  return kind === 'tombstone' ? cell(null, { timestamp, localDeletionTime: death }) : cell(value, { timestamp, ttl, localDeletionTime: death });
});

/** Resolves both ways round and requires the same. */
function winner(a: Cell, b: Cell, type?: CqlType): Cell {
  const one = resolveCells(a, b, type);
  expect(resolveCells(b, a, type)).toEqual(one);
  return one;
}

describe('which cell wins', () => {
  it('is the one with the higher timestamp, whichever came first', () => {
    expect(winner(cell('old', { timestamp: 1 }), cell('new', { timestamp: 2 })).value).toBe('new');
    expect(winner(cell('value', { timestamp: 2 }), cell(null, { timestamp: 1 })).value).toBe('value');
  });

  it('is the tombstone at one timestamp', () => {
    expect(winner(cell('value'), cell(null)).value).toBeNull();
  });

  it('is what will die before what stays, and the tombstone before what will die (CASSANDRA-14592)', () => {
    expect(winner(cell('for ever'), cell('expires', { ttl: 10, localDeletionTime: 110 })).value).toBe('expires');
    expect(winner(cell(null), cell('expires', { ttl: 10, localDeletionTime: 110 })).value).toBeNull();
    expect(winner(cell('early', { ttl: 10, localDeletionTime: 110 }), cell('late', { ttl: 20, localDeletionTime: 120 })).value).toBe('late');
  });

  it.each<[CqlType, CqlValue, CqlValue, CqlValue]>([
    ['int', 200, 100, 200], ['int', -1, 3, -1], ['int', 256, 255, 256], ['text', 'é', 'z', 'é'], ['blob', '\x80', '\x7f', '\x80'],
  ])('is the larger serialised %s, unsigned as from 4.0 on: %s or %s gives %s', (type, a, b, expected) => {
    expect(winner(cell(a), cell(b), type).value).toBe(expected);
  });

  it('does not depend on order or grouping', () => {
    fc.assert(fc.property(cells, cells, cells, (a, b, c) => {
      expect(resolveCells(a, b, undefined)).toEqual(resolveCells(b, a, undefined));
      expect(resolveCells(resolveCells(a, b, undefined), c, undefined)).toEqual(resolveCells(a, resolveCells(b, c, undefined), undefined));
      expect(resolveCells(a, a, undefined)).toEqual(a);
    }), { numRuns: 2000 });
  });
});

describe('row markers', () => {
  it('go by timestamp, then the expiring, then the later death', () => {
    const lasting = { timestamp: 1, ttl: 0, localDeletionTime: NEVER };
    const expiring = { timestamp: 1, ttl: 5, localDeletionTime: 10 };
    const later = { timestamp: 1, ttl: 5, localDeletionTime: 12 };
    expect(resolveLiveness(lasting, expiring)).toBe(expiring);
    expect(resolveLiveness(later, expiring)).toBe(later);
    expect(resolveLiveness({ ...lasting, timestamp: 2 }, later)).toEqual({ ...lasting, timestamp: 2 });
    expect(resolveLiveness(undefined, lasting)).toBe(lasting);
  });
});

describe('expiry', () => {
  it('comes in the second at which the time to live is over', () => {
    const expiring = cell('x', { ttl: 10, localDeletionTime: 110 });
    expect([109, 110].map((now) => isLive(expiring, now))).toEqual([true, false]);
    expect(isLive(cell(null), 0)).toBe(false);
  });
});
