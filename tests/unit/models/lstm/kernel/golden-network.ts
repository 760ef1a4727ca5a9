import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LstmBatch, LstmShape } from '../../../../../packages/models/src/lstm/engine.ts';

/** What both sides draw their numbers from. */
export interface GoldenInput {
  readonly seed: number;
  readonly shape: LstmShape;
  readonly windows: number;
  readonly scale: number;
}

export interface CurveInput extends GoldenInput {
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly clipNorm?: number;
}

interface Golden {
  readonly tolerance: {
    readonly gradientOfLargest: number;
    readonly lossRelative: number;
    readonly prediction: number;
    readonly curvePrediction: number;
  };
  readonly gradients: readonly {
    readonly input: GoldenInput;
    readonly expected: {
      readonly loss: number;
      readonly predictions: readonly number[];
      readonly gradients: readonly (readonly number[])[];
    };
  }[];
  readonly curves: readonly {
    readonly input: CurveInput;
    readonly expected: { readonly losses: readonly number[]; readonly predictions: readonly number[] };
  }[];
}

/** The vectors of tests/golden/lstm-kernel.py. */
export const golden: Golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../golden/lstm-kernel.json'), 'utf8'),
);

/** The weights and the batch of a golden case: the draws of the script, in its order. */
export function drawNetwork({ seed, shape, windows, scale }: GoldenInput): {
  readonly weights: Float32Array[];
  readonly batch: Required<LstmBatch>;
} {
  const take = drawsOf(seed);
  const weights: Float32Array[] = [];
  let inputs = shape.features;
  for (const units of shape.units) {
    weights.push(take(inputs * 4 * units, scale), take(units * 4 * units, scale), take(4 * units));
    inputs = units;
  }
  weights.push(take(inputs * shape.outputs), take(shape.outputs));
  const features = take((windows + shape.steps - 1) * shape.features, 4);
  const rows = Int32Array.from({ length: windows * shape.steps }, (_, i) => {
    const window = Math.floor(i / shape.steps);
    return (windows % 7 === 0 ? window : (7 * window) % windows) + (i % shape.steps);
  });
  const targets = targetsOf(take(windows * shape.outputs, 2), shape);
  const rowWeights = take(windows).map((value) => value + 1);
  return { weights, batch: { features, rows, targets, weights: rowWeights } };
}

/** Windows `first` to `last` − 1 of a batch. */
export function partOf(batch: Required<LstmBatch>, shape: LstmShape, first: number, last: number): Required<LstmBatch> {
  return {
    features: batch.features,
    rows: batch.rows.slice(first * shape.steps, last * shape.steps),
    targets: batch.targets.slice(first * shape.outputs, last * shape.outputs),
    weights: batch.weights.slice(first, last),
  };
}

function drawsOf(seed: number): (count: number, scale?: number) => Float32Array {
  let state = seed;
  return (count, scale = 1) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
      return ((state >>> 8) / 2 ** 24 - 0.5) * scale;
    });
}

function targetsOf(raw: Float32Array, { head, outputs }: LstmShape): Float32Array {
  if (head === 'linear') return raw;
  if (head === 'sigmoid') return raw.map((value) => (value > 0 ? 1 : 0));
  return raw.map((value, i) => {
    const row = raw.subarray(i - (i % outputs), i - (i % outputs) + outputs);
    return value === Math.max(...row) ? 1 : 0;
  });
}
