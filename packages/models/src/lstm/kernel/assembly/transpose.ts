import { Layer } from './layer';

/** Writes `recurrent` and, above the first layer, `inputWeights` from `weights`. After every change of the weights. */
export function transposeWeights(layer: Layer): void {
  transpose(layer, layer.inputs, layer.units, layer.recurrent);
  if (layer.inputWeights != 0) transpose(layer, 0, layer.inputs - 1, layer.inputWeights);
}

/** 8 × 4 at a time: 4 inputs × 4 gates are turned in registers. `count` a multiple of 4. */
function transpose(layer: Layer, first: usize, count: usize, target: usize): void {
  const panels = layer.units >> 1;
  for (let panel: usize = 0; panel < panels; panel++) {
    for (let input: usize = 0; input < count; input += 4) {
      const from = layer.weights + panel * layer.panel + ((first + input) << 5);
      const to = target + (input >> 3) * (panels << 8) + (panel << 8) + ((input & 4) << 2);
      for (let half: usize = 0; half < 2; half++) {
        const w = from + (half << 4);
        const out = to + (half << 7);
        const r0 = v128.load(w);
        const r1 = v128.load(w, 32);
        const r2 = v128.load(w, 64);
        const r3 = v128.load(w, 96);
        const p0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const p1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const p2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const p3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<f32>(p0, p1, 0, 1, 4, 5));
        v128.store(out, v128.shuffle<f32>(p0, p1, 2, 3, 6, 7), 32);
        v128.store(out, v128.shuffle<f32>(p2, p3, 0, 1, 4, 5), 64);
        v128.store(out, v128.shuffle<f32>(p2, p3, 2, 3, 6, 7), 96);
      }
    }
  }
}
