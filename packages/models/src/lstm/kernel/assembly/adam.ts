/** Σ x² of `count` numbers in double precision; `count` a multiple of 4. */
export function sumOfSquares(values: usize, count: i32): f64 {
  const end = values + (<usize>count << 2);
  let a = f64x2.splat(0);
  let b = a;
  for (let at = values; at < end; at += 16) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(at));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
  }
  a = f64x2.add(a, b);
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/**
 * One step of Adam on `count` numbers, a multiple of 4. What is 1 minus a rate comes from the host: computed here, in
 * single precision, 1 − 0.999 would be off by 1e-5 of itself.
 * @param scale - What clipping multiplies the gradient by.
 * @param stepSize - learningRate / (1 − beta1ᵗ); `secondCorrection`: 1 / (1 − beta2ᵗ).
 */
export function adam(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  scale: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  stepSize: f32,
  secondCorrection: f32,
  epsilon: f32,
): void {
  const end = <usize>count << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), f32x4.splat(scale));
    const m = f32x4.add(
      f32x4.mul(v128.load(first + at), f32x4.splat(beta1)),
      f32x4.mul(g, f32x4.splat(oneMinusBeta1)),
    );
    const v = f32x4.add(
      f32x4.mul(v128.load(second + at), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(g, g), f32x4.splat(oneMinusBeta2)),
    );
    v128.store(first + at, m);
    v128.store(second + at, v);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(secondCorrection))), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(m, f32x4.splat(stepSize)), root);
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), step));
  }
}
