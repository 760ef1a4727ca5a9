import type { Dataset, FitResult } from '@mlperf/core';
import type { ModelAnswers } from '../gate/row-scores.ts';
import type { RunProgress } from '../run-progress.ts';

/** A model as training gives it: bytes and what is needed to load them and to ask. */
export type FittedModel = Pick<FitResult, 'classes' | 'lookBack'> & {
  readonly modelType: string;
  readonly model: Uint8Array;
};

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
