import type { Dataset } from '@mlperf/core';
import type { FittedModel } from '../fitted-model.ts';
import type { ModelAnswers } from '../gate/row-scores.ts';
import type { RunProgress } from '../run-progress.ts';

/** What a model that is not stored says of these rows, uncalibrated. */
export function fittedAnswers(
  run: RunProgress,
  { modelType, classes, lookBack, model }: FittedModel,
  dataset: Dataset,
  rows: Uint32Array,
): Promise<ModelAnswers> {
  const header = { modelType, classes, lookBack, featureNames: dataset.featureNames, flatBand: 0, environment: {} };
  return run.answers({ header, model }, dataset, rows);
}
