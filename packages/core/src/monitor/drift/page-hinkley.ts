import type { JsonObject } from '../../types/json.ts';
import { detectorJson, fromDetectorJson } from './detector-json.ts';
import type { DriftDetector, DriftMode } from './drift-detector.ts';
import { requireObservation } from './require-observation.ts';
import { requireCountOption, requireModeOption, requireNumberOption } from './require-option.ts';

export interface PageHinkleyOptions {
  /** No drift before this many values, ≥ 1. Default 30. */
  readonly minInstances?: number;
  /** Deviation from the mean that is tolerated, in the unit of the values, ≥ 0. Default 0.005. */
  readonly delta?: number;
  /** How far a sum must leave its extreme, in the unit of the values, > 0; larger alarms less. Default 50. */
  readonly threshold?: number;
  /** Share of the sums kept at each step, in [0, 1]; 1 forgets nothing. Default 0.9999. */
  readonly alpha?: number;
  /** Default `both`. */
  readonly mode?: DriftMode;
}

/**
 * Page–Hinkley test: accumulated deviations from the running mean, against their own extreme.
 *
 *   m ← mean of all values, this one included
 *   U ← α·U + (x − m) − δ,   up when U − min U > threshold
 *   D ← α·D + (x − m) + δ,   down when max D − D > threshold
 *
 * Takes any finite numbers within ±1e100. `delta` and `threshold` are in their unit: nothing is scaled, so the
 * defaults suit values of size one. Never warns. After a drift the next update starts again from nothing.
 *
 * Measured with the defaults: 0.045 false alarms per 1,000 outcomes of a 55 % hit rate, 0.58 per 1,000 standard normal
 * values (0.025 and 0.32 in one direction).
 *
 * @remarks O(1) time and memory. Equal to river update by update.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for options.
 * @see Page (1954), Biometrika 41:100–115, doi:10.1093/biomet/41.1-2.100; Sebastião & Fernandes (2017), Foundations of
 * Intelligent Systems, 492–498, doi:10.1007/978-3-319-60438-1_48 (forgetting)
 * @example
 * const detector = new PageHinkley({ threshold: 5, mode: 'up' });
 * for (let i = 0; i < 50; i++) detector.update(0);
 * for (let i = 0; i < 6; i++) detector.update(1); // driftDetected at the 6th
 */
export class PageHinkley implements DriftDetector {
  readonly #minInstances: number;
  readonly #delta: number;
  readonly #threshold: number;
  readonly #alpha: number;
  readonly #mode: DriftMode;
  #n = 0;
  #mean = 0;
  #sumIncrease = 0;
  #sumDecrease = 0;
  // The first sums are −δ and δ, so that starting the extremes at 0 is the same as starting them at infinity.
  #minIncrease = 0;
  #maxDecrease = 0;
  #driftDetected = false;

  constructor(options: PageHinkleyOptions = {}) {
    this.#minInstances = requireCountOption('minInstances', options.minInstances ?? 30, 1);
    this.#delta = requireNumberOption('delta', options.delta ?? 0.005, { min: 0, max: 1e100 });
    this.#threshold = requireNumberOption('threshold', options.threshold ?? 50, { min: 0, max: 1e100, open: true });
    this.#alpha = requireNumberOption('alpha', options.alpha ?? 1 - 0.0001, { min: 0, max: 1 });
    this.#mode = requireModeOption(options.mode ?? 'both');
  }

  /** Takes up what {@link PageHinkley.toJSON} gave. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): PageHinkley {
    return fromDetectorJson(json, 'page-hinkley', (options, state) => {
      const detector = new PageHinkley({
        minInstances: options.count('minInstances'),
        delta: options.number('delta'),
        threshold: options.number('threshold'),
        alpha: options.number('alpha'),
        mode: options.text('mode') as DriftMode,
      });
      detector.#n = state.count('n');
      detector.#mean = state.number('mean');
      detector.#sumIncrease = state.number('sumIncrease');
      detector.#sumDecrease = state.number('sumDecrease');
      detector.#minIncrease = state.number('minIncrease', undefined, Math.min(0, detector.#sumIncrease));
      detector.#maxDecrease = state.number('maxDecrease', Math.max(0, detector.#sumDecrease));
      detector.#driftDetected = state.flag('driftDetected');
      return detector;
    });
  }

  get driftDetected(): boolean {
    return this.#driftDetected;
  }

  /** Always false: the test knows no warning. */
  get warningDetected(): boolean {
    return false;
  }

  update(value: number): void {
    const x = requireObservation(value);
    if (this.#driftDetected) this.#reset();
    this.#n++;
    this.#mean += (1 / this.#n) * (x - this.#mean);
    const deviation = x - this.#mean;
    this.#sumIncrease = this.#alpha * this.#sumIncrease + deviation - this.#delta;
    this.#sumDecrease = this.#alpha * this.#sumDecrease + deviation + this.#delta;
    if (this.#sumIncrease < this.#minIncrease) this.#minIncrease = this.#sumIncrease;
    if (this.#sumDecrease > this.#maxDecrease) this.#maxDecrease = this.#sumDecrease;
    if (this.#n < this.#minInstances) return;
    const up = this.#sumIncrease - this.#minIncrease > this.#threshold;
    const down = this.#maxDecrease - this.#sumDecrease > this.#threshold;
    this.#driftDetected = (up && this.#mode !== 'down') || (down && this.#mode !== 'up');
  }

  toJSON(): JsonObject {
    return detectorJson(
      'page-hinkley',
      {
        minInstances: this.#minInstances,
        delta: this.#delta,
        threshold: this.#threshold,
        alpha: this.#alpha,
        mode: this.#mode,
      },
      {
        n: this.#n,
        mean: this.#mean,
        sumIncrease: this.#sumIncrease,
        sumDecrease: this.#sumDecrease,
        minIncrease: this.#minIncrease,
        maxDecrease: this.#maxDecrease,
        driftDetected: this.#driftDetected,
      },
    );
  }

  #reset(): void {
    this.#n = 0;
    this.#mean = 0;
    this.#sumIncrease = 0;
    this.#sumDecrease = 0;
    this.#minIncrease = 0;
    this.#maxDecrease = 0;
    this.#driftDetected = false;
  }
}
