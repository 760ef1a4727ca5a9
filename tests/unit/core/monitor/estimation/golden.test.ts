import {
  type ClassProbabilities,
  type Direction,
  ESTIMATED_METRICS,
  type EstimatedMetric,
  PerformanceEstimator,
  requireEstimate,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { readGolden } from '../../read-golden.ts';
import { fromProbabilities, resolvedOf } from './estimation-fixture.ts';

interface Rows {
  readonly probabilities: readonly (readonly number[])[];
  readonly predicted: readonly Direction[];
}
interface Case {
  readonly name: string;
  readonly input: {
    readonly classes: readonly Direction[];
    readonly positiveClass: Direction | 'macro';
    readonly reference: Rows & { readonly observed: readonly Direction[] };
    readonly analysis: Rows;
  };
  readonly expected: Readonly<
    Record<EstimatedMetric, { value: number; samplingError: number; lower: number; upper: number }>
  >;
}

const { cases } = readGolden<Case>('performance-estimation');
const EXACT = 1e-9;
/** NannyML rounds the counts of its ROC curve to five decimals. */
const ROUNDED = 2e-6;

const predictionsOf = ({ probabilities, predicted }: Rows) =>
  probabilities.map(([up, down, flat], i) => {
    const row: ClassProbabilities = { up: up!, down: down!, ...(flat === undefined ? {} : { flat }) };
    return fromProbabilities(i, row, predicted[i]!);
  });

describe.each(cases)('NannyML’s CBPE on $name', ({ input, expected }) => {
  const { reference, analysis, positiveClass } = input;
  const resolved = predictionsOf(reference).map((prediction, i) => resolvedOf(prediction, reference.observed[i]!));
  const estimate = PerformanceEstimator.fit(resolved, { method: 'isotonic' }).estimate(predictionsOf(analysis), {
    positiveClass,
  });

  it.each(ESTIMATED_METRICS)('gives the same %s, sampling error and band', (metric) => {
    const ours = requireEstimate(estimate, metric);
    const tolerance = metric === 'roc_auc' ? ROUNDED : EXACT;
    const theirs = expected[metric];
    expect(Math.abs(ours.value - theirs.value)).toBeLessThan(tolerance);
    expect(Math.abs(ours.samplingError - theirs.samplingError)).toBeLessThan(EXACT);
    expect(Math.abs(ours.referenceBand.lower - theirs.lower)).toBeLessThan(tolerance);
    expect(Math.abs(ours.referenceBand.upper - theirs.upper)).toBeLessThan(tolerance);
  });
});

it('the golden set holds two and three classes', () => {
  expect(cases.map(({ input }) => input.classes.length)).toEqual([2, 2, 2, 3, 3]);
});
