import { expect, test } from 'vitest';
import { Random } from '../../src/kernel/random.ts';

const draws = (random: Random, count = 5): number[] => Array.from({ length: count }, () => random.uint32());

test('gives the same numbers in every release', () => {
  expect(draws(Random.fromSeed(7), 3)).toMatchInlineSnapshot(`
    [
      396088139,
      2388819714,
      2965279872,
    ]
  `);
});

test('a fork depends on seed and names, not on how much was drawn', () => {
  const fresh = Random.fromSeed(7);
  const used = Random.fromSeed(7);
  draws(used, 100);
  expect(draws(used.fork('network'))).toEqual(draws(fresh.fork('network')));
  expect(draws(fresh.fork('network'))).not.toEqual(draws(fresh.fork('disk')));
  expect(draws(Random.fromSeed(8).fork('network'))).not.toEqual(draws(fresh.fork('network')));
});

test('seeds that share their low 32 bits differ', () => {
  expect(draws(Random.fromSeed(1))).not.toEqual(draws(Random.fromSeed(1 + 2 ** 32)));
});

test.each([-1, 1.5, NaN, 2 ** 53, '7'])('refuses %j as a seed', (seed) => {
  expect(() => Random.fromSeed(seed as number)).toThrow('a seed is a whole number');
});

test('below is uniform: every face of a die within five standard deviations', () => {
  const random = Random.fromSeed(1);
  const faces = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 60_000; i++) {
    const face = random.below(6);
    faces[face] = (faces[face] ?? 0) + 1;
  }
  for (const count of faces) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (1 / 6) * (5 / 6)));
});

test('below is uniform for a bound that leaves a quarter of all draws over', () => {
  const random = Random.fromSeed(4);
  const bound = 3 * 2 ** 30;
  let low = 0;
  for (let i = 0; i < 9_000; i++) if (random.below(bound) < 2 ** 30) low++;
  // With the draws that are left over it would be a half.
  expect(Math.abs(low - 3_000)).toBeLessThan(5 * Math.sqrt(9_000 * (1 / 3) * (2 / 3)));
});

test('shuffle keeps the items and reaches every order', () => {
  const random = Random.fromSeed(2);
  const seen = new Set(Array.from({ length: 200 }, () => random.shuffle([1, 2, 3]).join('')));
  expect([...seen].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
});

test('a bound is whole, up to 2^32', () => {
  const random = Random.fromSeed(3);
  const draws = Array.from({ length: 1000 }, () => random.below(2 ** 32));
  expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32)).toBe(true);
  expect(Math.max(...draws)).toBeGreaterThan(2 ** 31);
  for (const bound of [0, -1, 2.5, 2 ** 32 + 1, Number.NaN]) expect(() => random.below(bound)).toThrow('a bound is a whole number');
});

test('forks of near names and near seeds look independent: equal bits about half of the time', () => {
  for (const [one, other] of [['n1>n2', 'n2>n1'], ['node/a/1', 'node/a/2'], ['x', 'y']] as const) {
    let equal = 0;
    for (let seed = 0; seed < 500; seed++) {
      const a = Random.fromSeed(seed).fork(one).uint32();
      const b = Random.fromSeed(seed).fork(other).uint32();
      const c = Random.fromSeed(seed + 1).fork(one).uint32();
      for (const mixed of [a ^ b, a ^ c]) for (let bit = 0; bit < 32; bit++) equal += (mixed >>> bit) & 1;
    }
    // 32,000 coins: six standard deviations are 537.
    expect(Math.abs(equal - 16_000)).toBeLessThan(537);
  }
});
