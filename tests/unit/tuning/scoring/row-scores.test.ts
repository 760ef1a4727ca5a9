import { keyedRandom } from '@mlperf/core';
import { accuracyScoring, logLossScoring, meanAbsoluteErrorScoring, rootMeanSquaredErrorScoring } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const ROWS = 50;
const CLASSES = ['down', 'flat', 'up'];
const random = keyedRandom('row scores');
const labels = Float64Array.from({ length: ROWS }, () => Math.floor(random.next() * 3));
const probabilities = new Float64Array(ROWS * 3);
for (let row = 0; row < ROWS; row++) {
  const raw = [random.next(), random.next(), random.next()];
  const sum = raw[0]! + raw[1]! + raw[2]!;
  probabilities.set(
    raw.map((p) => p / sum),
    row * 3,
  );
}
const values = Float64Array.from({ length: ROWS }, () => random.next() * 10 - 5);
const predicted = values.map((value) => value + random.next() - 0.3);

const mean = (scores: Float64Array) => scores.reduce((sum, score) => sum + score, 0) / scores.length;

describe('scores of single rows', () => {
  it.each([
    { metric: accuracyScoring, yTrue: labels, answers: probabilities, classes: CLASSES, of: (score: number) => score },
    { metric: logLossScoring, yTrue: labels, answers: probabilities, classes: CLASSES, of: (score: number) => -score },
    { metric: meanAbsoluteErrorScoring, yTrue: values, answers: predicted, classes: [], of: (score: number) => -score },
    {
      metric: rootMeanSquaredErrorScoring,
      yTrue: values,
      answers: predicted,
      classes: [],
      of: (score: number) => -(score ** 2),
    },
  ])(
    'of $metric.name have a mean that the metric orders by, larger being better',
    ({ metric, yTrue, answers, classes, of }) => {
      const scores = metric.rowScores!(yTrue, answers, classes);
      expect(scores.length).toBe(ROWS);
      expect(mean(scores)).toBeCloseTo(of(metric.score(yTrue, answers, classes)!), 12);
    },
  );

  it('of the log loss keep the distance from 0 that the metric keeps', () => {
    const scores = logLossScoring.rowScores!(Float64Array.of(1), Float64Array.of(1, 0), ['down', 'up']);
    expect(scores[0]).toBe(Math.log(Number.EPSILON));
  });
});
