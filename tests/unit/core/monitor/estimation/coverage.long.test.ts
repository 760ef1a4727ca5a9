import {
  ESTIMATED_METRICS,
  type EstimatedMetric,
  keyedRandom,
  PerformanceEstimator,
  requireEstimate,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { drawThreeClasses, drawTwoClasses } from './estimation-fixture.ts';
import { realisedOf } from './realised.ts';

const RUNS = 400;
/** 0.95 ∓ 3 standard errors of a share over 400 runs, rounded outwards: √(0.95 · 0.05 / 400) = 0.011. */
const LEAST = 0.915;
const MOST = 0.985;

type Draw = (run: number) => {
  readonly past: Parameters<typeof PerformanceEstimator.fit>[0];
  readonly current: Parameters<typeof PerformanceEstimator.fit>[0];
};

/** How often the band held what came, for each metric. */
function coverage(
  draw: Draw,
  options: Parameters<typeof PerformanceEstimator.fit>[1],
  positiveClass: 'up' | 'macro' = 'up',
): Record<EstimatedMetric, number> {
  const held = { accuracy: 0, precision: 0, recall: 0, f1_score: 0, roc_auc: 0 };
  for (let run = 0; run < RUNS; run++) {
    const { past, current } = draw(run);
    const estimate = PerformanceEstimator.fit(past, options).estimate(current, { positiveClass });
    for (const metric of ESTIMATED_METRICS) {
      const { lower, upper } = requireEstimate(estimate, metric);
      const came = realisedOf(current, metric, positiveClass);
      if (lower <= came && came <= upper) held[metric] += 1 / RUNS;
    }
  }
  return held;
}

function drawing(name: string, past: number, current: number, changes: { mood?: number; drift?: number } = {}): Draw {
  return (run) => {
    const random = keyedRandom('coverage', name, run);
    return {
      past: drawTwoClasses(random, past),
      current: drawTwoClasses(random, current, { first: past, ...changes }),
    };
  };
}

describe('the band of 95 %', () => {
  it.each([
    ['2,000 past rows, 500 new ones', drawing('large', 2_000, 500), 'beta'],
    ['as many past rows as new ones', drawing('small', 400, 400), 'beta'],
    ['a temperature', drawing('temperature', 800, 400), 'temperature'],
    ['cases that come up more often', drawing('shift', 1_500, 300, { mood: 0.3 }), 'temperature'],
  ] as const)('holds what came 95 times in 100: %s', (_label, draw, method) => {
    const held = coverage(draw, { method });
    for (const metric of ESTIMATED_METRICS) {
      expect(held[metric], metric).toBeGreaterThan(LEAST);
      expect(held[metric], metric).toBeLessThan(MOST);
    }
  });

  it('is a little too narrow with beta calibration where a shift leads beyond the reference', () => {
    const held = coverage(drawing('shift', 4_000, 400, { mood: 0.3 }), { method: 'beta' });
    for (const metric of ESTIMATED_METRICS) {
      expect(held[metric], metric).toBeGreaterThan(0.89);
      expect(held[metric], metric).toBeLessThan(MOST);
    }
  });

  it('holds it for three classes on average', () => {
    const draw: Draw = (run) => {
      const random = keyedRandom('coverage', 'three', run);
      return { past: drawThreeClasses(random, 2_000), current: drawThreeClasses(random, 400) };
    };
    const held = coverage(draw, { method: 'temperature' }, 'macro');
    for (const metric of ESTIMATED_METRICS) {
      expect(held[metric], metric).toBeGreaterThan(LEAST);
      expect(held[metric], metric).toBeLessThan(MOST);
    }
  });

  it('is a little too narrow with isotonic regression on few rows, which flatters ROC AUC', () => {
    const held = coverage(drawing('isotonic', 400, 400), { method: 'isotonic' });
    expect(held.accuracy).toBeGreaterThan(0.9);
    expect(held.roc_auc).toBeGreaterThan(0.85);
    expect(held.roc_auc).toBeLessThan(0.95);
  });

  it('does not hold it on concept drift: that is what the assumption means', () => {
    const held = coverage(drawing('drift', 2_000, 500, { drift: 0.4 }), { method: 'beta' });
    expect(held.accuracy).toBeLessThan(0.05);
    expect(held.precision).toBeLessThan(0.1);
    expect(held.roc_auc).toBeLessThan(0.05);
  });
});
