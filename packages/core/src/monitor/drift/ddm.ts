import type { JsonObject } from '../../types/json.ts';
import { detectorJson, fromDetectorJson } from './detector-json.ts';
import type { DriftDetector } from './drift-detector.ts';
import { requireBinary } from './require-observation.ts';
import { requireCountOption, requireNumberOption, requireOrder } from './require-option.ts';

export interface DdmOptions {
  /** Neither warning nor drift up to and including this many values, ≥ 1. Default 30. */
  readonly warmStart?: number;
  /** Standard deviations above the best level that warn, > 0. Default 2. */
  readonly warningThreshold?: number;
  /** Standard deviations above the best level that are a drift, ≥ `warningThreshold`. Default 3. */
  readonly driftThreshold?: number;
}

/**
 * Drift detection method (DDM): the error rate against the best it has been. Input 1 is an error, 0 is right.
 *
 *   p = error rate of all n values,   s = √(p (1 − p) / n)
 *   (p_min, s_min) = those at the smallest p + s so far, counted once n > warmStart
 *   warning when p + s > p_min + 2 s_min,   drift when p + s > p_min + 3 s_min (and then no warning)
 *
 * Sees rising error rates only. After a drift the next update starts again from nothing.
 *
 * Measured with the defaults on outcomes of a 55 % hit rate: 0.085 false alarms per 1,000 over the first 2,000 of a
 * stream, 0.039 over the first 5,000: fewer the longer it runs, because the minimum and the mean settle. A fall late in
 * a long stable stream is found late for the same reason, or never.
 *
 * @remarks O(1) time and memory. Equal to river update by update. River also takes values other than 0 and 1 and then
 * fails in the square root or reports nonsense; here they are refused.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for options.
 * @see Gama, Medas, Castillo, Rodrigues (2004), SBIA, 286–295, doi:10.1007/978-3-540-28645-5_29
 * @example
 * const detector = new Ddm();
 * for (let i = 0; i < 100; i++) detector.update(i % 10 === 0 ? 1 : 0);
 * detector.update(1); // p = 11/101, no warning yet
 */
export class Ddm implements DriftDetector {
  readonly #warmStart: number;
  readonly #warningThreshold: number;
  readonly #driftThreshold: number;
  #n = 0;
  #p = 0;
  #pMin: number | undefined;
  #sMin: number | undefined;
  #driftDetected = false;
  #warningDetected = false;

  constructor(options: DdmOptions = {}) {
    const range = { min: 0, max: 1e6, open: true };
    this.#warmStart = requireCountOption('warmStart', options.warmStart ?? 30, 1);
    this.#warningThreshold = requireNumberOption('warningThreshold', options.warningThreshold ?? 2, range);
    this.#driftThreshold = requireNumberOption('driftThreshold', options.driftThreshold ?? 3, range);
    requireOrder('warningThreshold', this.#warningThreshold, 'driftThreshold', this.#driftThreshold);
  }

  /** Takes up what {@link Ddm.toJSON} gave. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): Ddm {
    return fromDetectorJson(json, 'ddm', (options, state) => {
      const detector = new Ddm({
        warmStart: options.count('warmStart'),
        warningThreshold: options.number('warningThreshold'),
        driftThreshold: options.number('driftThreshold'),
      });
      detector.#n = state.count('n');
      detector.#p = state.number('p', 0, 1);
      detector.#pMin = state.optionalNumber('pMin', 0, 1);
      detector.#sMin = state.optionalNumber('sMin', 0, 1);
      detector.#driftDetected = state.flag('driftDetected');
      detector.#warningDetected = state.flag('warningDetected');
      const warm = detector.#n > detector.#warmStart;
      state.require(
        (detector.#pMin !== undefined) === warm && (detector.#sMin !== undefined) === warm,
        'pMin and sMin must be there exactly after the warm start',
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
    const x = requireBinary(value);
    if (this.#driftDetected) this.#reset();
    this.#n++;
    this.#p += (1 / this.#n) * (x - this.#p);
    if (this.#n <= this.#warmStart) return;
    const p = this.#p;
    const s = Math.sqrt((p * (1 - p)) / this.#n);
    if (this.#pMin === undefined || this.#sMin === undefined || p + s <= this.#pMin + this.#sMin) {
      this.#pMin = p;
      this.#sMin = s;
    }
    this.#driftDetected = p + s > this.#pMin + this.#driftThreshold * this.#sMin;
    this.#warningDetected = !this.#driftDetected && p + s > this.#pMin + this.#warningThreshold * this.#sMin;
  }

  toJSON(): JsonObject {
    return detectorJson(
      'ddm',
      {
        warmStart: this.#warmStart,
        warningThreshold: this.#warningThreshold,
        driftThreshold: this.#driftThreshold,
      },
      {
        n: this.#n,
        p: this.#p,
        ...(this.#pMin === undefined ? {} : { pMin: this.#pMin }),
        ...(this.#sMin === undefined ? {} : { sMin: this.#sMin }),
        driftDetected: this.#driftDetected,
        warningDetected: this.#warningDetected,
      },
    );
  }

  #reset(): void {
    this.#n = 0;
    this.#p = 0;
    this.#pMin = undefined;
    this.#sMin = undefined;
    this.#driftDetected = false;
    this.#warningDetected = false;
  }
}
