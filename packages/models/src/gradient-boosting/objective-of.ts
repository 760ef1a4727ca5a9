import { binaryLogistic } from './binary-logistic.ts';
import type { Objective } from './objective.ts';
import { softmax } from './softmax.ts';
import { squaredError } from './squared-error.ts';

/** @param classes - Their number; 0 for a regression. */
export function objectiveOf(classes: number): Objective {
  if (classes === 0) return squaredError;
  return classes === 2 ? binaryLogistic : softmax(classes);
}
