import {
  ClassCalibrator,
  ESTIMATED_METRICS,
  ESTIMATION_ASSUMPTION,
  type EstimatedMetric,
  estimatePerformance,
  estimationReference,
  keyedRandom,
  PerformanceEstimator,
  type ResolvedPrediction,
  requireEstimate,
  TemperatureCalibrator,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { drawThreeClasses, drawTwoClasses, fromProbabilities, predictionOf, resolvedOf } from './estimation-fixture.ts';
import { realisedOf } from './realised.ts';

const past = drawTwoClasses(keyedRandom('past'), 600);
const current = drawTwoClasses(keyedRandom('current'), 300, { first: 600 });
const estimator = PerformanceEstimator.fit(past);

/** Says what it was told, so that expectations can be worked out by hand. */
const asSaid = new ClassCalibrator(['up', 'down'], [new TemperatureCalibrator(1)]);
const reference = estimationReference(past);

function byHand(rows: readonly [up: number, direction: 'up' | 'down'][], metrics: readonly EstimatedMetric[]) {
  const predictions = rows.map(([up, direction], i) => fromProbabilities(i, { up, down: 1 - up }, direction));
  return estimatePerformance(predictions, { calibrator: asSaid, reference, metrics });
}

describe('estimatePerformance', () => {
  const rows = [
    [0.9, 'up'],
    [0.6, 'up'],
    [0.3, 'down'],
    [0.2, 'up'],
  ] as const;
  const estimate = byHand(
    rows.map(([up, direction]) => [up, direction]),
    ESTIMATED_METRICS,
  );

  it('is the expectation of the counts', () => {
    const value = (metric: EstimatedMetric) => requireEstimate(estimate, metric).value;
    expect(value('accuracy')).toBeCloseTo((0.9 + 0.6 + 0.7 + 0.2) / 4, 12);
    expect(value('precision')).toBeCloseTo((0.9 + 0.6 + 0.2) / 3, 12);
    expect(value('recall')).toBeCloseTo((0.9 + 0.6 + 0.2) / (0.9 + 0.6 + 0.3 + 0.2), 12);
    expect(value('f1_score')).toBeCloseTo((2 * 1.7) / (3 + 2), 12);
    // Pairs in order, and each row with itself at a half: N₊ = N₋ = 2.
    const pairs = 0.9 * (0.4 + 0.7 + 0.8) + 0.6 * (0.7 + 0.8) + 0.3 * 0.8;
    const selves = (0.9 * 0.1 + 0.6 * 0.4 + 0.3 * 0.7 + 0.2 * 0.8) / 2;
    expect(value('roc_auc')).toBeCloseTo((pairs + selves) / 4, 12);
  });

  it('gives accuracy the variance of a Poisson binomial, widened by the size of the reference', () => {
    const drawn = (0.9 * 0.1 + 0.6 * 0.4 + 0.7 * 0.3 + 0.2 * 0.8) / 4 ** 2;
    const { value, standardError, lower, upper } = requireEstimate(estimate, 'accuracy');
    expect(standardError).toBeCloseTo(Math.sqrt(drawn * (1 + 4 / 600)), 12);
    expect(lower).toBeCloseTo(value - 1.959963984540054 * standardError, 12);
    expect(upper).toBe(1);
  });

  it.each(['precision', 'recall', 'f1_score', 'roc_auc'] as const)(
    'gives %s a standard error near the spread of outcomes drawn from its probabilities',
    (metric) => {
      const predictions = current.slice(0, 200);
      const ours = estimatePerformance(predictions, { calibrator: asSaid, reference, metrics: [metric] });
      const random = keyedRandom('drawn', metric);
      const draws = Array.from({ length: 400 }, () =>
        realisedOf(
          predictions.map((prediction) =>
            resolvedOf(prediction, random.next() < prediction.probabilities!.up ? 'up' : 'down'),
          ),
          metric,
          'up',
        ),
      );
      const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
      const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length);
      const { value, standardError } = requireEstimate(ours, metric);
      const conditional = standardError / Math.sqrt(1 + 200 / 600);
      expect(Math.abs(value - mean)).toBeLessThan(4 * (spread / 20) + 0.005);
      expect(conditional / spread).toBeGreaterThan(0.88);
      expect(conditional / spread).toBeLessThan(1.14);
    },
  );

  it('says in every result what it assumes', () => {
    expect(estimate.assumption).toBe('P(y|x) unchanged; concept drift cannot be seen');
    expect(estimate.assumption).toBe(ESTIMATION_ASSUMPTION);
    expect(JSON.parse(JSON.stringify(estimate)).assumption).toBe(ESTIMATION_ASSUMPTION);
  });

  it('fails with a reason, and alone, where a metric has no value', () => {
    const none = byHand(
      [
        [0.2, 'down'],
        [0.4, 'down'],
      ],
      ['accuracy', 'precision', 'recall'],
    );
    expect(none.metrics.precision).toEqual({
      status: 'failed',
      code: 'INSUFFICIENT_DATA',
      reason: "precision needs a prediction of 'up'; there is none",
    });
    expect(none.metrics.accuracy.status).toBe('estimated');
    expect(none.metrics.recall).toMatchObject({ status: 'estimated', value: 0 });
    expect(() => requireEstimate(none, 'precision')).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_DATA', message: expect.stringContaining('precision') }),
    );
  });

  it('fails where every row is certain, or the reference says nothing of the metric', () => {
    const observed = past.map((row, i) => resolvedOf(fromProbabilities(i, row.probabilities!), 'down'));
    const downs = estimationReference(observed);
    const never = new ClassCalibrator(['up', 'down'], [new TemperatureCalibrator(1e6)]);
    const predictions = [0.1, 0.2].map((up, i) => fromProbabilities(i, { up, down: 1 - up }));
    const certain = estimatePerformance(predictions, { calibrator: never, reference, metrics: ESTIMATED_METRICS });
    for (const metric of ['recall', 'f1_score', 'roc_auc', 'precision'] as const) {
      expect(certain.metrics[metric]).toMatchObject({ status: 'failed', code: 'INSUFFICIENT_DATA' });
    }
    const unheard = estimatePerformance(current, { calibrator: asSaid, reference: downs, metrics: ['recall'] });
    expect(unheard.metrics.recall).toMatchObject({
      status: 'failed',
      reason: "the reference must hold rows that bear on recall of 'up'; it holds none",
    });
  });

  it('widens its bands when labels overlap', () => {
    const hour = 3_600_000;
    const overlapping = current.map((row) => ({ ...row, dueAt: row.predictedAt + 5 * hour }));
    const plain = estimator.estimate(current, { metrics: ['accuracy'] });
    const wide = estimator.estimate(overlapping, { metrics: ['accuracy'] });
    expect(plain.effectivePredictions).toBe(300);
    expect(wide.effectivePredictions).toBeLessThan(66);
    expect(wide.effectivePredictions).toBeGreaterThan(59);
    const ratio = wide.metrics.accuracy.status === 'estimated' ? wide.metrics.accuracy.standardError : 0;
    expect(ratio / requireEstimate(plain, 'accuracy').standardError).toBeCloseTo(
      Math.sqrt((1 / wide.effectivePredictions + 1 / 600) / (1 / 300 + 1 / 600)),
      9,
    );
  });

  it('tells the share of predictions beyond what the reference has seen', () => {
    expect(estimator.estimate(past).outsideReference).toBe(0);
    const far = fromProbabilities(9_000, { up: 0.999, down: 0.001 });
    expect(estimator.estimate([past[0]!, far]).outsideReference).toBe(0.5);
  });

  it('does not depend on the order of the predictions', () => {
    const forward = estimator.estimate(current);
    const backward = estimator.estimate([...current].reverse());
    for (const metric of ESTIMATED_METRICS) {
      expect(requireEstimate(backward, metric).value).toBeCloseTo(requireEstimate(forward, metric).value, 12);
    }
  });

  it('refuses options it cannot honour', () => {
    const refuse = (code: string, options: object) => {
      const given = { calibrator: asSaid, reference, metrics: ['accuracy'], ...options } as const;
      expect(() => estimatePerformance(current, given)).toThrow(expect.objectContaining({ code }));
    };
    refuse('EMPTY_INPUT', { metrics: [] });
    refuse('INVALID_TYPE', { metrics: ['sharpe_ratio'] });
    refuse('INVALID_TYPE', { positiveClass: 'flat' });
    refuse('INVALID_TYPE', { calibrator: new ClassCalibrator(['down', 'up'], [new TemperatureCalibrator(1)]) });
    for (const coverage of [0, 1, Number.NaN]) refuse('OUT_OF_RANGE', { coverage });
  });
});

describe('PerformanceEstimator', () => {
  it.each(['platt', 'isotonic', 'temperature', 'beta'] as const)(
    'estimates near what comes, calibrated by %s',
    (method) => {
      const estimate = PerformanceEstimator.fit(past, { method }).estimate(current);
      expect(estimate.calibration).toBe(method);
      for (const metric of ESTIMATED_METRICS) {
        const { lower, upper } = requireEstimate(estimate, metric);
        const came = realisedOf(current, metric, 'up');
        expect(came).toBeGreaterThan(lower);
        expect(came).toBeLessThan(upper);
      }
    },
  );

  it('does not take the model at its word: raw confidences promise far more', () => {
    const said = current.reduce((sum, { confidence }) => sum + confidence, 0) / current.length;
    const estimated = requireEstimate(estimator.estimate(current), 'accuracy').value;
    const came = realisedOf(current, 'accuracy', 'up');
    expect(said - came).toBeGreaterThan(0.09);
    expect(Math.abs(estimated - came)).toBeLessThan(0.05);
  });

  it('knows up, down and flat, one against the rest or on average', () => {
    const three = PerformanceEstimator.fit(drawThreeClasses(keyedRandom('three'), 900));
    const now = drawThreeClasses(keyedRandom('three now'), 400);
    expect(three.reference.classes).toEqual(['up', 'down', 'flat']);
    for (const positiveClass of ['up', 'down', 'flat', 'macro'] as const) {
      const estimate = three.estimate(now, { positiveClass, coverage: 0.999 });
      for (const metric of ESTIMATED_METRICS) {
        const { lower, upper, value } = requireEstimate(estimate, metric);
        const came = realisedOf(now, metric, positiveClass);
        expect(came).toBeGreaterThan(lower);
        expect(came).toBeLessThan(upper);
        expect(value).toBeGreaterThan(0.3);
      }
    }
  });

  it('cannot see concept drift: the estimate stays while the accuracy falls', () => {
    const before = estimator.estimate(current);
    const drifted = drawTwoClasses(keyedRandom('current'), 300, { first: 600, drift: 0.6 });
    const after = estimator.estimate(drifted);
    expect(after.metrics).toEqual(before.metrics);
    const came = realisedOf(drifted, 'accuracy', 'up');
    expect(came).toBeLessThan(requireEstimate(after, 'accuracy').lower - 0.05);
    expect(after.assumption).toBe(ESTIMATION_ASSUMPTION);
  });

  it('sees a harder mix of cases before any outcome', () => {
    const easy = requireEstimate(estimator.estimate(current), 'accuracy');
    const hard = current.map((row, i) => {
      const up = 0.5 + (row.probabilities!.up - 0.5) / 4;
      return fromProbabilities(600 + i, { up, down: 1 - up });
    });
    expect(requireEstimate(estimator.estimate(hard), 'accuracy').upper).toBeLessThan(easy.value);
  });

  it('survives JSON bit for bit', () => {
    for (const method of ['beta', 'isotonic'] as const) {
      const fitted = PerformanceEstimator.fit(past, { method });
      const restored = PerformanceEstimator.from(JSON.parse(JSON.stringify(fitted)));
      expect(restored.estimate(current)).toEqual(fitted.estimate(current));
      expect(restored.toJSON()).toEqual(fitted.toJSON());
    }
  });

  it('holds a calibrator that a bundle could carry and a predictor apply', () => {
    const header = JSON.parse(JSON.stringify({ calibration: estimator.calibrator }));
    const applied = ClassCalibrator.from(header.calibration);
    expect(applied.classes).toEqual(['up', 'down']);
    expect(applied.apply([0.8, 0.2])).toEqual(estimator.calibrator.apply([0.8, 0.2]));
  });

  it('is fitted on what storage returns', async () => {
    const storage = openMemoryStorage();
    await storage.migrate();
    await storage.predictions.append(past.map(({ outcome: _, ...prediction }) => prediction));
    await storage.predictions.resolve(
      past.map(({ id, outcome: { sequence: _, recordedAt, ...outcome } }) => ({
        predictionId: id,
        outcome,
        recordedAt,
      })),
    );
    const query = { modelVersionId: 'v1', role: 'live', limit: 1_000 } as const;
    const stored = PerformanceEstimator.fit(await storage.predictions.recentOutcomes(query));
    expect(stored.toJSON()).toEqual(estimator.toJSON());
    await storage.close();
  });

  it('refuses a past it cannot be fitted on', () => {
    const [first, second, ...rest] = past;
    const refused: [string, readonly ResolvedPrediction[]][] = [
      ['EMPTY_INPUT', []],
      ['INSUFFICIENT_DATA', past.slice(0, 49)],
      ['INSUFFICIENT_DATA', past.map((row) => ({ ...row, confidence: 0.5, probabilities: { up: 0.5, down: 0.5 } }))],
      ['SINGLE_CLASS', past.map((row) => ({ ...row, outcome: { ...row.outcome, direction: 'up' } }))],
      ['INVALID_RECORD', [first!, first!, ...rest]],
      ['INVALID_RECORD', [first!, { ...second!, modelVersionId: 'v2' }, ...rest]],
      ['INVALID_RECORD', [{ ...first!, confidence: Number.NaN }, second!, ...rest]],
      ['INVALID_RECORD', [{ ...first!, probabilities: { up: 0.9, down: 0.9 } }, second!, ...rest]],
    ];
    for (const [code, bad] of refused) {
      expect(() => PerformanceEstimator.fit(bad)).toThrow(expect.objectContaining({ name: 'InvalidInputError', code }));
    }
    const open = JSON.parse(JSON.stringify(past.map(({ outcome: _, ...prediction }) => prediction)));
    expect(() => PerformanceEstimator.fit(open)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
  });

  describe('on confidences that are all equal', () => {
    const same = (confidence: number) =>
      Array.from({ length: 200 }, (_, i) => resolvedOf(predictionOf(i, { confidence }), i % 10 < 6 ? 'up' : 'down'));

    it.each(['isotonic', 'temperature'] as const)('takes the share of hits, calibrated by %s', (method) => {
      const fitted = PerformanceEstimator.fit(same(0.7), { method });
      const estimate = fitted.estimate([
        predictionOf(900, { confidence: 0.7 }),
        predictionOf(901, { confidence: 0.7 }),
      ]);
      expect(requireEstimate(estimate, 'accuracy').value).toBeCloseTo(120 / 200, 6);
      expect(requireEstimate(estimate, 'roc_auc').value).toBeCloseTo(1 / 2, 12);
      const restored = PerformanceEstimator.from(JSON.parse(JSON.stringify(fitted)));
      expect(restored.toJSON()).toEqual(fitted.toJSON());
    });

    it.each(['platt', 'beta'] as const)('says that %s has nothing to fit', (method) => {
      for (const confidence of [0.5, 0.7, 1]) {
        expect(() => PerformanceEstimator.fit(same(confidence), { method })).toThrow(
          expect.objectContaining({
            name: 'InvalidInputError',
            code: 'INSUFFICIENT_DATA',
            message: `scores must differ from one another; all 200 are ${confidence}`,
          }),
        );
      }
    });

    it('estimates them with what was fitted on others', () => {
      const even = Array.from({ length: 40 }, (_, i) => predictionOf(900 + i, { confidence: 0.8 }));
      const { value, lower, upper } = requireEstimate(estimator.estimate(even), 'accuracy');
      expect(value).toBeCloseTo(requireEstimate(estimator.estimate(even.slice(0, 1)), 'accuracy').value, 12);
      expect(upper - lower).toBeGreaterThan(0);
      expect(requireEstimate(estimator.estimate(even), 'roc_auc').value).toBeCloseTo(1 / 2, 12);
    });
  });

  it('refuses predictions it was not fitted for', () => {
    const refused = [
      ['EMPTY_INPUT', []],
      ['INVALID_RECORD', [predictionOf(1, { modelVersionId: 'v2' })]],
      ['INVALID_RECORD', [predictionOf(1), predictionOf(1)]],
      ['INVALID_RECORD', [predictionOf(1, { direction: 'flat' })]],
      ['INVALID_RECORD', [fromProbabilities(1, { up: 0.5, down: 0.3, flat: 0.2 })]],
      ['INVALID_RECORD', [predictionOf(1, { confidence: Number.NaN })]],
      ['INVALID_RECORD', [predictionOf(1, { confidence: 0 })]],
    ] as const;
    for (const [code, bad] of refused) {
      expect(() => estimator.estimate(bad)).toThrow(expect.objectContaining({ name: 'InvalidInputError', code }));
    }
  });

  it('takes confidence alone for two classes, exactly 0.5 included', () => {
    const bare = current.map(({ id, confidence, direction }) =>
      predictionOf(Number(id.slice(1)), { confidence, direction }),
    );
    const whole = requireEstimate(estimator.estimate(current), 'accuracy').value;
    expect(requireEstimate(estimator.estimate(bare), 'accuracy').value).toBeCloseTo(whole, 9);
    const even = requireEstimate(estimator.estimate([predictionOf(1, { confidence: 0.5 })]), 'accuracy').value;
    expect(Math.abs(even - 0.5)).toBeLessThan(0.1);
  });

  it('asks for probabilities of a flat prediction', () => {
    const three = PerformanceEstimator.fit(drawThreeClasses(keyedRandom('three'), 300));
    expect(() => three.estimate([predictionOf(1, { direction: 'flat' })])).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD', message: expect.stringContaining('probabilities') }),
    );
    expect(requireEstimate(three.estimate([predictionOf(1)]), 'accuracy').value).toBeGreaterThan(0);
  });

  it('refuses stored forms that are foreign, of the future, corrupt or poisoned', () => {
    const stored = JSON.parse(JSON.stringify(estimator));
    const poisoned = JSON.parse(JSON.stringify(stored).replace('"reference":{', '"reference":{"__proto__":{},'));
    for (const bad of [
      null,
      stored.calibrator,
      poisoned,
      { ...stored, formatVersion: 2 },
      { ...stored, estimator: 'dle' },
      { ...stored, extra: 1 },
      { ...stored, calibrator: { ...stored.calibrator, classes: ['down', 'up'] } },
      { ...stored, calibrator: { ...stored.calibrator, formatVersion: 2 } },
      { ...stored, reference: { ...stored.reference, spreads: [] } },
      { ...stored, reference: { ...stored.reference, effectiveRows: 0 } },
      { ...stored, reference: { ...stored.reference, accuracy: { variance: -1, share: 1 } } },
    ]) {
      expect(() => PerformanceEstimator.from(bad)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});
