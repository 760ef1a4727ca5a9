import {
  type Dataset,
  InvalidInputError,
  keyedRandom,
  type ModelFamily,
  randomInteger,
  selectRows,
  type TrainedModel,
} from '@mlperf/core';

export interface UndersamplingOptions {
  /** Most rows of a class, in rows of the smallest class; ≥ 1, default 1: all classes the same. */
  readonly ratio?: number;
  /** Default `<inner type>+undersampling`. Stored with every version: keep it. */
  readonly modelType?: string;
}

/**
 * A family that leaves out training rows of the more frequent classes, drawn anew by the seed of each fit: inside each
 * fold of a cross-validation, and never of the rows it is tested on. Probabilities become those of the balanced classes;
 * calibrate them where their size matters, or use class weights, which waste no rows.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; `INVALID_TYPE` for a regression, and for a family that looks back on
 * rows, whose windows the gaps would break.
 */
export function withUndersampling<P extends object, F extends ModelFamily<P>>(
  family: F & ModelFamily<P>,
  options: UndersamplingOptions = {},
): ModelFamily<P> & Pick<F, 'searchSpace'> {
  const { ratio = 1, modelType = `${family.modelType}+undersampling` } = options;
  if (!(ratio >= 1)) throw new InvalidInputError('OUT_OF_RANGE', `ratio must be at least 1; got ${ratio}`);
  if (modelType === '' || modelType === family.modelType) {
    throw new InvalidInputError('OUT_OF_RANGE', `modelType must be one of its own; got '${modelType}'`);
  }
  if (family.task !== 'classification' || family.requirements?.series === true) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `undersampling needs a classification whose rows stand alone; got ${family.modelType}`,
    );
  }
  return {
    modelType,
    task: family.task,
    searchSpace: family.searchSpace,
    defaults: family.defaults,
    ...(family.requirements === undefined ? {} : { requirements: family.requirements }),
    async fit(train, params, context) {
      return renamed(modelType, await family.fit(undersampled(train, ratio, context.seed), params, context));
    },
    async load(bytes) {
      return renamed(modelType, await family.load(bytes));
    },
  };
}

/** The same model under the type by which it is loaded again. */
function renamed(modelType: string, model: TrainedModel): TrainedModel {
  const { classes, featureNames, lookBack, missingValues } = model;
  return {
    ...{ modelType, classes, featureNames, lookBack },
    ...(missingValues === undefined ? {} : { missingValues }),
    predict: (features, out) => model.predict(features, out),
    serialize: () => model.serialize(),
    ...(model.featureImportance && { featureImportance: () => model.featureImportance!() }),
    ...(model.treeStructure && { treeStructure: () => model.treeStructure!() }),
    dispose: () => model.dispose(),
  };
}

/** Rows in their order: of each class at most `ratio` times as many as of the smallest that is there. */
function undersampled(train: Dataset, ratio: number, seed: string): Dataset {
  const rowsOf = Map.groupBy(train.targets.keys(), (row) => train.targets[row]!);
  const smallest = Math.min(...Array.from(rowsOf.values(), (rows) => rows.length));
  const most = Math.floor(smallest * ratio);
  const kept: number[] = [];
  for (const [label, rows] of rowsOf) {
    const random = keyedRandom(seed, 'undersampling', label);
    for (let i = 0; i < Math.min(most, rows.length); i++) {
      const j = i + randomInteger(random, rows.length - i);
      [rows[i], rows[j]] = [rows[j]!, rows[i]!];
      kept.push(rows[i]!);
    }
  }
  return kept.length === train.targets.length
    ? train
    : selectRows(
        train,
        kept.sort((a, b) => a - b),
      );
}
