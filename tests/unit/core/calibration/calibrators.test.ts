import {
  BetaCalibrator,
  type CalibrationData,
  type CalibrationMethod,
  calibratorFromJSON,
  fitBeta,
  fitCalibrator,
  fitIsotonic,
  fitPlatt,
  fitTemperature,
  IsotonicCalibrator,
  keyedRandom,
  PlattCalibrator,
  TemperatureCalibrator,
} from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const METHODS: readonly CalibrationMethod[] = ['platt', 'isotonic', 'temperature', 'beta'];

/** Rows whose hit rate is not what they say: p says p, but the truth is 0.2 + 0.5 p. */
function rowsOf(n: number, seed = 'rows'): CalibrationData {
  const random = keyedRandom(seed);
  const scores = Array.from({ length: n }, () => 0.05 + 0.9 * random.next());
  return { scores, observed: scores.map((p) => random.next() < 0.2 + 0.5 * p) };
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

describe.each(METHODS)('%s', (method) => {
  const data = rowsOf(400);

  it('survives JSON bit for bit and is not written to by a fit of frozen rows', () => {
    const frozen = { scores: Object.freeze(data.scores), observed: Object.freeze(data.observed) };
    const calibrator = fitCalibrator(method, frozen);
    expect(calibrator.method).toBe(method);
    const restored = calibratorFromJSON(JSON.parse(JSON.stringify(calibrator)));
    for (let p = 0; p <= 1; p += 1 / 64) expect(restored.apply(p)).toBe(calibrator.apply(p));
    expect(restored.toJSON()).toEqual(calibrator.toJSON());
  });

  it('gives probabilities that do not fall as the score grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const calibrator = fitCalibrator(method, rowsOf(80, `monotone ${seed}`));
        if (calibrator instanceof PlattCalibrator && calibrator.slope < 0) return;
        let last = 0;
        for (let p = 0; p <= 1; p += 1 / 32) {
          const calibrated = calibrator.apply(p);
          expect(calibrated).toBeGreaterThanOrEqual(last);
          expect(calibrated).toBeLessThanOrEqual(1);
          last = calibrated;
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('does not depend on the order of the rows, to 1e-9', () => {
    const reversed = { scores: [...Array.from(data.scores)].reverse(), observed: Array.from(data.observed).reverse() };
    const one = fitCalibrator(method, data);
    const other = fitCalibrator(method, reversed);
    for (let p = 0.05; p < 0.95; p += 0.05) expect(Math.abs(one.apply(p) - other.apply(p))).toBeLessThan(1e-9);
  });

  it.each([
    ['EMPTY_INPUT', { observed: [], scores: [] }],
    ['INSUFFICIENT_DATA', rowsOf(49)],
    ['LENGTH_MISMATCH', { ...data, scores: Array.from(data.scores).slice(1) }],
    ['NOT_FINITE', { ...data, scores: Array.from(data.scores, (p, i) => (i === 7 ? Number.NaN : p)) }],
    ['NOT_FINITE', { ...data, scores: Array.from(data.scores, (p, i) => (i === 7 ? Number.POSITIVE_INFINITY : p)) }],
    ['SINGLE_CLASS', { ...data, observed: Array.from(data.observed, () => true) }],
    ['SINGLE_CLASS', { ...data, observed: Array.from(data.observed, () => false) }],
  ] as const)('refuses with %s what cannot be fitted (%#)', (code, bad) => {
    expect(() => fitCalibrator(method, bad)).toThrow(expect.objectContaining({ name: 'InvalidInputError', code }));
  });

  it('refuses an observation that is not true or false', () => {
    const observed = JSON.parse(JSON.stringify(Array.from(data.observed, Number)));
    expect(() => fitCalibrator(method, { ...data, observed })).toThrow(
      expect.objectContaining({ code: 'INVALID_TYPE' }),
    );
  });

  it('refuses a minimum that is no whole number above 1', () => {
    for (const minimumRows of [1, 2.5, Number.NaN]) {
      expect(() => fitCalibrator(method, data, { minimumRows })).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE' }),
      );
    }
    expect(fitCalibrator(method, rowsOf(20, 'few'), { minimumRows: 20 }).method).toBe(method);
  });

  it('refuses to calibrate NaN and infinities', () => {
    const calibrator = fitCalibrator(method, data);
    for (const p of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => calibrator.apply(p)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    }
  });

  it('refuses stored forms that are foreign, of the future, corrupt or poisoned', () => {
    const stored = JSON.parse(JSON.stringify(fitCalibrator(method, data)));
    const poisoned = JSON.parse(JSON.stringify(stored).replace('{', '{"__proto__":{"method":"platt"},'));
    const missing = { ...stored };
    delete missing[Object.keys(stored).find((key) => key !== 'calibrator' && key !== 'formatVersion')!];
    for (const bad of [
      null,
      [],
      'platt',
      {},
      poisoned,
      missing,
      { ...stored, formatVersion: 2 },
      { ...stored, calibrator: 'spline' },
      { ...stored, calibrator: 'toString' },
      { ...stored, constructor: 1 },
      { ...stored, extra: 1 },
    ]) {
      expect(() => calibratorFromJSON(bad)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});

describe('fitPlatt', () => {
  it('ends where the gradient of its likelihood is zero', () => {
    const data = rowsOf(300);
    const { slope, intercept } = fitPlatt(data);
    const positives = Array.from(data.observed).filter(Boolean).length;
    let bySlope = 0;
    let byIntercept = 0;
    for (let i = 0; i < 300; i++) {
      const target = data.observed[i] ? (positives + 1) / (positives + 2) : 1 / (300 - positives + 2);
      const residual = sigmoid(slope * data.scores[i]! + intercept) - target;
      bySlope += (residual * data.scores[i]!) / 300;
      byIntercept += residual / 300;
    }
    expect(Math.abs(bySlope)).toBeLessThan(1e-10);
    expect(Math.abs(byIntercept)).toBeLessThan(1e-10);
  });

  it('gives two groups their smoothed shares', () => {
    const observed = Array.from({ length: 100 }, (_, i) => i % 10 < (i < 50 ? 2 : 8));
    const platt = fitPlatt({ observed, scores: observed.map((_, i) => (i < 50 ? -1 : 1)) });
    // 50 hits, 50 misses: the targets are 51/52 and 1/52.
    expect(platt.apply(1)).toBeCloseTo((40 * (51 / 52) + 10 * (1 / 52)) / 50, 9);
    expect(platt.apply(-1)).toBeCloseTo((10 * (51 / 52) + 40 * (1 / 52)) / 50, 9);
  });

  it('stays finite when hits and misses are perfectly separated', () => {
    const scores = Array.from({ length: 60 }, (_, i) => i);
    const platt = fitPlatt({ scores, observed: scores.map((s) => s >= 30) });
    expect(platt.slope).toBeGreaterThan(0);
    expect(platt.apply(59)).toBeLessThan(1);
    expect(platt.apply(0)).toBeGreaterThan(0);
  });

  it('does not mind the scale of the scores', () => {
    const data = rowsOf(200);
    const large = fitPlatt({ ...data, scores: Array.from(data.scores, (s) => 1e6 * s) });
    expect(large.apply(0.3e6)).toBeCloseTo(fitPlatt(data).apply(0.3), 9);
  });

  it('refuses scores that are all the same, which determine no slope', () => {
    const data = { ...rowsOf(60), scores: Array.from({ length: 60 }, () => 0.7) };
    expect(() => fitPlatt(data)).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });

  it('mirrors when hits become misses and scores change sign', () => {
    const data = rowsOf(200);
    const one = fitPlatt(data);
    const other = fitPlatt({
      scores: Array.from(data.scores, (s) => -s),
      observed: Array.from(data.observed, (came) => !came),
    });
    expect(other.apply(-0.4)).toBeCloseTo(1 - one.apply(0.4), 9);
  });
});

describe('fitIsotonic', () => {
  it('pools neighbours that fall and draws lines between', () => {
    const data = { observed: [false, true, false, true], scores: [1, 2, 3, 4] };
    const isotonic = fitIsotonic(data, { minimumRows: 4 });
    expect(isotonic.apply(2.5)).toBe((1 + 0) / 2);
    expect(isotonic.apply(1.5)).toBe((0 + 0.5) / 2);
    expect(isotonic.apply(-9)).toBe(0);
    expect(isotonic.apply(9)).toBe(1);
  });

  it('is the constant hit rate of scores that are all the same', () => {
    const observed = Array.from({ length: 60 }, (_, i) => i % 3 === 0);
    const isotonic = fitIsotonic({ observed, scores: observed.map(() => 0.5) });
    expect(isotonic.size).toBe(1);
    for (const p of [0, 0.5, 1]) expect(isotonic.apply(p)).toBe(20 / 60);
  });

  it('keeps the mean of what it was fitted on', () => {
    const data = rowsOf(500);
    const isotonic = fitIsotonic(data);
    const fitted = Array.from(data.scores, (p) => isotonic.apply(p)).reduce((sum, p) => sum + p, 0);
    expect(fitted).toBeCloseTo(Array.from(data.observed).filter(Boolean).length, 9);
  });

  it.each([
    ['UNSORTED', [0, 0], [0, 1]],
    ['UNSORTED', [0, 1], [1, 0]],
    ['OUT_OF_RANGE', [0, 1], [0, 1.5]],
    ['LENGTH_MISMATCH', [0, 1], [0]],
    ['EMPTY_INPUT', [], []],
  ] as const)('refuses knots with %s', (code, scores, probabilities) => {
    expect(() => new IsotonicCalibrator(scores, probabilities)).toThrow(expect.objectContaining({ code }));
    const stored = { calibrator: 'isotonic', formatVersion: 1, scores, probabilities };
    expect(() => calibratorFromJSON(stored)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });
});

describe('fitTemperature', () => {
  it('finds the one temperature that a constant confidence needs', () => {
    const observed = Array.from({ length: 100 }, (_, i) => i % 10 < 6);
    const temperature = fitTemperature({ observed, scores: observed.map(() => 0.9) });
    expect(temperature.apply(0.9)).toBeCloseTo(0.6, 12);
    // 1/T = logit(0.6) / logit(0.9)
    expect(temperature.inverseTemperature).toBeCloseTo(Math.log(1.5) / Math.log(9), 12);
    expect(temperature.apply(0.5)).toBe(0.5);
  });

  it('says 0.5 of everything when confidences carry no skill', () => {
    const data = rowsOf(100);
    const wrong = { ...data, observed: Array.from(data.scores, (p, i) => (i % 5 === 0 ? p > 0.5 : p < 0.5)) };
    const temperature = fitTemperature(wrong);
    expect(temperature.inverseTemperature).toBe(0);
    expect(temperature.apply(0.99)).toBe(0.5);
  });

  it('refuses confidences that are all exactly 0.5', () => {
    const data = { ...rowsOf(60), scores: Array.from({ length: 60 }, () => 0.5) };
    expect(() => fitTemperature(data)).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });

  it('refuses a side that is always right, for which no temperature is cold enough', () => {
    const data = rowsOf(60);
    const observed = Array.from(data.scores, (p) => p > 0.5);
    expect(() => fitTemperature({ ...data, observed })).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });
});

describe('fitBeta', () => {
  it('is near the identity on calibrated rows', () => {
    const random = keyedRandom('calibrated');
    const scores = Array.from({ length: 20_000 }, () => random.next());
    const beta = fitBeta({ scores, observed: scores.map((p) => random.next() < p) });
    for (const p of [0.05, 0.3, 0.5, 0.8, 0.95]) expect(Math.abs(beta.apply(p) - p)).toBeLessThan(0.015);
  });

  it('is exact at three scores when their shares lie on its curve', () => {
    const observed = Array.from({ length: 300 }, (_, i) => Math.floor(i / 3) % 10 < [2, 5, 8][i % 3]!);
    const beta = fitBeta({ observed, scores: observed.map((_, i) => [0.1, 0.5, 0.9][i % 3]!) });
    for (const [p, share] of [
      [0.1, 0.2],
      [0.5, 0.5],
      [0.9, 0.8],
    ] as const)
      expect(beta.apply(p)).toBeCloseTo(share, 8);
  });

  it('gives the constant share when confidences point the wrong way', () => {
    const data = rowsOf(100);
    const observed = Array.from(data.scores, (p, i) => (i % 5 === 0 ? p > 0.5 : p < 0.5));
    const beta = fitBeta({ ...data, observed });
    expect([beta.a, beta.b]).toEqual([0, 0]);
    expect(beta.apply(0.9)).toBeCloseTo(observed.filter(Boolean).length / 100, 9);
  });

  it.each([
    ['all the same', () => 0.7],
    ['two values', (i: number) => (i % 2 ? 0.3 : 0.6)],
    ['all exactly 0.5', () => 0.5],
  ])('refuses scores that are %s', (_label, score) => {
    const data = { ...rowsOf(60), scores: Array.from({ length: 60 }, (_, i) => score(i)) };
    expect(() => fitBeta(data)).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });

  it('refuses hits and misses that do not overlap: the likelihood has no maximum', () => {
    const data = rowsOf(60);
    const observed = Array.from(data.scores, (p) => p > 0.6);
    expect(() => fitBeta({ ...data, observed })).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });
});

describe('the calibrators', () => {
  it('of probabilities refuse scores outside [0, 1], the others take them', () => {
    const data = { ...rowsOf(60), scores: Array.from({ length: 60 }, (_, i) => i / 10 - 3) };
    for (const fitCurve of [fitTemperature, fitBeta]) {
      expect(() => fitCurve(data)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
    expect(fitPlatt(data).apply(-2)).toBeGreaterThan(0);
    expect(fitIsotonic(data).apply(-2)).toBeGreaterThanOrEqual(0);
    for (const calibrator of [new TemperatureCalibrator(1), new BetaCalibrator(1, 1, 0)]) {
      expect(() => calibrator.apply(1.1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
      for (const p of [1e-9, 0.25, 0.5, 0.8]) expect(calibrator.apply(p)).toBeCloseTo(p, 12);
    }
  });

  it('refuse parameters that no fit gives', () => {
    expect(() => new BetaCalibrator(-1, 1, 0)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => new BetaCalibrator(1, Number.NaN, 0)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => new TemperatureCalibrator(-1)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => new TemperatureCalibrator(Number.POSITIVE_INFINITY)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
    expect(() => new PlattCalibrator(Number.NaN, 0)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    const negative = { calibrator: 'temperature', formatVersion: 1, inverseTemperature: -1 };
    expect(() => calibratorFromJSON(negative)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  it('refuse a method by another name', () => {
    const method = JSON.parse('"spline"') as CalibrationMethod;
    expect(() => fitCalibrator(method, rowsOf(60))).toThrow(expect.objectContaining({ code: 'INVALID_TYPE' }));
  });
});
