import { normalQuantile, type RetrainingTrigger, type StoredModelVersion } from '@mlperf/core';

/** What a retraining needs of the calibration of a live window. */
export interface CalibrationStanding {
  /** Absent before a version is known. */
  readonly modelVersionId?: string;
  readonly outcomes: number;
  /** Absent when there are no outcomes. */
  readonly expectedCalibrationError?: number;
  /** The bins of confidence behind that error. */
  readonly bins: readonly { readonly count: number }[];
}

/** One-sided: a calibrated model is taken for one that is not in at most one look of a thousand. */
const LEVEL = 0.999;

/**
 * The trigger of a champion whose confidence is no longer earned: the expected calibration error (ECE) of the live window
 * exceeds the validated one by more than `tolerance` and what chance alone makes of a window of its size.
 *
 *   ECE_live > ECE_validated + tolerance + noise
 *   noise = E[N] + z · sd(N),  N = Σ_b (n_b/n) · |share of hits in b − its expectation|
 *   E[N] ≤ Σ_b √(n_b·h) / (n·√(2π)),  sd(N) ≤ √(h·(1 − 2/π) / (4n)),  z = 3.09
 *
 * By the triangle inequality the plug-in error is at most the true one plus N, whose normal moments are taken at their
 * largest, a variance of ¼ per outcome. With labels over h bars n outcomes are worth n/h. One look errs in at most one
 * of a thousand; of many looks at overlapping windows more will.
 *
 * @param champion - Whose `trainingMetrics.expectedCalibrationError` is the validated error; absent: 0.
 * @param tolerance - ≥ 0; absent: calibration is no reason.
 * @param labelOverlap - h, ≥ 1.
 * @param now - Epoch milliseconds.
 * @example calibrationTrigger({ modelVersionId: 'v1', outcomes: 1000, expectedCalibrationError: 0.2, bins: [{ count: 1000 }] },
 *   { versionId: 'v1', trainingMetrics: {} }, 0.05, 1, now)?.thresholdValue; // 0.05 + 0.0126 + 3.09 · 0.0095 = 0.092
 */
export function calibrationTrigger(
  standing: CalibrationStanding | undefined,
  champion: Pick<StoredModelVersion, 'versionId' | 'trainingMetrics'>,
  tolerance: number | undefined,
  labelOverlap: number,
  now: number,
): RetrainingTrigger | undefined {
  const error = standing?.expectedCalibrationError;
  if (tolerance === undefined || standing?.modelVersionId !== champion.versionId || error === undefined)
    return undefined;
  const validated = champion.trainingMetrics.expectedCalibrationError ?? 0;
  const noise = calibrationNoise(standing, labelOverlap);
  const threshold = validated + tolerance + noise;
  if (!(error > threshold)) return undefined;
  return {
    triggerType: 'calibration_loss',
    thresholdValue: threshold,
    currentValue: error,
    triggeredAt: now,
    reason:
      `the calibration error of the last ${standing.outcomes} outcomes is ${error.toFixed(3)}; validated ` +
      `${validated.toFixed(3)}, tolerance ${tolerance}, sampling error ${noise.toFixed(3)}`,
  };
}

function calibrationNoise({ outcomes, bins }: CalibrationStanding, labelOverlap: number): number {
  const roots = bins.reduce((sum, { count }) => sum + Math.sqrt(count * labelOverlap), 0);
  const expected = roots / (outcomes * Math.sqrt(2 * Math.PI));
  const deviation = Math.sqrt((labelOverlap * (1 - 2 / Math.PI)) / (4 * outcomes));
  return expected + normalQuantile(LEVEL) * deviation;
}
