import { Layer } from './layer';
import { multiplyAdd } from './multiply-add';

/** Steps `to` − 1 down to `from` of a layer, backward: the gates become their gradients, and z's are passed on. */
export function backward(layer: Layer, from: i32, to: i32): void {
  const rowBytes = layer.units << 2;
  for (let step: usize = to; step > <usize>from; ) {
    step--;
    gateGradients(layer, step);
    const gates = layer.gates + step * layer.gateStep;
    if (step > 0) multiplyGradients(layer, gates, layer.recurrent, layer.units, layer.stateGradient, rowBytes);
    if (layer.inputGradient != 0) {
      const inputs = layer.inputs - 1;
      const target = layer.inputGradient + ((step * layer.rows * inputs) << 2);
      multiplyGradients(layer, gates, layer.inputWeights, inputs, target, inputs << 2);
    }
  }
}

@inline
function gateGradients(layer: Layer, step: usize): void {
  const rows = layer.rows;
  const blocks = layer.units >> 2;
  const rowBytes = layer.units << 2;
  const one = f32x4.splat(1);
  for (let block: usize = 0; block < blocks; block++) {
    let first = layer.gates + 2 * block * layer.gatePanel + step * layer.gateStep;
    let second = first + layer.gatePanel;
    let at = block * layer.cellBlock + step * layer.cellStep;
    let cellGradient = layer.cellGradient + ((block * rows) << 4);
    let state = layer.stateGradient + (block << 4);
    let above = ((step * rows * layer.units) << 2) + (block << 4);
    for (let row: usize = 0; row < rows; row++) {
      let dh = v128.load(state);
      if (layer.outputGradient != 0) {
        let d = v128.load(layer.outputGradient + above);
        if (layer.mask != 0) d = f32x4.mul(d, v128.load(layer.mask + above));
        dh = f32x4.add(dh, d);
      }
      const i = v128.load(first);
      const f = v128.load(first, 16);
      const g = v128.load(second);
      const o = v128.load(second, 16);
      const t = v128.load(layer.tanhCell + at);
      const before = step > 0 ? v128.load(layer.cell + at - layer.cellStep) : f32x4.splat(0);
      const dc = f32x4.add(
        v128.load(cellGradient),
        f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(t, t))),
      );
      v128.store(first, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))));
      v128.store(first, f32x4.mul(f32x4.mul(dc, before), f32x4.mul(f, f32x4.sub(one, f))), 16);
      v128.store(second, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))));
      v128.store(second, f32x4.mul(f32x4.mul(dh, t), f32x4.mul(o, f32x4.sub(one, o))), 16);
      v128.store(cellGradient, f32x4.mul(dc, f));
      first += 32;
      second += 32;
      at += 16;
      cellGradient += 16;
      state += rowBytes;
      above += rowBytes;
    }
  }
}

/** target [row][count] = gates [panel][row][8] × weights [8 columns][panel][8][8]; `count` a multiple of 4. */
@inline
function multiplyGradients(
  layer: Layer,
  gates: usize,
  weights: usize,
  count: usize,
  target: usize,
  targetRow: usize,
): void {
  const gatePanel = layer.gatePanel;
  const panels = layer.units >> 1;
  const skip = gatePanel - 32;
  let w = weights;
  for (let column: usize = 0; column < count; column += 8) {
    for (let row: usize = 0; row < layer.rows; row += 4) {
      let d = gates + (row << 5);
      const last = d + panels * gatePanel;
      w = weights + column * (panels << 5);
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let b0 = a0;
      let b1 = a0;
      let b2 = a0;
      let b3 = a0;
      do {
        const end = d + 32;
        do {
          let u = v128.load(w);
          let v = v128.load(w, 16);
          let x0 = v128.load32_splat(d);
          let x1 = v128.load32_splat(d, 32);
          let x2 = v128.load32_splat(d, 64);
          let x3 = v128.load32_splat(d, 96);
          a0 = multiplyAdd(a0, x0, u);
          b0 = multiplyAdd(b0, x0, v);
          a1 = multiplyAdd(a1, x1, u);
          b1 = multiplyAdd(b1, x1, v);
          a2 = multiplyAdd(a2, x2, u);
          b2 = multiplyAdd(b2, x2, v);
          a3 = multiplyAdd(a3, x3, u);
          b3 = multiplyAdd(b3, x3, v);
          u = v128.load(w, 32);
          v = v128.load(w, 48);
          x0 = v128.load32_splat(d, 4);
          x1 = v128.load32_splat(d, 36);
          x2 = v128.load32_splat(d, 68);
          x3 = v128.load32_splat(d, 100);
          a0 = multiplyAdd(a0, x0, u);
          b0 = multiplyAdd(b0, x0, v);
          a1 = multiplyAdd(a1, x1, u);
          b1 = multiplyAdd(b1, x1, v);
          a2 = multiplyAdd(a2, x2, u);
          b2 = multiplyAdd(b2, x2, v);
          a3 = multiplyAdd(a3, x3, u);
          b3 = multiplyAdd(b3, x3, v);
          u = v128.load(w, 64);
          v = v128.load(w, 80);
          x0 = v128.load32_splat(d, 8);
          x1 = v128.load32_splat(d, 40);
          x2 = v128.load32_splat(d, 72);
          x3 = v128.load32_splat(d, 104);
          a0 = multiplyAdd(a0, x0, u);
          b0 = multiplyAdd(b0, x0, v);
          a1 = multiplyAdd(a1, x1, u);
          b1 = multiplyAdd(b1, x1, v);
          a2 = multiplyAdd(a2, x2, u);
          b2 = multiplyAdd(b2, x2, v);
          a3 = multiplyAdd(a3, x3, u);
          b3 = multiplyAdd(b3, x3, v);
          u = v128.load(w, 96);
          v = v128.load(w, 112);
          x0 = v128.load32_splat(d, 12);
          x1 = v128.load32_splat(d, 44);
          x2 = v128.load32_splat(d, 76);
          x3 = v128.load32_splat(d, 108);
          a0 = multiplyAdd(a0, x0, u);
          b0 = multiplyAdd(b0, x0, v);
          a1 = multiplyAdd(a1, x1, u);
          b1 = multiplyAdd(b1, x1, v);
          a2 = multiplyAdd(a2, x2, u);
          b2 = multiplyAdd(b2, x2, v);
          a3 = multiplyAdd(a3, x3, u);
          b3 = multiplyAdd(b3, x3, v);
          d += 16;
          w += 128;
        } while (d < end);
        d += skip;
      } while (d < last);
      const out = target + row * targetRow + (column << 2);
      v128.store(out, a0);
      v128.store(out + targetRow, a1);
      v128.store(out + 2 * targetRow, a2);
      v128.store(out + 3 * targetRow, a3);
      // The last panel may be half.
      if (column + 4 < count) {
        v128.store(out, b0, 16);
        v128.store(out + targetRow, b1, 16);
        v128.store(out + 2 * targetRow, b2, 16);
        v128.store(out + 3 * targetRow, b3, 16);
      }
    }
  }
}
