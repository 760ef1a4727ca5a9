import { type Dataset, type JsonObject, MlperfError, type StoredModelVersion, selectRows } from '@mlperf/core';
import type { ModelBundle } from '../../bundle/model-bundle.ts';
import type { ChallengeVerdict } from '../gate/challenge-evidence.ts';
import { judgeChallenge } from '../gate/judge-challenge.ts';
import type { ModelAnswers } from '../gate/row-scores.ts';
import { PromotionHeld, requireAutomaticPromotions } from '../promotion-held.ts';
import { finishedAs } from '../retraining-entry.ts';
import type { RejectionReason } from '../retraining-events.ts';
import { answerableRows, evaluationRows, seenThrough } from '../retraining-plan.ts';
import type { RunResult } from '../run-context.ts';
import type { RunProgress } from '../run-progress.ts';

/** The evaluation rows and what both models say of them. */
export interface AnsweredSample {
  readonly sample: Dataset;
  readonly challenger: ModelAnswers;
  readonly champion: ModelAnswers | undefined;
  /** Evaluation rows left out because too little comes before them in their series. */
  readonly unscoredRows: number;
}

/** The judging of an entry found in `evaluating`: on the newest rows that neither model has seen. */
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
  const held = evaluationRows(dataset, seen, run.context.config);
  const { rows, unscoredRows } = answerableRows(dataset, held, lookBack, run.context.config);
  const challenger = await run.answers(bundle, dataset, rows);
  const answers = championBundle && (await run.answers(championBundle, dataset, rows));
  return { sample: selectRows(dataset, rows), challenger, champion: answers, unscoredRows };
}

/** Judges the challenger on its sample, once, and promotes or rejects it. */
export async function judgeSample(
  run: RunProgress,
  { sample, challenger, champion, unscoredRows }: AnsweredSample,
): Promise<RunResult> {
  const { config, registry, clock } = run.context;
  const verdict = judgeChallenge({
    rows: sample,
    challenger,
    champion,
    rules: config,
    seed: run.seedFor('gate'),
  });
  const unscored = unscoredRows === 0 ? {} : { unscoredRows };
  if (!verdict.wins) return await rejectChallenger(run, verdict.reason, verdict, unscored);
  const { newVersionId, oldVersionId, retrainingId, trigger, modelName } = run.entry;
  const evidence = { ...verdict.evidence, ...unscored, retrainingId };
  const promoted = finishedAs(run.entry, 'promoted', clock.now(), { evidence: { reason: 'better', ...evidence } });
  try {
    await registry.promoteToProduction(
      newVersionId!,
      {
        expectedActive: oldVersionId,
        actor: 'retraining',
        reason: `retrained for ${trigger.triggerType}: ${trigger.reason}`,
        evidence,
      },
      {
        fence: run.lease.fence,
        alongside: async (tx) => {
          await requireAutomaticPromotions(tx, modelName, clock.now());
          await tx.retrainings.advance(promoted, 'evaluating');
        },
      },
    );
  } catch (error) {
    if (error instanceof PromotionHeld) return await rejectChallenger(run, error.reason, verdict, unscored);
    if (MlperfError.is(error) && error.code === 'CONFLICT') {
      const served = (await registry.getSlot(modelName))?.championVersionId;
      if (served !== oldVersionId) return await rejectChallenger(run, 'champion-changed', verdict, unscored);
    }
    throw error;
  }
  run.stored(promoted);
  return { status: 'promoted', entry: promoted, verdict };
}

/** Ends the retraining with the champion as it is, and archives the challenger. */
export async function rejectChallenger(
  run: RunProgress,
  reason: RejectionReason,
  verdict?: ChallengeVerdict,
  unscored: JsonObject = {},
): Promise<RunResult> {
  const evidence = { ...verdict?.evidence, ...unscored, reason };
  const rejected = finishedAs(run.entry, 'rejected', run.context.clock.now(), { evidence });
  await run.store(rejected, async (tx) => {
    // A challenger that the host itself promoted meanwhile is nobody's to archive.
    const served = (await tx.slots.get(rejected.modelName))?.championVersionId;
    if (served !== rejected.newVersionId) await tx.models.setStatus(rejected.newVersionId!, 'archived');
  });
  return { status: 'rejected', entry: rejected, reason, ...(verdict === undefined ? {} : { verdict }) };
}
