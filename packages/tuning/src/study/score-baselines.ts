import type { ModelFamily } from '@mlperf/core';
import type { BaselineScore } from './baseline-score.ts';
import { familyRunner } from './family-runner.ts';
import { scoreOnce } from './score-once.ts';
import type { TrialOutcome, TrialSetting } from './trial-run.ts';

/** Scores each baseline with its defaults on the folds of a study, in this thread. One that fails says why. */
export async function scoreBaselines(
  families: readonly ModelFamily[],
  setting: Omit<TrialSetting, 'modelType' | 'runner' | 'slots' | 'signal' | 'trialDeadlineMs'>,
  signal: AbortSignal | undefined,
): Promise<readonly BaselineScore[]> {
  const scores: BaselineScore[] = [];
  for (const family of families) {
    const { modelType } = family;
    const runner = familyRunner(family, setting.clock);
    const outcome = await scoreOnce({ ...setting, modelType, runner }, { hyperparameters: {} }, signal);
    scores.push(
      outcome.state === 'complete'
        ? { modelType, cvScores: outcome.result.cvScores, meanCvScore: outcome.result.meanCvScore }
        : { modelType, failure: failureOf(outcome) },
    );
  }
  return scores;
}

function failureOf(outcome: TrialOutcome): string {
  const error = outcome.state === 'failed' ? outcome.error : 'it was pruned';
  return error instanceof Error ? error.message : String(error);
}
