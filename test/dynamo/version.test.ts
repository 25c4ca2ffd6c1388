import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VectorClock } from '../../src/distributed/vector-clock.ts';
import { contextOf, counterOf, NO_VERSIONS, nextVersion, reconcile, sameVersions, type Versions } from '../../src/dynamo/version.ts';
import type { ConflictMode, VersionScheme } from '../../src/dynamo/options.ts';
import type { Micros } from '../../src/kernel/units.ts';

/** Replicas that coordinate puts and exchange what they hold, in any order: what one run of a store can produce. */
interface Step { readonly replica: number; readonly from: number; readonly put: boolean; readonly contextOf: number }

const steps = fc.array(fc.record({ replica: fc.nat(2), from: fc.nat(2), put: fc.boolean(), contextOf: fc.nat(2) }), { maxLength: 12 });

function play(script: readonly Step[], mode: ConflictMode, scheme: VersionScheme): Versions[] {
  const replicas: Versions[] = [NO_VERSIONS, NO_VERSIONS, NO_VERSIONS];
  const issued = [0, 0, 0];
  const at = (index: number): Versions => replicas[index] ?? NO_VERSIONS;
  script.forEach(({ replica, from, put, contextOf: seen }, i) => {
    if (!put) {
      replicas[replica] = reconcile(at(replica), at(from), mode);
      return;
    }
    const context: VectorClock = contextOf(at(seen));
    const coordinator = `S${replica}`;
    const counter = Math.max(issued[replica] ?? 0, counterOf(coordinator, context, at(replica)));
    issued[replica] = counter + 1;
    replicas[replica] = reconcile(at(replica), [nextVersion({ value: `v${i}`, context, coordinator, counter, now: i as Micros }, scheme, 10)], mode);
  });
  return replicas;
}

const modes = fc.constantFrom<readonly [ConflictMode, VersionScheme]>(['siblings', 'vector-clock'], ['siblings', 'dotted'], ['lww', 'vector-clock']);

test('replicas that exchange all they hold end up equal, in whatever order, and a second time changes nothing', () => {
  fc.assert(fc.property(steps, modes, (script, [mode, scheme]) => {
    const [a, b, c] = play(script, mode, scheme) as [Versions, Versions, Versions];
    const left = reconcile(reconcile(a, b, mode), c, mode);
    const right = reconcile(a, reconcile(c, b, mode), mode);
    expect(sameVersions(left, right)).toBe(true);
    expect(sameVersions(reconcile(left, left, mode), left)).toBe(true);
    expect(sameVersions(reconcile(left, a, mode), left)).toBe(true);
  }), { numRuns: 400 });
});

test('siblings have not seen each other; last-write-wins keeps one', () => {
  fc.assert(fc.property(steps, (script) => {
    for (const versions of play(script, 'siblings', 'dotted')) {
      for (const { dot } of versions) {
        for (const other of versions) {
          const seen = other.clock.some(({ node, counter }) => node === dot?.node && counter >= (dot?.counter ?? Infinity));
          expect(seen).toBe(false);
        }
      }
    }
    for (const versions of play(script, 'lww', 'vector-clock')) expect(versions.length).toBeLessThanOrEqual(1);
  }));
});

test('last-write-wins: later timestamp, then the greater coordinator, then a value before a tombstone', () => {
  const version = (value: string | null, timestamp: number, coordinator: string): Versions =>
    [{ value, clock: [], timestamp: timestamp as Micros, coordinator }];
  const winner = (a: Versions, b: Versions): (string | null | undefined)[] => [reconcile(a, b, 'lww')[0]?.value, reconcile(b, a, 'lww')[0]?.value];
  expect(winner(version('old', 1, 'z'), version('new', 2, 'a'))).toEqual(['new', 'new']);
  expect(winner(version('a', 1, 'a'), version('b', 1, 'b'))).toEqual(['b', 'b']);
  expect(winner(version(null, 1, 'a'), version('', 1, 'a'))).toEqual(['', '']);
});
