import type { OptimizationDirection, TrainingExperiment } from '@mlperf/core';
import { oneStandardErrorChoice } from '../overfitting/one-standard-error.ts';
import type { RefitRule } from './study-report.ts';

/** Under which name a trial's complexity is stored, when the simplest of the good ones is asked for. */
export const COMPLEXITY = 'complexity';

/** A trial that has a score. */
export type CompleteTrial = TrainingExperiment & { readonly meanCvScore: number; readonly trialNumber: number };

export function completeTrials(trials: Iterable<TrainingExperiment>): readonly CompleteTrial[] {
  return [...trials].filter(isComplete).sort((a, b) => a.trialNumber - b.trialNumber);
}

function isComplete(trial: TrainingExperiment): trial is CompleteTrial {
  return trial.state === 'complete' && trial.meanCvScore !== undefined && trial.trialNumber !== undefined;
}

/**
 * The trial to use. Ties to the lower number.
 * @param trials - By trial number.
 * @returns `undefined` when none is complete.
 */
export function chosenTrial(
  trials: readonly CompleteTrial[],
  direction: OptimizationDirection,
  rule: RefitRule,
): CompleteTrial | undefined {
  if (trials.length === 0) return undefined;
  const best = bestTrial(trials, direction);
  if (rule === 'best') return best;
  const rated = trials.filter((trial) => trial.testMetrics[COMPLEXITY] !== undefined);
  if (!rated.includes(best)) return best;
  const place = oneStandardErrorChoice(
    rated.map(({ cvScores, testMetrics }) => ({ foldScores: cvScores, complexity: testMetrics[COMPLEXITY]! })),
    direction,
  );
  return rated[place];
}

function bestTrial(trials: readonly CompleteTrial[], direction: OptimizationDirection): CompleteTrial {
  const sign = direction === 'maximize' ? 1 : -1;
  return trials.reduce((best, trial) => (sign * trial.meanCvScore > sign * best.meanCvScore ? trial : best));
}
