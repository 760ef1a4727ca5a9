import { readFileSync } from 'node:fs';
import {
  type JsonObject,
  keyedRandom,
  parseSpace,
  type StudyRecord,
  serializeSpace,
  type TrainingExperiment,
} from '@mlperf/core';
import {
  boolean,
  categorical,
  defineSpace,
  float,
  type ImportanceOptions,
  int,
  parameterImportance,
  type ScoredPoint,
  studyImportance,
  when,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { gridDensity } from '../../../../packages/tuning/src/importance/grid-density.ts';

interface Golden {
  readonly tolerance: { readonly relative: number };
  readonly cases: readonly {
    readonly name: string;
    readonly space: JsonObject;
    readonly trials: readonly ScoredPoint[];
    readonly options: ImportanceOptions;
    readonly expected: Readonly<Record<string, number>>;
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../golden/parameter-importance.json', import.meta.url), 'utf8'),
);

describe('the importance of parameters, beside Optuna', () => {
  it.each(golden.cases)('is that of its PED-ANOVA: $name', ({ space, trials, options, expected }) => {
    const found = parameterImportance(parseSpace(space), trials, options)?.divergences ?? {};
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, divergence] of Object.entries(expected)) {
      const error = Math.abs(found[name]! - divergence) / Math.max(divergence, 1e-6);
      expect(error, `${name}: ${found[name]} for ${divergence}`).toBeLessThan(golden.tolerance.relative);
    }
  });
});

const space = defineSpace({ decisive: float(0, 1), weak: int(1, 50), idle: categorical(['a', 'b', 'c']) });
const random = keyedRandom('importance');
const trials = Array.from({ length: 200 }, () => {
  const decisive = random.next();
  const weak = 1 + Math.floor(random.next() * 50);
  return {
    hyperparameters: { decisive, weak, idle: ['a', 'b', 'c'][Math.floor(random.next() * 3)]!, fixed: 7 },
    score: -((decisive - 0.6) ** 2) - weak / 2_000,
  };
});

describe('the importance of parameters', () => {
  it('is shares that sum to 1, the decisive parameter first', () => {
    const { shares, bestTrials } = parameterImportance(space, trials, { direction: 'maximize' })!;
    expect(Object.keys(shares)[0]).toBe('decisive');
    expect(shares.decisive).toBeGreaterThan(0.6);
    expect(Object.values(shares).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(bestTrials).toBe(20);
  });

  it('does not depend on the order of the trials, on the unit of the scores, or on which way is better', () => {
    const found = parameterImportance(space, trials, { direction: 'maximize' });
    expect(parameterImportance(space, [...trials].reverse(), { direction: 'maximize' })).toEqual(found);
    const turned = trials.map((trial) => ({ ...trial, score: 3 - 100 * trial.score }));
    expect(parameterImportance(space, turned, { direction: 'minimize' })).toEqual(found);
  });

  it('is not known where nothing tells trials apart', () => {
    const equal = trials.map((trial) => ({ ...trial, score: 1 }));
    expect(parameterImportance(space, equal, { direction: 'maximize' })).toBeUndefined();
    expect(parameterImportance(space, trials.slice(0, 1), { direction: 'maximize' })).toBeUndefined();
    expect(parameterImportance(space, [], { direction: 'maximize' })).toBeUndefined();
    const single = defineSpace({ fixed: int(7, 7) });
    expect(parameterImportance(single, trials, { direction: 'maximize' })).toBeUndefined();
  });

  it('gives the credit of a branch to the parameter that chooses it', () => {
    const branches = defineSpace({ useDepth: boolean(), depth: when('useDepth', true, int(1, 9)) });
    const branched = Array.from({ length: 100 }, (_, n) => ({
      hyperparameters: n % 2 === 0 ? { useDepth: true, depth: 1 + ((n / 2) % 9) } : { useDepth: false },
      // The branch decides; the depth in it does not.
      score: (n % 2 === 0 ? 1 : 0) + ((n * 37) % 100) / 1_000,
    }));
    const { shares } = parameterImportance(branches, branched, { direction: 'maximize', targetQuantile: 0.4 })!;
    expect(shares.useDepth).toBeGreaterThan(0.9);
  });

  it('refuses quantiles that are none, scores that are no numbers, and values a parameter cannot have', () => {
    const refused = (change: () => unknown, code: string) =>
      expect(change).toThrow(expect.objectContaining({ name: 'InvalidInputError', code }));
    for (const quantiles of [
      { targetQuantile: 0 },
      { targetQuantile: 1 },
      { targetQuantile: 0.5, regionQuantile: 0.5 },
    ]) {
      refused(() => parameterImportance(space, trials, { direction: 'maximize', ...quantiles }), 'OUT_OF_RANGE');
    }
    const withScore = [...trials, { ...trials[0]!, score: Number.NaN }];
    refused(() => parameterImportance(space, withScore, { direction: 'maximize' }), 'NOT_FINITE');
    const withValue = (value: JsonObject) => [...trials, { hyperparameters: value, score: 0 }];
    refused(() => parameterImportance(space, withValue({ idle: 'd' }), { direction: 'maximize' }), 'INVALID_TYPE');
    refused(() => parameterImportance(space, withValue({ weak: '3' }), { direction: 'maximize' }), 'INVALID_TYPE');
  });
});

describe('the importance of a stored study', () => {
  it('is of its complete trials, in its direction, without the fixed parameters', () => {
    const study: StudyRecord = {
      studyId: 's',
      modelType: 'forest',
      searchSpace: serializeSpace(space),
      sampler: 'random',
      metric: 'accuracy',
      direction: 'maximize',
      seed: 's',
      dataVersion: 'd',
      parallelism: 4,
      createdAt: 0,
    };
    const experiments = trials.map(({ hyperparameters, score }, trialNumber): TrainingExperiment => {
      const shared = {
        experimentId: `s/${trialNumber}`,
        modelType: 'forest',
        hyperparameters,
        cvScores: [],
        trainingTimeSeconds: 1,
        testMetrics: {},
        createdAt: 0,
      };
      // A failed trial has a point and no score.
      return trialNumber % 10 === 0
        ? { ...shared, state: 'failed' }
        : { ...shared, state: 'complete', meanCvScore: score };
    });
    const complete = trials.filter((_, trialNumber) => trialNumber % 10 !== 0);
    expect(studyImportance(study, experiments)).toEqual(
      parameterImportance(space, complete, { direction: 'maximize' }),
    );
  });
});

describe('the density over a grid', () => {
  it('is that of the formula: two choices, three trials of the first', () => {
    // Two kernels: one at the first choice with weight 3/4, the prior with 1/4; 1/2 of a trial spread by each.
    const mass = 1 + 2 / 2;
    const first = (3 / 4) * ((1 + 1 / 2) / mass) + (1 / 4) * (1 / 2);
    const [a, b] = gridDensity([3, 0], false);
    expect(a).toBeCloseTo(first, 15);
    expect(b).toBeCloseTo(1 - first, 15);
  });

  it('sums to 1 for any counts', () => {
    for (let n = 0; n < 200; n++) {
      const counts = Array.from({ length: 2 + Math.floor(random.next() * 48) }, () =>
        Math.floor(random.next() ** 3 * 9),
      );
      counts[0]! += 1;
      for (const ordered of [true, false]) {
        const sum = gridDensity(counts, ordered).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1), JSON.stringify(counts)).toBeLessThan(1e-9);
      }
    }
  });
});
