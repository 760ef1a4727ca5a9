import type { LayerPlan, MemoryPlan } from './memory-plan.ts';

/** Lengths of the weight arrays in Keras order. */
export function weightLengths(plan: MemoryPlan, outputs: number): number[] {
  const layers = plan.layers.flatMap(({ inputs, units }) => [inputs * 4 * units, units * 4 * units, 4 * units]);
  return [...layers, plan.layers.at(-1)!.units * outputs, outputs];
}

/**
 * Copies between Keras' arrays and the kernel's panels.
 * @param shift - Bytes from the weights to what is copied: 0, or to the gradient.
 */
export function copyWeights(
  direction: 'in' | 'out',
  plan: MemoryPlan,
  arrays: readonly Float32Array[],
  memory: Float32Array,
  shift = 0,
): void {
  const copy = (array: Float32Array, index: number, address: number): void => {
    const place = (address + shift) / 4;
    if (direction === 'in') memory[place] = array[index]!;
    else array[index] = memory[place]!;
  };
  for (const [l, layer] of plan.layers.entries()) {
    const [kernel, recurrent, bias] = arrays.slice(3 * l) as [Float32Array, Float32Array, Float32Array];
    const { inputs, units } = layer;
    for (let column = 0; column < 4 * units; column++) {
      for (let input = 0; input < inputs; input++) {
        copy(kernel, input * 4 * units + column, address(layer, input, column));
      }
      // The bias is the weight of the 1 between x and h.
      copy(bias, column, address(layer, layer.record.inputs - 1, column));
      for (let unit = 0; unit < units; unit++) {
        copy(recurrent, unit * 4 * units + column, address(layer, layer.record.inputs + unit, column));
      }
    }
  }
  const last = plan.layers.at(-1)!;
  const [dense, bias] = arrays.slice(3 * plan.layers.length) as [Float32Array, Float32Array];
  for (let output = 0; output < bias.length; output++) {
    for (let unit = 0; unit < last.units; unit++) {
      copy(dense, unit * bias.length + output, plan.denseWeights + 4 * (output * last.record.units + unit));
    }
    copy(bias, output, plan.denseBias + 4 * output);
  }
}

/** Where the weight of an input to a gate is; `column` counts gate by gate (i, f, c, o), as Keras does. */
function address({ units, record }: LayerPlan, input: number, column: number): number {
  const gate = Math.floor(column / units);
  const unit = column % units;
  const panel = 2 * Math.floor(unit / 4) + Math.floor(gate / 2);
  return record.weights + panel * record.panel + 4 * (8 * input + 4 * (gate % 2) + (unit % 4));
}
