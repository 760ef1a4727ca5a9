import { InvalidInputError, type Matrix, type TrainedModel } from '@mlperf/core';
import { addLeafShares, type CompiledForest, compileForest } from './compiled-forest.ts';
import type { ForestContent } from './forest-content.ts';
import { encodeForestFile } from './forest-file.ts';
import { impurityImportance } from './impurity-importance.ts';
import { RANDOM_FOREST } from './model-type.ts';

/**
 * A forest ready to predict.
 *
 *   P(class k | x) = (1/T) · Σ_t share of class k among the training rows in the leaf of tree t that x reaches
 *
 * This is scikit-learn's probability, finer than the share of votes; the class it favours can differ from the
 * majority vote of ml-random-forest's `predict` where the vote is close. Every value is in [0, 1]; rows sum to 1
 * up to rounding. A row of eight features costs microseconds.
 */
export function randomForestModel(content: ForestContent): TrainedModel {
  const columns = content.featureNames.length;
  const compiled = compileForest(content.forest, content.classes.length);
  const importance = impurityImportance(content.forest, columns);
  return {
    modelType: RANDOM_FOREST,
    classes: content.classes,
    featureNames: content.featureNames,
    lookBack: 0,
    predict: (features, out) => predictForest(compiled, columns, features, out),
    serialize: () => encodeForestFile(content),
    ...(importance === undefined ? {} : { featureImportance: () => importance.slice() }),
    // Plain memory: the garbage collector frees it.
    dispose() {},
  };
}

function predictForest(
  compiled: CompiledForest,
  columns: number,
  features: Matrix,
  out: Float64Array = new Float64Array(features.rows * compiled.classCount),
): Float64Array {
  requireFeatures(features, columns);
  const expected = features.rows * compiled.classCount;
  if (out.length !== expected) {
    throw new InvalidInputError('LENGTH_MISMATCH', `out must have ${expected} values; got ${out.length}`);
  }
  const trees = compiled.roots.length;
  out.fill(0);
  addLeafShares(compiled, features.values, columns, out);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / trees;
  return out;
}

function requireFeatures({ values, rows, columns }: Matrix, expected: number): void {
  if (columns !== expected) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have the ${expected} columns trained on; got ${columns}`,
    );
  }
  if (values.length !== rows * columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features of ${rows} × ${columns} must hold ${rows * columns} values; got ${values.length}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InvalidInputError(
        'NOT_FINITE',
        `features must be finite; got ${values[i]} in row ${Math.floor(i / columns)}, column ${i % columns}`,
      );
    }
  }
}
