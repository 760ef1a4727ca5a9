import { InvalidInputError } from '../errors.ts';
import { type Checker, listOf, oneOf, satisfying } from '../records/checker.ts';
import { identifier } from '../records/scalar-checkers.ts';
import type { JsonObject } from '../types/json.ts';
import { CALIBRATION_METHODS, type CalibrationMethod, type Calibrator } from './calibrator.ts';
import { calibratorFromJSON } from './calibrator-from-json.ts';
import { logProbability } from './log-odds.ts';
import { requireClasses, requireClassProbabilities } from './require-class-rows.ts';
import { openStored, type StoredHead, storedCalibrator } from './stored-calibrator.ts';
import { TemperatureCalibrator } from './temperature-calibrator.ts';

/** The most classes a bundle names. */
const MAX_CLASSES = 1_000;

interface StoredClassCalibrator extends StoredHead {
  readonly method: CalibrationMethod;
  readonly classes: readonly string[];
  readonly parts: readonly JsonObject[];
}

const anything: Checker = satisfying('an object', () => true);

/**
 * Calibrates the probabilities of all classes of a prediction at once. Immutable; see {@link fitClassCalibrator}.
 *
 * - `temperature`: one inverse temperature β for all classes, P_c = p_c^β / Σ p^β.
 * - Other methods, two classes: one calibrator of the first class; the second gets the rest.
 * - Other methods, more classes: one calibrator per class against the rest, then divided by their sum; 1/k each when
 *   that sum is 0.
 *
 * Its `toJSON()` is what the `calibration` field of a model bundle holds: a reader takes it up with
 * {@link ClassCalibrator.from}, refuses it unless `classes` are the bundle's, and applies it to each row of
 * `TrainedModel.predict`.
 */
export class ClassCalibrator {
  readonly method: CalibrationMethod;
  /** In the order of the probability columns; distinct, at least two. */
  readonly classes: readonly string[];
  readonly #parts: readonly Calibrator[];

  /**
   * @param parts - Of one method: one for temperature or two classes, otherwise one per class.
   * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE` for bad classes | `LENGTH_MISMATCH`.
   */
  constructor(classes: readonly string[], parts: readonly Calibrator[]) {
    requireClasses(classes);
    const method = parts[0]?.method;
    const needed = method === 'temperature' || classes.length === 2 ? 1 : classes.length;
    if (method === undefined || parts.length !== needed || parts.some((part) => part.method !== method)) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `parts must be ${needed} of one method for ${classes.length} classes; got ${parts.map((part) => part.method).join(', ') || 'none'}`,
      );
    }
    this.method = method;
    this.classes = [...classes];
    this.#parts = parts;
  }

  /** @throws {@link InvalidInputError} `INVALID_RECORD`, as {@link calibratorFromJSON}. */
  static from(json: unknown): ClassCalibrator {
    const stored = openStored<StoredClassCalibrator>(json, 'classes', {
      method: oneOf(CALIBRATION_METHODS),
      classes: listOf(identifier, MAX_CLASSES),
      parts: listOf(anything, MAX_CLASSES),
    });
    const parts = stored.parts.map((part) => calibratorFromJSON(part));
    try {
      const calibrator = new ClassCalibrator(stored.classes, parts);
      if (calibrator.method === stored.method) return calibrator;
      throw new InvalidInputError('INVALID_RECORD', `method must be that of its parts; got '${stored.method}'`);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidInputError('INVALID_RECORD', `stored classes calibrator: ${problem}`, { cause });
    }
  }

  /**
   * The calibrated probabilities of one row.
   *
   * @param probabilities - In the order of `classes`, each in [0, 1], summing to 1 within 1e-6.
   * @returns As many, summing to 1.
   * @throws {@link InvalidInputError} `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
   */
  apply(probabilities: ArrayLike<number>): Float64Array {
    requireClassProbabilities(probabilities, this.classes.length, 'probabilities');
    const [first] = this.#parts;
    if (first instanceof TemperatureCalibrator) return scaled(probabilities, first.inverseTemperature);
    if (this.classes.length === 2) {
      const p = first!.apply(probabilities[0]!);
      return Float64Array.of(p, 1 - p);
    }
    const row = Float64Array.from(this.#parts, (part, c) => part.apply(probabilities[c]!));
    const sum = row.reduce((total, p) => total + p, 0);
    return sum === 0 ? row.fill(1 / row.length) : row.map((p) => p / sum);
  }

  toJSON(): JsonObject {
    return storedCalibrator('classes', {
      method: this.method,
      classes: this.classes,
      parts: this.#parts.map((part) => part.toJSON()),
    });
  }
}

function scaled(probabilities: ArrayLike<number>, inverseTemperature: number): Float64Array {
  const logs = Float64Array.from(probabilities, (p) => inverseTemperature * logProbability(p));
  const top = Math.max(...logs);
  const powers = logs.map((z) => Math.exp(z - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
