import { InvalidInputError } from '../errors.ts';
import { fitBeta } from './beta-calibrator.ts';
import {
  CALIBRATION_METHODS,
  type CalibrationData,
  type CalibrationMethod,
  type CalibrationOptions,
  type Calibrator,
} from './calibrator.ts';
import { fitIsotonic } from './isotonic-calibrator.ts';
import { fitPlatt } from './platt-calibrator.ts';
import { fitTemperature } from './temperature-calibrator.ts';

const FITTERS: ReadonlyMap<unknown, (data: CalibrationData, options: CalibrationOptions) => Calibrator> = new Map<
  CalibrationMethod,
  (data: CalibrationData, options: CalibrationOptions) => Calibrator
>([
  ['platt', fitPlatt],
  ['isotonic', fitIsotonic],
  ['temperature', fitTemperature],
  ['beta', fitBeta],
]);

/**
 * Fits a calibrator on past rows by the method of that name: {@link fitPlatt}, {@link fitIsotonic},
 * {@link fitTemperature}, {@link fitBeta}. For probabilities of all classes see `fitClassCalibrator`.
 *
 * @throws {@link InvalidInputError} `INVALID_TYPE` for an unknown method, and what the method throws.
 * @example fitCalibrator('isotonic', { observed: hits, scores: confidences }).apply(0.7);
 */
export function fitCalibrator(
  method: CalibrationMethod,
  data: CalibrationData,
  options: CalibrationOptions = {},
): Calibrator {
  requireMethod(method);
  return FITTERS.get(method)!(data, options);
}

/** @throws {@link InvalidInputError} `INVALID_TYPE`. */
export function requireMethod(method: CalibrationMethod): void {
  if (FITTERS.has(method)) return;
  throw new InvalidInputError(
    'INVALID_TYPE',
    `method must be one of ${CALIBRATION_METHODS.join(', ')}; got ${JSON.stringify(method)}`,
  );
}
