import type { CalibrationMethod, CalibrationOptions } from '../../calibration/calibrator.ts';
import { ClassCalibrator } from '../../calibration/class-calibrator.ts';
import { fitClassCalibrator } from '../../calibration/fit-class-calibrator.ts';
import { InvalidInputError } from '../../errors.ts';
import type { JsonObject } from '../../types/json.ts';
import type { ResolvedPrediction } from '../../types/outcome.ts';
import type { Direction, Prediction } from '../../types/prediction.ts';
import { classesOf, classRowsOf, observedOf } from './class-rows.ts';
import { estimatePerformance } from './estimate-performance.ts';
import { ESTIMATED_METRICS, type EstimatedMetric } from './estimated-metric.ts';
import { ESTIMATION_ASSUMPTION, type EstimationAssumption } from './estimation-assumption.ts';
import { type EstimationReference, summarise } from './estimation-reference.ts';
import type { PerformanceEstimate } from './performance-estimate.ts';
import { openStoredEstimator, storedEstimator } from './stored-estimator.ts';

export interface EstimatorOptions extends CalibrationOptions {
  /**
   * How confidences are calibrated; default `beta`, whose bands keep their coverage from a few hundred rows on.
   * `isotonic` is NannyML's, for thousands of rows, and for models that give few different confidences.
   */
  readonly method?: CalibrationMethod;
}

export interface EstimateOptions<M extends EstimatedMetric = EstimatedMetric> {
  /** Default: all. */
  readonly metrics?: readonly M[];
  readonly positiveClass?: Direction | 'macro';
  readonly coverage?: number;
}

/**
 * Estimates, beside the monitor, how one model version does on predictions whose outcomes are still to come. Immutable.
 *
 * Every estimate assumes P(y|x) unchanged and cannot see concept drift; it says so in `assumption`. Fit again as
 * outcomes arrive, so that the reference stays recent.
 *
 * @example
 * const past = await storage.predictions.recentOutcomes({ modelVersionId, role: 'live', limit: 2_000 });
 * const estimator = PerformanceEstimator.fit(past);
 * estimator.estimate(pending).metrics.accuracy;
 */
export class PerformanceEstimator {
  readonly assumption: EstimationAssumption = ESTIMATION_ASSUMPTION;
  readonly modelVersionId: string;
  readonly calibrator: ClassCalibrator;
  readonly reference: EstimationReference;

  private constructor(modelVersionId: string, calibrator: ClassCalibrator, reference: EstimationReference) {
    this.modelVersionId = modelVersionId;
    this.calibrator = calibrator;
    this.reference = reference;
  }

  /**
   * Fits the calibration and the reference on past outcomes.
   *
   * @param resolved - Of one model version, each once, in any order; such as `storage.predictions.recentOutcomes` gives.
   * @throws {@link InvalidInputError} `EMPTY_INPUT`; `INVALID_RECORD` for a malformed prediction, a repeated id or two
   * model versions; `INSUFFICIENT_DATA` for fewer than `minimumRows` or rows that determine no calibration;
   * `SINGLE_CLASS` when a class never came true.
   * @throws {@link MlperfError} `TRAINING_FAILED`.
   */
  static fit(resolved: readonly ResolvedPrediction[], options: EstimatorOptions = {}): PerformanceEstimator {
    const { method = 'beta', ...calibrationOptions } = options;
    const classes = classesOf(resolved);
    const rows = classRowsOf(resolved, classes, 'resolved');
    const observed = observedOf(resolved, classes);
    const calibrator = fitClassCalibrator(
      method,
      { classes, observed: Array.from(observed, (c) => classes[c]!), probabilities: rows.probabilities },
      calibrationOptions,
    );
    return new PerformanceEstimator(rows.modelVersionId, calibrator, summarise(rows, observed));
  }

  /**
   * Takes up a stored estimator; its estimates are the same bit for bit.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for another format, a missing, foreign or impossible field, or a
   * forbidden key.
   */
  static from(json: unknown): PerformanceEstimator {
    const { modelVersionId, calibrator, reference } = openStoredEstimator(json);
    return new PerformanceEstimator(modelVersionId, ClassCalibrator.from(calibrator), reference);
  }

  /**
   * @param predictions - Of this model version, each once, in any order; with or without outcomes, which are not read.
   * @throws {@link InvalidInputError} as {@link estimatePerformance}; `INVALID_RECORD` for another model version.
   */
  estimate<M extends EstimatedMetric = EstimatedMetric>(
    predictions: readonly Prediction[],
    options: EstimateOptions<M> = {},
  ): PerformanceEstimate<M> {
    const stranger = predictions.find(({ modelVersionId }) => modelVersionId !== this.modelVersionId);
    if (stranger !== undefined) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        `predictions must be of version '${this.modelVersionId}', which this was fitted on; got '${stranger.modelVersionId}'`,
      );
    }
    const { metrics = ESTIMATED_METRICS as readonly M[], ...rest } = options;
    return estimatePerformance(predictions, {
      calibrator: this.calibrator,
      reference: this.reference,
      metrics,
      ...rest,
    });
  }

  /** All there is to it. Its `calibrator` is what the `calibration` field of a model bundle would hold. */
  toJSON(): JsonObject {
    return storedEstimator(this.modelVersionId, this.calibrator.toJSON(), this.reference);
  }
}
