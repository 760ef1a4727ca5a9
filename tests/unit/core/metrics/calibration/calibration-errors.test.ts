import {
  type BrierDecomposition,
  brierDecomposition,
  brierDecompositionOf,
  debiasedCalibrationError,
  debiasedSquaredCalibrationError,
  equalMassCalibrationError,
  equalMassMaximumCalibrationError,
  equalMassReliabilityTable,
  expectedCalibrationError,
  keyedRandom,
  maximumCalibrationError,
  OutcomeAggregate,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly correct: readonly boolean[]; readonly confidence: readonly number[] };
  readonly expected: {
    readonly mce: number;
    readonly debiasedSquare: number | null;
    readonly equalMassCounts: readonly number[];
    readonly equalMassEce: number;
    readonly equalMassMce: number;
    readonly brier: BrierDecomposition;
  };
}

const golden = readGolden<Case>('calibration-errors');
const TERMS = [
  'brierScore',
  'reliability',
  'resolution',
  'uncertainty',
  'withinBinVariance',
  'withinBinCovariance',
] as const;

const identityOf = (d: BrierDecomposition) =>
  d.reliability - d.resolution + d.uncertainty + d.withinBinVariance - d.withinBinCovariance;

/** Hits drawn with probability `rate(confidence)`. */
function draw(random: ReturnType<typeof keyedRandom>, n: number, rate: (confidence: number) => number) {
  const confidence = Array.from({ length: n }, () => 0.5 + random.next() / 2);
  return { confidence, correct: confidence.map((value) => random.next() < rate(value)) };
}

describe('calibration errors', () => {
  it('agree with an independent computation', () => {
    expect(golden.cases.length).toBeGreaterThan(10);
    for (const { input, expected } of golden.cases) {
      const { correct, confidence } = input;
      const check = (actual: number, wanted: number) =>
        expect(excess(actual, wanted, golden.tolerance)).toBeLessThanOrEqual(0);
      check(maximumCalibrationError(correct, confidence), expected.mce);
      expect(equalMassReliabilityTable(correct, confidence).map(({ count }) => count)).toEqual(
        expected.equalMassCounts,
      );
      check(equalMassCalibrationError(correct, confidence), expected.equalMassEce);
      check(equalMassMaximumCalibrationError(correct, confidence), expected.equalMassMce);
      const square = debiasedSquaredCalibrationError(correct, confidence);
      if (expected.debiasedSquare === null) expect(square).toBeUndefined();
      else check(square!, expected.debiasedSquare);
      const decomposition = brierDecomposition(correct, confidence);
      for (const term of TERMS) check(decomposition[term], expected.brier[term]);
    }
  });

  it('are worked out by hand', () => {
    const [correct, confidence] = [
      [true, false, true, true],
      [0.55, 0.6, 0.9, 0.9],
    ] as const;
    expect(maximumCalibrationError(correct, confidence)).toBeCloseTo(Math.max(0.575 - 0.5, 1 - 0.9), 15);
    expect(debiasedCalibrationError([true, true, true, false], [0.35, 0.35, 0.35, 0.35])).toBeCloseTo(
      Math.sqrt((0.75 - 0.35) ** 2 - (0.75 * 0.25) / 3),
      15,
    );
    const [c, f] = [
      [true, false, true, true],
      [0.6, 0.7, 0.8, 0.8],
    ] as const;
    expect(equalMassCalibrationError(c, f, 2)).toBeCloseTo((2 / 4) * (0.65 - 1 / 2) + (2 / 4) * (1 - 0.8), 15);
    expect(equalMassMaximumCalibrationError(c, f, 2)).toBeCloseTo(1 - 0.8, 15);
    const d = brierDecomposition([true, false], [0.55, 0.6]);
    expect(d.brierScore).toBeCloseTo((0.45 ** 2 + 0.6 ** 2) / 2, 15);
    expect(d.reliability).toBeCloseTo(0.075 ** 2, 15);
    expect(d.withinBinVariance).toBeCloseTo(0.025 ** 2, 15);
    expect(d.withinBinCovariance).toBeCloseTo(2 * -0.025 * 0.5, 15);
  });

  it('of one outcome in each bin have no debiased figure', () => {
    expect(debiasedCalibrationError([true, false], [0.55, 0.95])).toBeUndefined();
    expect(maximumCalibrationError([true, false], [0.55, 0.95])).toBe(0.95);
  });

  it('of confidences that are all equal come from a single bin', () => {
    const correct = [true, true, false, true];
    const confidence = [0.5, 0.5, 0.5, 0.5];
    expect(equalMassReliabilityTable(correct, confidence)).toEqual([
      { from: 0, to: 0.5, count: 4, correct: 3, accuracy: 0.75, meanConfidence: 0.5 },
    ]);
    for (const error of [
      equalMassCalibrationError,
      equalMassMaximumCalibrationError,
      maximumCalibrationError,
      expectedCalibrationError,
    ]) {
      expect(error(correct, confidence)).toBe(0.25);
    }
    const d = brierDecomposition(correct, confidence);
    expect([d.resolution, d.withinBinVariance, d.withinBinCovariance]).toEqual([0, 0, 0]);
    expect(d.brierScore).toBe(0.25);
  });

  it('of hits only have no uncertainty and no resolution', () => {
    const d = brierDecomposition([true, true, true], [0.55, 0.7, 0.95]);
    expect([d.uncertainty, d.resolution, d.withinBinCovariance]).toEqual([0, 0, 0]);
    expect(identityOf(d)).toBeCloseTo(d.brierScore, 15);
  });

  const rows = fc.array(
    fc.tuple(fc.boolean(), fc.oneof(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.constantFrom(0.1, 0.5, 0.7, 1))),
    { minLength: 1, maxLength: 80 },
  );

  it('the Brier terms add up to the score, in a batch and from sums', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const correct = list.map(([hit]) => hit);
        const confidence = list.map(([, value]) => value);
        const batch = brierDecomposition(correct, confidence);
        expect(Math.abs(identityOf(batch) - batch.brierScore)).toBeLessThanOrEqual(1e-14);
        const aggregate = new OutcomeAggregate();
        for (const [hit, value] of list) {
          aggregate.add({ predicted: 'up', observed: hit ? 'up' : 'down', confidence: value });
        }
        const streamed = brierDecompositionOf(aggregate)!;
        for (const term of TERMS) expect(Math.abs(streamed[term] - batch[term])).toBeLessThanOrEqual(1e-12);
      }),
      { seed: 73 },
    );
    expect(brierDecompositionOf(new OutcomeAggregate())).toBeUndefined();
  });

  it('equal-mass bins hold every outcome once, never part equal confidences, and do not know the order', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 12 }), (list, binCount) => {
        const table = equalMassReliabilityTable(
          list.map(([hit]) => hit),
          list.map(([, value]) => value),
          binCount,
        );
        expect(table.length).toBeLessThanOrEqual(Math.min(binCount, list.length));
        expect(table.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
        for (const { from, to, count } of table) {
          expect(list.filter(([, value]) => value > from && value <= to)).toHaveLength(count);
        }
        const turned = [...list].reverse();
        const again = equalMassReliabilityTable(
          turned.map(([hit]) => hit),
          turned.map(([, value]) => value),
          binCount,
        );
        expect(again.map(({ to, count, correct }) => [to, count, correct])).toEqual(
          table.map(({ to, count, correct }) => [to, count, correct]),
        );
      }),
      { seed: 74 },
    );
  });

  it('the debiased square averages to the true one, of a calibrated and of an overconfident model, where ECE does not', () => {
    const random = keyedRandom('debiased');
    for (const lack of [0, 0.15]) {
      const runs = 3_000;
      let sum = 0;
      let squares = 0;
      let ece = 0;
      for (let run = 0; run < runs; run++) {
        const { correct, confidence } = draw(random, 100, (value) => value - lack);
        const square = debiasedSquaredCalibrationError(correct, confidence)!;
        sum += square;
        squares += square * square;
        ece += expectedCalibrationError(correct, confidence);
      }
      const mean = sum / runs;
      const error = Math.sqrt((squares / runs - mean * mean) / runs);
      expect(Math.abs(mean - lack * lack)).toBeLessThanOrEqual(4 * error);
      expect(error).toBeLessThan(0.001);
      if (lack === 0) expect(ece / runs).toBeGreaterThan(0.05);
    }
  });

  it.each([
    ['nothing', [], [], 'EMPTY_INPUT'],
    ['lengths that differ', [true], [0.5, 0.6], 'LENGTH_MISMATCH'],
    ['NaN', [true], [Number.NaN], 'NOT_FINITE'],
    ['an infinity', [true], [Number.POSITIVE_INFINITY], 'NOT_FINITE'],
    ['a confidence above 1', [true], [1.0000001], 'OUT_OF_RANGE'],
  ])('refuse %s', (_case, correct, confidence, code) => {
    for (const metric of [
      maximumCalibrationError,
      debiasedCalibrationError,
      equalMassCalibrationError,
      equalMassMaximumCalibrationError,
      brierDecomposition,
    ]) {
      expect(() => metric(correct, confidence)).toThrow(expect.objectContaining({ code }));
    }
  });

  it('refuse bins that are not a whole number of at least 1', () => {
    for (const bins of [0, 1.5, Number.NaN]) {
      expect(() => equalMassReliabilityTable([true], [0.5], bins)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
  });
});
