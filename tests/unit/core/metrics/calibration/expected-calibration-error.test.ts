import {
  expectedCalibrationError,
  keyedRandom,
  OutcomeAggregate,
  reliabilityTable,
  reliabilityTableOf,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: { readonly correct: readonly boolean[]; readonly confidence: readonly number[] };
  readonly expected: { readonly ece: number; readonly counts: readonly number[] };
}

const golden = readGolden<Case>('expected-calibration-error');

describe('expectedCalibrationError', () => {
  it('agrees with an independent computation over bins (a, b], at every edge and one double beside it', () => {
    expect(golden.cases.length).toBeGreaterThan(10);
    for (const { input, expected } of golden.cases) {
      const table = reliabilityTable(input.correct, input.confidence);
      expect(table.map((bin) => bin.count)).toEqual(expected.counts);
      const ece = expectedCalibrationError(input.correct, input.confidence);
      expect(excess(ece, expected.ece, golden.tolerance)).toBeLessThanOrEqual(0);
    }
  });

  it('is worked out by hand over two bins', () => {
    const ece = expectedCalibrationError([true, false, true, true], [0.55, 0.6, 0.9, 0.9]);
    expect(ece).toBeCloseTo((2 / 4) * Math.abs(1 / 2 - 0.575) + (2 / 4) * Math.abs(1 - 0.9), 15);
  });

  it('is 0 when every bin is right as often as it says, and 1 at full confidence in nothing but misses', () => {
    expect(expectedCalibrationError([true, false], [0.5, 0.5])).toBe(0);
    expect(expectedCalibrationError([false, false], [1, 1])).toBe(1);
  });

  it('of a calibrated model is about 0.1 at 50 outcomes and falls with more, as its remarks say', () => {
    const random = keyedRandom('ece-bias');
    const meanEce = (n: number) => {
      let sum = 0;
      for (let run = 0; run < 400; run++) {
        const confidence = Array.from({ length: n }, () => 0.5 + random.next() / 2);
        sum += expectedCalibrationError(
          confidence.map((p) => random.next() < p),
          confidence,
        );
      }
      return sum / 400;
    };
    expect(meanEce(50)).toBeGreaterThan(0.07);
    expect(meanEce(50)).toBeLessThan(0.13);
    expect(meanEce(2000)).toBeLessThan(0.03);
  });

  it.each([
    ['no outcomes', [], [], 'EMPTY_INPUT'],
    ['lengths that differ', [true], [0.5, 0.6], 'LENGTH_MISMATCH'],
    ['a NaN', [true], [Number.NaN], 'NOT_FINITE'],
    ['a confidence above 1', [true], [1.0000001], 'OUT_OF_RANGE'],
    ['a confidence below 0', [true], [-0.1], 'OUT_OF_RANGE'],
  ])('refuses %s', (_case, correct, confidence, code) => {
    expect(() => expectedCalibrationError(correct, confidence)).toThrow(expect.objectContaining({ code }));
  });
});

describe('reliabilityTable', () => {
  it('puts an edge into the bin below it and 0 into the first', () => {
    const bins = (confidence: number) => reliabilityTable([true], [confidence]).findIndex((bin) => bin.count === 1);
    expect([0, 5e-324, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map(bins)).toEqual([0, 0, 0, 2, 4, 6, 8, 9]);
    expect([0.11, 0.51, 0.71].map(bins)).toEqual([1, 5, 7]);
  });

  it('leaves accuracy and mean confidence out of an empty bin', () => {
    const table = reliabilityTable([true, false], [0.55, 0.6]);
    expect(table).toHaveLength(10);
    expect(table[0]).toEqual({ from: 0, to: 0.1, count: 0, correct: 0 });
    expect(table[5]).toEqual({ from: 0.5, to: 0.6, count: 2, correct: 1, accuracy: 0.5, meanConfidence: 0.575 });
  });

  it('is the same from an aggregate', () => {
    const aggregate = new OutcomeAggregate();
    expect(reliabilityTableOf(aggregate).every((bin) => bin.count === 0 && bin.accuracy === undefined)).toBe(true);
    aggregate.add({ predicted: 'up', observed: 'up', confidence: 0.55 });
    aggregate.add({ predicted: 'up', observed: 'down', confidence: 0.6 });
    expect(reliabilityTableOf(aggregate)).toEqual(reliabilityTable([true, false], [0.55, 0.6]));
  });
});
