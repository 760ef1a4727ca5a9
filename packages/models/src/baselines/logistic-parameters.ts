import { float, InvalidInputError, type SearchSpace } from '@mlperf/core';
import { type ClassWeights, requireClassWeights } from '../class-weights.ts';
import { requireKnown } from './training-classes.ts';

/** Hyperparameters of logistic regression. */
export interface LogisticRegressionParameters {
  /** Penalty λ in Σ weight · loss + (λ/2)·‖coefficients‖², 0 to 1e12; scikit-learn's 1/C. Intercepts are free. */
  readonly l2: number;
  /** Converged when every derivative, divided by the sum of weights, is at most this; 1e-14 to 1. See {@link LogisticRegressionParameters}. */
  readonly tolerance: number;
  /** Newton steps before training fails, 1 to 10,000. */
  readonly maxIterations: number;
  readonly classWeights?: ClassWeights;
}

export const logisticRegressionDefaults: LogisticRegressionParameters = Object.freeze({
  l2: 1,
  tolerance: 1e-10,
  maxIterations: 100,
});

export const logisticRegressionSearchSpace = {
  l2: float(1e-4, 1e4, { log: true }),
} as const satisfies SearchSpace;

/** @throws {@link InvalidInputError} `INVALID_RECORD` | `OUT_OF_RANGE` | `INVALID_TYPE`. */
export function requireLogisticParameters(given: Partial<LogisticRegressionParameters>): LogisticRegressionParameters {
  requireKnown(given, ['l2', 'tolerance', 'maxIterations', 'classWeights'], 'logistic-regression');
  const { l2, tolerance, maxIterations } = { ...logisticRegressionDefaults, ...given };
  requireIn('l2', l2, 0, 1e12);
  requireIn('tolerance', tolerance, 1e-14, 1);
  requireIn('maxIterations', maxIterations, 1, 10_000);
  if (!Number.isInteger(maxIterations)) {
    throw new InvalidInputError('OUT_OF_RANGE', `maxIterations must be a whole number; got ${maxIterations}`);
  }
  const classWeights = requireClassWeights(given.classWeights);
  return { l2, tolerance, maxIterations, ...(classWeights === undefined ? {} : { classWeights }) };
}

function requireIn(name: string, value: unknown, low: number, high: number): void {
  if (typeof value !== 'number') {
    throw new InvalidInputError('INVALID_TYPE', `${name} must be a number; got ${typeof value}`);
  }
  if (!(value >= low && value <= high)) {
    throw new InvalidInputError('OUT_OF_RANGE', `${name} must be from ${low} to ${high}; got ${value}`);
  }
}
