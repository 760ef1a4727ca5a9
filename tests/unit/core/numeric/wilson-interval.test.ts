import { normalCdf, wilsonInterval } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../read-golden.ts';

interface Case {
  readonly input: { readonly successes: number; readonly n: number; readonly confidence: number };
  readonly expected: { readonly lower: number; readonly upper: number };
}

const golden = readGolden<Case>('wilson-interval');
const counts = fc
  .integer({ min: 1, max: 100_000 })
  .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

describe('wilsonInterval', () => {
  it('agrees with SciPy', () => {
    expect(golden.cases.length).toBeGreaterThan(50);
    for (const { input, expected } of golden.cases) {
      const { lower, upper } = wilsonInterval(input.successes, input.n, input.confidence);
      expect(excess(lower, expected.lower, golden.tolerance)).toBeLessThanOrEqual(0);
      expect(excess(upper, expected.upper, golden.tolerance)).toBeLessThanOrEqual(0);
    }
  });

  it('ends exactly at 0 without successes and at 1 without failures', () => {
    expect(wilsonInterval(0, 7, 0.95).lower).toBe(0);
    expect(wilsonInterval(7, 7, 0.95).upper).toBe(1);
  });

  it('holds the share, lies in [0, 1] and mirrors when successes and failures swap', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 0.9999, noNaN: true }), ([k, n], confidence) => {
        const { lower, upper } = wilsonInterval(k, n, confidence);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1);
        expect(lower).toBeLessThanOrEqual(k / n + 1e-15);
        expect(upper).toBeGreaterThanOrEqual(k / n - 1e-15);
        const mirrored = wilsonInterval(n - k, n, confidence);
        expect(mirrored.lower).toBeCloseTo(1 - upper, 12);
        expect(mirrored.upper).toBeCloseTo(1 - lower, 12);
      }),
      { seed: 53 },
    );
  });

  it('covers a true rate of 0.6 in 50 trials about as often as it says', () => {
    const [n, rate] = [50, 0.6];
    let covered = 0;
    let probability = (1 - rate) ** n;
    for (let k = 0; k <= n; k++) {
      const { lower, upper } = wilsonInterval(k, n, 0.95);
      if (lower <= rate && rate <= upper) covered += probability;
      probability *= ((n - k) / (k + 1)) * (rate / (1 - rate));
    }
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.97);
  });

  it('has ends at which the score test is just at its level', () => {
    const { lower } = wilsonInterval(28, 50, 0.9);
    const score = (28 / 50 - lower) / Math.sqrt((lower * (1 - lower)) / 50);
    expect(normalCdf(score)).toBeCloseTo(0.95, 12);
  });

  it.each([
    ['no trials', 0, 0, 0.95, 'EMPTY_INPUT', 'n must be at least 1 trial; got 0'],
    ['a broken count of trials', 0, 2.5, 0.95, 'OUT_OF_RANGE', 'n must be a whole number of at least 1; got 2.5'],
    ['more successes than trials', 3, 2, 0.95, 'OUT_OF_RANGE', 'successes must be a whole number from 0 to 2; got 3'],
    ['a NaN', Number.NaN, 2, 0.95, 'OUT_OF_RANGE', 'successes must be a whole number from 0 to 2; got NaN'],
    ['certainty', 1, 2, 1, 'OUT_OF_RANGE', 'confidence must be above 0 and below 1; got 1'],
    ['a percentage', 1, 2, 95, 'OUT_OF_RANGE', 'confidence must be above 0 and below 1; got 95'],
  ])('refuses %s', (_case, successes, n, confidence, code, message) => {
    expect(() => wilsonInterval(successes, n, confidence)).toThrow(expect.objectContaining({ code, message }));
  });
});
