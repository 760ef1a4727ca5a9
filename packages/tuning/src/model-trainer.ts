import {
  type Clock,
  canonicalRecord,
  type Dataset,
  type Executor,
  InterruptedError,
  InvalidInputError,
  type JsonObject,
  type ModelFamily,
  NotFoundError,
  type StorageStores,
  systemClock,
  type TrainedModel,
  type TrainingExperiment,
} from '@mlperf/core';
import type { Splitter } from './cross-validation/splitter.ts';
import type { ExperimentDraft } from './experiment-draft.ts';
import { HyperparameterTuner } from './hyperparameter-tuner.ts';
import { requireDeadline } from './require-search-options.ts';
import { accuracyScoring } from './scoring/accuracy-scoring.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import type { ComparedCrossValidation } from './study/cross-validation-result.ts';
import { crossValidatedMetric } from './study/trial-record.ts';
import { evaluateModel, type ModelEvaluation } from './training/evaluate-model.ts';
import type { BestExperimentQuery, CrossValidateOptions } from './tuner-options.ts';

export interface ModelTrainerOptions {
  readonly family: ModelFamily;
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  /** Fixes every fit. */
  readonly seed: string;
  /** Where models are trained; without it in this thread, which then stands still. */
  readonly executor?: Pick<Executor, 'concurrency' | 'fit'>;
  /** Default {@link accuracyScoring}; a regression must be given its own. */
  readonly metric?: ScoringMetric;
  /** Of `crossValidate`; default purged walk-forward. */
  readonly splitter?: Splitter;
  /** Default {@link systemClock}. */
  readonly clock?: Clock;
}

export interface TrainOptions {
  /** Ends the training: `ABORTED`. */
  readonly signal?: AbortSignal;
  /** `DEADLINE_EXCEEDED` when it takes longer; only an executor can keep it. Milliseconds. */
  readonly deadlineMs?: number;
  /** @param fraction - Share of the work done, in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

/** A stored experiment with its model. */
export interface LoadedExperiment {
  readonly experiment: TrainingExperiment;
  /** The caller disposes of it. */
  readonly model: TrainedModel;
}

/**
 * Trains, scores, stores and loads models of one family, one at a time: the steps of a tuner for a host that walks them
 * itself.
 * @example
 * const trainer = new ModelTrainer({ family, storage, executor, seed: 's' });
 * const model = await trainer.trainModel(train, { maxDepth: 4 });
 * const { score } = await trainer.evaluateModel(model, test);
 */
export class ModelTrainer {
  readonly #options: ModelTrainerOptions;
  readonly #metric: ScoringMetric;
  readonly #tuner: HyperparameterTuner;

  /** @throws {@link InvalidInputError} `INVALID_TYPE` for a regression without a metric. */
  constructor(options: ModelTrainerOptions) {
    this.#options = options;
    if (options.metric === undefined && options.family.task === 'regression') {
      throw new InvalidInputError('INVALID_TYPE', `a regression (${options.family.modelType}) must be given a metric`);
    }
    this.#metric = options.metric ?? accuracyScoring;
    const { family, storage, seed, executor, splitter, clock = systemClock } = options;
    this.#tuner = new HyperparameterTuner({
      ...{ family, storage, seed, clock, metric: this.#metric },
      ...(executor === undefined ? {} : { executor }),
      ...(splitter === undefined ? {} : { splitter }),
    });
  }

  /**
   * Trains on all the rows given. Same rows, hyperparameters and seed: the same model.
   * @returns a model that the caller disposes of.
   * @throws what the family's `fit` throws; `ABORTED`; `DEADLINE_EXCEEDED`; what the executor throws.
   */
  async trainModel(data: Dataset, hyperparameters: JsonObject, options: TrainOptions = {}): Promise<TrainedModel> {
    const { family, executor, seed } = this.#options;
    const params = canonicalRecord(hyperparameters, 'hyperparameters');
    const { signal = new AbortController().signal, deadlineMs, onProgress } = options;
    requireDeadline(deadlineMs, 'deadlineMs');
    if (signal.aborted) throw new InterruptedError('ABORTED', 'the training was aborted', { cause: signal.reason });
    if (executor === undefined) {
      return family.fit(data, params, {
        ...{ seed, signal },
        report: async () => 'continue',
        onProgress: (fraction) => onProgress?.(fraction),
      });
    }
    const request = { modelType: family.modelType, hyperparameters: params, seed, train: data, returnModel: true };
    const { model } = await executor.fit(request, {
      signal,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return family.load(model!);
  }

  /**
   * Scores a model on rows it was not trained on.
   * @param history - Rows before them, for a model that looks back.
   * @throws as `evaluateModel`.
   */
  evaluateModel(model: TrainedModel, data: Dataset, history?: Dataset): Promise<ModelEvaluation> {
    return evaluateModel(model, data, this.#metric, history);
  }

  /** Scores hyperparameters by cross-validation; nothing is stored. @throws as `HyperparameterTuner.crossValidate`. */
  crossValidate(
    data: Dataset,
    hyperparameters: JsonObject,
    options: CrossValidateOptions = {},
  ): Promise<ComparedCrossValidation> {
    return this.#tuner.crossValidate(data, hyperparameters, options);
  }

  /**
   * Stores a model's bytes. An experiment that is to be loaded with its model names them as its `modelArtifact`; bytes that
   * no record names are orphans, and are swept some day.
   * @returns their SHA-256.
   */
  async saveModel(model: TrainedModel): Promise<string> {
    return (await this.#options.storage.artifacts.put(model.serialize())).sha256;
  }

  /**
   * Stores a single evaluation.
   * @throws {@link NotFoundError} when its `modelArtifact` is not stored; as `HyperparameterTuner.saveExperiment`.
   */
  saveExperiment(draft: ExperimentDraft): Promise<TrainingExperiment> {
    return this.#tuner.saveExperiment(draft);
  }

  /**
   * The best of the stored experiments by the trainer's metric that has its model.
   * @returns `undefined` when there is none among the best 1,000.
   * @throws {@link NotFoundError} when its bytes are gone; `ARTIFACT_CORRUPT`; what the family's `load` throws.
   */
  async loadBestModel(query: BestExperimentQuery = {}): Promise<LoadedExperiment | undefined> {
    const { family, storage } = this.#options;
    const best = await storage.trials.best({
      modelType: family.modelType,
      ...query,
      metric: crossValidatedMetric(this.#metric),
      direction: this.#metric.direction,
      limit: 1_000,
    });
    const experiment = best.find(({ modelArtifact }) => modelArtifact !== undefined);
    if (experiment?.modelArtifact === undefined) return undefined;
    const bytes = await storage.artifacts.get(experiment.modelArtifact);
    if (bytes === undefined) {
      throw new NotFoundError(`the model of experiment '${experiment.experimentId}' is not stored any more`);
    }
    return { experiment, model: await family.load(bytes) };
  }
}
