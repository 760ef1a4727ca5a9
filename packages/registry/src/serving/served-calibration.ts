import {
  brierDecompositionOf,
  type ConfidenceCalibration,
  debiasedCalibrationErrorOf,
  expectedCalibrationErrorOf,
  InvalidInputError,
  maximumCalibrationErrorOf,
  OutcomeAggregate,
  observationOf,
  type PredictionStore,
  reliabilityTableOf,
} from '@mlperf/core';

/** Hits against stated confidence; see `ConfidenceCalibration` for what each figure is. */
export interface ServedCalibration
  extends Pick<
    ConfidenceCalibration,
    | 'windowSize'
    | 'outcomes'
    | 'accuracy'
    | 'meanConfidence'
    | 'expectedCalibrationError'
    | 'debiasedCalibrationError'
    | 'maximumCalibrationError'
    | 'brier'
    | 'bins'
  > {
  readonly modelVersionId: string;
}

const LARGEST_WINDOW = 100_000;

/**
 * Reads how well the confidence of a version's newest live outcomes was earned.
 * @param windowSize - Outcomes at most, a whole number from 1 to 100,000.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 */
export async function servedCalibration(
  predictions: Pick<PredictionStore, 'recentOutcomes'>,
  modelVersionId: string,
  windowSize: number,
): Promise<ServedCalibration> {
  if (!(Number.isInteger(windowSize) && windowSize >= 1 && windowSize <= LARGEST_WINDOW)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `windowSize must be a whole number from 1 to ${LARGEST_WINDOW}; got ${windowSize}`,
    );
  }
  const rows = await predictions.recentOutcomes({ modelVersionId, role: 'live', limit: windowSize });
  const aggregate = new OutcomeAggregate();
  for (const row of rows) aggregate.add(observationOf(row, row.outcome));
  const { count } = aggregate;
  const expectedCalibrationError = expectedCalibrationErrorOf(aggregate);
  const debiasedCalibrationError = debiasedCalibrationErrorOf(aggregate);
  const maximumCalibrationError = maximumCalibrationErrorOf(aggregate);
  const brier = brierDecompositionOf(aggregate);
  return {
    modelVersionId,
    windowSize,
    outcomes: count,
    ...(count > 0 && { accuracy: aggregate.correct / count, meanConfidence: aggregate.confidenceSum / count }),
    ...(expectedCalibrationError !== undefined && { expectedCalibrationError }),
    ...(debiasedCalibrationError !== undefined && { debiasedCalibrationError }),
    ...(maximumCalibrationError !== undefined && { maximumCalibrationError }),
    ...(brier && { brier }),
    bins: reliabilityTableOf(aggregate),
  };
}
