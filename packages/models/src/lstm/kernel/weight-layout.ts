import type { LayerPlan, MemoryPlan } from './memory-plan.ts';

/** Lengths of the weight arrays in Keras order. */
export function weightLengths(plan: MemoryPlan, outputs: number): number[] {
  const layers = plan.layers.flatMap(({ inputs, units }) => [inputs * 4 * units, units * 4 * units, 4 * units]);
  return [...layers, plan.layers.at(-1)!.units * outputs, outputs];
}

/**
 * Copies between Keras' arrays and the kernel's panels.
 * @param shift - Bytes from the weights to what is copied: 0, or to the gradient.
 * @param look - Called before each layer; may throw.
 */
export function copyWeights(
  direction: 'in' | 'out',
  plan: MemoryPlan,
  arrays: readonly Float32Array[],
  memory: Float32Array,
  shift = 0,
  look: () => void = noLook,
): void {
  const isIn = direction === 'in';
  const copy = (array: Float32Array, index: number, place: number): void => {
    if (isIn) memory[place] = array[index]!;
    else array[index] = memory[place]!;
  };
  for (const [l, layer] of plan.layers.entries()) {
    const [kernel, recurrent, bias] = arrays.slice(3 * l) as [Float32Array, Float32Array, Float32Array];
    const { inputs, units, record } = layer;
    const width = 4 * units;
    look();
    // Millions of weights: the place of a column is found once, and Keras' arrays are read along their rows.
    const places = Int32Array.from({ length: width }, (_, column) => (placeOf(layer, column) + shift) / 4);
    const copyRow = (array: Float32Array, from: number, input: number): void => {
      for (let column = 0; column < width; column++) copy(array, from + column, places[column]! + 8 * input);
    };
    for (let input = 0; input < inputs; input++) copyRow(kernel, input * width, input);
    // The bias is the weight of the 1 between x and h.
    copyRow(bias, 0, record.inputs - 1);
    for (let unit = 0; unit < units; unit++) copyRow(recurrent, unit * width, record.inputs + unit);
  }
  const last = plan.layers.at(-1)!;
  const [dense, bias] = arrays.slice(3 * plan.layers.length) as [Float32Array, Float32Array];
  for (let output = 0; output < bias.length; output++) {
    for (let unit = 0; unit < last.units; unit++) {
      copy(dense, unit * bias.length + output, (plan.denseWeights + shift) / 4 + output * last.record.units + unit);
    }
    copy(bias, output, (plan.denseBias + shift) / 4 + output);
  }
}

function noLook(): void {}

/**
 * Where the first input's weight to a gate is, in bytes; those of the next are 8 numbers further each. `column` counts
 * gate by gate (i, f, c, o), as Keras does.
 */
function placeOf({ units, record }: LayerPlan, column: number): number {
  const gate = Math.floor(column / units);
  const unit = column % units;
  const panel = 2 * Math.floor(unit / 4) + Math.floor(gate / 2);
  return record.weights + panel * record.panel + 4 * (4 * (gate % 2) + (unit % 4));
}
