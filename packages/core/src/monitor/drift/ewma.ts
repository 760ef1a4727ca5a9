import type { JsonObject } from '../../types/json.ts';
import { detectorJson, fromDetectorJson } from './detector-json.ts';
import type { DriftDetector, DriftMode } from './drift-detector.ts';
import { requireObservation } from './require-observation.ts';
import { requireCountOption, requireModeOption, requireNumberOption } from './require-option.ts';

export interface EwmaOptions {
  /** Weight α of the newest value, in (0, 1]; smaller is smoother. Default 0.1. */
  readonly alpha?: number;
  /** Standard errors between average and mean that are a drift, > 0; larger alarms less. Default 4. */
  readonly threshold?: number;
  /** No drift before this many values, ≥ 1. Default 30. */
  readonly minInstances?: number;
  /** Default `both`. */
  readonly mode?: DriftMode;
}

/**
 * EWMA control chart: a fading average against the mean of all values.
 *
 *   z ← z + α·(x − z) (the first value as it is),   v ← (1 − α)·(v + α·(x − z_before)²) = ewma(x²) − z²
 *   m ← mean of all n values,   bound = threshold · √v · √(α/(2 − α) · (1 − (1 − α)^(2n)))
 *   up when z − m > bound, down when m − z > bound
 *
 * Takes any finite numbers within ±1e100. Never warns. After a drift the next update starts again from nothing.
 *
 * Measured with the defaults: 0.11 false alarms per 1,000 standard normal values, **0.63 on outcomes of a 55 % hit
 * rate**. The textbook chart has a known σ; this one takes it from the last values, and on a run of equal outcomes the
 * variance fades while the average leaves the mean.
 *
 * @remarks O(1) time and memory. The definition of river's development branch; its releases up to 0.26 have none. The
 * variance is the same number by a recurrence that does not cancel: on a constant stream it is 0 and nothing alarms.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for options.
 * @see Roberts (1959), Technometrics 1:239–250, doi:10.1080/00401706.1959.10489860; Finch (2009), Incremental
 * calculation of weighted mean and variance, section 9
 * @example
 * const detector = new Ewma({ threshold: 3 });
 * for (let i = 0; i < 100; i++) detector.update(i % 2);
 * for (let i = 0; i < 9; i++) detector.update(1); // driftDetected at the 9th of these
 */
export class Ewma implements DriftDetector {
  readonly #alpha: number;
  readonly #threshold: number;
  readonly #minInstances: number;
  readonly #mode: DriftMode;
  #n = 0;
  #mean = 0;
  #average = 0;
  #variance = 0;
  #driftDetected = false;

  constructor(options: EwmaOptions = {}) {
    this.#alpha = requireNumberOption('alpha', options.alpha ?? 0.1, { min: Number.MIN_VALUE, max: 1 });
    this.#threshold = requireNumberOption('threshold', options.threshold ?? 4, { min: 0, max: 1e9, open: true });
    this.#minInstances = requireCountOption('minInstances', options.minInstances ?? 30, 1);
    this.#mode = requireModeOption(options.mode ?? 'both');
  }

  /** Takes up what {@link Ewma.toJSON} gave. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): Ewma {
    return fromDetectorJson(json, 'ewma', (options, state) => {
      const detector = new Ewma({
        alpha: options.number('alpha'),
        threshold: options.number('threshold'),
        minInstances: options.count('minInstances'),
        mode: options.text('mode') as DriftMode,
      });
      detector.#n = state.count('n');
      detector.#mean = state.number('mean');
      detector.#average = state.number('average');
      detector.#variance = state.number('variance', 0);
      detector.#driftDetected = state.flag('driftDetected');
      return detector;
    });
  }

  get driftDetected(): boolean {
    return this.#driftDetected;
  }

  /** Always false: the chart knows no warning. */
  get warningDetected(): boolean {
    return false;
  }

  update(value: number): void {
    const x = requireObservation(value);
    if (this.#driftDetected) this.#reset();
    this.#n++;
    this.#mean += (1 / this.#n) * (x - this.#mean);
    const step = this.#n === 1 ? 0 : x - this.#average;
    this.#average = this.#n === 1 ? x : this.#average + this.#alpha * step;
    this.#variance = (1 - this.#alpha) * (this.#variance + this.#alpha * step * step);
    if (this.#n < this.#minInstances) return;
    const memory = (this.#alpha / (2 - this.#alpha)) * (1 - (1 - this.#alpha) ** (2 * this.#n));
    const bound = this.#threshold * Math.sqrt(this.#variance * memory);
    const up = this.#average - this.#mean > bound;
    const down = this.#mean - this.#average > bound;
    this.#driftDetected = (up && this.#mode !== 'down') || (down && this.#mode !== 'up');
  }

  toJSON(): JsonObject {
    return detectorJson(
      'ewma',
      { alpha: this.#alpha, threshold: this.#threshold, minInstances: this.#minInstances, mode: this.#mode },
      {
        n: this.#n,
        mean: this.#mean,
        average: this.#average,
        variance: this.#variance,
        driftDetected: this.#driftDetected,
      },
    );
  }

  #reset(): void {
    this.#n = 0;
    this.#mean = 0;
    this.#average = 0;
    this.#variance = 0;
    this.#driftDetected = false;
  }
}
