/**
 * sums [row][output] (double precision) = state [row][units] × weights [output][units] + bias. `mask`: factors of the
 * state, [row][units], or 0.
 */
export function denseForward(
  state: usize,
  stateRow: usize,
  mask: usize,
  weights: usize,
  bias: usize,
  sums: usize,
  rows: i32,
  units: i32,
  outputs: i32,
): void {
  const bytes = <usize>units << 2;
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      const w = weights + <usize>output * bytes;
      let sum: f64 = load<f32>(bias + (<usize>output << 2));
      for (let at: usize = 0; at < bytes; at += 4) {
        let h = load<f32>(state + at);
        if (mask != 0) h *= load<f32>(mask + at);
        sum += <f64>h * <f64>load<f32>(w + at);
      }
      store<f64>(sums, sum);
      sums += 8;
    }
    state += stateRow;
    if (mask != 0) mask += bytes;
  }
}

/** Adds the gradients of weights and bias and writes that of the state, from those of the sums [row][output]. */
export function denseBackward(
  state: usize,
  stateRow: usize,
  mask: usize,
  weights: usize,
  sumGradients: usize,
  weightGradients: usize,
  biasGradients: usize,
  stateGradient: usize,
  rows: i32,
  units: i32,
  outputs: i32,
): void {
  const bytes = <usize>units << 2;
  memory.fill(stateGradient, 0, <usize>rows * bytes);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      const d = <f32>load<f64>(sumGradients);
      const bias = biasGradients + (<usize>output << 2);
      store<f32>(bias, load<f32>(bias) + d);
      const w = weights + <usize>output * bytes;
      const dw = weightGradients + <usize>output * bytes;
      const d4 = f32x4.splat(d);
      for (let at: usize = 0; at < bytes; at += 16) {
        let h = v128.load(state + at);
        let dh = f32x4.mul(d4, v128.load(w + at));
        if (mask != 0) {
          const factors = v128.load(mask + at);
          h = f32x4.mul(h, factors);
          dh = f32x4.mul(dh, factors);
        }
        v128.store(dw + at, f32x4.add(v128.load(dw + at), f32x4.mul(d4, h)));
        v128.store(stateGradient + at, f32x4.add(v128.load(stateGradient + at), dh));
      }
      sumGradients += 8;
    }
    state += stateRow;
    stateGradient += bytes;
    if (mask != 0) mask += bytes;
  }
}
