/**
 * Coefficients, in memory: a loop that makes a vector of a constant anew each time spends most of its time on that.
 * Bound, P₅ … P₀, Q₃ … Q₀ of tanh; the bound's opposite.
 */
const TANH = memory.data<f32>([
  8.0, 2.3511043806268006e-11, -1.4705203277287637e-8, 9.878996934276074e-6, 2.98589956946671e-3, 0.12979258596897125,
  1.0, 2.3720839817542583e-4, 2.4028079584240913e-2, 0.46312573552131653, 1.0,
  -8.0,
]);

/** The same for (tanh(x / 2)) / 2: Pᵢ / 4ⁱ⁺¹ and Qᵢ / 4ⁱ, exact in binary. */
const LOGISTIC = memory.data<f32>([
  16.0, 5.74000092926465e-15, -1.4360550075476208e-11, 3.8589831774515915e-8, 4.6654680772917345e-5,
  8.112036623060703e-3, 0.25, 3.7063812214910286e-6, 1.501754974015057e-3, 0.11578143388032913, 1.0,
  -16.0, 0.5,
]);

/**
 * Hyperbolic tangent of 4 numbers: x · P(x²) / Q(x²), P of degree 5 and Q of degree 3, fitted to a relative error of
 * 2e-8 on [0, 8] (iterated weighted least squares: tests/golden/lstm-activations.py). Beyond ±8 it is ±tanh 8.
 * In single precision it is off by at most 3.5e-7 of itself.
 */
@inline
export function tanh4(x: v128): v128 {
  return rational(x, TANH);
}

/** Logistic function of 4 numbers, as ½ + ½ · tanh(x / 2): off by at most 2.5e-7. */
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.add(v128.load32_splat(LOGISTIC, 48), rational(x, LOGISTIC));
}

@inline
function rational(x: v128, table: usize): v128 {
  // One instruction each, unlike min and max; NaN stays NaN as long as x is the first operand.
  const c = f32x4.pmax(f32x4.pmin(x, v128.load32_splat(table)), v128.load32_splat(table, 44));
  const y = f32x4.mul(c, c);
  let p = f32x4.add(f32x4.mul(y, v128.load32_splat(table, 4)), v128.load32_splat(table, 8));
  let q = f32x4.add(f32x4.mul(y, v128.load32_splat(table, 28)), v128.load32_splat(table, 32));
  p = f32x4.add(f32x4.mul(p, y), v128.load32_splat(table, 12));
  q = f32x4.add(f32x4.mul(q, y), v128.load32_splat(table, 36));
  p = f32x4.add(f32x4.mul(p, y), v128.load32_splat(table, 16));
  q = f32x4.add(f32x4.mul(q, y), v128.load32_splat(table, 40));
  p = f32x4.add(f32x4.mul(p, y), v128.load32_splat(table, 20));
  p = f32x4.add(f32x4.mul(p, y), v128.load32_splat(table, 24));
  return f32x4.div(f32x4.mul(c, p), q);
}

/** Applies tanh (`logistic` 0) or the logistic function to `count` numbers in place; `count` a multiple of 4. */
export function activate(values: usize, count: i32, logistic: i32): void {
  const end = values + (<usize>count << 2);
  if (logistic) {
    for (let at = values; at < end; at += 16) v128.store(at, sigmoid4(v128.load(at)));
  } else {
    for (let at = values; at < end; at += 16) v128.store(at, tanh4(v128.load(at)));
  }
}

/** Where the kernel's own data ends: the host's memory plan begins behind. */
export function dataEnd(): usize {
  return __heap_base;
}
