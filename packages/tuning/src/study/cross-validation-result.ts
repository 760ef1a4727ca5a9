import { CompensatedSum } from '@mlperf/core';
import type { BaselineScore } from './baseline-score.ts';

/** What cross-validation says of one set of hyperparameters. */
export interface CrossValidationResult {
  /** One score per fold, in fold order. */
  readonly cvScores: readonly number[];
  readonly meanCvScore: number;
  /** Sample standard deviation (n − 1); absent for a single fold. The folds share rows: it is no standard error. */
  readonly stdCvScore?: number;
  /** Sum over the folds. */
  readonly trainingTimeSeconds: number;
  /** Mean over the folds, by feature name; absent when the family has none. */
  readonly featureImportance?: Readonly<Record<string, number>>;
  /** As `StudyResult.unscoredRows`. */
  readonly unscoredRows?: number;
}

/** Of one set of hyperparameters, beside the baselines given to the tuner; absent without any. */
export interface ComparedCrossValidation extends CrossValidationResult {
  readonly baselines?: readonly BaselineScore[];
}

/** What is kept of one fold. */
export interface FoldOutcome {
  readonly score: number;
  readonly trainingTimeSeconds: number;
  /** One finite number per feature. */
  readonly featureImportance?: Float64Array;
  /** Per test row, in the dataset's order of classes (regression: one value); row-major. */
  readonly predictions: Float64Array;
}

export function summarizeFolds(
  outcomes: readonly FoldOutcome[],
  featureNames: readonly string[],
): CrossValidationResult {
  const cvScores = outcomes.map(({ score }) => score);
  const meanCvScore = mean(cvScores);
  const importances = outcomes.map((fold) => fold.featureImportance).filter((values) => values !== undefined);
  return {
    cvScores,
    meanCvScore,
    ...(cvScores.length < 2 ? {} : { stdCvScore: sampleDeviation(cvScores, meanCvScore) }),
    trainingTimeSeconds: total(outcomes.map((fold) => fold.trainingTimeSeconds)),
    ...(importances.length < outcomes.length
      ? {}
      : {
          featureImportance: Object.fromEntries(
            featureNames.map((name, c) => [name, mean(importances.map((values) => values[c]!))]),
          ),
        }),
  };
}

function mean(values: readonly number[]): number {
  return total(values) / values.length;
}

function sampleDeviation(values: readonly number[], center: number): number {
  return Math.sqrt(total(values.map((value) => (value - center) ** 2)) / (values.length - 1));
}

function total(values: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value;
}
