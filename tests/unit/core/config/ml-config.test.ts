import {
  defineMlConfig,
  type MlConfigInput,
  parseMlConfig,
  resolveMonitoringConfig,
  resolveRetrainingConfig,
  resolveTuningConfig,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_CONFIG' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('nothing was refused');
}

describe('parseMlConfig', () => {
  it('fills in the defaults and leaves optional fields absent', () => {
    expect(parseMlConfig({})).toStrictEqual({
      performanceMonitoring: {
        windowSize: 50,
        degradationThreshold: 0.55,
        minPredictions: 20,
        rule: 'e-detector',
        falseAlarmEvery: 2000,
        labelOverlap: 1,
        calibrationEvidence: 0,
        confidenceTolerance: 0.05,
        returnEvidence: 0,
        returnFloor: 0,
        flatBand: 0,
        costPerTrade: 0,
        confidenceLevel: 0.95,
        outcomeGraceMs: 0,
        maxPendingPredictions: 100_000,
        maxQueuedOperations: 100_000,
      },
      hyperparameterTuning: {
        nTrials: 50,
        nSplits: 5,
        metric: 'accuracy',
        sampler: 'random',
        seed: 'mlperf',
        parallelism: 4,
      },
      retraining: {
        enabled: true,
        cooldownMs: 86_400_000,
        deadlineMs: 3_600_000,
        holdoutRows: 100,
        minTrainingRows: 100,
        minRowsSinceChange: 0,
        maxGatherDays: 90,
        trainingWindow: 'validated',
        calibration: 'none',
        calibrationRows: 200,
        tuningTrials: 30,
        embargoMs: 0,
        costPerTrade: 0,
        confidenceLevel: 0.95,
        minimumGain: 0,
        bootstrapReplicates: 2000,
        wrongPromotionsPerYear: 2,
        gate: 'holdout',
        minShadowRows: 100,
        maxShadowRows: 20_000,
        maxShadowDays: 60,
        whenDegraded: 'skilled-challenger',
        fallback: 'previous',
        probationRows: 1000,
        probationDays: 30,
        falseRollbackRate: 0.05,
        maxPerDay: 4,
        circuitFailures: 5,
        circuitLosses: 10,
        keepVersions: 10,
      },
    });
  });

  it('keeps what was given, and an undefined field counts as left out', () => {
    const config = parseMlConfig({
      performanceMonitoring: { windowSize: 100, periodsPerYear: 365, baselineTolerance: undefined, rule: undefined },
      retraining: undefined,
    });
    expect(config.performanceMonitoring).toMatchObject({ windowSize: 100, periodsPerYear: 365, rule: 'e-detector' });
    expect(config.performanceMonitoring).not.toHaveProperty('baselineTolerance');
    expect(config.retraining.maxPerDay).toBe(4);
  });

  it('takes its own result back unchanged', () => {
    const config = parseMlConfig({ retraining: { maxAgeDays: 30, blockLength: 10 } });
    expect(parseMlConfig(JSON.parse(JSON.stringify(config)))).toStrictEqual(config);
  });

  it('returns frozen objects and leaves the input alone', () => {
    const input = Object.freeze({ performanceMonitoring: Object.freeze({ windowSize: 100 }) });
    const config = defineMlConfig(input);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.performanceMonitoring)).toBe(true);
    expect(input).toStrictEqual({ performanceMonitoring: { windowSize: 100 } });
  });

  it.each([
    [
      { performanceMonitoring: { windowSize: 0 } },
      'ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got 0',
    ],
    [
      { performanceMonitoring: { windowSize: 50.5 } },
      'ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got 50.5',
    ],
    [
      { performanceMonitoring: { windowSize: '50' } },
      'ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got "50"',
    ],
    [
      { performanceMonitoring: { degradationThreshold: 55 } },
      'ml.performanceMonitoring.degradationThreshold must be a number above 0 and below 1; got 55',
    ],
    [
      { performanceMonitoring: { degradationThreshold: Number.NaN } },
      'ml.performanceMonitoring.degradationThreshold must be a number above 0 and below 1; got NaN',
    ],
    [
      { performanceMonitoring: { rule: 'naive' } },
      'ml.performanceMonitoring.rule must be "e-detector" or "rolling"; got "naive"',
    ],
    [
      { performanceMonitoring: { flatBand: -0.001 } },
      'ml.performanceMonitoring.flatBand must be a number of at least 0 and below 1; got -0.001',
    ],
    [
      { performanceMonitoring: { periodsPerYear: Number.POSITIVE_INFINITY } },
      'ml.performanceMonitoring.periodsPerYear must be a number above 0 and at most 1000000000; got Infinity',
    ],
    [
      { performanceMonitoring: { minPredictions: 60 } },
      'ml.performanceMonitoring.minPredictions must be at most windowSize (50); got 60',
    ],
    [
      { hyperparameterTuning: { seed: 42 } },
      'ml.hyperparameterTuning.seed must be a text of 1 to 200 characters; got 42',
    ],
    [
      { hyperparameterTuning: { deadlineMs: 2 ** 31 } },
      'ml.hyperparameterTuning.deadlineMs must be a whole number from 1 to 2147483647; got 2147483648',
    ],
    [{ retraining: { enabled: 'yes' } }, 'ml.retraining.enabled must be true or false; got "yes"'],
    [{ retraining: { blockLength: 300 } }, 'ml.retraining.blockLength must be at most holdoutRows (100); got 300'],
    [
      { retraining: { maxAgeDays: null } },
      'ml.retraining.maxAgeDays must be a number above 0 and at most 36500; got null',
    ],
    [{ retraining: null }, 'ml.retraining must be a mapping of fields; got null'],
    [{ retraining: [1] }, 'ml.retraining must be a mapping of fields; got [1]'],
    [{ retrainings: {} }, 'ml.retrainings is not a known field; did you mean retraining?'],
    [
      { performanceMonitoring: { window_size: 5 } },
      'ml.performanceMonitoring.window_size is not a known field; did you mean windowSize?',
    ],
    [
      { hyperparameterTuning: { nTrails: 5 } },
      'ml.hyperparameterTuning.nTrails is not a known field; did you mean nTrials?',
    ],
    [{ drift: {} }, 'ml.drift is not a known field; known are performanceMonitoring, hyperparameterTuning, retraining'],
    [null, 'ml must be a mapping of fields; got null'],
    ['ml', 'ml must be a mapping of fields; got "ml"'],
    [[], 'ml must be a mapping of fields; got []'],
    [undefined, 'ml must be a mapping of fields; got undefined'],
  ])('refuses %j by its path', (value, message) => {
    expect(messageOf(() => parseMlConfig(value))).toBe(message);
  });

  it('names every problem at once, one on a line', () => {
    const value = { performanceMonitoring: { windowSize: 0, rule: 1 }, retraining: { maxPerDay: 0 }, tuning: {} };
    expect(messageOf(() => parseMlConfig(value)).split('\n')).toEqual([
      expect.stringMatching(/^ml\.tuning is not a known field/),
      'ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got 0',
      'ml.performanceMonitoring.rule must be "e-detector" or "rolling"; got 1',
      'ml.retraining.maxPerDay must be a whole number from 1 to 1000; got 0',
    ]);
  });

  it('refuses keys that reach for a prototype, and changes none', () => {
    const value: unknown = JSON.parse(
      '{"retraining": {"__proto__": {"polluted": 1}, "constructor": 2}, "__proto__": {}}',
    );
    const message = messageOf(() => parseMlConfig(value));
    expect(message).toContain('ml.__proto__ is not a known field');
    expect(message).toContain('ml.retraining.__proto__ is not a known field');
    expect(message).toContain('ml.retraining.constructor is not a known field');
    expect({}).not.toHaveProperty('polluted');
  });

  it('shows a large value shortened, and one that JSON cannot show by its kind', () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(messageOf(() => parseMlConfig({ retraining: { maxPerDay: 'x'.repeat(1000) } })).length).toBeLessThan(200);
    expect(messageOf(() => parseMlConfig({ retraining: { maxPerDay: circular } }))).toContain('that JSON cannot show');
    expect(messageOf(() => parseMlConfig({ retraining: { maxPerDay: () => 4 } }))).toContain('got a function');
  });
});

describe('a resolved section', () => {
  it('is what the whole configuration would hold', () => {
    const input: MlConfigInput = { performanceMonitoring: { rule: 'rolling' }, retraining: { maxAgeDays: 7 } };
    const config = defineMlConfig(input);
    expect(resolveMonitoringConfig(input.performanceMonitoring)).toStrictEqual(config.performanceMonitoring);
    expect(resolveRetrainingConfig(input.retraining)).toStrictEqual(config.retraining);
    expect(resolveTuningConfig()).toStrictEqual(config.hyperparameterTuning);
  });

  it('lowers the default of minPredictions to a smaller window, and refuses a larger one that was written', () => {
    expect(resolveMonitoringConfig({ windowSize: 10 }).minPredictions).toBe(10);
    expect(resolveMonitoringConfig({ windowSize: 20 }).minPredictions).toBe(20);
    expect(resolveMonitoringConfig({ windowSize: 10, minPredictions: 5 }).minPredictions).toBe(5);
    expect(messageOf(() => resolveMonitoringConfig({ windowSize: 10, minPredictions: 11 }))).toBe(
      'ml.performanceMonitoring.minPredictions must be at most windowSize (10); got 11',
    );
    expect(messageOf(() => resolveMonitoringConfig({ windowSize: 1.5 }))).toMatch(
      /^ml\.performanceMonitoring\.windowSize/,
    );
  });

  it('takes both ends of each closed range and neither end of an open one', () => {
    for (const windowSize of [1, 100_000]) expect(resolveMonitoringConfig({ windowSize }).windowSize).toBe(windowSize);
    for (const confidenceLevel of [0, 1]) expect(() => resolveMonitoringConfig({ confidenceLevel })).toThrow();
    expect(resolveMonitoringConfig({ flatBand: 0, baselineTolerance: 0 })).toMatchObject({ baselineTolerance: 0 });
  });
});
