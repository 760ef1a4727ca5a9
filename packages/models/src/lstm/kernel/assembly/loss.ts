import { exponential, logarithm } from './exponential';

const SIGMOID = 0;
const SOFTMAX = 1;

/**
 * Turns sums [row][output] into predictions in place. With `targets` it answers Σ weightᵢ · lossᵢ · scale and then
 * writes the sums' gradients instead.
 * @param head - 0 sigmoid, 1 softmax, 2 linear.
 * @param targets - [row][output] in single precision, or 0; `weights`: [row].
 */
export function loss(
  head: i32,
  sums: usize,
  targets: usize,
  weights: usize,
  rows: i32,
  outputs: i32,
  scale: f64,
): f64 {
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const end = sums + (<usize>outputs << 3);
    const factor = targets == 0 ? 0 : scale * <f64>load<f32>(weights + (<usize>row << 2));
    total += factor * rowLoss(head, sums, end, targets, factor);
    if (targets != 0) targets += <usize>outputs << 2;
    sums = end;
  }
  return total;
}

function rowLoss(head: i32, sums: usize, end: usize, targets: usize, factor: f64): f64 {
  if (head == SOFTMAX) return softmaxLoss(sums, end, targets, factor);
  const outputs = <f64>((end - sums) >> 3);
  let total: f64 = 0;
  for (let at = sums; at < end; at += 8) {
    const x = load<f64>(at);
    let p = x;
    let correction: f64 = 0;
    if (head == SIGMOID) {
      const e = exponential(-abs(x));
      p = x >= 0 ? 1 / (1 + e) : e / (1 + e);
      if (targets != 0) correction = logarithm(1 + e);
    }
    if (targets != 0) {
      const y = <f64>load<f32>(targets);
      targets += 4;
      if (head == SIGMOID) {
        total += max(x, 0) - x * y + correction;
        store<f64>(at, (factor * (p - y)) / outputs);
      } else {
        total += (p - y) * (p - y);
        store<f64>(at, (2 * factor * (p - y)) / outputs);
      }
    } else {
      store<f64>(at, p);
    }
  }
  return total / outputs;
}

function softmaxLoss(sums: usize, end: usize, targets: usize, factor: f64): f64 {
  let largest = load<f64>(sums);
  for (let at = sums + 8; at < end; at += 8) largest = max(largest, load<f64>(at));
  let total: f64 = 0;
  for (let at = sums; at < end; at += 8) total += exponential(load<f64>(at) - largest);
  const logTotal = targets == 0 ? 0 : logarithm(total);
  let result: f64 = 0;
  for (let at = sums; at < end; at += 8) {
    const x = load<f64>(at) - largest;
    const p = exponential(x) / total;
    if (targets != 0) {
      const y = <f64>load<f32>(targets);
      targets += 4;
      result += y * (logTotal - x);
      store<f64>(at, factor * (p - y));
    } else {
      store<f64>(at, p);
    }
  }
  return result;
}
