import { type Dataset, type StoredModelVersion, selectRows } from '@mlperf/core';
import type { ModelBundle } from '../../bundle/model-bundle.ts';
import type { ChallengeVerdict } from '../gate/challenge-evidence.ts';
import { judgeChallenge } from '../gate/judge-challenge.ts';
import { answerableRows, evaluationRows, seenThrough } from '../retraining-plan.ts';
import type { RunResult } from '../run-context.ts';
import type { RunProgress } from '../run-progress.ts';
import type { AnsweredSample } from './answered-sample.ts';
import { promoteChallenger, rejectChallenger } from './conclude.ts';
import { awaitShadow } from './shadowing.ts';
import { sampleEndOf, spendBudget } from './spend-budget.ts';

/**
 * The judging of an entry found in `evaluating`: on the rows that were settled before it was cut off, else on the newest
 * that neither model has seen.
 */
export async function answerAgain(
  run: RunProgress,
  dataset: Dataset,
  champion: StoredModelVersion | undefined,
  championBundle: ModelBundle | undefined,
): Promise<AnsweredSample> {
  const version = await run.context.registry.requireVersion(run.entry.newVersionId ?? '');
  const seen = Math.max(seenThrough(champion), seenThrough(version));
  const bundle = await run.bundleOf(version);
  const lookBack = Math.max(bundle.header.lookBack, championBundle?.header.lookBack ?? 0);
  const known = rowsUpTo(dataset, sampleEndOf(run.entry));
  const held = evaluationRows(known, seen, run.context.config);
  const { rows, unscoredRows } = answerableRows(known, held, lookBack, run.context.config);
  const answersOf = (asked: ModelBundle) => run.answers(asked, known, rows);
  const challenger = await answersOf(bundle);
  const answers = championBundle && (await answersOf(championBundle));
  return { sample: selectRows(known, rows), challenger, champion: answers, unscoredRows, answersOf };
}

/** Judges the challenger on its sample, once; then it is promoted, rejected, or goes on beside the champion. */
export async function judgeSample(run: RunProgress, answered: AnsweredSample): Promise<RunResult> {
  const { sample, challenger, champion, unscoredRows } = answered;
  const { config } = run.context;
  const spending = await spendBudget(
    run,
    sample.timestamps.reduce((last, at) => Math.max(last, at)),
  );
  if ('refused' in spending) {
    const { ready, backAt } = spending.refused;
    const evidence = { budgetReady: ready, ...(backAt === undefined ? {} : { budgetBackAt: backAt }) };
    return await rejectChallenger(run, 'error-budget', { evidence }, answered);
  }
  const verdict = judgeChallenge({
    rows: sample,
    challenger,
    champion,
    degraded: run.entry.trigger.triggerType === 'accuracy_drop' && config.whenDegraded === 'skilled-challenger',
    rules: { ...config, confidenceLevel: 1 - 2 * spending.spent.alpha },
    seed: run.seedFor('gate'),
  });
  const judged = { verdict, evidence: unscoredRows === 0 ? {} : { unscoredRows } };
  if (goesOnInShadow(verdict, champion !== undefined, config.gate)) return await awaitShadow(run, judged);
  if (verdict.wins) return await promoteChallenger(run, judged, answered);
  return await rejectChallenger(run, verdict.reason, judged, answered);
}

/**
 * A challenger that replaces a degraded champion without being better has shown what it is asked to show. What answers
 * every row alike, or knows too much, is not worth watching.
 */
function goesOnInShadow(
  { reason }: ChallengeVerdict,
  hasChampion: boolean,
  gate: 'holdout' | 'shadow' | 'both',
): boolean {
  if (!hasChampion || gate === 'holdout') return false;
  return reason === 'better' || (gate === 'shadow' && reason !== 'constant' && reason !== 'implausible');
}

function rowsUpTo(dataset: Dataset, end: number | undefined): Dataset {
  if (end === undefined || dataset.timestamps.every((at) => at <= end)) return dataset;
  const rows = Uint32Array.from(dataset.timestamps.keys()).filter((row) => dataset.timestamps[row]! <= end);
  return selectRows(dataset, rows);
}
