import {
  type Dataset,
  InterruptedError,
  MlperfError,
  type RetrainingLogEntry,
  type StorageStores,
  type StoredModelVersion,
  type TrainRequest,
  type TrainResult,
} from '@mlperf/core';
import { decodeBundle, type ModelBundle } from '../bundle/model-bundle.ts';
import { requireApplicable } from '../serving/load-version.ts';
import { Deadline } from './deadline.ts';
import type { FittedModel } from './fitted-model.ts';
import type { ModelAnswers } from './gate/row-scores.ts';
import { isInShadow } from './gate/shadow-terms.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { steppedTo } from './retraining-entry.ts';
import type { RunContext } from './run-context.ts';
import { sampleAnswers } from './sample-answers.ts';

/** A judging that was cut off is begun again at most this often. */
const MAX_JUDGINGS_AGAIN = 3;
/** Beyond the deadline an executor keeps by itself. */
const EXECUTOR_GRACE_MS = 5_000;

/** What the stages of one retraining share: its entry as stored, its lease, and its budget of time. */
export class RunProgress {
  readonly context: RunContext;
  readonly lease: LeaseKeeper;
  readonly #signals: readonly AbortSignal[];
  readonly #deadline: Deadline;
  #entry: RetrainingLogEntry;

  constructor(context: RunContext, lease: LeaseKeeper, entry: RetrainingLogEntry) {
    this.context = context;
    this.lease = lease;
    this.#entry = entry;
    this.#signals = [context.closing, lease.lost];
    this.#deadline = new Deadline(context.deadlineClock, context.config.deadlineMs);
  }

  /** As last stored. */
  get entry(): RetrainingLogEntry {
    return this.#entry;
  }

  /** @throws {@link InterruptedError} for an entry found in a stage that nothing can go on from. */
  requireNotInterrupted(): void {
    const { stage } = this.#entry;
    const judgings = judgingsOf(this.#entry);
    const judged = isInShadow(this.#entry);
    if (stage === 'training' || (stage === 'evaluating' && !judged && judgings > MAX_JUDGINGS_AGAIN)) {
      const times = stage === 'evaluating' ? `, ${judgings} times` : '';
      throw new InterruptedError('ABORTED', `interrupted at ${stage}${times}`);
    }
  }

  async champion(): Promise<StoredModelVersion | undefined> {
    const { registry, modelName } = this.context;
    const versionId = (await registry.getSlot(modelName))?.championVersionId;
    return versionId === undefined ? undefined : registry.requireVersion(versionId);
  }

  async bundleOf(version: StoredModelVersion): Promise<ModelBundle> {
    const bundle = decodeBundle(await this.context.registry.loadArtifact(version));
    requireApplicable(bundle.header, version);
    return bundle;
  }

  /** What a bundle says of these rows, computed where the executor works. */
  answers(bundle: ModelBundle, dataset: Dataset, rows: Uint32Array): Promise<ModelAnswers> {
    const { executor } = this.context;
    return this.execute('evaluating', (options) => sampleAnswers(executor, bundle, dataset, rows, options));
  }

  /** One training of the challengers' family. @throws `TRAINING_FAILED` when it gives no model; what trains throws. */
  async fit(request: Omit<TrainRequest, 'modelType'>): Promise<FittedModel> {
    const { executor, trainer, modelType } = this.context;
    const asked = { ...request, modelType };
    const fitted = await this.execute<(Partial<TrainResult> & Pick<TrainResult, 'classes' | 'lookBack'>) | undefined>(
      'training',
      (options) => (trainer === undefined ? executor.fit(asked, options) : trainer.train(asked, options)),
    );
    // A trainer of the host may be JavaScript.
    if (!(fitted?.model instanceof Uint8Array)) {
      const came = fitted === undefined || fitted === null ? fitted : `a model of type ${typeof fitted.model}`;
      throw new MlperfError('TRAINING_FAILED', `training must return the bytes of the model it fitted; got ${came}`);
    }
    const { model, classes, lookBack } = fitted;
    return { modelType: fitted.modelType ?? modelType, classes, lookBack, model };
  }

  /** Stores the entry one stage on. */
  async step(
    stage: 'gathering' | 'training',
    changes: Partial<Pick<RetrainingLogEntry, 'oldVersionId' | 'evidence'>> = {},
  ): Promise<void> {
    await this.store(steppedTo(this.#entry, stage, this.context.clock.now(), changes));
  }

  /** Stores that a judging which was cut off begins again; waiting for its rows is no judging. */
  async judgeAgain(): Promise<void> {
    const evidence = { judgings: judgingsOf(this.#entry) + 1 };
    await this.store(steppedTo(this.#entry, 'evaluating', this.context.clock.now(), { evidence }));
  }

  /** Stores the entry in its next stage, with what is written alongside, in one fenced transaction. */
  async store(next: RetrainingLogEntry, alongside?: (tx: StorageStores) => Promise<void>): Promise<void> {
    await this.context.storage.transaction(
      async (tx) => {
        await alongside?.(tx);
        await tx.retrainings.advance(next, this.#entry.stage);
      },
      { fence: this.lease.fence },
    );
    this.#entry = next;
  }

  /** Takes over an entry that was stored elsewhere: with a promotion. */
  stored(entry: RetrainingLogEntry): void {
    this.#entry = entry;
  }

  /** Work of the host, aborted at the deadline, when the lease is lost and when the manager closes. */
  within<T>(subject: string, work: (signal: AbortSignal, remainingMs: number) => Promise<T>): Promise<T> {
    const { remainingMs } = this.#deadline;
    return this.#deadline.run(subject, this.#signals, (signal) => work(signal, remainingMs));
  }

  /** Work of an executor, which keeps the deadline by itself, by force if need be. */
  execute<T>(
    subject: string,
    work: (options: { readonly signal: AbortSignal; readonly deadlineMs: number }) => Promise<T>,
  ): Promise<T> {
    const deadlineMs = this.#deadline.remainingMs;
    return this.#deadline.run(subject, this.#signals, (signal) => work({ signal, deadlineMs }), EXECUTOR_GRACE_MS);
  }

  /** Fixes one use of randomness in this retraining. */
  seedFor(purpose: string): string {
    return JSON.stringify([this.context.seed, purpose, this.#entry.retrainingId]);
  }
}

/** How often the judging of a challenger has begun. */
function judgingsOf({ evidence }: RetrainingLogEntry): number {
  return typeof evidence?.judgings === 'number' ? evidence.judgings : 0;
}
