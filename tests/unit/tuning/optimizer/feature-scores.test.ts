import { createDataset, type Dataset, digamma, fisherUpperTail, keyedRandom, regularizedBeta } from '@mlperf/core';
import {
  anovaFScores,
  chiSquareScores,
  type FeatureScore,
  mutualInformationScores,
  regressionFScores,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import golden from '../../../golden/feature-scores.json' with { type: 'json' };

function dataset(rows: readonly (readonly number[])[], targets: readonly number[], classes?: number): Dataset {
  const times = rows.map((_, i) => i);
  return createDataset({
    features: rows,
    featureNames: rows[0]!.map((_, i) => `f${i}`),
    targets: [...targets],
    ...(classes === undefined ? {} : { classes: Array.from({ length: classes }, (_, i) => `c${i}`) }),
    timestamps: times,
    labelEndsAt: times.map((time) => time + 1),
    ...(rows.flat().some(Number.isNaN) ? { missingValues: 'allowed' as const } : {}),
  });
}

function expectClose(found: number | undefined, expected: number | null, digits = 1e-9): void {
  if (expected === null) expect(found).toBeUndefined();
  else expect(Math.abs(found! - expected)).toBeLessThanOrEqual(digits * Math.max(1e-12, Math.abs(expected)));
}

function expectScores(
  found: readonly FeatureScore[],
  expected: { readonly scores: readonly (number | null)[]; readonly pValues: readonly (number | null)[] },
): void {
  expect(found).toHaveLength(expected.scores.length);
  found.forEach(({ score, pValue }, i) => {
    expectClose(score, expected.scores[i]!);
    expectClose(pValue, expected.pValues[i]!);
  });
}

describe.each(golden.cases)('scores of features, $classes classes', (sample) => {
  const { classes, features, labels, target, counts } = sample;

  it('by analysis of variance equal those of scikit-learn', () => {
    expectScores(anovaFScores(dataset(features, labels, classes)), sample.fClassif);
  });
  it('by linear dependence equal those of scikit-learn', () => {
    expectScores(regressionFScores(dataset(features, target)), sample.fRegression);
  });
  it('by chi-square equal those of scikit-learn', () => {
    expectScores(chiSquareScores(dataset(counts, labels, classes)), sample.chi2);
  });
  it('by mutual information equal those of scikit-learn', () => {
    const byClass = mutualInformationScores(dataset(features, labels, classes));
    byClass.forEach(({ score }, i) => {
      expect(score).toBeCloseTo(sample.mutualInformation[i]!, 10);
    });
    const byValue = mutualInformationScores(dataset(features, target));
    byValue.forEach(({ score }, i) => {
      expect(score).toBeCloseTo(sample.mutualInformationRegression[i]!, 10);
    });
  });
});

describe('scores of features', () => {
  const random = keyedRandom('feature-scores');
  const rows = Array.from({ length: 400 }, () => [random.next(), random.next()]);

  it('find a dependence that is not linear only by mutual information', () => {
    const bent = dataset(
      rows,
      rows.map(([x]) => (x! - 0.5) ** 2),
    );
    expect(regressionFScores(bent)[0]!.pValue).toBeGreaterThan(0.01);
    const [dependent, free] = mutualInformationScores(bent);
    expect(dependent!.score).toBeGreaterThan(0.5);
    expect(free!.score).toBeLessThan(0.1);
  });

  it('leave the rows out where the feature is missing', () => {
    const labels = rows.map(([x]) => (x! > 0.5 ? 1 : 0));
    const holed = rows.map((row, i) => (i % 3 === 0 ? [Number.NaN, row[1]!] : row));
    const kept = rows.flatMap((row, i) => (i % 3 === 0 ? [] : [{ row, label: labels[i]! }]));
    const whole = dataset(
      kept.map(({ row }) => row),
      kept.map(({ label }) => label),
      2,
    );
    for (const scores of [anovaFScores, chiSquareScores, mutualInformationScores]) {
      expect(scores(dataset(holed, labels, 2))[0]).toEqual(scores(whole)[0]);
    }
  });

  it('of values with many ties are finite and the same every time', () => {
    const coarse = rows.map(([x, y]) => [Math.round(x! * 4), Math.round(y! * 4)]);
    const labels = coarse.map(([x]) => (x! > 2 ? 1 : 0));
    const scores = mutualInformationScores(dataset(coarse, labels, 2));
    expect(scores[0]!.score).toBeGreaterThan(0.3);
    expect(scores[1]!.score).toBeLessThan(0.1);
    expect(mutualInformationScores(dataset(coarse, labels, 2))).toEqual(scores);
  });

  it('of what tells all, nothing or too little', () => {
    const data = dataset(
      [
        [1, 5, 0],
        [1, 5, 0],
        [2, 5, 0],
        [2, 5, 0],
      ],
      [0, 0, 1, 1],
      2,
    );
    expect(anovaFScores(data)).toEqual([{ score: Number.POSITIVE_INFINITY, pValue: 0 }, {}, {}]);
    expect(chiSquareScores(data)[2]).toEqual({});
    expect(regressionFScores(data)[0]).toEqual({ score: Number.MAX_VALUE, pValue: 0 });
    expect(regressionFScores(data)[1]).toEqual({ score: 0, pValue: 1 });
    expect(mutualInformationScores(data)[1]).toEqual({ score: 0 });
  });

  it('refuse data they are not made for', () => {
    const regression = dataset([[1], [2], [3]], [0.1, 0.2, 0.3]);
    const negative = dataset([[1], [-2], [3]], [0, 1, 0], 2);
    expect(() => anovaFScores(regression)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
    expect(() => chiSquareScores(regression)).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
    expect(() => chiSquareScores(negative)).toThrow(/feature 'f0' must be ≥ 0.*got -2/);
    expect(() => mutualInformationScores(negative, { neighbours: 0 })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});

describe('the distributions behind them', () => {
  it('equal SciPy', () => {
    for (const { a, b, x, value } of golden.regularizedBeta) expectClose(regularizedBeta(a, b, x), value, 1e-10);
    for (const { f, d1, d2, value } of golden.fisherUpperTail) expectClose(fisherUpperTail(f, d1, d2), value, 1e-10);
    for (const { a, value } of golden.digamma)
      expect(Math.abs(digamma(a) - value)).toBeLessThan(1e-13 * Math.max(1, Math.abs(value)));
  });
});
