import { readFileSync } from 'node:fs';
import { accuracyScoring, f1Scoring, logLossScoring, macroF1Scoring } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

interface ScoreCase {
  readonly input: { readonly classes: number; readonly yTrue: number[]; readonly probabilities: number[] };
  readonly expected: {
    readonly accuracy: number;
    readonly f1OfClass1: number;
    readonly macroF1: number;
    readonly logLoss: number;
  };
}
const golden: { readonly cases: readonly ScoreCase[] } = JSON.parse(
  readFileSync(new URL('../../../golden/scoring-metrics.json', import.meta.url), 'utf8'),
);

function closeTo(actual: number | undefined, expected: number): void {
  expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
}

describe('the scoring metrics', () => {
  it('agree with scikit-learn', () => {
    for (const { input, expected } of golden.cases) {
      const yTrue = Float64Array.from(input.yTrue);
      const probabilities = Float64Array.from(input.probabilities);
      const classes = ['a', 'b', 'c', 'd'].slice(0, input.classes);
      closeTo(accuracyScoring.score(yTrue, probabilities, classes), expected.accuracy);
      closeTo(f1Scoring('b').score(yTrue, probabilities, classes), expected.f1OfClass1);
      closeTo(macroF1Scoring.score(yTrue, probabilities, classes), expected.macroF1);
      closeTo(logLossScoring.score(yTrue, probabilities, classes), expected.logLoss);
    }
  });

  it('say which way is better, under names of their own', () => {
    const metrics = [accuracyScoring, f1Scoring('up'), f1Scoring('down'), macroF1Scoring, logLossScoring];
    expect(metrics.map(({ name }) => name)).toEqual([
      'accuracy',
      'f1_score:up',
      'f1_score:down',
      'f1_macro',
      'log_loss',
    ]);
    expect(metrics.map(({ direction }) => direction)).toEqual([
      'maximize',
      'maximize',
      'maximize',
      'maximize',
      'minimize',
    ]);
  });

  it('leave F1 undefined for a class that was neither observed nor predicted', () => {
    expect(f1Scoring('up').score(Float64Array.of(0), Float64Array.of(1, 0), ['down', 'up'])).toBeUndefined();
  });

  it('refuse F1 of a class that the data has not', () => {
    expect(() => f1Scoring('sideways').score(Float64Array.of(0), Float64Array.of(1, 0), ['down', 'up'])).toThrow(
      /positiveClass must be one of down, up; got 'sideways'/,
    );
  });

  it('take the first of equally probable classes', () => {
    expect(accuracyScoring.score(Float64Array.of(0, 1), Float64Array.of(0.5, 0.5, 0.5, 0.5), ['a', 'b'])).toBe(1 / 2);
  });
});
