import {
  type Dataset,
  expectedCalibrationError,
  hashDataset,
  InvalidInputError,
  type JsonObject,
  type StoredModelVersion,
  selectRows,
} from '@mlperf/core';
import { decodeBundle, type ModelBundle } from '../../bundle/model-bundle.ts';
import { classDecider } from '../../serving/class-decision.ts';
import { prepareVersion } from '../../versions/register-request.ts';
import type { ModelAnswers } from '../gate/row-scores.ts';
import { validationMetrics } from '../gate/validation-metrics.ts';
import { steppedTo } from '../retraining-entry.ts';
import { answerableRows, evaluationRows, seenThrough, trainingRows } from '../retraining-plan.ts';
import type { RunProgress } from '../run-progress.ts';
import type { AnsweredSample } from './answered-sample.ts';
import { calibrate, calibrationSplit } from './calibrating.ts';
import { chooseWindow } from './training-window.ts';
import { tuneHyperparameters } from './tuning.ts';

/**
 * Chooses the rows to learn from, tunes, trains and calibrates; lets the very bytes to be stored answer the evaluation
 * rows, and stores them with their version in one transaction: then the entry is `evaluating`.
 */
export async function trainChallenger(
  run: RunProgress,
  dataset: Dataset,
  champion: StoredModelVersion | undefined,
  championBundle: ModelBundle | undefined,
): Promise<AnsweredSample> {
  const { config, modelName, clock } = run.context;
  const flatBand = run.context.flatBand ?? championBundle?.header.flatBand;
  if (flatBand === undefined) {
    throw new InvalidInputError('INVALID_CONFIG', 'flatBand must be given while there is no champion to take it from');
  }
  const held = evaluationRows(dataset, seenThrough(champion), config);
  const { train, trainedThrough } = trainingRows(dataset, held, config);
  const replaces = champion === undefined ? {} : { oldVersionId: champion.versionId };
  const gathered = { dataVersion: hashDataset(dataset), rows: dataset.features.rows };
  await run.step('training', { ...replaces, evidence: { gathered } });

  const window = await chooseWindow(run, train, run.context.changedAt(champion?.versionId));
  const split = calibrationSplit(run, window.rows);
  const tuned = await tuneHyperparameters(run, split.fit, champion);
  const seed = run.seedFor('fit');
  const fitted = await run.fit({ hyperparameters: tuned.hyperparameters, seed, train: split.fit });
  const calibrated = await calibrate(run, fitted, window.rows, split.held);

  const lookBack = Math.max(fitted.lookBack, championBundle?.header.lookBack ?? 0);
  const { rows, unscoredRows } = answerableRows(dataset, held, lookBack, config);
  const { bundle, draft } = prepareVersion(
    {
      modelName,
      model: {
        modelType: fitted.modelType,
        classes: fitted.classes,
        featureNames: dataset.featureNames,
        lookBack: fitted.lookBack,
        bytes: fitted.model,
      },
      flatBand,
      ...(calibrated.calibration === undefined ? {} : { calibration: calibrated.calibration }),
      hyperparameters: tuned.hyperparameters,
      dataVersion: hashDataset(split.fit),
      trainedAt: clock.now(),
      metadata: {
        trainedThrough,
        trainingRows: split.fit.features.rows,
        retrainingId: run.entry.retrainingId,
        seed,
        lineage: {
          retrainingId: run.entry.retrainingId,
          ...(champion === undefined ? {} : { parentVersionId: champion.versionId }),
          ...(tuned.evidence === undefined ? {} : { studyId: tuned.evidence.studyId }),
        },
      },
      trainingMetrics: {},
    },
    clock.now(),
  );
  const sample = selectRows(dataset, rows);
  const answersOf = (asked: ModelBundle) => run.answers(asked, dataset, rows);
  const challenger = await answersOf(decodeBundle(bundle));
  const trainingMetrics = {
    ...validationMetrics(sample, challenger, config.costPerTrade),
    expectedCalibrationError: calibrationErrorOf(sample, challenger),
  };
  const evidence: JsonObject = {
    window: window.evidence,
    ...(tuned.evidence === undefined ? {} : { tuning: tuned.evidence }),
    ...(calibrated.evidence === undefined ? {} : { calibration: calibrated.evidence }),
    judgings: 1,
  };
  const newVersionId = draft.versionId;
  await run.store(steppedTo(run.entry, 'evaluating', clock.now(), { newVersionId, evidence }), async (tx) => {
    await tx.artifacts.put(bundle);
    await tx.models.register({ ...draft, trainingMetrics });
  });
  const champions = championBundle && (await answersOf(championBundle));
  const answered = { sample, challenger, champion: champions, unscoredRows, answersOf };
  return answered;
}

/** The validated calibration error, which that of live outcomes is compared with later. */
function calibrationErrorOf(sample: Dataset, { classes, probabilities, thresholds }: ModelAnswers): number {
  const decide = classDecider(classes, thresholds);
  const decided = Array.from(sample.targets, (_, row) => decide(probabilities, row * classes.length));
  return expectedCalibrationError(
    decided.map(({ index }, row) => classes[index] === sample.classes?.[sample.targets[row]!]),
    decided.map(({ probability }) => Math.min(1, probability)),
  );
}
