import { accuracy } from '@mlperf/core';
import { mostProbableClass } from './most-probable-class.ts';
import type { ScoringMetric } from './scoring-metric.ts';

/** Accuracy of the most probable class (ties to the first class). Range [0, 1], best 1. A row scores 1 or 0. */
export const accuracyScoring: ScoringMetric = {
  name: 'accuracy',
  direction: 'maximize',
  score: (yTrue, probabilities, classes) => accuracy(yTrue, mostProbableClass(probabilities, classes.length)),
  rowScores: (yTrue, probabilities, classes) =>
    mostProbableClass(probabilities, classes.length).map((predicted, row) => (predicted === yTrue[row] ? 1 : 0)),
};
