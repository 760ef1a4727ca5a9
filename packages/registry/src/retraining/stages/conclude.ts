import { type JsonObject, MlperfError, type RetrainingLogEntry, type StorageStores } from '@mlperf/core';
import { BarredContent } from '../../versions/barred-content.ts';
import { changeSlot } from '../../versions/slot-controls.ts';
import type { ChallengeVerdict } from '../gate/challenge-evidence.ts';
import type { Fallback } from '../gate/fallback.ts';
import type { ShadowEvidence } from '../gate/shadow-watch.ts';
import { beginProbation } from '../probation/begin-probation.ts';
import { PromotionHeld, requireAutomaticPromotions } from '../promotion-held.ts';
import { reportVerdict } from '../report-verdict.ts';
import { finishedAs } from '../retraining-entry.ts';
import type { RejectionReason } from '../retraining-events.ts';
import type { RunResult } from '../run-context.ts';
import type { RunProgress } from '../run-progress.ts';
import type { AnsweredSample } from './answered-sample.ts';
import { fallbackFor, storeFallback } from './fall-back.ts';

/** What a challenger was found to be worth. */
export interface Judged {
  readonly verdict?: ChallengeVerdict;
  /** Further numbers of the verdict. */
  readonly evidence?: JsonObject;
  readonly shadow?: ShadowEvidence;
}

/** Promotes the challenger, unless people have said that nothing is, or somebody has promoted another one. */
export async function promoteChallenger(
  run: RunProgress,
  judged: Judged & { readonly verdict: ChallengeVerdict },
  answered?: AnsweredSample,
): Promise<RunResult> {
  const { registry, clock, config } = run.context;
  const { verdict, shadow } = judged;
  const { newVersionId, oldVersionId, retrainingId, trigger, modelName } = run.entry;
  const evidence = { ...evidenceOf(run, judged), retrainingId };
  const promoted = finishedAs(run.entry, 'promoted', clock.now(), {
    evidence: { ...evidence, reason: verdict.reason },
  });
  const seen = shadow === undefined ? {} : { shadow };
  const result = { status: 'promoted', entry: promoted, verdict, ...seen } as const;
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
          await beginProbation(tx, { modelName, newVersionId: newVersionId!, oldVersionId, config, now: clock.now() });
          await tx.retrainings.advance(promoted, 'evaluating');
          await reportVerdict(tx, config, result);
        },
      },
    );
  } catch (error) {
    const reason = await blockedBy(run, error);
    if (reason === undefined) throw error;
    return await rejectChallenger(run, reason, judged, answered);
  }
  run.stored(promoted);
  return result;
}

/** Ends the retraining without the challenger, which is archived; a degraded champion may have to go all the same. */
export async function rejectChallenger(
  run: RunProgress,
  reason: RejectionReason,
  judged: Judged = {},
  answered?: AnsweredSample,
): Promise<RunResult> {
  const plan = await fallbackFor(run, reason, answered);
  const { verdict, shadow } = judged;
  const rejection = (fallback: Fallback | undefined) =>
    finishedAs(run.entry, 'rejected', run.context.clock.now(), {
      evidence: { ...evidenceOf(run, judged), reason, ...(fallback === undefined ? {} : { fallback }) },
    });
  const seen = { ...(verdict === undefined ? {} : { verdict }), ...(shadow === undefined ? {} : { shadow }) };
  const fallback = await storeFallback(run, plan, (taken) => {
    const rejected = rejection(taken);
    const alongside = async (tx: StorageStores) => {
      await archiveChallenger(tx, run);
      await reportVerdict(tx, run.context.config, { status: 'rejected', entry: rejected, reason, ...seen });
    };
    return { rejected, alongside };
  });
  return { status: 'rejected', entry: run.entry, reason, ...seen, ...(fallback === undefined ? {} : { fallback }) };
}

/** Takes the challenger from beside the champion, if it is there. For use inside a transaction. */
export async function leaveShadow(
  tx: StorageStores,
  { modelName, newVersionId, retrainingId }: RetrainingLogEntry,
  now: number,
): Promise<void> {
  const slot = await tx.slots.get(modelName);
  if (newVersionId === undefined || slot?.shadowVersionId !== newVersionId) return;
  const about = { actor: 'retraining', reason: `challenge ${retrainingId} has ended` };
  await changeSlot(tx, modelName, { shadowVersionId: null }, about, now);
}

async function archiveChallenger(tx: StorageStores, { entry, context }: RunProgress): Promise<void> {
  await leaveShadow(tx, entry, context.clock.now());
  // A challenger that the host itself promoted meanwhile is nobody's to archive.
  const served = (await tx.slots.get(entry.modelName))?.championVersionId;
  if (served !== entry.newVersionId) await tx.models.setStatus(entry.newVersionId!, 'archived');
}

function evidenceOf({ entry }: RunProgress, { verdict, evidence, shadow }: Judged): JsonObject {
  // What was stored to go on from after a crash is said anew by the verdict.
  const {
    judgings: _judgings,
    sampleTo: _sampleTo,
    holdout: _holdout,
    shadow: _terms,
    ...before
  } = entry.evidence ?? {};
  return {
    ...before,
    ...verdict?.evidence,
    ...evidence,
    ...(shadow === undefined ? {} : { shadow }),
  };
}

async function blockedBy(run: RunProgress, error: unknown): Promise<RejectionReason | undefined> {
  if (error instanceof PromotionHeld) return error.reason;
  if (error instanceof BarredContent) return 'barred';
  if (!(MlperfError.is(error) && error.code === 'CONFLICT')) return undefined;
  const { storage } = run.context;
  const { modelName, newVersionId, oldVersionId } = run.entry;
  if ((await storage.slots.get(modelName))?.championVersionId !== oldVersionId) return 'champion-changed';
  const barred = await storage.models.barred(modelName);
  return barred.some(({ versionId }) => versionId === newVersionId) ? 'barred' : undefined;
}
