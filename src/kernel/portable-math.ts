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

const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;
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
    return q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
      + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745) * r
      + 3.387132872796366608)
      / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
      + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1);
  }
  let r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  let value: number;
  if (r <= 5) {
    r -= 1.6;
    value = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
      + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r
      + 1.42343711074968357734)
      / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
      + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1);
  } else {
    r -= 5;
    value = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
      + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r
      + 6.6579046435011037772)
      / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
      + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r + 0.59983220656369374) * r + 1);
  }
  return q < 0 ? -value : value;
}
