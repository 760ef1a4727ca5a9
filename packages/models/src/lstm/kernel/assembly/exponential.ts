/** eˣ in double precision, the same bits on every machine: x = k · ln 2 + r, and 14 terms of the series of eʳ. */
export function exponential(x: f64): f64 {
  if (x < -708) return 0;
  if (x > 709) return Infinity;
  const k = nearest<f64>(x * 1.4426950408889634);
  // ln 2 in two parts, so that k times the first is exact.
  const r = x - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  let sum: f64 = 1;
  for (let term: f64 = 13; term >= 1; term--) sum = 1 + (sum * r) / term;
  return sum * reinterpret<f64>((<i64>k + 1023) << 52);
}

/** Natural logarithm of a normal positive number: x = 2ᵏ · m, m in [√½, √2), and 2 · artanh((m − 1) / (m + 1)). */
export function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let k = (bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | (1023 << 52));
  if (m > 1.4142135623730951) {
    m *= 0.5;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 0;
  for (let term: f64 = 23; term >= 1; term -= 2) sum = sum * square + 1 / term;
  return <f64>k * 0.6931471805599453 + 2 * s * sum;
}
