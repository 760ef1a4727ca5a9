import {
  ConflictError,
  canonicalRecord,
  type Dataset,
  defineSpace,
  type EventSource,
  InvalidInputError,
  type JsonObject,
  type Listener,
  type ModelFamily,
  type SearchSpace,
  type TrainingExperiment,
  TypedEmitter,
} from '@mlperf/core';
import { type ExperimentDraft, storeExperiment } from './experiment-draft.ts';
import { familySpace } from './family-space.ts';
import { requireDeadline, requireTrialCount } from './require-search-options.ts';
import { searchedRows } from './results/study-evidence.ts';
import { GridSampler } from './samplers/grid-sampler.ts';
import { RandomSampler } from './samplers/random-sampler.ts';
import type { Sampler } from './samplers/sampler.ts';
import { bayesianSampler } from './search-sampler.ts';
import type { BaselineScore } from './study/baseline-score.ts';
import type { ComparedCrossValidation } from './study/cross-validation-result.ts';
import { longestLookBack } from './study/longest-look-back.ts';
import { type PreparedFold, prepareFolds } from './study/prepared-fold.ts';
import { scoreBaselines } from './study/score-baselines.ts';
import { scoreOnce } from './study/score-once.ts';
import type { StudyProgress } from './study/study-progress.ts';
import type { StudyResult, TunedParameters } from './study/study-result.ts';
import { crossValidatedMetric } from './study/trial-record.ts';
import type { TunerEvents } from './tuner-events.ts';
import type {
  BayesianSearchOptions,
  BestExperimentQuery,
  ConfiguredSearchOptions,
  CrossValidateOptions,
  GridSearchOptions,
  RandomSearchOptions,
  SearchOptions,
  TunerOptionsOfFamily,
  TunerOptionsWithSpace,
} from './tuner-options.ts';
import { runSearch, tellOfEnd } from './tuner-search.ts';
import { type TunerSetting, tunerSettingOf } from './tuner-setting.ts';
import { type ExperimentVisualization, type VisualizeOptions, visualizeExperiments } from './visualize-experiments.ts';

/**
 * Searches the hyperparameters of one model family by cross-validation that respects time, and stores every trial.
 *
 * Same seed, same data, same study: the same points, folds, fits and scores, however many folds run at once. (A
 * deadline and the clock are outside that promise.) Each trial is stored as it ends; a study that was interrupted
 * goes on where it stopped. A trial that fails is stored with the reason and is never the best.
 *
 * One search at a time: `experiments`, `bestParams` and `bestScore` are those of the study run last.
 * @example
 * const tuner = new HyperparameterTuner({ family, searchSpace: defineSpace({ maxDepth: int(2, 8) }), storage, seed: 's' });
 * const { best } = await tuner.randomSearch(data, { nTrials: 20 });
 * best?.params.maxDepth; // a number
 */
export class HyperparameterTuner<S extends SearchSpace = SearchSpace> implements EventSource<TunerEvents> {
  readonly #family: ModelFamily;
  readonly #space: S;
  readonly #setting: TunerSetting;
  readonly #events: TypedEmitter<TunerEvents>;
  readonly #families: readonly ModelFamily[];
  #progress: StudyProgress<S> | undefined;
  #searching = false;

  /**
   * @throws {@link InvalidInputError} for a bad search space, `INVALID_RECORD` when `baseParams` fixes a parameter
   * that is searched or is no plain data, `INVALID_TYPE` for a regression without a metric, `INVALID_CONFIG`.
   */
  constructor(options: TunerOptionsWithSpace<S>);
  constructor(options: TunerOptionsOfFamily<S>);
  constructor(options: TunerOptionsWithSpace<S> | TunerOptionsOfFamily<S>) {
    this.#space = defineSpace(bringsSpace(options) ? options.searchSpace : options.family.searchSpace);
    this.#family = options.family;
    this.#families = [options.family, ...(options.families ?? [])];
    this.#setting = tunerSettingOf(options, this.#space);
    this.#events = new TypedEmitter(options.onListenerError);
  }

  /** Trials of the study run last, by trial number; grows while it runs. */
  get experiments(): readonly TrainingExperiment[] {
    return this.#progress?.experiments ?? [];
  }

  /** Hyperparameters of its best trial, `baseParams` included; absent until a trial is complete. */
  get bestParams(): TunedParameters<S> | undefined {
    return this.#progress?.best?.params;
  }

  /** Mean score of its best trial. The best of many tries: expect less on new data. */
  get bestScore(): number | undefined {
    return this.#progress?.best?.score;
  }

  on<Name extends keyof TunerEvents & string>(event: Name, listener: Listener<TunerEvents[Name]>): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Searches as configured: `nTrials` points by the configured sampler, with `sampler: 'grid'` the first ones of the
   * grid.
   * @throws as {@link randomSearch}, {@link gridSearch} or {@link bayesianOptimization}.
   * @example
   * const { hyperparameterTuning } = await loadMlConfig('config.yaml');
   * await new HyperparameterTuner({ family, storage, config: hyperparameterTuning }).search(data);
   */
  async search(data: Dataset, options: ConfiguredSearchOptions = {}): Promise<StudyResult<S>> {
    const configured = this.#setting.config.sampler;
    if (configured === 'random') return this.randomSearch(data, options);
    if (configured !== 'grid') return this.bayesianOptimization(data, { ...options, sampler: configured });
    const nTrials = this.#trialsOf(options);
    const sampler = new GridSampler(this.#space, options);
    return this.#search(data, sampler, nTrials, options);
  }

  /**
   * Evaluates every point of a grid once (see {@link GridSampler} for which and in what order).
   * @throws as {@link randomSearch}; `OUT_OF_RANGE` for a grid that is endless or too large.
   */
  async gridSearch(data: Dataset, options: GridSearchOptions = {}): Promise<StudyResult<S>> {
    const sampler = new GridSampler(this.#space, options);
    return this.#search(data, sampler, Number.POSITIVE_INFINITY, options);
  }

  /**
   * Evaluates `nTrials` random points (see {@link RandomSampler}). A stored study with fewer trials is extended.
   * @throws what the splitter and {@link requireSoundFolds} throw, `INVALID_TYPE` for data of another task, before
   * anything is written; {@link ConflictError} `CONFLICT` when `studyId` belongs to another search or a search is
   * under way; `ABORTED`; `UNKNOWN_MODEL_TYPE` | `CLOSED` of the executor; storage errors.
   */
  async randomSearch(data: Dataset, options: RandomSearchOptions = {}): Promise<StudyResult<S>> {
    const nTrials = this.#trialsOf(options);
    return this.#search(data, new RandomSampler(this.#space), nTrials, options);
  }

  /**
   * Evaluates `nTrials` points, each chosen by what the trials before have shown: by TPE (`tpe`), a Gaussian process
   * (`gp`), CMA-ES (`cma-es`), or what of them suits the space and the number of trials (`auto`, see {@link AutoSampler}). Trial n sees
   * those up to n − W, `config.parallelism`, and the points of the ones between.
   * @throws as {@link randomSearch}; {@link InvalidInputError} for a space the sampler does not take.
   */
  async bayesianOptimization(data: Dataset, options: BayesianSearchOptions = {}): Promise<StudyResult<S>> {
    const nTrials = this.#trialsOf(options);
    return this.#search(data, bayesianSampler(options.sampler ?? 'auto', this.#space), nTrials, options);
  }

  /**
   * Scores one set of hyperparameters, `baseParams` included where not given. Nothing is stored. For the
   * hyperparameters of a trial it returns that trial's very scores.
   * @throws what {@link requireSoundFolds} throws; the error of the first fold that failed; `ABORTED`.
   */
  async crossValidate(
    data: Dataset,
    params: JsonObject,
    options: CrossValidateOptions = {},
  ): Promise<ComparedCrossValidation> {
    requireDeadline(options.deadlineMs, 'deadlineMs');
    this.#requireTask(data);
    const hyperparameters = canonicalRecord({ ...this.#setting.study.baseParams, ...params }, 'params');
    // Of the space too: a trial's hyperparameters are scored on the rows the trial was scored on.
    const lookBack = Math.max(
      longestLookBack(this.#family, this.#setting.study.baseParams, this.#space),
      longestLookBack(this.#family, hyperparameters, {}),
    );
    const folds = prepareFolds(
      searchedRows(data, this.#setting.study.evidence),
      this.#setting.study.splitter,
      lookBack,
    );
    const setting = {
      ...this.#setting.study,
      folds,
      ...(options.deadlineMs === undefined ? {} : { trialDeadlineMs: options.deadlineMs }),
    };
    const outcome = await scoreOnce(setting, { hyperparameters }, options.signal);
    if (outcome.state !== 'complete') throw outcome.state === 'failed' ? outcome.error : outcome;
    const unscoredRows = folds.reduce((sum, fold) => sum + fold.unscoredRows, 0);
    const result = { ...outcome.result, ...(unscoredRows === 0 ? {} : { unscoredRows }) };
    return this.#besideBaselines(result, () => folds, options.signal);
  }

  async #besideBaselines<R extends object>(
    result: R,
    prepare: () => readonly PreparedFold[],
    signal: AbortSignal | undefined,
  ): Promise<R & { readonly baselines?: readonly BaselineScore[] }> {
    if (this.#setting.baselines.length === 0) return result;
    return {
      ...result,
      baselines: await scoreBaselines(this.#setting.baselines, { ...this.#setting.study, folds: prepare() }, signal),
    };
  }

  /**
   * Stores a single evaluation as an experiment. Repeating the call changes nothing.
   * @throws {@link ConflictError} `CONFLICT` when the id is stored with other content.
   */
  async saveExperiment(draft: ExperimentDraft): Promise<TrainingExperiment> {
    return storeExperiment(this.#setting.study.storage, draft, {
      modelType: this.#family.modelType,
      createdAt: this.#setting.study.clock.now(),
      scoredAs: crossValidatedMetric(this.#setting.study.metric),
    });
  }

  /**
   * The stored experiment with the best mean score by the tuner's metric; ties to the older.
   * @returns `undefined` when there is none that is complete.
   * @remarks Its score is the best of many tries and therefore flatters: expect less on new data, the less the more
   * was tried. Without `studyId`, scores from different data are compared; that says little about small differences.
   */
  async getBestExperiment(query: BestExperimentQuery = {}): Promise<TrainingExperiment | undefined> {
    const [best] = await this.#setting.study.storage.trials.best({
      modelType: this.#family.modelType,
      ...query,
      metric: crossValidatedMetric(this.#setting.study.metric),
      direction: this.#setting.study.metric.direction,
      limit: 1,
    });
    return best;
  }

  /**
   * Charts of stored experiments as a page, SVG or Vega-Lite: history, importance, slices and more.
   * @param metric - The tuner's metric, or a key of the experiments' `testMetrics`.
   * @throws `NOT_FOUND` for an unknown `studyId`, `OUT_OF_RANGE` for a metric no experiment has, `IO_FAILURE`.
   * @example await tuner.visualizeExperiments('accuracy', { path: 'charts/study.html' });
   */
  async visualizeExperiments(metric: string, options: VisualizeOptions = {}): Promise<ExperimentVisualization> {
    const { storage, metric: own } = this.#setting.study;
    const last = this.#progress === undefined ? {} : { lastStudyId: this.#progress.studyId };
    return visualizeExperiments({ storage, modelType: this.#family.modelType, metric: own, ...last }, metric, options);
  }

  /**
   * The space this tuner searches, or the one that another of its `families` brings.
   * @throws `UNKNOWN_MODEL_TYPE` for any other model type.
   */
  getSearchSpaceConfig(): S;
  getSearchSpaceConfig(modelType: string): SearchSpace;
  getSearchSpaceConfig(modelType = this.#family.modelType): SearchSpace {
    return modelType === this.#family.modelType ? this.#space : familySpace(modelType, this.#families);
  }

  #trialsOf({ nTrials = this.#setting.config.nTrials }: RandomSearchOptions): number {
    return requireTrialCount(nTrials);
  }

  async #search(
    data: Dataset,
    sampler: Sampler<S>,
    plannedTrials: number,
    options: SearchOptions,
  ): Promise<StudyResult<S>> {
    this.#requireTask(data);
    if (this.#searching) throw new ConflictError('a tuner runs one search at a time; another one is under way');
    this.#searching = true;
    const { study } = this.#setting;
    try {
      const found = await runSearch(this.#setting, {
        data,
        sampler,
        plannedTrials,
        options,
        events: this.#events,
        onOpened: (progress) => {
          this.#progress = progress;
        },
      });
      const lookBack = longestLookBack(this.#family, study.baseParams, this.#space);
      const prepare = () => prepareFolds(searchedRows(data, study.evidence), study.splitter, lookBack);
      const result = await this.#besideBaselines(found, prepare, options.signal);
      tellOfEnd(result, this.#events, study.clock.now());
      return result;
    } finally {
      this.#searching = false;
    }
  }

  #requireTask(data: Dataset): void {
    const task = data.classes === undefined ? 'regression' : 'classification';
    if (task !== this.#family.task) {
      throw new InvalidInputError(
        'INVALID_TYPE',
        `${this.#family.modelType} must be given data for a ${this.#family.task}; got data for a ${task}`,
      );
    }
  }
}

function bringsSpace<S extends SearchSpace>(
  options: TunerOptionsWithSpace<S> | TunerOptionsOfFamily<S>,
): options is TunerOptionsWithSpace<S> {
  return options.searchSpace !== undefined;
}
