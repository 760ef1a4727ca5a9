import { type Dataset, hashDataset, MlperfError, selectRows } from '@mlperf/core';
import type { ModelRegistry } from '../../model-registry.ts';
import { validationMetrics } from '../gate/validation-metrics.ts';
import type { ReplayPolicy, ReplaySetting } from './replay-policy.ts';

/** Share of the warm-up, its newest rows, on which the first model's accuracy is validated before it is trained on all. */
const VALIDATION_SHARE = 0.2;

/** Trains and promotes the model a replay begins with. */
export async function serveFirstModel(
  registry: ModelRegistry,
  modelName: string,
  warmUp: Dataset,
  policy: ReplayPolicy,
  { executor }: Pick<ReplaySetting, 'executor'>,
): Promise<void> {
  const { modelType, hyperparameters, seed, flatBand = 0, retraining } = policy;
  const rows = Uint32Array.from(warmUp.timestamps.keys());
  const from = Math.floor(rows.length * (1 - VALIDATION_SHARE));
  const held = selectRows(warmUp, rows.subarray(from));
  const request = { modelType, hyperparameters, seed };
  const validated = await executor.fit({
    ...request,
    train: selectRows(warmUp, rows.subarray(0, from)),
    predictRows: [{ dataset: held, history: warmUp }],
    returnModel: false,
  });
  const fitted = await executor.fit({ ...request, train: warmUp });
  const [probabilities] = validated.rowPredictions ?? [];
  if (fitted.model === undefined || probabilities === undefined) {
    throw new MlperfError('TRAINING_FAILED', 'the executor must return the model it fitted and its predictions');
  }
  const answers = { classes: validated.classes, probabilities };
  const { versionId } = await registry.registerModel({
    modelName,
    model: {
      modelType,
      classes: fitted.classes,
      featureNames: warmUp.featureNames,
      lookBack: fitted.lookBack,
      bytes: fitted.model,
    },
    flatBand,
    hyperparameters,
    trainingMetrics: validationMetrics(held, answers, retraining?.costPerTrade ?? 0),
    dataVersion: hashDataset(warmUp),
    metadata: { trainedThrough: warmUp.labelEndsAt.reduce((latest, end) => Math.max(latest, end)), seed },
  });
  await registry.promoteToProduction(versionId, {
    expectedActive: undefined,
    actor: 'replay',
    reason: 'the first model of the replay',
  });
}
