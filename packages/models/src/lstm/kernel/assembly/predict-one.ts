import { sigmoid4, tanh4 } from './activations';
import { Layer } from './layer';
import { multiplyAdd } from './multiply-add';

/** All `steps` of a layer for row 0 alone, in the order of `forward`'s sums: the same bits. Keeps no gates. */
export function predictOne(layer: Layer, steps: i32): void {
  const blocks = layer.units >> 2;
  const panel = layer.panel;
  for (let step: usize = 0; step < <usize>steps; step++) {
    const count = step == 0 ? layer.inputs : layer.inputs + layer.units;
    const bytes = ((count + 3) & ~3) << 2;
    const z = layer.z + step * layer.zStep;
    const end = z + bytes;
    let state = z + layer.zStep + (layer.inputs << 2);
    let next = layer.next + step * layer.nextStep;
    let cell = layer.cell;
    let weights = layer.weights;
    for (let block: usize = 0; block < blocks; block++) {
      let w = weights;
      let v = w + panel;
      let x = z;
      let i = f32x4.splat(0);
      let f = i;
      let g = i;
      let o = i;
      do {
        let s = v128.load32_splat(x);
        i = multiplyAdd(i, s, v128.load(w));
        f = multiplyAdd(f, s, v128.load(w, 16));
        g = multiplyAdd(g, s, v128.load(v));
        o = multiplyAdd(o, s, v128.load(v, 16));
        s = v128.load32_splat(x, 4);
        i = multiplyAdd(i, s, v128.load(w, 32));
        f = multiplyAdd(f, s, v128.load(w, 48));
        g = multiplyAdd(g, s, v128.load(v, 32));
        o = multiplyAdd(o, s, v128.load(v, 48));
        s = v128.load32_splat(x, 8);
        i = multiplyAdd(i, s, v128.load(w, 64));
        f = multiplyAdd(f, s, v128.load(w, 80));
        g = multiplyAdd(g, s, v128.load(v, 64));
        o = multiplyAdd(o, s, v128.load(v, 80));
        s = v128.load32_splat(x, 12);
        i = multiplyAdd(i, s, v128.load(w, 96));
        f = multiplyAdd(f, s, v128.load(w, 112));
        g = multiplyAdd(g, s, v128.load(v, 96));
        o = multiplyAdd(o, s, v128.load(v, 112));
        x += 16;
        w += 128;
        v += 128;
      } while (x < end);
      let c = f32x4.mul(sigmoid4(i), tanh4(g));
      if (step > 0) c = f32x4.add(c, f32x4.mul(sigmoid4(f), v128.load(cell)));
      v128.store(cell, c);
      const h = f32x4.mul(sigmoid4(o), tanh4(c));
      v128.store(state, h);
      if (layer.next != 0) v128.store(next, h);
      weights += 2 * panel;
      state += 16;
      next += 16;
      cell += layer.cellBlock;
    }
  }
}
