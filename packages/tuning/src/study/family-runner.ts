import { type Clock, type Executor, type ModelFamily, predictRows, predictSequence } from '@mlperf/core';

/** What a study needs of an executor. */
export type FitRunner = Pick<Executor, 'concurrency' | 'fit'>;

/**
 * Runs fits of one family in this thread, one at a time: for small searches and for hosts without an executor.
 * @remarks A synchronous family blocks the host, and no deadline can end it: give an executor for more than that.
 */
export function familyRunner(family: ModelFamily, clock: Clock): FitRunner {
  return {
    concurrency: 1,
    async fit(request, options = {}) {
      const startedAt = clock.now();
      const model = await family.fit(request.train, request.hyperparameters, {
        seed: request.seed,
        ...(request.validation === undefined ? {} : { validation: request.validation }),
        ...(request.validationHistory === undefined ? {} : { validationHistory: request.validationHistory }),
        signal: options.signal ?? new AbortController().signal,
        report: async (step, value) => options.onReport?.(step, value) ?? 'continue',
        onProgress: (fraction) => options.onProgress?.(fraction),
      });
      const trainingTimeSeconds = (clock.now() - startedAt) / 1_000;
      try {
        const predictions: Float64Array[] = [];
        for (const features of request.predict ?? []) predictions.push(await predictSequence(model, features));
        const rowPredictions: Float64Array[] = [];
        for (const { dataset, history } of request.predictRows ?? []) {
          rowPredictions.push(await predictRows(model, dataset, history));
        }
        const featureImportance = model.featureImportance?.();
        return {
          classes: model.classes,
          predictions,
          ...(request.predictRows === undefined ? {} : { rowPredictions }),
          lookBack: model.lookBack,
          trainingTimeSeconds,
          ...(featureImportance === undefined ? {} : { featureImportance }),
        };
      } finally {
        model.dispose();
      }
    },
  };
}
