import { type Dataset, MlperfError, mean, type RetrainingLogEntry, type StorageStores } from '@mlperf/core';
import { rollbackTarget } from '../../versions/rollback-target.ts';
import { changeSlot } from '../../versions/slot-controls.ts';
import { blockBootstrapMean } from '../gate/block-bootstrap.ts';
import { timeOrder } from '../gate/block-length.ts';
import type { Fallback } from '../gate/fallback.ts';
import { blockLengthOf } from '../gate/judge-challenge.ts';
import { type ModelAnswers, scoreKindOf, scoreNoSkill, scoreRows } from '../gate/row-scores.ts';
import { supersedeProbation } from '../probation/supersede-probation.ts';
import type { FallbackTakenEvent, RejectionReason } from '../retraining-events.ts';
import { seenThrough } from '../retraining-plan.ts';
import type { RunProgress } from '../run-progress.ts';
import type { AnsweredSample } from './answered-sample.ts';

/** Rejections that leave a degraded champion without a replacement; the others are somebody's decision. */
const LEFT_ALONE: ReadonlySet<RejectionReason> = new Set([
  'not-better',
  'too-few-rows',
  'constant',
  'implausible',
  'error-budget',
  'undecided',
]);

/** @returns `undefined` unless the champion's accuracy has dropped and its challenger was found wanting. */
export async function fallbackFor(
  run: RunProgress,
  reason: RejectionReason,
  answered: AnsweredSample | undefined,
): Promise<Fallback | undefined> {
  const { config, storage } = run.context;
  const { trigger, oldVersionId, modelName } = run.entry;
  if (trigger.triggerType !== 'accuracy_drop' || oldVersionId === undefined || !LEFT_ALONE.has(reason))
    return undefined;
  if (config.fallback === 'keep') return { action: 'kept', why: 'the configuration says to keep it' };
  if ((await storage.slots.get(modelName))?.pinned) return { action: 'kept', why: 'the slot is pinned' };
  if (config.fallback === 'suspend') return { action: 'suspended', why: 'the configuration says to suspend' };
  if (answered === undefined)
    return { action: 'kept', why: 'no evaluation rows are at hand to judge another version on' };
  return await previousVersion(run, answered);
}

/** Stores the rejection with what is done about the champion, in one transaction, and the event in the outbox. */
export async function storeFallback(
  run: RunProgress,
  plan: Fallback | undefined,
  conclude: (taken: Fallback | undefined) => {
    readonly rejected: RetrainingLogEntry;
    readonly alongside: (tx: StorageStores) => Promise<void>;
  },
): Promise<FallbackTakenEvent | undefined> {
  const { registry } = run.context;
  const { modelName, oldVersionId } = run.entry;
  if (plan === undefined) {
    const { rejected, alongside } = conclude(undefined);
    await run.store(rejected, alongside);
    return undefined;
  }
  const { rejected, alongside } = conclude(plan);
  const event = eventOf(rejected, plan);
  const report = (tx: StorageStores) =>
    tx.outbox.append([{ modelName, type: 'fallback-taken', payload: event, at: event.at }]);
  if (plan.action !== 'previous') {
    await run.store(rejected, async (tx) => {
      await alongside(tx);
      if (plan.action === 'suspended') {
        await changeSlot(tx, modelName, { suspended: true }, { actor: 'retraining', reason: plan.why }, event.at);
      }
      await report(tx);
    });
    return event;
  }
  try {
    await registry.rollback(
      {
        modelName,
        versionId: plan.versionId!,
        expectedActive: oldVersionId!,
        actor: 'retraining',
        reason: plan.why,
        bar: false,
        evidence: { ...plan, retrainingId: rejected.retrainingId },
      },
      {
        fence: run.lease.fence,
        alongside: async (tx) => {
          await alongside(tx);
          await supersedeProbation(tx, modelName, event.at);
          await tx.retrainings.advance(rejected, 'evaluating');
          await report(tx);
        },
      },
    );
  } catch (error) {
    if (!(MlperfError.is(error) && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND'))) throw error;
    return await storeFallback(run, { action: 'kept', why: `not gone back: ${error.message}` }, conclude);
  }
  run.stored(rejected);
  return event;
}

/** The version before the champion, if it can answer the evaluation rows and beats no skill on them. */
async function previousVersion(run: RunProgress, { sample, answersOf }: AnsweredSample): Promise<Fallback> {
  const { registry, storage, config } = run.context;
  const versionId = await rollbackTarget(storage, run.entry.modelName);
  const version = versionId === undefined ? undefined : await registry.getVersion(versionId);
  if (version === undefined) return { action: 'kept', why: 'there is no earlier version to go back to' };
  if (!(seenThrough(version) + config.embargoMs < Math.min(...sample.timestamps))) {
    return { action: 'kept', why: `version ${version.version} has seen the evaluation rows` };
  }
  let answers: ModelAnswers;
  try {
    answers = await answersOf(await run.bundleOf(version));
  } catch (error) {
    if (run.lease.lost.aborted || run.context.closing.aborted || !MlperfError.is(error)) throw error;
    return { action: 'kept', why: `version ${version.version} cannot answer the evaluation rows: ${error.message}` };
  }
  const { score, lower } = overNoSkill(run, sample, answers);
  const numbers = { score, gainOverNoSkillLower: lower };
  if (!(lower > 0))
    return { action: 'kept', why: `version ${version.version} does not beat no skill either`, ...numbers };
  const why = `the champion is degraded, its challenger was not promoted, and version ${version.version} beats no skill`;
  return { action: 'previous', versionId: version.versionId, why, ...numbers };
}

function overNoSkill(
  run: RunProgress,
  sample: Dataset,
  answers: ModelAnswers,
): { readonly score: number; readonly lower: number } {
  const { config } = run.context;
  const kind = scoreKindOf(sample);
  const own = scoreRows(sample, answers, kind, config.costPerTrade);
  const noSkill = scoreNoSkill(sample, kind, config.costPerTrade);
  const gains = Float64Array.from(timeOrder(sample), (row) => own.scores[row]! - noSkill.scores[row]!);
  const { lower } = blockBootstrapMean(gains, {
    blockLength: Math.min(blockLengthOf(sample, config), Math.max(1, Math.floor(gains.length / 10))),
    replicates: config.bootstrapReplicates,
    confidenceLevel: config.confidenceLevel,
    nullMean: 0,
    seed: run.seedFor('fallback'),
  });
  return { score: mean(own.scores), lower };
}

function eventOf(
  { modelName, retrainingId, updatedAt, oldVersionId }: RetrainingLogEntry,
  plan: Fallback,
): FallbackTakenEvent {
  return { modelName, retrainingId, at: updatedAt, championVersionId: oldVersionId!, ...plan };
}
