import {
  type Dataset,
  hashDataset,
  InvalidInputError,
  MlperfError,
  type StoredModelVersion,
  selectRows,
} from '@mlperf/core';
import { decodeBundle, type ModelBundle } from '../../bundle/model-bundle.ts';
import { prepareVersion } from '../../versions/register-request.ts';
import { validationMetrics } from '../gate/validation-metrics.ts';
import { steppedTo } from '../retraining-entry.ts';
import { answerableRows, evaluationRows, seenThrough, trainingRows } from '../retraining-plan.ts';
import type { RunProgress } from '../run-progress.ts';
import type { AnsweredSample } from './evaluating.ts';

/**
 * Trains, lets the very bytes to be stored answer, and stores them with their version in one transaction: then the
 * entry is `evaluating`.
 */
export async function trainChallenger(
  run: RunProgress,
  dataset: Dataset,
  champion: StoredModelVersion | undefined,
  championBundle: ModelBundle | undefined,
): Promise<AnsweredSample> {
  const { executor, config, modelName, modelType, hyperparameters, clock } = run.context;
  const flatBand = run.context.flatBand ?? championBundle?.header.flatBand;
  if (flatBand === undefined) {
    throw new InvalidInputError('INVALID_CONFIG', 'flatBand must be given while there is no champion to take it from');
  }
  const held = evaluationRows(dataset, seenThrough(champion), config);
  const { train, trainedThrough } = trainingRows(dataset, held, config);
  await run.step('training', champion === undefined ? {} : { oldVersionId: champion.versionId });
  const seed = run.seedFor('fit');
  const fitted = await run.execute('training', (options) =>
    executor.fit({ modelType, hyperparameters, seed, train }, options),
  );
  if (fitted.model === undefined)
    throw new MlperfError('TRAINING_FAILED', 'the executor must return the model it fitted');
  const lookBack = Math.max(fitted.lookBack, championBundle?.header.lookBack ?? 0);
  const { rows, unscoredRows } = answerableRows(dataset, held, lookBack, config);
  const sample = selectRows(dataset, rows);
  const request = {
    modelName,
    model: {
      modelType,
      classes: fitted.classes,
      featureNames: dataset.featureNames,
      lookBack: fitted.lookBack,
      bytes: fitted.model,
    },
    flatBand,
    hyperparameters,
    dataVersion: hashDataset(train),
    trainedAt: clock.now(),
    metadata: { trainedThrough, trainingRows: train.features.rows, retrainingId: run.entry.retrainingId, seed },
  };
  const { bundle, draft } = prepareVersion({ ...request, trainingMetrics: {} }, clock.now());
  const challenger = await run.answers(decodeBundle(bundle), dataset, rows);
  const trainingMetrics = validationMetrics(sample, challenger, config.costPerTrade);
  const evaluating = steppedTo(run.entry, 'evaluating', clock.now(), {
    newVersionId: draft.versionId,
    evidence: { leaseToken: run.lease.fence.token },
  });
  await run.store(evaluating, async (tx) => {
    await tx.artifacts.put(bundle);
    await tx.models.register({ ...draft, trainingMetrics });
  });
  const answersOf = (asked: ModelBundle) => run.answers(asked, dataset, rows);
  const answers = championBundle && (await answersOf(championBundle));
  return { sample, challenger, champion: answers, unscoredRows, answersOf };
}
