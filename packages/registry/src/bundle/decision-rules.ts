import { ClassCalibrator, InvalidInputError, type JsonObject, MlperfError } from '@mlperf/core';

/** What a bundle says of the way from a model's probabilities to a decision; all of it is applied, or none would be the model that was judged. */
export interface DecisionRules {
  /** In the order of the probability columns. */
  readonly classes: readonly string[];
  /** `ClassCalibrator.toJSON()`. */
  readonly calibration?: JsonObject;
  /** See `classDecider`. */
  readonly thresholds?: Readonly<Record<string, number>>;
}

/**
 * Refuses a calibration that is not one of the model's classes.
 * @throws {@link InvalidInputError} `MODEL_FORMAT`, with what the calibrator says as cause.
 */
export function requireCalibration(calibration: JsonObject, classes: readonly string[]): ClassCalibrator {
  const calibrator = opened(calibration);
  if (calibrator.classes.length === classes.length && calibrator.classes.every((name, c) => name === classes[c])) {
    return calibrator;
  }
  throw refused(
    `calibration must be of the classes ${listed(classes)}, in this order; got ${listed(calibrator.classes)}`,
  );
}

/**
 * Refuses thresholds that are not one number in (0, 1] for each class.
 * @throws {@link InvalidInputError} `MODEL_FORMAT`, naming the class.
 */
export function requireThresholds(
  thresholds: Readonly<Record<string, unknown>>,
  classes: readonly string[],
): Readonly<Record<string, number>> {
  const names = Object.keys(thresholds);
  const unknown = names.find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw refused(`thresholds must be of the classes ${listed(classes)}; got one of '${unknown}'`);
  }
  return Object.fromEntries(
    classes.map((name) => {
      const value = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined;
      if (typeof value === 'number' && value > 0 && value <= 1) return [name, value];
      const came = typeof value === 'number' ? value : value === undefined ? 'nothing' : typeof value;
      throw refused(`thresholds.${name} must be a number above 0 and at most 1; got ${came}`);
    }),
  );
}

/**
 * The probabilities a model's answers stand for: calibrated, where its bundle says so.
 *
 * @param probabilities - Shape (rows × classes), row-major, each row a distribution; not modified.
 * @returns the same array without a calibration, else a new one of the same shape.
 * @throws {@link InvalidInputError} `MODEL_FORMAT` for a calibration of other classes.
 */
export function calibratedRows(rules: DecisionRules, probabilities: Float64Array): Float64Array {
  if (rules.calibration === undefined) return probabilities;
  return calibrateRows(requireCalibration(rules.calibration, rules.classes), probabilities);
}

/** As {@link calibratedRows}, with the calibrator opened once. */
export function calibrateRows(calibrator: ClassCalibrator, probabilities: Float64Array): Float64Array {
  const columns = calibrator.classes.length;
  const calibrated = new Float64Array(probabilities.length);
  for (let at = 0; at < probabilities.length; at += columns) {
    // A single-precision softmax may give a little more than 1.
    const row = probabilities.subarray(at, at + columns).map((p) => Math.min(1, p));
    calibrated.set(calibrator.apply(row), at);
  }
  return calibrated;
}

function opened(calibration: JsonObject): ClassCalibrator {
  try {
    return ClassCalibrator.from(calibration);
  } catch (cause) {
    if (!MlperfError.is(cause)) throw cause;
    throw new InvalidInputError('MODEL_FORMAT', `bundle header: calibration: ${cause.message}`, { cause });
  }
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError('MODEL_FORMAT', `bundle header: ${problem}`);
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'none';
}
