import type { Dataset, Matrix } from '../dataset/dataset.ts';
import type { SearchSpace } from '../search-space/search-space.ts';
import type { TreeStructure } from './tree-structure.ts';

/** How a fit is run: its seed, its validation rows, and its lines to whoever started it. */
export interface FitContext {
  /** Fixes every bit of the model. */
  readonly seed: string;
  /** Rows to report on. They must not enter the model in any way: they may be the rows it is scored on. */
  readonly validation?: Dataset;
  /**
   * Rows of the data set `validation` was selected from, for a family that looks back: only their features are read,
   * and only where they come before a validation row in its series (see `lookBackWindows`).
   */
  readonly validationHistory?: Dataset;
  /** Check `aborted` in every long loop: it turns true even while a synchronous loop blocks a worker. */
  readonly signal: AbortSignal;
  /**
   * Tells a pruner the value reached at a step (whole, ascending); larger is better. `stop`: end early and return the
   * model so far.
   */
  report(step: number, value: number): Promise<'continue' | 'stop'>;
  /** @param fraction - Share of the work done, in [0, 1]. */
  onProgress(fraction: number): void;
}

/** A trained model, ready to predict. */
export interface TrainedModel {
  readonly modelType: string;
  /** Class labels in the order of the probability columns; empty for a regression. */
  readonly classes: readonly string[];
  readonly featureNames: readonly string[];
  /** Earlier feature rows a prediction needs beside its own; 0 for models without memory. */
  readonly lookBack: number;
  /** `handled`: features to predict may be NaN, which is missing. Absent: refused. */
  readonly missingValues?: 'handled';
  /**
   * Class probabilities (or values), row-major, shape ((rows − lookBack) × classes) (regression: × 1).
   *
   * A model that looks back takes consecutive rows of one series in time order; row i of its answer belongs to feature
   * row i + lookBack.
   *
   * @param out - Written and returned when given; of the answer's length.
   * @throws `LENGTH_MISMATCH` when the columns are not those trained on; `NOT_FINITE`; `INSUFFICIENT_DATA` for fewer
   * than lookBack + 1 rows, when lookBack > 0.
   */
  predict(features: Matrix, out?: Float64Array): Float64Array | Promise<Float64Array>;
  /** Magic, format version and checksum included; `ModelFamily.load` reads it. */
  serialize(): Uint8Array;
  /** Share of impurity decrease (or the family's own measure) by feature, in feature order, summing to 1. */
  featureImportance?(): Float64Array;
  /** The trees, of a model that is made of trees. */
  treeStructure?(): TreeStructure;
  /** Frees what the garbage collector cannot. Idempotent. */
  dispose(): void;
}

/** What a family needs of its data before it trains well. */
export interface FamilyRequirements {
  /** `refused`: a missing feature value is `NOT_FINITE`; impute first. */
  readonly missingValues: 'refused' | 'handled';
  /** `none`: only the order of values matters. `standard`: scale features first. `built-in`: the family does so itself. */
  readonly scaling: 'none' | 'standard' | 'built-in';
  /** Whether its models look back on the rows before the one they answer: rows in series order. */
  readonly series: boolean;
  /** Whether weights of the data set are used; where not, they are refused or ignored as the family says. */
  readonly weights: boolean;
}

/** A kind of model: how to train it, load it and search its hyperparameters. The host's own models implement it too. */
export interface ModelFamily<P extends object = object> {
  readonly modelType: string;
  readonly task: 'classification' | 'regression';
  readonly searchSpace: SearchSpace;
  readonly defaults: P;
  /** Absent: the family does not say. */
  readonly requirements?: FamilyRequirements;
  /**
   * The look-back of the models that parameters give; whole, ≥ 0. Rows without as many before them are then left out of
   * a search for all trials alike; absent, such a row fails the trial. Each parameter by itself, the others as they
   * are, must move it one way only (a number), or however it likes (a choice).
   */
  lookBackOf?(params: Partial<P>): number;
  /**
   * Same data, parameters and seed: the same model, bit for bit. Parameters not given take their defaults.
   * @throws `OUT_OF_RANGE` | `INVALID_TYPE` for a bad parameter, `SINGLE_CLASS`, `EMPTY_INPUT`, `ABORTED`.
   */
  fit(train: Dataset, params: Partial<P>, context: FitContext): Promise<TrainedModel>;
  /** @throws `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`, saying what was found and expected. */
  load(bytes: Uint8Array): Promise<TrainedModel>;
}
