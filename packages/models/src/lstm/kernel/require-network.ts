import { InvalidInputError } from '@mlperf/core';
import type { LstmBatch, LstmShape, LstmTraining, LstmWindows } from '../engine.ts';

const HEADS: readonly string[] = ['sigmoid', 'softmax', 'linear'];
/** Sizes beyond are refused one by one, so that no product of them leaves the whole numbers. */
const LARGEST_SIZE = 1_000_000;

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`. */
export function requireShape({ features, steps, units, outputs, head }: LstmShape): void {
  requireSize('features', features);
  requireSize('steps', steps);
  requireSize('outputs', outputs);
  if (units.length === 0 || units.length > 16) {
    throw new InvalidInputError('OUT_OF_RANGE', `units must name 1 to 16 layers; got ${units.length}`);
  }
  for (const [layer, count] of units.entries()) requireSize(`units[${layer}]`, count);
  if (!HEADS.includes(head)) {
    throw new InvalidInputError('INVALID_TYPE', `head must be ${HEADS.join(', ')}; got ${String(head)}`);
  }
  if (head === 'softmax' && outputs < 2) {
    throw new InvalidInputError('OUT_OF_RANGE', `a softmax head must have at least 2 outputs; got ${outputs}`);
  }
}

/** @throws {@link InvalidInputError} `OUT_OF_RANGE` | `LENGTH_MISMATCH`. */
export function requireTraining(training: LstmTraining, layers: number): void {
  const { batchSize, dropout, seed = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, clipNorm } = training;
  requireSize('batchSize', batchSize);
  if (dropout !== undefined && dropout.length !== layers) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `dropout must have a share for each of ${layers} layers; got ${dropout.length}`,
    );
  }
  for (const [layer, share] of (dropout ?? []).entries()) requireShare(`dropout[${layer}]`, share);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new InvalidInputError('OUT_OF_RANGE', `seed must be a whole number in [0, 2^32); got ${seed}`);
  }
  requireShare('beta1', beta1);
  requireShare('beta2', beta2);
  requirePositive('epsilon', epsilon);
  if (clipNorm !== undefined) requirePositive('clipNorm', clipNorm);
}

/** @returns the number of windows. @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `EMPTY_INPUT`. */
export function requireWindows({ features, rows }: LstmWindows, shape: LstmShape): number {
  if (features.length % shape.features !== 0) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have rows of ${shape.features} values; got ${features.length} values`,
    );
  }
  if (rows.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'rows must name at least one window; got none');
  if (rows.length % shape.steps !== 0) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `rows must name ${shape.steps} rows for each window; got ${rows.length}`,
    );
  }
  return rows.length / shape.steps;
}

/** @returns the number of windows. @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `OUT_OF_RANGE` | `EMPTY_INPUT`. */
export function requireBatch(batch: LstmBatch, shape: LstmShape, batchSize: number): number {
  const count = requireWindows(batch, shape);
  if (count > batchSize) {
    throw new InvalidInputError('OUT_OF_RANGE', `a batch must have at most ${batchSize} windows; got ${count}`);
  }
  if (batch.targets.length !== count * shape.outputs) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `targets must have ${shape.outputs} values for each of ${count} windows; got ${batch.targets.length}`,
    );
  }
  if (batch.weights !== undefined && batch.weights.length !== count) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `weights must have a value for each of ${count} windows; got ${batch.weights.length}`,
    );
  }
  return count;
}

export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be a finite number above 0; got ${value}`);
  }
}

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be in [0, 1); got ${value}`);
  }
}

function requireSize(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= LARGEST_SIZE)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `${name} must be a whole number from 1 to ${LARGEST_SIZE}; got ${value}`,
    );
  }
}
