import { Layer } from './layer';
import { multiplyAdd } from './multiply-add';

/**
 * Adds the weights' gradient of steps `from` to `to` − 1, zᵀ × gate gradients, from register tiles of 4 inputs × 8
 * gates. Some 128 rows of steps at a time keep both the cache warm and the sums short.
 */
export function weightGradient(layer: Layer, from: i32, to: i32): void {
  const zRow = layer.zRow;
  const first = layer.z + <usize>from * layer.zStep;
  const inputBytes = ((layer.inputs + layer.units + 3) & ~3) << 2;
  const stateBytes = layer.inputs << 2;
  const gateBytes = <usize>(to - from) * (layer.rows << 5);
  const panels = layer.units >> 1;
  for (let panel: usize = 0; panel < panels; panel++) {
    const gates = layer.gates + panel * layer.gatePanel + <usize>from * layer.gateStep;
    const end = gates + gateBytes;
    let target = layer.gradient + panel * layer.panel;
    for (let input: usize = 0; input < inputBytes; input += 16) {
      let d = gates;
      let z = first + input;
      // The state ahead of the first step is 0.
      if (from == 0 && input >= stateBytes) {
        d += layer.gateStep;
        z += layer.zStep;
        if (d == end) break;
      }
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let b0 = a0;
      let b1 = a0;
      let b2 = a0;
      let b3 = a0;
      do {
        let u = v128.load(d);
        let v = v128.load(d, 16);
        let x0 = v128.load32_splat(z);
        let x1 = v128.load32_splat(z, 4);
        let x2 = v128.load32_splat(z, 8);
        let x3 = v128.load32_splat(z, 12);
        a0 = multiplyAdd(a0, x0, u);
        b0 = multiplyAdd(b0, x0, v);
        a1 = multiplyAdd(a1, x1, u);
        b1 = multiplyAdd(b1, x1, v);
        a2 = multiplyAdd(a2, x2, u);
        b2 = multiplyAdd(b2, x2, v);
        a3 = multiplyAdd(a3, x3, u);
        b3 = multiplyAdd(b3, x3, v);
        z += zRow;
        u = v128.load(d, 32);
        v = v128.load(d, 48);
        x0 = v128.load32_splat(z);
        x1 = v128.load32_splat(z, 4);
        x2 = v128.load32_splat(z, 8);
        x3 = v128.load32_splat(z, 12);
        a0 = multiplyAdd(a0, x0, u);
        b0 = multiplyAdd(b0, x0, v);
        a1 = multiplyAdd(a1, x1, u);
        b1 = multiplyAdd(b1, x1, v);
        a2 = multiplyAdd(a2, x2, u);
        b2 = multiplyAdd(b2, x2, v);
        a3 = multiplyAdd(a3, x3, u);
        b3 = multiplyAdd(b3, x3, v);
        z += zRow;
        u = v128.load(d, 64);
        v = v128.load(d, 80);
        x0 = v128.load32_splat(z);
        x1 = v128.load32_splat(z, 4);
        x2 = v128.load32_splat(z, 8);
        x3 = v128.load32_splat(z, 12);
        a0 = multiplyAdd(a0, x0, u);
        b0 = multiplyAdd(b0, x0, v);
        a1 = multiplyAdd(a1, x1, u);
        b1 = multiplyAdd(b1, x1, v);
        a2 = multiplyAdd(a2, x2, u);
        b2 = multiplyAdd(b2, x2, v);
        a3 = multiplyAdd(a3, x3, u);
        b3 = multiplyAdd(b3, x3, v);
        z += zRow;
        u = v128.load(d, 96);
        v = v128.load(d, 112);
        x0 = v128.load32_splat(z);
        x1 = v128.load32_splat(z, 4);
        x2 = v128.load32_splat(z, 8);
        x3 = v128.load32_splat(z, 12);
        a0 = multiplyAdd(a0, x0, u);
        b0 = multiplyAdd(b0, x0, v);
        a1 = multiplyAdd(a1, x1, u);
        b1 = multiplyAdd(b1, x1, v);
        a2 = multiplyAdd(a2, x2, u);
        b2 = multiplyAdd(b2, x2, v);
        a3 = multiplyAdd(a3, x3, u);
        b3 = multiplyAdd(b3, x3, v);
        z += zRow;
        d += 128;
      } while (d < end);
      v128.store(target, f32x4.add(v128.load(target), a0));
      v128.store(target, f32x4.add(v128.load(target, 16), b0), 16);
      v128.store(target, f32x4.add(v128.load(target, 32), a1), 32);
      v128.store(target, f32x4.add(v128.load(target, 48), b1), 48);
      v128.store(target, f32x4.add(v128.load(target, 64), a2), 64);
      v128.store(target, f32x4.add(v128.load(target, 80), b2), 80);
      v128.store(target, f32x4.add(v128.load(target, 96), a3), 96);
      v128.store(target, f32x4.add(v128.load(target, 112), b3), 112);
      target += 128;
    }
  }
}
