import { InvalidInputError } from '@mlperf/core';
import type { LstmShape } from '../engine.ts';
import { LAYER_RECORD_BYTES, type LayerRecord } from './layer-record.ts';

/** Behind the kernel's own data. */
export const FIRST_ADDRESS = 4_096;
/** A batch is worked on in slices of rows, so that what a slice keeps of its steps stays near the cache. */
const SLICE_BYTES = 2 ** 19;
/** Fewer rows would read all weights again for hardly any work. */
const FEWEST_SLICE_ROWS = 8;
/** Rows a network that only predicts takes at once. */
const PREDICTED_ROWS = 32;
const MOST_BYTES = 2 ** 30;

/** Where one layer's arrays are: the record's fields that do not depend on the rows of the slice at hand. */
export interface LayerPlan {
  /** Address of its record. */
  readonly address: number;
  /** Inputs and units as the shape has them, unpadded. */
  readonly inputs: number;
  readonly units: number;
  /** Room for the dropout mask of what it hands to the next layer; the record says whether it is in use. */
  readonly mask: number;
  readonly record: LayerRecord;
}

/** The addresses of a network in the kernel's memory. */
export interface MemoryPlan {
  readonly layers: readonly LayerPlan[];
  /** Most rows at once, a multiple of 4. */
  readonly rows: number;
  readonly trains: boolean;
  /** All weights in one piece; the gradient and Adam's moments in the same order. */
  readonly weights: number;
  readonly weightCount: number;
  readonly gradient: number;
  readonly firstMoment: number;
  readonly secondMoment: number;
  /** [output][last layer's units, padded], and the bias. */
  readonly denseWeights: number;
  readonly denseBias: number;
  readonly denseMask: number;
  /** Double precision, [row][output]. */
  readonly sums: number;
  readonly targets: number;
  readonly rowWeights: number;
  readonly bytes: number;
}

/** A multiple of 4 ≥ `count`. */
export function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/**
 * Lays a network out. Nothing is allocated yet.
 * @param batchSize - Most rows of a training batch; left out: the network only predicts.
 * @throws {@link InvalidInputError} `TOO_LARGE` above 1 GiB.
 */
export function planMemory(shape: LstmShape, batchSize?: number): MemoryPlan {
  const trains = batchSize !== undefined;
  const most = padded(batchSize ?? PREDICTED_ROWS);
  const perRow = shape.units.reduce((sum, units) => sum + shape.steps * 4 * 9 * padded(units), 0);
  const rows = Math.min(most, Math.max(FEWEST_SLICE_ROWS, 4 * Math.floor(SLICE_BYTES / perRow / 4)));
  let end = FIRST_ADDRESS;
  /** The address of so many numbers of single precision, on a cache line's border. */
  const take = (count: number): number => {
    const address = end;
    end = Math.ceil((end + 4 * count) / 64) * 64;
    if (end > MOST_BYTES) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `an LSTM network must fit in ${MOST_BYTES / 2 ** 20} MiB; ${text(shape)} does not`,
      );
    }
    return address;
  };

  const sizes = shape.units.map((units, l) => {
    const inputs = l === 0 ? shape.features : shape.units[l - 1]!;
    const paddedInputs = l === 0 ? inputs : padded(inputs);
    const paddedUnits = padded(units);
    return { inputs, units, paddedInputs, paddedUnits, width: padded(paddedInputs + 1 + paddedUnits) };
  });
  const lastUnits = sizes.at(-1)!.paddedUnits;
  const addresses = sizes.map(() => take(LAYER_RECORD_BYTES / 4));

  // Weights lie end to end: Adam and the norm take them as one vector.
  const weights = end;
  const weightAt = sizes.map(({ width, paddedUnits }) => take(4 * paddedUnits * width));
  const denseWeights = take(shape.outputs * lastUnits);
  const denseBias = take(padded(shape.outputs));
  const weightCount = (end - weights) / 4;
  const gradient = trains ? take(weightCount) : 0;
  const firstMoment = trains ? take(weightCount) : 0;
  const secondMoment = trains ? take(weightCount) : 0;

  const layers: LayerPlan[] = [];
  const keptSteps = trains ? shape.steps : 1;
  const stateGradient = trains ? sizes.map(({ paddedUnits }) => take(rows * paddedUnits)) : [];
  for (const [l, { inputs, units, paddedInputs, paddedUnits, width }] of sizes.entries()) {
    // An odd number of 16-byte pieces, so that rows do not share the same few sets of the cache.
    const zRow = width % 8 === 0 ? width + 4 : width;
    const panels = paddedUnits / 2;
    const last = l === sizes.length - 1;
    const gatePanel = keptSteps * rows * 8 + 16;
    const cellBlock = keptSteps * rows * 4 + 16;
    layers.push({
      address: addresses[l]!,
      inputs,
      units,
      mask: trains && !last ? take(shape.steps * rows * paddedUnits) : 0,
      record: {
        z: take((shape.steps + 1) * rows * zRow),
        zRow: 4 * zRow,
        zStep: 0,
        inputs: paddedInputs + 1,
        units: paddedUnits,
        rows: 0,
        weights: weightAt[l]!,
        panel: 32 * width,
        gates: take(panels * gatePanel),
        gatePanel: 4 * gatePanel,
        gateStep: 0,
        cell: take((paddedUnits / 4) * cellBlock),
        cellBlock: 4 * cellBlock,
        cellStep: 0,
        tanhCell: take((paddedUnits / 4) * cellBlock),
        next: 0,
        nextRow: 0,
        nextStep: 0,
        mask: 0,
        recurrent: trains ? take(Math.ceil(paddedUnits / 8) * panels * 64) : 0,
        inputWeights: trains && l > 0 ? take(Math.ceil(paddedInputs / 8) * panels * 64) : 0,
        stateGradient: stateGradient[l] ?? 0,
        cellGradient: trains ? take(rows * paddedUnits) : 0,
        outputGradient: trains && !last ? take(shape.steps * rows * paddedUnits) : 0,
        inputGradient: 0,
        gradient: gradient + weightAt[l]! - weights,
      },
    });
  }
  for (const [l, { record }] of layers.entries()) {
    const above = layers[l + 1]?.record;
    if (above === undefined) continue;
    record.next = above.z;
    record.nextRow = above.zRow;
    above.inputGradient = record.outputGradient;
  }
  return {
    layers,
    rows,
    trains,
    weights,
    weightCount,
    gradient,
    firstMoment,
    secondMoment,
    denseWeights,
    denseBias,
    denseMask: trains ? take(rows * lastUnits) : 0,
    sums: take(2 * rows * shape.outputs),
    targets: trains ? take(rows * shape.outputs) : 0,
    rowWeights: trains ? take(rows) : 0,
    bytes: end,
  };
}

function text({ features, steps, units, outputs }: LstmShape): string {
  return `${features} features × ${steps} steps with layers of ${units.join(', ')} units and ${outputs} outputs`;
}
