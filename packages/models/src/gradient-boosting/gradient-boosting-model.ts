import { InvalidInputError, type Matrix, type TrainedModel } from '@mlperf/core';
import type { BoostingContent } from './boosting-content.ts';
import { encodeBoostingFile } from './boosting-file.ts';
import { gainImportance } from './gain-importance.ts';
import { GRADIENT_BOOSTING, GRADIENT_BOOSTING_REGRESSION } from './model-type.ts';
import { objectiveOf } from './objective-of.ts';
import { addScores, type Scoring } from './score-rows.ts';
import { treeStructureOf } from './tree-structure-of.ts';

/** A boosted model that predicts synchronously and, given `out`, without allocating. */
export function gradientBoostingModel(content: BoostingContent): TrainedModel {
  const { classes, featureNames, initialScores, trees } = content;
  const objective = objectiveOf(classes.length);
  const { outputs, answers } = objective;
  // Two classes have one score: it is summed where the second probability will be.
  const offset = answers - outputs;
  const scoring: Scoring = { fromTree: 0, toTree: trees.roots.length, outputs, stride: answers, offset };
  const importance = gainImportance(trees, featureNames.length);
  return {
    modelType: classes.length === 0 ? GRADIENT_BOOSTING_REGRESSION : GRADIENT_BOOSTING,
    classes,
    featureNames,
    lookBack: 0,
    missingValues: 'handled',
    predict(features, out) {
      requireColumns(features, featureNames.length);
      const length = features.rows * answers;
      const result = out ?? new Float64Array(length);
      if (result.length !== length) {
        throw new InvalidInputError('LENGTH_MISMATCH', `out must have ${length} values; got ${result.length}`);
      }
      for (let at = 0; at < length; at += answers) {
        for (let k = 0; k < outputs; k++) result[at + offset + k] = initialScores[k]!;
      }
      addScores(trees, scoring, features.values, featureNames.length, result);
      for (let at = 0; at < length; at += answers) objective.answer(result, at);
      return result;
    },
    serialize() {
      return encodeBoostingFile(content);
    },
    ...(importance === undefined ? {} : { featureImportance: () => importance.slice() }),
    treeStructure() {
      return treeStructureOf(content);
    },
    dispose() {
      // Plain arrays: the garbage collector frees them.
    },
  };
}

function requireColumns({ values, rows, columns }: Matrix, expected: number): void {
  if (columns !== expected || values.length !== rows * columns) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `features must have ${expected} columns and as many values as rows × columns; got ${columns} columns, ${rows} rows, ${values.length} values`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      throw new InvalidInputError(
        'NOT_FINITE',
        `features must be finite or missing; got ${value} in row ${Math.floor(i / columns)}, column ${i % columns}`,
      );
    }
  }
}
