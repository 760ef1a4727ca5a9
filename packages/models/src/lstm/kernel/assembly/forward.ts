import { sigmoid4, tanh4 } from './activations';
import { Layer } from './layer';
import { multiplyAdd } from './multiply-add';

/**
 * Steps `from` to `to` − 1 of a layer, forward. Gates, cell and state of a block of 4 units are made in one go, from
 * register tiles of 4 rows × 8 gates. What a step reads of z beyond its values must be 0 up to a multiple of 4.
 */
export function forward(layer: Layer, from: i32, to: i32): void {
  const zRow = layer.zRow;
  const rows = layer.rows;
  const blocks = layer.units >> 2;
  const cellStep = layer.cellStep;
  const mask = layer.mask;
  for (let step: usize = from; step < <usize>to; step++) {
    // The state ahead of the first step is 0.
    const count = step == 0 ? layer.inputs : layer.inputs + layer.units;
    const bytes = ((count + 3) & ~3) << 2;
    const z = layer.z + step * layer.zStep;
    for (let block: usize = 0; block < blocks; block++) {
      const inputForget = layer.gates + 2 * block * layer.gatePanel + step * layer.gateStep;
      const cellOutput = inputForget + layer.gatePanel;
      const weights = layer.weights + 2 * block * layer.panel;
      const cell = layer.cell + block * layer.cellBlock + step * cellStep;
      const tanhCell = layer.tanhCell + block * layer.cellBlock + step * cellStep;
      const state = z + layer.zStep + ((layer.inputs + 4 * block) << 2);
      const next = layer.next + step * layer.nextStep + (block << 4);
      const factors = mask + ((step * rows * layer.units + 4 * block) << 2);
      for (let row: usize = 0; row < rows; row += 4) {
        for (let panel: usize = 0; panel < 2; panel++) {
          let z0 = z + row * zRow;
          let z1 = z0 + zRow;
          let z2 = z1 + zRow;
          let z3 = z2 + zRow;
          let w = weights + panel * layer.panel;
          const end = z0 + bytes;
          let a0 = f32x4.splat(0);
          let a1 = a0;
          let a2 = a0;
          let a3 = a0;
          let b0 = a0;
          let b1 = a0;
          let b2 = a0;
          let b3 = a0;
          do {
            let u = v128.load(w);
            let v = v128.load(w, 16);
            let x0 = v128.load32_splat(z0);
            let x1 = v128.load32_splat(z1);
            let x2 = v128.load32_splat(z2);
            let x3 = v128.load32_splat(z3);
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
            x0 = v128.load32_splat(z0, 4);
            x1 = v128.load32_splat(z1, 4);
            x2 = v128.load32_splat(z2, 4);
            x3 = v128.load32_splat(z3, 4);
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
            x0 = v128.load32_splat(z0, 8);
            x1 = v128.load32_splat(z1, 8);
            x2 = v128.load32_splat(z2, 8);
            x3 = v128.load32_splat(z3, 8);
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
            x0 = v128.load32_splat(z0, 12);
            x1 = v128.load32_splat(z1, 12);
            x2 = v128.load32_splat(z2, 12);
            x3 = v128.load32_splat(z3, 12);
            a0 = multiplyAdd(a0, x0, u);
            b0 = multiplyAdd(b0, x0, v);
            a1 = multiplyAdd(a1, x1, u);
            b1 = multiplyAdd(b1, x1, v);
            a2 = multiplyAdd(a2, x2, u);
            b2 = multiplyAdd(b2, x2, v);
            a3 = multiplyAdd(a3, x3, u);
            b3 = multiplyAdd(b3, x3, v);
            w += 128;
            z0 += 16;
            z1 += 16;
            z2 += 16;
            z3 += 16;
          } while (z0 < end);
          if (panel == 0) {
            const gates = inputForget + (row << 5);
            v128.store(gates, sigmoid4(a0));
            v128.store(gates, sigmoid4(b0), 16);
            v128.store(gates, sigmoid4(a1), 32);
            v128.store(gates, sigmoid4(b1), 48);
            v128.store(gates, sigmoid4(a2), 64);
            v128.store(gates, sigmoid4(b2), 80);
            v128.store(gates, sigmoid4(a3), 96);
            v128.store(gates, sigmoid4(b3), 112);
          } else {
            const gates = cellOutput + (row << 5);
            v128.store(gates, tanh4(a0));
            v128.store(gates, sigmoid4(b0), 16);
            v128.store(gates, tanh4(a1), 32);
            v128.store(gates, sigmoid4(b1), 48);
            v128.store(gates, tanh4(a2), 64);
            v128.store(gates, sigmoid4(b2), 80);
            v128.store(gates, tanh4(a3), 96);
            v128.store(gates, sigmoid4(b3), 112);
          }
        }
        for (let r = row; r < row + 4; r++) {
          const first = inputForget + (r << 5);
          const second = cellOutput + (r << 5);
          const at = r << 4;
          let c = f32x4.mul(v128.load(first), v128.load(second));
          if (step > 0) c = f32x4.add(c, f32x4.mul(v128.load(first, 16), v128.load(cell + at - cellStep)));
          const t = tanh4(c);
          let h = f32x4.mul(v128.load(second, 16), t);
          v128.store(cell + at, c);
          v128.store(tanhCell + at, t);
          v128.store(state + r * zRow, h);
          if (layer.next != 0) {
            if (mask != 0) h = f32x4.mul(h, v128.load(factors + ((r * layer.units) << 2)));
            v128.store(next + r * layer.nextRow, h);
          }
        }
      }
    }
  }
}
