import {
  createDataset,
  type Dataset,
  hashDataset,
  InterruptedError,
  InvalidInputError,
  type JsonObject,
  MlperfError,
  type RetrainingLogEntry,
  StorageError,
  type StoredModelVersion,
  selectRows,
} from '@mlperf/core';
import { decodeBundle, type ModelBundle } from '../bundle/model-bundle.ts';
import { requireApplicable } from '../serving/load-version.ts';
import { prepareVersion } from '../versions/register-request.ts';
import { Deadline } from './deadline.ts';
import { type ChallengeVerdict, judgeChallenge } from './gate/judge-challenge.ts';
import type { ModelAnswers } from './gate/row-scores.ts';
import { validationMetrics } from './gate/validation-metrics.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { PromotionHeld, requireAutomaticPromotions } from './promotion-held.ts';
import { errorRecordOf, finishedAs, steppedTo } from './retraining-entry.ts';
import type { RejectionReason } from './retraining-events.ts';
import { answerableRows, evaluationRows, seenThrough, trainingRows } from './retraining-plan.ts';
import type { RunContext, RunResult } from './run-context.ts';
import { sampleAnswers } from './sample-answers.ts';

/** A judging that was cut off is begun again at most this often, by the count of the lease's fencing tokens. */
const MAX_EVALUATIONS = 3;
/** Beyond the deadline an executor keeps by itself. */
const EXECUTOR_GRACE_MS = 5_000;

/**
 * Takes one stored retraining from the stage it is in to its end, under a lease; every write is fenced by it.
 *
 * An entry found in `requested`, `gathering` or `evaluating` goes on from there; one found in `training` was cut off
 * and fails, since nothing of a fit outlives its process.
 */
export class RetrainingRun {
  readonly #context: RunContext;
  readonly #lease: LeaseKeeper;
  readonly #signals: readonly AbortSignal[];
  readonly #deadline: Deadline;
  #entry: RetrainingLogEntry;

  constructor(context: RunContext, lease: LeaseKeeper, entry: RetrainingLogEntry) {
    this.#context = context;
    this.#lease = lease;
    this.#entry = entry;
    this.#signals = [context.closing, lease.lost];
    this.#deadline = new Deadline(context.deadlineClock, context.config.deadlineMs);
  }

  async run(): Promise<RunResult> {
    try {
      return await this.#advanceToEnd();
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #advanceToEnd(): Promise<RunResult> {
    this.#requireNotInterrupted();
    if (this.#entry.stage === 'requested') await this.#step('gathering');
    const champion = await this.#champion();
    if (this.#entry.stage === 'evaluating' && champion?.versionId !== this.#entry.oldVersionId) {
      return await this.#reject('champion-changed');
    }
    const gathered = await this.#gather(champion);
    if (gathered === undefined) return { status: 'waiting', entry: this.#entry };
    const dataset = createDataset(gathered);
    const championBundle = champion && (await this.#bundleOf(champion));
    if (this.#entry.stage === 'gathering') {
      const answers = await this.#train(dataset, champion, championBundle);
      return await this.#judge(answers);
    }
    return await this.#judge(await this.#evaluateAgain(dataset, champion, championBundle));
  }

  #requireNotInterrupted(): void {
    const { stage, evidence } = this.#entry;
    const since = evidence?.leaseToken;
    const attempts = typeof since === 'number' ? this.#lease.fence.token - since : 0;
    if (stage === 'training' || (stage === 'evaluating' && attempts > MAX_EVALUATIONS)) {
      const times = stage === 'evaluating' ? `, ${attempts} times` : '';
      throw new InterruptedError('ABORTED', `interrupted at ${stage}${times}`);
    }
  }

  async #champion(): Promise<StoredModelVersion | undefined> {
    const { registry, modelName } = this.#context;
    const versionId = (await registry.getSlot(modelName))?.championVersionId;
    return versionId === undefined ? undefined : registry.requireVersion(versionId);
  }

  async #bundleOf(version: StoredModelVersion): Promise<ModelBundle> {
    const bundle = decodeBundle(await this.#context.registry.loadArtifact(version));
    requireApplicable(bundle.header, version);
    return bundle;
  }

  #gather(champion: StoredModelVersion | undefined): Promise<Dataset | undefined> {
    const { trigger } = this.#entry;
    return this.#deadline.run('gathering', this.#signals, (signal) =>
      this.#context.gather({ signal, trigger, champion }),
    );
  }

  /**
   * Trains, lets the very bytes to be stored answer, and stores them with their version in one transaction: then the
   * entry is `evaluating`.
   */
  async #train(
    dataset: Dataset,
    champion: StoredModelVersion | undefined,
    championBundle: ModelBundle | undefined,
  ): Promise<Answered> {
    const { storage, executor, config, modelName, modelType, hyperparameters, clock } = this.#context;
    const flatBand = this.#context.flatBand ?? championBundle?.header.flatBand;
    if (flatBand === undefined) {
      throw new InvalidInputError(
        'INVALID_CONFIG',
        'flatBand must be given while there is no champion to take it from',
      );
    }
    const held = evaluationRows(dataset, seenThrough(champion), config);
    const { train, trainedThrough } = trainingRows(dataset, held, config);
    await this.#step('training', champion === undefined ? {} : { oldVersionId: champion.versionId });
    const seed = this.#seedFor('fit');
    const fitted = await this.#execute('training', (options) =>
      executor.fit({ modelType, hyperparameters, seed, train }, options),
    );
    if (fitted.model === undefined)
      throw new MlperfError('TRAINING_FAILED', 'the executor must return the model it fitted');
    const lookBack = Math.max(fitted.lookBack, championBundle?.header.lookBack ?? 0);
    const { rows, unscoredRows } = answerableRows(dataset, held, lookBack, config);
    const sample = selectRows(dataset, rows);
    const request = {
      modelName,
      model: {
        modelType,
        classes: fitted.classes,
        featureNames: dataset.featureNames,
        lookBack: fitted.lookBack,
        bytes: fitted.model,
      },
      flatBand,
      hyperparameters,
      dataVersion: hashDataset(train),
      trainedAt: clock.now(),
      metadata: { trainedThrough, trainingRows: train.features.rows, retrainingId: this.#entry.retrainingId, seed },
    };
    const { bundle, draft } = prepareVersion({ ...request, trainingMetrics: {} }, clock.now());
    const challenger = await this.#answers(decodeBundle(bundle), dataset, rows);
    const trainingMetrics = validationMetrics(sample, challenger, config.costPerTrade);
    const versionId = draft.versionId;
    const evaluating = steppedTo(this.#entry, 'evaluating', clock.now(), {
      newVersionId: versionId,
      evidence: { leaseToken: this.#lease.fence.token },
    });
    await storage.transaction(
      async (tx) => {
        await tx.artifacts.put(bundle);
        await tx.models.register({ ...draft, trainingMetrics });
        await tx.retrainings.advance(evaluating, 'training');
      },
      { fence: this.#lease.fence },
    );
    this.#entry = evaluating;
    const answers = championBundle && (await this.#answers(championBundle, dataset, rows));
    return { sample, challenger, champion: answers, unscoredRows };
  }

  /** The judging of an entry found in `evaluating`: on the newest rows that neither model has seen. */
  async #evaluateAgain(
    dataset: Dataset,
    champion: StoredModelVersion | undefined,
    championBundle: ModelBundle | undefined,
  ): Promise<Answered> {
    const version = await this.#context.registry.requireVersion(this.#entry.newVersionId ?? '');
    const seen = Math.max(seenThrough(champion), seenThrough(version));
    const bundle = await this.#bundleOf(version);
    const lookBack = Math.max(bundle.header.lookBack, championBundle?.header.lookBack ?? 0);
    const held = evaluationRows(dataset, seen, this.#context.config);
    const { rows, unscoredRows } = answerableRows(dataset, held, lookBack, this.#context.config);
    const challenger = await this.#answers(bundle, dataset, rows);
    const answers = championBundle && (await this.#answers(championBundle, dataset, rows));
    return { sample: selectRows(dataset, rows), challenger, champion: answers, unscoredRows };
  }

  #answers(bundle: ModelBundle, dataset: Dataset, rows: Uint32Array): Promise<ModelAnswers> {
    const { executor } = this.#context;
    return this.#execute('evaluating', (options) => sampleAnswers(executor, bundle, dataset, rows, options));
  }

  async #judge({ sample, challenger, champion, unscoredRows }: Answered): Promise<RunResult> {
    const { config, registry, clock } = this.#context;
    const rules = config;
    const seed = this.#seedFor('gate');
    const verdict = judgeChallenge({ rows: sample, challenger, champion, rules, seed });
    const unscored = unscoredRows === 0 ? {} : { unscoredRows };
    if (!verdict.wins) return await this.#reject(verdict.reason, verdict, unscored);
    const { newVersionId, oldVersionId } = this.#entry;
    const evidence = { ...verdict.evidence, ...unscored, retrainingId: this.#entry.retrainingId };
    const promoted = finishedAs(this.#entry, 'promoted', clock.now(), { evidence: { reason: 'better', ...evidence } });
    try {
      await registry.promoteToProduction(
        newVersionId!,
        {
          expectedActive: oldVersionId,
          actor: 'retraining',
          reason: `retrained for ${this.#entry.trigger.triggerType}: ${this.#entry.trigger.reason}`,
          evidence,
        },
        {
          fence: this.#lease.fence,
          alongside: async (tx) => {
            await requireAutomaticPromotions(tx, this.#entry.modelName, clock.now());
            await tx.retrainings.advance(promoted, 'evaluating');
          },
        },
      );
    } catch (error) {
      if (error instanceof PromotionHeld) return await this.#reject(error.reason, verdict, unscored);
      if (MlperfError.is(error) && error.code === 'CONFLICT') {
        const served = (await registry.getSlot(this.#entry.modelName))?.championVersionId;
        if (served !== oldVersionId) return await this.#reject('champion-changed', verdict, unscored);
      }
      throw error;
    }
    this.#entry = promoted;
    return { status: 'promoted', entry: promoted, verdict };
  }

  async #reject(reason: RejectionReason, verdict?: ChallengeVerdict, unscored: JsonObject = {}): Promise<RunResult> {
    const { storage, clock } = this.#context;
    const evidence = { ...verdict?.evidence, ...unscored, reason };
    const rejected = finishedAs(this.#entry, 'rejected', clock.now(), { evidence });
    await storage.transaction(
      async (tx) => {
        await tx.retrainings.advance(rejected, 'evaluating');
        // A challenger that the host itself promoted meanwhile is nobody's to archive.
        const served = (await tx.slots.get(rejected.modelName))?.championVersionId;
        if (served !== rejected.newVersionId) await tx.models.setStatus(rejected.newVersionId!, 'archived');
      },
      { fence: this.#lease.fence },
    );
    this.#entry = rejected;
    return { status: 'rejected', entry: rejected, reason, ...(verdict === undefined ? {} : { verdict }) };
  }

  async #fail(error: unknown): Promise<RunResult> {
    const { storage, clock, closing } = this.#context;
    const { stage } = this.#entry;
    const resumable = stage !== 'training';
    if (this.#lease.lost.aborted || (closing.aborted && resumable))
      return { status: 'left', entry: this.#entry, error };
    const failed = finishedAs(this.#entry, 'failed', clock.now(), { failedStage: stage, error: errorRecordOf(error) });
    try {
      await storage.transaction((tx) => tx.retrainings.advance(failed, stage), { fence: this.#lease.fence });
    } catch (cause) {
      const message = `retraining '${failed.retrainingId}' could not be stored as failed`;
      const both = new AggregateError([error, cause], message);
      return {
        status: 'left',
        entry: this.#entry,
        error: new StorageError('STORAGE_FAILURE', message, { cause: both }),
      };
    }
    this.#entry = failed;
    return { status: 'failed', entry: failed, error };
  }

  async #step(stage: 'gathering' | 'training', changes: { readonly oldVersionId?: string } = {}): Promise<void> {
    const { storage, clock } = this.#context;
    const next = steppedTo(this.#entry, stage, clock.now(), changes);
    await storage.transaction((tx) => tx.retrainings.advance(next, this.#entry.stage), { fence: this.#lease.fence });
    this.#entry = next;
  }

  #execute<T>(
    subject: string,
    work: (options: { readonly signal: AbortSignal; readonly deadlineMs: number }) => Promise<T>,
  ): Promise<T> {
    const deadlineMs = this.#deadline.remainingMs;
    return this.#deadline.run(subject, this.#signals, (signal) => work({ signal, deadlineMs }), EXECUTOR_GRACE_MS);
  }

  #seedFor(purpose: string): string {
    return JSON.stringify([this.#context.seed, purpose, this.#entry.retrainingId]);
  }
}

interface Answered {
  readonly sample: Dataset;
  readonly challenger: ModelAnswers;
  readonly champion: ModelAnswers | undefined;
  /** Evaluation rows left out because too little comes before them in their series. */
  readonly unscoredRows: number;
}
