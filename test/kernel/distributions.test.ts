import { expect, test } from 'vitest';
import { sampler, type DistributionInput } from '../../src/kernel/distributions.ts';
import { Random } from '../../src/kernel/random.ts';

function samples(input: DistributionInput, count = 40_000): number[] {
  const draw = sampler(input);
  const random = Random.fromSeed(3);
  return Array.from({ length: count }, () => draw(random) / 1000).sort((a, b) => a - b);
}
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const at = (values: number[], p: number): number => values[Math.floor(p * values.length)] ?? NaN;

test('constant and uniform', () => {
  expect(samples('1.5ms', 3)).toEqual([1.5, 1.5, 1.5]);
  const uniform = samples({ kind: 'uniform', low: 1, high: 3 });
  expect(mean(uniform)).toBeCloseTo(2, 1);
  expect([uniform[0], uniform.at(-1)].map((value) => Math.round(value ?? 0))).toEqual([1, 3]);
});

test('exponential: mean, and half of it below mean x ln 2', () => {
  const values = samples({ kind: 'exponential', mean: 10 });
  expect(mean(values)).toBeGreaterThan(9.8);
  expect(mean(values)).toBeLessThan(10.2);
  expect(at(values, 0.5) / (10 * Math.LN2)).toBeCloseTo(1, 1);
});

test('log-normal: median, and the 97.7th percentile two sigmas up', () => {
  const values = samples({ kind: 'log-normal', median: 5, sigma: 0.5 });
  expect(at(values, 0.5)).toBeCloseTo(5, 1);
  expect(at(values, 0.97725) / (5 * Math.exp(1))).toBeCloseTo(1, 1);
});

test('a log-normal of hours, which no 32-bit number of microseconds holds', () => {
  const values = samples({ kind: 'log-normal', median: '2h', sigma: 0.5 });
  expect(values[0]).toBeGreaterThan(0);
  expect(at(values, 0.5) / 7_200_000).toBeCloseTo(1, 1);
  expect(at(values, 0.97725) / (7_200_000 * Math.exp(1))).toBeCloseTo(1, 1);
});

test('Pareto: nothing below the scale, and a tenth above scale x 10^(1/shape)', () => {
  const values = samples({ kind: 'pareto', scale: 1, shape: 2 });
  expect(values[0]).toBeGreaterThanOrEqual(1);
  expect(at(values, 0.9) / Math.sqrt(10)).toBeCloseTo(1, 1);
});

// Bailis et al. 2012, tables 3 and 4: one way of LNKD-SSD twice has a 99.9th percentile of 0.66 ms for the fastest of three.
test('the PBS preset LNKD-SSD reproduces the read latency of R=1 among three replicas: .66 ms at 99.9 %', () => {
  const draw = sampler('LNKD-SSD');
  const random = Random.fromSeed(11);
  const fastest = Array.from({ length: 60_000 }, () => Math.min(...[0, 1, 2].map(() => draw(random) + draw(random)))).sort((a, b) => a - b);
  expect((fastest[Math.floor(0.999 * fastest.length)] ?? 0) / 1000).toBeCloseTo(0.66, 1);
});

test('empirical samples lie between the observed ones', () => {
  const values = samples({ kind: 'empirical', samples: [1, 2, 10] }, 1000);
  expect(values[0]).toBeGreaterThanOrEqual(1);
  expect(values.at(-1)).toBeLessThanOrEqual(10);
  expect(at(values, 0.5)).toBeGreaterThan(1.8);
  expect(at(values, 0.5)).toBeLessThan(2.5);
});

test.each([
  'nonsense', '-1ms', { kind: 'uniform', low: 2, high: 1 }, { kind: 'exponential', mean: 0 }, { kind: 'pareto', scale: 1, shape: -1 },
  { kind: 'mixture', parts: [] }, { kind: 'empirical', samples: [] },
])('refuses %j', (input) => {
  expect(() => sampler(input as DistributionInput)(Random.fromSeed(0))).toThrow(/must|needs|unknown/);
});

test('a tail too heavy for any network ends at three years; what is no distribution is refused in words', () => {
  const random = Random.fromSeed(1);
  const heavy = sampler({ kind: 'pareto', scale: 1, shape: 0.01 });
  for (let i = 0; i < 1000; i++) expect(heavy(random)).toBeLessThanOrEqual(1e14);
  expect(() => sampler('constructor' as never)).toThrow("unknown distribution 'constructor'");
  expect(() => sampler({ kind: 'weibull' } as never)).toThrow('unknown distribution {"kind":"weibull"}');
  expect(() => sampler(null as never)).toThrow('a duration must be');
});
