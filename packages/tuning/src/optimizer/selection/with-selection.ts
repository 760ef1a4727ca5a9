import type { Dataset, ModelFamily } from '@mlperf/core';
import { columnsOf, selectColumns } from './select-columns.ts';

/** Chooses columns by training rows alone. */
export type ColumnChooser = (train: Dataset, signal: AbortSignal) => readonly number[] | Promise<readonly number[]>;

/**
 * A family that chooses its columns anew in each fit: what cross-validation must do for a selection to be scored on rows
 * it has not seen. For scoring only: its models are not stored.
 */
export function withSelection(family: ModelFamily, choose: ColumnChooser): ModelFamily {
  return {
    ...family,
    async fit(train, params, context) {
      const columns = await choose(train, context.signal);
      const { validation, validationHistory } = context;
      const model = await family.fit(selectColumns(train, columns), params, {
        seed: context.seed,
        signal: context.signal,
        report: (step, value) => context.report(step, value),
        onProgress: (fraction) => context.onProgress(fraction),
        ...(validation === undefined ? {} : { validation: selectColumns(validation, columns) }),
        ...(validationHistory === undefined ? {} : { validationHistory: selectColumns(validationHistory, columns) }),
      });
      return {
        modelType: model.modelType,
        classes: model.classes,
        featureNames: train.featureNames,
        lookBack: model.lookBack,
        ...(model.missingValues === undefined ? {} : { missingValues: model.missingValues }),
        predict: (features, out) => model.predict(columnsOf(features, columns), out),
        serialize: () => model.serialize(),
        dispose: () => model.dispose(),
      };
    },
  };
}
