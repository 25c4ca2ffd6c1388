/**
 * Logarithm, exponential and the normal quantile from `+ - * / sqrt` alone. ECMAScript leaves the last bits of `Math.log`
 * and `Math.exp` to the engine, and one differing bit is enough to reorder two events and part two runs of one seed.
 * These are accurate to a few units in the last place, which no latency distribution notices.
 *
 * Sources: the atanh series for the logarithm and argument reduction with a Taylor series for the exponential (any
 * numerical analysis text); the normal quantile is algorithm AS 241, PPND16 (Wichura, Applied Statistics 37, 1988).
 *
 * @module
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT2 = 1.4142135623730951;

/** Powers of two by repeated exact multiplication: `2 ** n` is left to the engine, this is not. */
function scale(value: number, exponent: number): number {
  let result = value;
  let n = exponent;
  while (n >= 32) { result *= 4294967296; n -= 32; }
  while (n <= -32) { result /= 4294967296; n += 32; }
  return n >= 0 ? result * (1 << n >>> 0) : result / (1 << -n >>> 0);
}

/** Natural logarithm of a positive, finite number. */
export function ln(x: number): number {
  let m = x;
  let e = 0;
  while (m >= 4294967296) { m /= 4294967296; e += 32; }
  while (m < 1 / 4294967296) { m *= 4294967296; e -= 32; }
  if (m >= 65536) { m /= 65536; e += 16; }
  if (m < 1 / 65536) { m *= 65536; e -= 16; }
  if (m >= 256) { m /= 256; e += 8; }
  if (m < 1 / 256) { m *= 256; e -= 8; }
  while (m >= SQRT2) { m /= 2; e += 1; }
  while (m < SQRT2 / 2) { m *= 2; e -= 1; }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const series = z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15
    + z * (1 / 17 + z * (1 / 19 + z * (1 / 21))))))))));
  return e * LN2_HIGH + (2 * s + (2 * s * series + e * LN2_LOW));
}

/** e to the power x, for x between about -700 and 700. */
export function exp(x: number): number {
  const n = Math.round(x / LN2_HIGH);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 14; k > 0; k--) sum = 1 + (r / k) * sum;
  return scale(sum, n);
}

/** The point below which a standard normal variable lies with probability p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * (((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r
      + 45921.95393154987) * r + 13731.69376550946) * r + 1971.5909503065513) * r + 133.14166789178438) * r
      + 3.3871328727963665)
      / (((((((5226.495278852546 * r + 28729.085735721943) * r + 39307.89580009271) * r
      + 21213.794301586597) * r + 5394.196021424751) * r + 687.1870074920579) * r + 42.31333070160091) * r + 1);
  }
  let r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  let value: number;
  if (r <= 5) {
    r -= 1.6;
    value = (((((((0.0007745450142783414 * r + 0.022723844989269184) * r + 0.2417807251774506) * r
      + 1.2704582524523684) * r + 3.6478483247632045) * r + 5.769497221460691) * r + 4.630337846156546) * r
      + 1.4234371107496835)
      / (((((((1.0507500716444169e-09 * r + 0.0005475938084995345) * r + 0.015198666563616457) * r
      + 0.14810397642748008) * r + 0.6897673349851) * r + 1.6763848301838038) * r + 2.053191626637759) * r + 1);
  } else {
    r -= 5;
    value = (((((((2.0103343992922881e-07 * r + 2.7115555687434876e-05) * r + 0.0012426609473880784) * r
      + 0.026532189526576124) * r + 0.29656057182850487) * r + 1.7848265399172913) * r + 5.463784911164114) * r
      + 6.657904643501103)
      / (((((((2.0442631033899397e-15 * r + 1.421511758316446e-07) * r + 1.8463183175100548e-05) * r
      + 0.0007868691311456133) * r + 0.014875361290850615) * r + 0.1369298809227358) * r + 0.5998322065636937) * r + 1);
  }
  return q < 0 ? -value : value;
}
