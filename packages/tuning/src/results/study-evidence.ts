import {
  type Dataset,
  InvalidInputError,
  type JsonObject,
  MlperfError,
  type OutOfSampleRefs,
  type StorageStores,
  selectRows,
  type TrainingExperiment,
} from '@mlperf/core';
import type { Fold, Splitter } from '../cross-validation/splitter.ts';
import { type PreparedFold, prepareFolds } from '../study/prepared-fold.ts';
import type { TrialOutcome, TrialSetting } from '../study/trial-run.ts';
import { scoredSpan, type TimeSpan } from '../warm-start/trials-before.ts';
import { COMPLEXITY } from './chosen-trial.ts';
import { concludeStudy } from './conclude-study.ts';
import { cutHoldout, type HoldoutOptions } from './holdout.ts';
import { OutOfSampleStore } from './out-of-sample-store.ts';
import type { RefitRule, StudyReport } from './study-report.ts';

/** What a study's results are to be measured by. */
export interface EvidenceSetting {
  /** Hyperparameters of the model in place, those that are fixed included. */
  readonly incumbent?: JsonObject;
  readonly holdout?: HoldoutOptions;
  readonly refit: RefitRule;
  /** How complex the model is that hyperparameters make. */
  readonly complexity?: (hyperparameters: JsonObject) => number;
}

/** What of it is stored with the study, since it decides what is said of it. */
export function evidenceSettings({ incumbent, holdout, refit }: EvidenceSetting): JsonObject {
  return {
    ...(incumbent === undefined ? {} : { incumbent }),
    ...(holdout === undefined ? {} : { holdout: { ...holdout } }),
    ...(refit === 'best' ? {} : { refit }),
  };
}

/** The rows that may be searched on: all but the holdout and what lies too close before it. */
export function searchedRows(data: Dataset, { holdout }: Pick<EvidenceSetting, 'holdout'>): Dataset {
  return holdout === undefined ? data : selectRows(data, cutHoldout(data, holdout).train);
}

/** What the evidence needs of the study's setting. */
interface Setting extends Omit<TrialSetting, 'signal' | 'slots' | 'folds' | 'trialDeadlineMs'> {
  readonly storage: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>;
  readonly splitter: Splitter;
  readonly evidence: EvidenceSetting;
}

/** The rows of a study, what its trials say of them, and what that is worth. */
export class StudyEvidence {
  /** Of the rows that may be searched on. */
  readonly folds: readonly PreparedFold[];
  readonly #setting: Setting;
  readonly #data: Dataset;
  readonly #lookBack: number;
  readonly #held: Fold | undefined;
  readonly #answers: OutOfSampleStore;

  /**
   * @param data - All rows. @param lookBack - The largest of any trial.
   * @throws what {@link cutHoldout} and {@link prepareFolds} throw; `TRAINING_FAILED` for a metric whose row scores are none.
   */
  constructor(setting: Setting, data: Dataset, lookBack: number) {
    const { holdout } = setting.evidence;
    this.#setting = setting;
    this.#data = data;
    this.#lookBack = lookBack;
    this.#held = holdout === undefined ? undefined : cutHoldout(data, holdout);
    const searched = this.#held === undefined ? data : selectRows(data, this.#held.train);
    this.folds = prepareFolds(searched, setting.splitter, lookBack);
    this.#answers = new OutOfSampleStore(
      setting.storage.artifacts,
      searched,
      this.folds,
      setting.metric,
      this.#held?.train,
    );
  }

  /** Mean over the folds of the best answer without features; absent where the metric has no value. */
  get noSkillScore(): number | undefined {
    return this.#answers.rows.noSkillScore;
  }

  /** The newest time that is searched on, epoch milliseconds. */
  get dataEndsAt(): number {
    return this.#answers.rows.dataEndsAt;
  }

  /** When the rows are that trials are scored on. */
  get scored(): TimeSpan {
    return scoredSpan(this.#answers.rows);
  }

  /**
   * Stores the answers of a complete trial.
   * @returns the outcome, failed when the metric's row scores are none; and where its answers are.
   */
  async keep(outcome: TrialOutcome): Promise<{ readonly outcome: TrialOutcome; readonly answers?: OutOfSampleRefs }> {
    if (outcome.state !== 'complete') return { outcome };
    try {
      return { outcome, answers: await this.#answers.store(outcome.predictions) };
    } catch (error) {
      if (!MlperfError.is(error) || error.code !== 'TRAINING_FAILED') throw error;
      const { trainingTimeSeconds } = outcome.result;
      return { outcome: { state: 'failed', error, fold: this.folds.length - 1, trainingTimeSeconds } };
    }
  }

  /**
   * The record with its model's complexity, where the simplest of the good ones is asked for.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a complexity that is no finite number.
   */
  rated(record: TrainingExperiment): TrainingExperiment {
    const { complexity } = this.#setting.evidence;
    if (complexity === undefined || record.state !== 'complete') return record;
    const value = complexity(record.hyperparameters);
    if (!Number.isFinite(value)) {
      throw new InvalidInputError('OUT_OF_RANGE', `complexity must be a finite number; got ${value}`);
    }
    return { ...record, testMetrics: { ...record.testMetrics, [COMPLEXITY]: value } };
  }

  /** Once all trials have ended: scores the incumbent and the holdout, each once, and reports. See {@link concludeStudy}. */
  async conclude(
    studyId: string,
    trials: readonly TrainingExperiment[],
    run: { readonly signal?: AbortSignal | undefined; readonly trialDeadlineMs?: number | undefined },
  ): Promise<StudyReport> {
    const { storage, modelType, runner, metric, clock, seed } = this.#setting;
    const study = await storage.studies.get(studyId);
    if (study === undefined) throw new MlperfError('NOT_FOUND', `study '${studyId}' must be stored; it is not`);
    return concludeStudy({
      storage,
      study,
      trials,
      folds: this.folds,
      answers: this.#answers,
      ...(this.#held === undefined
        ? {}
        : { holdout: { data: this.#data, fold: this.#held, lookBack: this.#lookBack } }),
      setting: {
        modelType,
        runner,
        metric,
        clock,
        seed,
        ...(run.trialDeadlineMs === undefined ? {} : { trialDeadlineMs: run.trialDeadlineMs }),
      },
      signal: run.signal,
    });
  }
}
