import type { JsonObject } from '../../types/json.ts';
import { detectorJson, fromDetectorJson } from './detector-json.ts';
import type { DriftDetector } from './drift-detector.ts';
import { requireBinary } from './require-observation.ts';
import { requireCountOption, requireNumberOption, requireOrder } from './require-option.ts';

export interface EddmOptions {
  /** Neither warning nor drift up to and including this many values and this many errors, ≥ 1. Default 30. */
  readonly warmStart?: number;
  /** Share of the largest level below which it warns, in (0, 1); smaller warns less. Default 0.95. */
  readonly alpha?: number;
  /** Share of the largest level below which it is a drift, in (0, 1), ≤ `alpha`; smaller alarms less. Default 0.9. */
  readonly beta?: number;
}

/**
 * Early drift detection method (EDDM): the distance between errors against the widest it has been. Input 1 is an
 * error, 0 is right.
 *
 *   level = mean distance between two errors + 2 · its sample standard deviation (the first from the start)
 *   at an error: warning when level < α · max level, drift when level < β · max level
 *
 * Meant for slow changes at low error rates. Sees rising error rates only, and acts on errors only: between two errors
 * both flags stay as they are, except that the first update after a drift starts again from nothing.
 *
 * **Measured with the defaults on outcomes of a 55 % hit rate: 2.6 false alarms per 1,000,
 * and 4.5 over the first 2,000.** At trading hit rates the
 * maximum of a young stream is noise; do not use it there without another `beta`.
 *
 * @remarks O(1) time and memory. Equal to river update by update, also in that a new maximum does not end a warning
 * and a drift does not clear it. River takes any value other than 1 for "right"; here they are refused.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for options, also for alpha < beta.
 * @see Baena-García, del Campo-Ávila, Fidalgo, Bifet, Gavaldà, Morales-Bueno (2006), Fourth International Workshop on
 * Knowledge Discovery from Data Streams, 77–86
 * @example
 * const detector = new Eddm();
 * for (let i = 1; i <= 400; i++) detector.update(i % 10 === 0 ? 1 : 0); // an error every 10, level 10
 * for (let i = 1; i <= 49; i++) detector.update(1); // a warning from the 35th of these, driftDetected at the 49th
 */
export class Eddm implements DriftDetector {
  readonly #warmStart: number;
  readonly #alpha: number;
  readonly #beta: number;
  #n = 0;
  #nErrors = 0;
  #lastError = 0;
  #meanDistance = 0;
  /** Sum of squared deviations of the distances. */
  #deviation = 0;
  #maxLevel: number | undefined;
  #driftDetected = false;
  #warningDetected = false;

  constructor(options: EddmOptions = {}) {
    const range = { min: 0, max: 1, open: true };
    this.#warmStart = requireCountOption('warmStart', options.warmStart ?? 30, 1);
    this.#alpha = requireNumberOption('alpha', options.alpha ?? 0.95, range);
    this.#beta = requireNumberOption('beta', options.beta ?? 0.9, range);
    requireOrder('beta', this.#beta, 'alpha', this.#alpha);
  }

  /** Takes up what {@link Eddm.toJSON} gave. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): Eddm {
    return fromDetectorJson(json, 'eddm', (options, state) => {
      const detector = new Eddm({
        warmStart: options.count('warmStart'),
        alpha: options.number('alpha'),
        beta: options.number('beta'),
      });
      detector.#n = state.count('n');
      detector.#nErrors = state.count('nErrors', 0, detector.#n);
      detector.#lastError = state.count('lastError', detector.#nErrors, detector.#n);
      detector.#meanDistance = state.number('meanDistance', 0);
      detector.#deviation = state.number('deviation', 0);
      detector.#maxLevel = state.optionalNumber('maxLevel', 0);
      detector.#driftDetected = state.flag('driftDetected');
      detector.#warningDetected = state.flag('warningDetected');
      state.require(
        (detector.#maxLevel !== undefined) === detector.#lastError > detector.#warmStart,
        'maxLevel must be there exactly after an error past the warm start',
      );
      return detector;
    });
  }

  get driftDetected(): boolean {
    return this.#driftDetected;
  }

  get warningDetected(): boolean {
    return this.#warningDetected;
  }

  update(value: number): void {
    const isError = requireBinary(value) === 1;
    if (this.#driftDetected) this.#reset();
    this.#n++;
    if (!isError) return;
    this.#nErrors++;
    const distance = this.#n - this.#lastError;
    const meanBefore = this.#meanDistance;
    this.#meanDistance += (1 / this.#nErrors) * (distance - meanBefore);
    this.#deviation += (distance - meanBefore) * (distance - this.#meanDistance);
    this.#lastError = this.#n;
    if (this.#n > this.#warmStart) this.#judge();
  }

  toJSON(): JsonObject {
    return detectorJson(
      'eddm',
      { warmStart: this.#warmStart, alpha: this.#alpha, beta: this.#beta },
      {
        n: this.#n,
        nErrors: this.#nErrors,
        lastError: this.#lastError,
        meanDistance: this.#meanDistance,
        deviation: this.#deviation,
        ...(this.#maxLevel === undefined ? {} : { maxLevel: this.#maxLevel }),
        driftDetected: this.#driftDetected,
        warningDetected: this.#warningDetected,
      },
    );
  }

  #judge(): void {
    const variance = this.#nErrors > 1 ? this.#deviation / (this.#nErrors - 1) : 0;
    const level = this.#meanDistance + 2 * Math.sqrt(variance);
    if (this.#maxLevel === undefined || level > this.#maxLevel) {
      this.#maxLevel = level;
    } else if (this.#nErrors > this.#warmStart) {
      const share = level / this.#maxLevel;
      if (share < this.#beta) this.#driftDetected = true;
      else this.#warningDetected = share < this.#alpha;
    }
  }

  #reset(): void {
    this.#n = 0;
    this.#nErrors = 0;
    this.#lastError = 0;
    this.#meanDistance = 0;
    this.#deviation = 0;
    this.#maxLevel = undefined;
    this.#driftDetected = false;
    this.#warningDetected = false;
  }
}
