/**
 * Hyperbolic tangent of 4 numbers: x · P(x²) / Q(x²), P of degree 5 and Q of degree 3, fitted to a relative error of
 * 2e-8 on [0, 8] (weighted least squares; the script is tests/golden/lstm-activations.py). Beyond ±8 it is ±tanh 8.
 * In single precision the error is at most 3.5e-7, relative too.
 */
@inline
export function tanh4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, f32x4.splat(8)), f32x4.splat(-8));
  const y = f32x4.mul(c, c);
  let p = f32x4.add(f32x4.mul(y, f32x4.splat(2.3511043806268006e-11)), f32x4.splat(-1.4705203277287637e-8));
  p = f32x4.add(f32x4.mul(p, y), f32x4.splat(9.878996934276074e-6));
  p = f32x4.add(f32x4.mul(p, y), f32x4.splat(2.98589956946671e-3));
  p = f32x4.add(f32x4.mul(p, y), f32x4.splat(0.12979258596897125));
  p = f32x4.add(f32x4.mul(p, y), f32x4.splat(1));
  let q = f32x4.add(f32x4.mul(y, f32x4.splat(2.3720839817542583e-4)), f32x4.splat(2.4028079584240913e-2));
  q = f32x4.add(f32x4.mul(q, y), f32x4.splat(0.46312573552131653));
  q = f32x4.add(f32x4.mul(q, y), f32x4.splat(1));
  return f32x4.div(f32x4.mul(c, p), q);
}

/** Logistic function of 4 numbers, as ½ + ½ · tanh(x / 2): off by at most 2.5e-7. */
@inline
export function sigmoid4(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.add(half, f32x4.mul(half, tanh4(f32x4.mul(half, x))));
}

/** Applies tanh (`logistic` 0) or the logistic function to `count` numbers in place; `count` a multiple of 4. */
export function activate(values: usize, count: i32, logistic: i32): void {
  const end = values + (count << 2);
  for (let at = values; at < end; at += 16) {
    const x = v128.load(at);
    v128.store(at, logistic ? sigmoid4(x) : tanh4(x));
  }
}
