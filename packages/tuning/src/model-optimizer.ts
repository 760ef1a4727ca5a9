import { type Dataset, InvalidInputError, type JsonObject, type SearchSpace, type TrainedModel } from '@mlperf/core';
import { HyperparameterTuner } from './hyperparameter-tuner.ts';
import { type EnsembleWeights, ensembleWeights } from './optimizer/ensemble-weights.ts';
import {
  type AnalyzeImportanceOptions,
  analyzeFeatureImportance,
  type FeatureImportanceReport,
} from './optimizer/feature-importance.ts';
import type { FeatureScore } from './optimizer/feature-scores/feature-score.ts';
import { type Findings, improvements } from './optimizer/improvements.ts';
import { parametersAtEdge } from './optimizer/parameters-at-edge.ts';
import { rankFeatures, type SelectionMethod } from './optimizer/selection/choose-features.ts';
import type { SelectionModels } from './optimizer/selection/ranked-features.ts';
import { withSelection } from './optimizer/selection/with-selection.ts';
import { searchedRows } from './results/study-evidence.ts';
import type { StudyReport } from './results/study-report.ts';
import type { BayesianSearchOptions, SharedTunerOptions, TunerOptionsWithSpace } from './tuner-options.ts';
import { type TunerSetting, tunerSettingOf } from './tuner-setting.ts';

/** A tuner's options; `searchSpace` defaults to the family's. */
export interface ModelOptimizerOptions
  extends Omit<SharedTunerOptions, 'seed'>,
    Pick<TunerOptionsWithSpace<SearchSpace>, 'family'> {
  readonly searchSpace?: SearchSpace;
  /** Fixes every fit, shuffle and point. */
  readonly seed: string;
}

export interface FeatureSelectionRequest {
  readonly method: SelectionMethod;
  /** Features to keep; whole, 1 to the number there is. */
  readonly k: number;
  /** Of the models it takes; default `baseParams`. */
  readonly hyperparameters?: JsonObject;
  /** Whether to score the selection, made inside each fold anew, beside all features; default true. */
  readonly validate?: boolean;
  readonly signal?: AbortSignal;
}

export interface FeatureSelection {
  readonly method: SelectionMethod;
  /** Names of those kept, in the order of the data. */
  readonly features: readonly string[];
  /** All features, best first, with their score by the method. */
  readonly ranking: readonly ({ readonly feature: string } & FeatureScore)[];
  /**
   * Mean cross-validated scores with all features, and with the choice made on each fold's training rows: what the method
   * is worth. Absent when not asked for.
   */
  readonly scores?: { readonly all: number; readonly selected: number };
}

export interface ArchitectureRequest extends BayesianSearchOptions {
  /** Parameters to search, the others as in `baseParams` or the family's defaults; default all of the space. */
  readonly parameters?: readonly string[];
}

export interface OptimalArchitecture {
  /** To train with: of the trial that the study report chooses. */
  readonly hyperparameters: JsonObject;
  readonly score: number;
  readonly studyId: string;
  readonly report: StudyReport;
}

/**
 * Looks for what would make a model better: fewer features, another architecture, other weights, and says what it found in
 * sentences.
 * @example
 * const optimizer = new ModelOptimizer({ family, storage, seed: 's' });
 * await optimizer.featureSelection(data, { method: 'mutual-information', k: 10 });
 * await optimizer.optimizeArchitecture(data, { nTrials: 50 });
 * for (const sentence of optimizer.suggestImprovements()) console.log(sentence);
 */
export class ModelOptimizer {
  readonly #options: ModelOptimizerOptions;
  readonly #space: SearchSpace;
  /** Metric, splitter and holdout as every study of it has them. */
  readonly #setting: TunerSetting;
  #findings: Findings = {};
  #selected: readonly string[] | undefined;
  #architecture: OptimalArchitecture | undefined;

  constructor(options: ModelOptimizerOptions) {
    this.#options = options;
    this.#space = options.searchSpace ?? options.family.searchSpace;
    // Of no space: what is fixed here may be searched there.
    this.#setting = tunerSettingOf({ ...options, searchSpace: {} }, {});
  }

  /** The features that the last selection kept. */
  get selectedFeatures(): readonly string[] | undefined {
    return this.#selected;
  }

  /** What the last search of {@link optimizeArchitecture} chose. */
  get optimalArchitecture(): OptimalArchitecture | undefined {
    return this.#architecture;
  }

  /**
   * Chooses the k features that tell most. The choice of all rows is what to train with from now on; what it is worth is
   * said by choosing inside each fold anew (`scores`), since a choice that saw the test rows flatters.
   *
   * @throws {@link InvalidInputError} `OUT_OF_RANGE`; what the method, the splitter and fits throw; `ABORTED`.
   * @remarks Fits run in this thread.
   */
  async featureSelection(data: Dataset, request: FeatureSelectionRequest): Promise<FeatureSelection> {
    const { method, k, validate = true, signal = new AbortController().signal } = request;
    const count = data.featureNames.length;
    if (!Number.isInteger(k) || k < 1 || k > count) {
      throw new InvalidInputError('OUT_OF_RANGE', `k must be a whole number from 1 to ${count}; got ${k}`);
    }
    const models = this.#models(request.hyperparameters);
    // What the study holds out chooses nothing.
    const searched = searchedRows(data, this.#setting.study.evidence);
    const { order, scores } = await rankFeatures(searched, method, models, k, signal);
    const kept = order.slice(0, k).toSorted((a, b) => a - b);
    const choose = async (train: Dataset, stop: AbortSignal) =>
      (await rankFeatures(train, method, models, k, stop)).order.slice(0, k).toSorted((a, b) => a - b);
    const worth = validate
      ? {
          all: await this.#crossValidate(models, searched, signal),
          selected: await this.#crossValidate(
            { ...models, family: withSelection(models.family, choose) },
            searched,
            signal,
          ),
        }
      : undefined;
    this.#selected = kept.map((column) => data.featureNames[column]!);
    const validated = worth === undefined ? {} : { scores: worth };
    this.#findings = { ...this.#findings, features: { kept: k, of: count, ...validated } };
    const ranking = order.map((column) => ({ feature: data.featureNames[column]!, ...scores[column] }));
    return { method, features: this.#selected, ranking, ...validated };
  }

  /**
   * Searches the architecture: a study like any other, so that the same call goes on where it ended. With the options
   * `refit: 'one-standard-error'` and `complexity` the smallest of those that are as good is chosen.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for a parameter that is not in the space; as
   * `HyperparameterTuner.bayesianOptimization`.
   */
  async optimizeArchitecture(data: Dataset, request: ArchitectureRequest = {}): Promise<OptimalArchitecture> {
    const { parameters, sampler = 'auto', ...search } = request;
    const space = parameters === undefined ? this.#space : partOf(this.#space, parameters);
    const tuner = new HyperparameterTuner({ ...this.#options, searchSpace: space });
    const { report, studyId, best, baselines = [] } = await tuner.bayesianOptimization(data, { ...search, sampler });
    const choice = report.choice ?? best;
    if (choice === undefined || best === undefined) {
      throw new InvalidInputError(
        'INSUFFICIENT_DATA',
        `study '${studyId}' must have a trial that is complete; it has none`,
      );
    }
    const hyperparameters = report.choice?.hyperparameters ?? best.experiment.hyperparameters;
    const atEdge = parametersAtEdge(space, hyperparameters);
    this.#architecture = { hyperparameters, score: choice.score, studyId, report };
    this.#findings = { ...this.#findings, study: { report, atEdge, baselines } };
    return this.#architecture;
  }

  /**
   * The weights with which the members of an ensemble lose least.
   * @param predictions - One array a member, rows in time order; see `ensembleWeights`.
   * @param classes - 0 for a regression.
   * @throws as `ensembleWeights`.
   */
  ensembleWeightsOptimization(
    predictions: readonly Float64Array[],
    yTrue: Float64Array,
    classes: number,
  ): EnsembleWeights {
    const weights = ensembleWeights({ predictions, yTrue, classes });
    this.#findings = { ...this.#findings, weights };
    return weights;
  }

  /**
   * What a model makes of its features.
   * @param data - Rows that it was not trained on.
   * @throws as `permutationImportance`.
   */
  async analyzeFeatureImportance(
    model: TrainedModel,
    data: Dataset,
    options: AnalyzeImportanceOptions = {},
  ): Promise<FeatureImportanceReport> {
    const { metric, seed } = this.#setting.study;
    const importance = await analyzeFeatureImportance(model, data, metric, seed, options);
    this.#findings = { ...this.#findings, importance };
    return importance;
  }

  /** What the calls so far say could be done, the gravest first; empty when they say nothing. */
  suggestImprovements(): readonly string[] {
    return improvements(this.#findings);
  }

  #models(hyperparameters: JsonObject = {}): SelectionModels {
    const { metric, splitter, baseParams, seed } = this.#setting.study;
    const { family } = this.#options;
    return { family, metric, splitter, seed, hyperparameters: { ...baseParams, ...hyperparameters } };
  }

  async #crossValidate(models: SelectionModels, data: Dataset, signal: AbortSignal): Promise<number> {
    const { family, metric, splitter, seed, hyperparameters } = models;
    const { storage } = this.#options;
    const tuner = new HyperparameterTuner({ family, metric, splitter, seed, storage });
    return (await tuner.crossValidate(data, hyperparameters, { signal })).meanCvScore;
  }
}

function partOf(space: SearchSpace, parameters: readonly string[]): SearchSpace {
  for (const name of parameters) {
    if (Object.hasOwn(space, name)) continue;
    throw new InvalidInputError(
      'INVALID_RECORD',
      `parameters must be of the space (${Object.keys(space).join(', ')}); got '${name}'`,
    );
  }
  return Object.fromEntries(Object.entries(space).filter(([name]) => parameters.includes(name)));
}
