import {
  type Dataset,
  type FamilyRequirements,
  type FitContext,
  InvalidInputError,
  type Matrix,
  MlperfError,
  type ModelFamily,
  requireMatrix,
  selectRows,
  type TrainedModel,
} from '@mlperf/core';
import type { RandomForestModel } from '../random-forest/random-forest-model.ts';
import { requireRunning } from '../require-running.ts';
import { type FittedPipeline, fitPipeline, restorePipeline } from './pipeline.ts';
import { decodePreprocessedModel, encodePreprocessedModel } from './preprocessed-model-file.ts';
import type { PreprocessingStep } from './preprocessing-step.ts';

export interface WithPreprocessingOptions {
  /** The type of the family made; default `<inner type>+preprocessing`. Stored with every version: keep it. */
  readonly modelType?: string;
}

/** The out-of-bag answers of a forest, where it has them. */
interface PreprocessedModel extends TrainedModel, Partial<Pick<RandomForestModel, 'outOfBag'>> {}

/**
 * A family whose models carry their preprocessing: steps are fitted on the training rows of each fit and of nothing
 * else, so in cross-validation inside each fold, and stored in the model's own file.
 *
 * Hyperparameters, search space and look-back are those of `family`; of its `requirements`, missing values are handled
 * by an imputation of all columns, and scaling is built in by a scaling of all columns. Importance is told by original feature: a
 * feature's columns are added. The tree structure is not told, since its splits are on other columns.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for no steps or a bad `modelType`.
 * @example const family = withPreprocessing(logisticRegressionFamily, [imputation(), standardScaling()]);
 */
export function withPreprocessing<P extends object, F extends ModelFamily<P>>(
  family: F & ModelFamily<P>,
  steps: readonly PreprocessingStep[],
  options: WithPreprocessingOptions = {},
): ModelFamily<P> & Pick<F, 'searchSpace'> {
  const modelType = options.modelType ?? `${family.modelType}+preprocessing`;
  const count = Array.isArray(steps) ? steps.length : 0;
  if (modelType === '' || modelType === family.modelType || count === 0) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `a family with preprocessing must have at least one step and a model type of its own; got ${count} and '${modelType}'`,
    );
  }
  const requirements = family.requirements && pipelineRequirements(family.requirements, steps);
  return {
    modelType,
    task: family.task,
    searchSpace: family.searchSpace,
    defaults: family.defaults,
    ...(requirements === undefined ? {} : { requirements }),
    ...(family.lookBackOf === undefined ? {} : { lookBackOf: (params: Partial<P>) => family.lookBackOf!(params) }),
    async fit(train, params, context) {
      requireRunning(context.signal, modelType);
      const pipeline = fitPipeline(steps, train, context.signal);
      const inner = await family.fit(
        pipeline.transformDataset(train, context.signal),
        params,
        transformed(context, pipeline, family.requirements?.series !== false),
      );
      return preprocessedModel(modelType, pipeline, inner);
    },
    async load(bytes) {
      const { innerType, steps: stored, model } = decodePreprocessedModel(bytes);
      if (innerType !== family.modelType) {
        throw new MlperfError('MODEL_FORMAT', `the model file must hold a '${family.modelType}'; got '${innerType}'`);
      }
      const pipeline = restorePipeline(stored);
      const inner = await family.load(model);
      const { featureNames } = pipeline;
      if (
        inner.featureNames.length === featureNames.length &&
        inner.featureNames.every((n, i) => n === featureNames[i])
      ) {
        return preprocessedModel(modelType, pipeline, inner);
      }
      inner.dispose();
      throw new MlperfError('MODEL_FORMAT', 'the steps of the model file must make the features of its model');
    },
  };
}

/** What is left to ask of the data once the steps have run: of the family's needs those that no step meets. */
function pipelineRequirements(
  { missingValues, scaling, ...rest }: FamilyRequirements,
  steps: readonly PreprocessingStep[],
): FamilyRequirements {
  const completed = steps.some(({ meets }) => meets === 'missing-values');
  const scaled = scaling === 'standard' && steps.some(({ meets }) => meets === 'scaling');
  return {
    ...rest,
    missingValues: completed ? 'handled' : missingValues,
    scaling: scaled ? 'built-in' : scaling,
  };
}

/** @param looksBack - Whether the inner family reads the history; unread, its rows need not be what the steps take. */
function transformed(context: FitContext, pipeline: FittedPipeline, looksBack: boolean): FitContext {
  const of = (dataset: Dataset) => pipeline.transformDataset(dataset, context.signal);
  const { validation, validationHistory, ...rest } = context;
  const past = looksBack && validation !== undefined && validationHistory && rowsUpTo(validationHistory, validation);
  return {
    ...rest,
    // Asked of the context itself: its signal may change under way.
    get signal() {
      return context.signal;
    },
    report: (step, value) => context.report(step, value),
    onProgress: (fraction) => context.onProgress(fraction),
    ...(validation === undefined ? {} : { validation: of(validation) }),
    ...(past ? { validationHistory: of(past) } : {}),
  };
}

/** The rows that a validation row can look back on: none later than the last of them. */
function rowsUpTo(history: Dataset, validation: Dataset): Dataset | undefined {
  const last = validation.timestamps.reduce((latest, at) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
  const rows: number[] = [];
  history.timestamps.forEach((at, row) => {
    if (at <= last) rows.push(row);
  });
  if (rows.length === history.timestamps.length) return history;
  return rows.length === 0 ? undefined : selectRows(history, rows);
}

function preprocessedModel(modelType: string, pipeline: FittedPipeline, inner: TrainedModel): PreprocessedModel {
  const { inputNames, featureNames, sources } = pipeline;
  const { outOfBag }: PreprocessedModel = inner;
  const handled = pipeline.completes || inner.missingValues === 'handled';
  let scratch: Matrix | undefined;
  return {
    modelType,
    classes: inner.classes,
    featureNames: inputNames,
    lookBack: inner.lookBack,
    ...(handled ? { missingValues: 'handled' as const } : {}),
    // By training row: no step adds, drops or moves one.
    ...(outOfBag === undefined ? {} : { outOfBag }),
    predict(features, out) {
      if (features.columns !== inputNames.length) {
        throw new InvalidInputError(
          'LENGTH_MISMATCH',
          `features must have the ${inputNames.length} columns trained on; got ${features.columns}`,
        );
      }
      requireMatrix(features, 'features', handled ? 'allowed' : 'refused');
      const { rows } = features;
      if (scratch?.rows !== rows) {
        const columns = featureNames.length;
        scratch = { values: new Float64Array(rows * columns), rows, columns };
      }
      const matrix = scratch;
      pipeline.transform(features, matrix.values);
      const answer = inner.predict(matrix, out);
      // A model that answers later still reads its rows: they are not written again.
      if (!(answer instanceof Float64Array)) scratch = undefined;
      return answer;
    },
    serialize: () =>
      encodePreprocessedModel({ innerType: inner.modelType, steps: pipeline.toJSON(), model: inner.serialize() }),
    ...(inner.featureImportance === undefined
      ? {}
      : {
          featureImportance: () =>
            bySource(inner.featureImportance?.() ?? new Float64Array(), sources, inputNames.length),
        }),
    dispose() {
      scratch = undefined;
      inner.dispose();
    },
  };
}

function bySource(importance: Float64Array, sources: Int32Array, columns: number): Float64Array {
  const out = new Float64Array(columns);
  sources.forEach((source, column) => {
    out[source]! += importance[column]!;
  });
  return out;
}
