import {
  type ErrorCode,
  type FitContext,
  type FitRequest,
  type FitResult,
  InterruptedError,
  type Matrix,
  MlperfError,
  type ModelFamily,
  type PredictRequest,
  type PredictResult,
  predictRows,
  predictSequence,
  type RowsToPredict,
  type TrainedModel,
} from '@mlperf/core';
import { messageOf } from './message-of.ts';

/** What a fit needs beside its request. */
export type RunHooks = Pick<FitContext, 'signal' | 'report' | 'onProgress'>;

/** Trains, predicts and serialises, as every executor does it. The model is disposed of at the end. */
export function runFit(family: ModelFamily, request: FitRequest, hooks: RunHooks): Promise<FitResult> {
  return translating('TRAINING_FAILED', `training of '${family.modelType}' failed`, hooks.signal, async () => {
    const startedAt = performance.now();
    const model = await family.fit(request.train, request.hyperparameters, {
      seed: request.seed,
      ...(request.validation === undefined ? {} : { validation: request.validation }),
      ...(request.validationHistory === undefined ? {} : { validationHistory: request.validationHistory }),
      ...hooks,
    });
    const trainingTimeSeconds = (performance.now() - startedAt) / 1000;
    try {
      return {
        classes: [...model.classes],
        ...(request.returnModel === false ? {} : { model: model.serialize() }),
        predictions: await predictAll(model, request.predict ?? []),
        ...(request.predictRows === undefined ? {} : { rowPredictions: await answerAll(model, request.predictRows) }),
        ...(model.featureImportance === undefined ? {} : { featureImportance: model.featureImportance() }),
        lookBack: model.lookBack,
        trainingTimeSeconds,
      };
    } finally {
      model.dispose();
    }
  });
}

/** Loads and predicts, as every executor does it. */
export function runPredict(family: ModelFamily, request: PredictRequest, signal: AbortSignal): Promise<PredictResult> {
  return translating('PREDICTION_FAILED', `prediction by '${family.modelType}' failed`, signal, async () => {
    const model = await family.load(request.model);
    try {
      return { classes: [...model.classes], predictions: await predictAll(model, request.features) };
    } finally {
      model.dispose();
    }
  });
}

async function predictAll(model: TrainedModel, matrices: readonly Matrix[]): Promise<Float64Array[]> {
  const predictions: Float64Array[] = [];
  for (const matrix of matrices) predictions.push(await predictSequence(model, matrix));
  return predictions;
}

async function answerAll(model: TrainedModel, asked: readonly RowsToPredict[]): Promise<Float64Array[]> {
  const answers: Float64Array[] = [];
  for (const { dataset, history } of asked) answers.push(await predictRows(model, dataset, history));
  return answers;
}

async function translating<T>(
  code: ErrorCode,
  subject: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (MlperfError.is(cause)) throw cause;
    if (signal.aborted) throw new InterruptedError('ABORTED', `${subject}: it was aborted`, { cause });
    throw new MlperfError(code, `${subject}: ${messageOf(cause)}`, { cause });
  }
}
