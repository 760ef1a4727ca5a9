import { InvalidInputError } from '../errors.ts';
import type { CalibrationMethod, CalibrationOptions } from './calibrator.ts';
import { ClassCalibrator } from './class-calibrator.ts';
import { fitCalibrator, requireMethod } from './fit-calibrator.ts';
import { fitInverseTemperature } from './fit-inverse-temperature.ts';
import { logProbability } from './log-odds.ts';
import { requireRows } from './require-calibration-data.ts';
import { requireClasses, requireClassProbabilities } from './require-class-rows.ts';
import { TemperatureCalibrator } from './temperature-calibrator.ts';

/** Past predictions over all classes, and the class that came. */
export interface ClassCalibrationData {
  /** In the order of the probability columns; distinct, at least two. */
  readonly classes: readonly string[];
  /** Observed class of each row, one of `classes`, shape (n). */
  readonly observed: readonly string[];
  /** Rows × classes, each row summing to 1 within 1e-6. */
  readonly probabilities: readonly ArrayLike<number>[];
}

/**
 * Fits the calibration of a model's probabilities on past rows; {@link ClassCalibrator} says what the methods do.
 *
 * @throws {@link InvalidInputError} `INVALID_TYPE` for an unknown method or class; `OUT_OF_RANGE` for fewer than two
 * classes or a row that is no distribution; `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE`; `INSUFFICIENT_DATA` as
 * the method says, and when a class that was observed never got a probability above 0 and `temperature` has nothing to
 * scale; `SINGLE_CLASS` when a class was never, or always, observed.
 * @throws {@link MlperfError} `TRAINING_FAILED`.
 * @remarks One fit per class (one in all for two classes, and for temperature); inputs are not modified.
 * @see Zadrozny & Elkan (2002), KDD, doi:10.1145/775047.775151, for one against the rest
 * @example fitClassCalibrator('temperature', { classes: ['up', 'down', 'flat'], observed, probabilities });
 */
export function fitClassCalibrator(
  method: CalibrationMethod,
  data: ClassCalibrationData,
  options: CalibrationOptions = {},
): ClassCalibrator {
  requireMethod(method);
  const { classes, observed, probabilities } = data;
  const labels = requireClassRows(data, options);
  if (method === 'temperature') return new ClassCalibrator(classes, [fitJointTemperature(data, labels)]);
  const columns = classes.length === 2 ? classes.slice(0, 1) : classes;
  const parts = columns.map((name, c) =>
    fitCalibrator(
      method,
      { observed: observed.map((label) => label === name), scores: probabilities.map((row) => row[c]!) },
      options,
    ),
  );
  return new ClassCalibrator(classes, parts);
}

function fitJointTemperature({ classes, probabilities }: ClassCalibrationData, labels: Uint32Array) {
  const logs = new Float64Array(labels.length * classes.length);
  classes.forEach((name, c) => {
    if (probabilities.some((row) => row[c]! > 0)) return;
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `class '${name}' was observed, so it must get a probability above 0 somewhere; it never does`,
    );
  });
  probabilities.forEach((row, i) => {
    for (let c = 0; c < classes.length; c++) logs[i * classes.length + c] = logProbability(row[c]!);
  });
  return new TemperatureCalibrator(fitInverseTemperature(logs, labels, classes.length));
}

/** The index of the observed class of each row. */
function requireClassRows(data: ClassCalibrationData, options: CalibrationOptions): Uint32Array {
  const { classes, observed, probabilities } = data;
  requireClasses(classes);
  requireRows(observed.length, options, 'observed');
  if (probabilities.length !== observed.length) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `probabilities must have ${observed.length} rows to match observed; got ${probabilities.length}`,
    );
  }
  const indexOf = new Map(classes.map((name, c) => [name, c]));
  const labels = Uint32Array.from(observed, (label, i) => {
    const index = indexOf.get(label);
    if (index !== undefined) return index;
    throw new InvalidInputError(
      'INVALID_TYPE',
      `observed[${i}] must be one of ${classes.join(', ')}; got ${JSON.stringify(label)}`,
    );
  });
  for (const [i, row] of probabilities.entries()) requireClassProbabilities(row, classes.length, `probabilities[${i}]`);
  const seen = new Set(labels);
  classes.forEach((name, c) => {
    if (seen.has(c) && seen.size > 1) return;
    const problem = seen.has(c) ? 'it is the only one' : 'it is not';
    throw new InvalidInputError('SINGLE_CLASS', `every class must be observed; '${name}': ${problem}`);
  });
  return labels;
}
