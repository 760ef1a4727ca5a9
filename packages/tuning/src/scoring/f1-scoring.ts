import { f1Score, InvalidInputError } from '@mlperf/core';
import { mostProbableClass } from './most-probable-class.ts';
import type { ScoringMetric } from './scoring-metric.ts';

/**
 * F1 of one class, of the most probable class in each row (ties to the first class).
 * @param positiveClass - One of the dataset's classes, such as `up`.
 * @returns a metric named `f1_score:<class>`; range [0, 1], best 1; undefined on rows where the class was neither
 * observed nor predicted. Its `score` throws `OUT_OF_RANGE` for a class that the dataset has not.
 * @example f1Scoring('up');
 */
export function f1Scoring(positiveClass: string): ScoringMetric {
  return {
    name: `f1_score:${positiveClass}`,
    direction: 'maximize',
    score(yTrue, probabilities, classes) {
      const index = classes.indexOf(positiveClass);
      if (index < 0) {
        throw new InvalidInputError(
          'OUT_OF_RANGE',
          `positiveClass must be one of ${classes.join(', ')}; got '${positiveClass}'`,
        );
      }
      return f1Score(yTrue, mostProbableClass(probabilities, classes.length), index);
    },
  };
}

/**
 * Macro F1: the plain mean of the F1 of every class that was observed or predicted (scikit-learn's
 * `f1_score(average='macro')`). Range [0, 1], best 1.
 */
export const macroF1Scoring: ScoringMetric = {
  name: 'f1_macro',
  direction: 'maximize',
  score(yTrue, probabilities, classes) {
    const predicted = mostProbableClass(probabilities, classes.length);
    const defined = classes.map((_, index) => f1Score(yTrue, predicted, index)).filter((f1) => f1 !== undefined);
    return defined.reduce((sum, f1) => sum + f1, 0) / defined.length;
  },
};
