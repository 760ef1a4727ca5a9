import { MlperfError } from '@mlperf/core';
import type { LstmShape } from './engine.ts';
import { MAX_WEIGHTS } from './limits.ts';

/** The shape of one weight array, row-major. */
export type WeightShape = readonly [number] | readonly [number, number];

/**
 * The shapes of a network's weights, in Keras order: per LSTM layer kernel, recurrent kernel and bias, then the dense
 * kernel and its bias.
 * @throws {@link MlperfError} `TOO_LARGE` when they hold more than {@link MAX_WEIGHTS} numbers.
 */
export function weightShapes(shape: Pick<LstmShape, 'features' | 'units' | 'outputs'>): readonly WeightShape[] {
  const shapes: WeightShape[] = [];
  let inputs = shape.features;
  for (const units of shape.units) {
    shapes.push([inputs, 4 * units], [units, 4 * units], [4 * units]);
    inputs = units;
  }
  shapes.push([inputs, shape.outputs], [shape.outputs]);
  const total = shapes.reduce((sum, item) => sum + weightCount(item), 0);
  if (!(total <= MAX_WEIGHTS)) {
    throw new MlperfError('TOO_LARGE', `an LSTM may have at most ${MAX_WEIGHTS} weights; got ${total}`);
  }
  return shapes;
}

export function weightCount(shape: WeightShape): number {
  return shape.length === 1 ? shape[0] : shape[0] * shape[1];
}
