import type { ModelFamily } from '@mlperf/core';
import type { BaselineScore } from './baseline-score.ts';
import { familyRunner } from './family-runner.ts';
import { runTrials } from './run-trials.ts';
import type { TrialSetting } from './trial-run.ts';

/** Scores each baseline with its defaults on the folds of a study, in this thread. One that fails says why. */
export async function scoreBaselines(
  families: readonly ModelFamily[],
  setting: Omit<TrialSetting, 'modelType' | 'runner' | 'signal' | 'trialDeadlineMs'>,
  signal: AbortSignal | undefined,
): Promise<readonly BaselineScore[]> {
  const scores: BaselineScore[] = [];
  for (const family of families) {
    const { modelType } = family;
    const runner = familyRunner(family, setting.clock);
    await runTrials(
      [{ trialNumber: 0, hyperparameters: {} }],
      { ...setting, modelType, runner, signal },
      async (ended) => {
        const { outcome } = ended;
        scores.push(
          outcome.state === 'complete'
            ? { modelType, cvScores: outcome.result.cvScores, meanCvScore: outcome.result.meanCvScore }
            : { modelType, failure: outcome.error instanceof Error ? outcome.error.message : String(outcome.error) },
        );
      },
    );
  }
  return scores;
}
