import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exp, ln, normalQuantile } from '../../src/kernel/portable-math.ts';

test('ln agrees with the engine to 1e-14', () => {
  fc.assert(fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
    expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(Math.log(x))));
  }));
  expect(ln(1)).toBe(0);
});

test('exp agrees with the engine to 1e-13', () => {
  fc.assert(fc.property(fc.double({ min: -600, max: 600, noNaN: true }), (x) => {
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
  }));
});

// Tables of the standard normal distribution.
test.each([[0.5, 0], [0.975, 1.959963984540054], [0.025, -1.959963984540054], [0.999, 3.090232306167813], [1e-9, -5.997807014998165]])(
  'the normal quantile of %d is %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 8);
  });

test('gives the same bits in every engine: no transcendental of the host is called', () => {
  expect([ln(2), ln(10), exp(1), exp(-0.5), normalQuantile(0.9)]).toMatchInlineSnapshot(`
    [
      0.6931471805599453,
      2.302585092994046,
      2.7182818284590455,
      0.6065306597126334,
      1.2815515655446008,
    ]
  `);
});
