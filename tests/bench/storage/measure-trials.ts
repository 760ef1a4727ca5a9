import assert from 'node:assert/strict';
import type { PerformanceStorage, TrainingExperiment } from '@mlperf/core';
import type { Report } from '../harness/figure.ts';

const FEW = 100;
/** Trials stored at once while a study is filled. */
const UNDER_WAY = 500;

export interface TrialOptions {
  readonly store: string;
  /** Trials of the large study. */
  readonly many: number;
  /** Writes timed in each. */
  readonly rounds: number;
}

/** What one more trial costs in a store of many, against one of a hundred: writes of the two in turn. */
export async function reportTrials(
  report: Report,
  small: PerformanceStorage,
  large: PerformanceStorage,
  { store, many, rounds }: TrialOptions,
): Promise<void> {
  await fillStudy(small, FEW);
  await fillStudy(large, many);
  const smallTimes: number[] = [];
  const largeTimes: number[] = [];
  for (let i = 0; i < rounds; i++) {
    smallTimes.push(await timeOfTrial(small, FEW + i));
    largeTimes.push(await timeOfTrial(large, many + i));
  }
  for (const [storage, count] of [[small, FEW] as const, [large, many] as const]) {
    const [best] = await storage.trials.best({ studyId: 'study', metric: 'accuracy', direction: 'maximize', limit: 1 });
    assert.equal(best?.testMetrics.accuracy, accuracyOf(count + rounds - 1));
  }
  const label = many.toLocaleString('en-US');
  report({ name: `${store}: one trial written after ${FEW}, median`, value: median(smallTimes), unit: 'ms' });
  report({ name: `${store}: one trial written after ${label}, median`, value: median(largeTimes), unit: 'ms' });
  report({
    name: `${store}: the ${label}th trial against the ${FEW}th`,
    value: median(largeTimes) / median(smallTimes),
    unit: '×',
    budget: { max: 1.5 },
  });
}

async function fillStudy({ trials }: PerformanceStorage, count: number): Promise<void> {
  for (let i = 0; i < count; i += UNDER_WAY) {
    await Promise.all(
      Array.from({ length: Math.min(UNDER_WAY, count - i) }, (_, k) => trials.save(trialOf(i + k, 'complete'))),
    );
  }
}

/** As a tuner writes it: once when it starts, once with its result. */
async function timeOfTrial({ trials }: PerformanceStorage, number: number): Promise<number> {
  const [running, complete] = [trialOf(number, 'running'), trialOf(number, 'complete')];
  const start = performance.now();
  await trials.save(running);
  await trials.save(complete);
  return performance.now() - start;
}

function trialOf(trialNumber: number, state: 'running' | 'complete'): TrainingExperiment {
  const accuracy = accuracyOf(trialNumber);
  const started = {
    experimentId: `trial-${trialNumber}`,
    studyId: 'study',
    trialNumber,
    modelType: 'random-forest',
    hyperparameters: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`parameter${i}`, trialNumber / (i + 1)])),
    createdAt: 1_767_225_600_000 + trialNumber,
  };
  return state === 'running'
    ? { ...started, state, cvScores: [], trainingTimeSeconds: 0, testMetrics: {} }
    : {
        ...started,
        state,
        cvScores: [accuracy, accuracy, accuracy, accuracy, accuracy],
        meanCvScore: accuracy,
        stdCvScore: 0,
        trainingTimeSeconds: 1.5,
        testMetrics: { accuracy, precision: accuracy, recall: accuracy, f1_score: accuracy },
      };
}

function accuracyOf(trialNumber: number): number {
  return 1 - 1 / (trialNumber + 2);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
