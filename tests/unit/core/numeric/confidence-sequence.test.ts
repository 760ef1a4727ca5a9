import { keyedRandom, rateConfidenceSequence, runningMeanConfidenceSequence, wilsonInterval } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../read-golden.ts';

interface Interval {
  readonly lower: number;
  readonly upper: number;
}
const golden = readGolden<{
  readonly input: { readonly successes: number; readonly n: number; readonly confidence: number };
  readonly expected: { readonly constantRate: Interval; readonly runningMean: Interval };
}>('confidence-sequence');
const sequences = { constantRate: rateConfidenceSequence, runningMean: runningMeanConfidenceSequence };

/** Share of streams whose interval misses the truth at any time up to `limit`, looking at many of them. */
function missedShare(
  sequence: typeof rateConfidenceSequence,
  rateAt: (trial: number) => number,
  limit: number,
  runs: number,
): number {
  let missed = 0;
  for (let run = 0; run < runs; run++) {
    const random = keyedRandom('coverage', run);
    let successes = 0;
    let truth = 0;
    for (let n = 1; n <= limit; n++) {
      const rate = rateAt(n);
      if (random.next() < rate) successes++;
      truth += rate;
      // Late in the stream the interval hardly moves from one trial to the next.
      if (n > 10 && n % 20 !== 0) continue;
      const { lower, upper } = sequence(successes, n, 0.8);
      if (truth / n < lower || truth / n > upper) {
        missed++;
        break;
      }
    }
  }
  return missed / runs;
}

describe.each(['constantRate', 'runningMean'] as const)('confidence sequence for %s', (name) => {
  const sequence = sequences[name];

  it('agrees with SciPy', () => {
    expect(golden.cases.length).toBeGreaterThan(20);
    for (const { input, expected } of golden.cases) {
      const { lower, upper } = sequence(input.successes, input.n, input.confidence);
      expect(excess(lower, expected[name].lower, golden.tolerance)).toBeLessThanOrEqual(0);
      expect(excess(upper, expected[name].upper, golden.tolerance)).toBeLessThanOrEqual(0);
    }
  });

  it('covers a constant rate at all times together, looked at again and again', () => {
    // 300 streams at level 0.8: the share missed is at most 0.2, give or take 0.023.
    const missed = missedShare(sequence, () => 0.6, 400, 300);
    expect(missed).toBeLessThan(0.2 + 3 * 0.023);
    expect(missed).toBeGreaterThan(0.01);
  });

  it('is wider than an interval for one look, mirrors itself, and grows with the level', () => {
    const { lower, upper } = sequence(60, 100, 0.95);
    const once = wilsonInterval(60, 100, 0.95);
    expect(lower).toBeLessThan(once.lower);
    expect(upper).toBeGreaterThan(once.upper);
    expect(upper - lower).toBeLessThan(2 * (once.upper - once.lower));
    const mirrored = sequence(40, 100, 0.95);
    expect(mirrored.lower).toBeCloseTo(1 - upper, 12);
    expect(mirrored.upper).toBeCloseTo(1 - lower, 12);
    expect(sequence(60, 100, 0.99).lower).toBeLessThan(lower);
  });

  it('says nothing before the first trial and keeps an end at 0 or 1', () => {
    expect(sequence(0, 0, 0.95)).toEqual({ lower: 0, upper: 1 });
    expect(sequence(0, 10, 0.95).lower).toBe(0);
    expect(sequence(10, 10, 0.95).upper).toBe(1);
  });

  it.each([
    [-1, 10, 0.95],
    [11, 10, 0.95],
    [1, 1.5, 0.95],
    [Number.NaN, 10, 0.95],
    [1, Number.POSITIVE_INFINITY, 0.95],
    [1, 2, 0],
    [1, 2, 1],
  ])('refuses %f of %f at %f', (successes, n, confidence) => {
    expect(() => sequence(successes, n, confidence)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('a rate that changes', () => {
  const falling = (n: number) => (n <= 150 ? 0.9 : 0.2);

  it('has its running mean covered by the betting form', () => {
    expect(missedShare(runningMeanConfidenceSequence, falling, 400, 200)).toBeLessThan(0.2);
  });
});
