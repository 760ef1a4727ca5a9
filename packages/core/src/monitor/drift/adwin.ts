import type { JsonObject } from '../../types/json.ts';
import { detectorJson, fromDetectorJson } from './detector-json.ts';
import type { DriftDetector } from './drift-detector.ts';
import { type BorderTest, ExponentialHistogram } from './exponential-histogram.ts';
import { requireObservation } from './require-observation.ts';
import { requireCountOption, requireFlagOption, requireNumberOption } from './require-option.ts';

export interface AdwinOptions {
  /** Confidence δ of a cut, in (0, 1); smaller alarms less. Default 0.002. */
  readonly delta?: number;
  /** Looks for a cut at every `clock`-th value only, ≥ 1. Default 32. */
  readonly clock?: number;
  /** Buckets of each size kept before two are merged, 2 to 1,000. Default 5. */
  readonly maxBuckets?: number;
  /** Fewest values on either side of a cut, ≥ 1. Default 5. */
  readonly minWindowLength?: number;
  /** No cut while the window holds at most this many values, ≥ 0. Default 10. */
  readonly gracePeriod?: number;
  /**
   * What happens after a drift. `false` (default) is the paper: the newer part of the window is kept. `true` is river:
   * the next update throws the whole window away, and `nDetections` and the clock with it.
   */
  readonly resetOnDrift?: boolean;
}

/**
 * Adaptive windowing (ADWIN2): a window that grows while its mean holds and drops its oldest part when it does not.
 *
 * The window W is an exponential histogram: row i has at most `maxBuckets` buckets of 2^i values, each a sum and a sum
 * of squared deviations. Every `clock` values each border between buckets is tried as a cut into an older part W₀ and
 * a newer part W₁. With n₀, n₁ ≥ `minWindowLength` = ℓ values and V the population variance of W,
 *
 *   m = 1/(n₀ − ℓ + 1) + 1/(n₁ − ℓ + 1),   d = ln(2 ln|W| / δ)
 *   drift when |mean(W₀) − mean(W₁)| > √(2 m V d) + (2/3) m d
 *
 * and then the oldest bucket is dropped, until no cut is left. Both directions count.
 *
 * Takes any finite numbers within ±1e100; the bound of the paper assumes [0, 1]. Never warns.
 *
 * Measured with the defaults: no false alarm in 10⁶ outcomes of a 55 % hit rate, 0.001 per 1,000 standard normal
 * values. The price is delay: of 200 falls from 55 to 45 % it finds 146 within 2,000 outcomes, half of those after 980.
 *
 * @remarks Amortised O(1) per value at `clock` 32, O(maxBuckets · log W) at each check and in memory. River up to 0.21
 * skipped the last bucket of each row; this equals the corrected one update by update. Only its sums after a cut are
 * better: they are added up afresh. River subtracts, and after a change of scale keeps the rounding of what is gone.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE` for options.
 * @see Bifet & Gavaldà (2007), SIAM International Conference on Data Mining, 443–448, doi:10.1137/1.9781611972771.42
 * @example
 * const detector = new Adwin({ clock: 1 });
 * for (let i = 0; i < 100; i++) detector.update(0);
 * for (let i = 0; i < 100; i++) detector.update(1); // driftDetected first at the 16th of these
 */
export class Adwin implements DriftDetector {
  readonly #delta: number;
  readonly #clock: number;
  readonly #maxBuckets: number;
  readonly #minWindowLength: number;
  readonly #gracePeriod: number;
  readonly #resetOnDrift: boolean;
  readonly #window: ExponentialHistogram;
  /** Values since the clock last struck, below `clock`. */
  #tick = 0;
  #nDetections = 0;
  #driftDetected = false;

  constructor(options: AdwinOptions = {}) {
    this.#delta = requireNumberOption('delta', options.delta ?? 0.002, { min: 0, max: 1, open: true });
    this.#clock = requireCountOption('clock', options.clock ?? 32, 1);
    this.#maxBuckets = requireCountOption('maxBuckets', options.maxBuckets ?? 5, 2, 1000);
    this.#minWindowLength = requireCountOption('minWindowLength', options.minWindowLength ?? 5, 1);
    this.#gracePeriod = requireCountOption('gracePeriod', options.gracePeriod ?? 10, 0);
    this.#resetOnDrift = requireFlagOption('resetOnDrift', options.resetOnDrift ?? false);
    this.#window = new ExponentialHistogram(this.#maxBuckets);
  }

  /** Takes up what {@link Adwin.toJSON} gave. @throws {@link InvalidInputError} `INVALID_RECORD`. */
  static from(json: unknown): Adwin {
    return fromDetectorJson(json, 'adwin', (options, state) => {
      const detector = new Adwin({
        delta: options.number('delta'),
        clock: options.count('clock'),
        maxBuckets: options.count('maxBuckets'),
        minWindowLength: options.count('minWindowLength'),
        gracePeriod: options.count('gracePeriod'),
        resetOnDrift: options.flag('resetOnDrift'),
      });
      detector.#window.restore(state);
      detector.#tick = state.count('tick', 0, detector.#clock - 1);
      detector.#nDetections = state.count('nDetections');
      detector.#driftDetected = state.flag('driftDetected');
      return detector;
    });
  }

  get driftDetected(): boolean {
    return this.#driftDetected;
  }

  /** Always false: ADWIN knows no warning. */
  get warningDetected(): boolean {
    return false;
  }

  /** Values in the window. */
  get width(): number {
    return this.#window.width;
  }

  /** Sum of the values in the window. */
  get total(): number {
    return this.#window.total;
  }

  /** Mean of the window; `undefined` before the first value. */
  get estimation(): number | undefined {
    return this.#window.width === 0 ? undefined : this.#window.total / this.#window.width;
  }

  /** Population variance of the window. River's `variance` is the sum of squared deviations, `width` times this. */
  get variance(): number | undefined {
    return this.#window.width === 0 ? undefined : this.#window.deviation / this.#window.width;
  }

  /** Drifts found; with `resetOnDrift` since the last reset, so 0 or 1. */
  get nDetections(): number {
    return this.#nDetections;
  }

  update(value: number): void {
    const x = requireObservation(value);
    if (this.#driftDetected && this.#resetOnDrift) this.#reset();
    this.#window.add(x);
    this.#driftDetected = false;
    if (++this.#tick < this.#clock) return;
    this.#tick = 0;
    if (this.#window.width <= this.#gracePeriod) return;
    while (this.#hasCut()) {
      this.#window.dropOldest();
      this.#driftDetected = true;
    }
    if (this.#driftDetected) this.#nDetections++;
  }

  toJSON(): JsonObject {
    return detectorJson(
      'adwin',
      {
        delta: this.#delta,
        clock: this.#clock,
        maxBuckets: this.#maxBuckets,
        minWindowLength: this.#minWindowLength,
        gracePeriod: this.#gracePeriod,
        resetOnDrift: this.#resetOnDrift,
      },
      {
        ...this.#window.toJSON(),
        tick: this.#tick,
        nDetections: this.#nDetections,
        driftDetected: this.#driftDetected,
      },
    );
  }

  /** Whether some border between an older and a newer part is a cut. The border after the newest value is none. */
  #hasCut(): boolean {
    const shortest = this.#minWindowLength;
    const { width, deviation } = this.#window;
    const variance = deviation / width;
    const confidence = Math.log((2 * Math.log(width)) / this.#delta);
    const isCut: BorderTest = (olderCount, olderSum, newerCount, newerSum) => {
      const m = 1 / (olderCount - shortest + 1) + 1 / (newerCount - shortest + 1);
      const bound = Math.sqrt(2 * m * variance * confidence) + (2 / 3) * confidence * m;
      return Math.abs(olderSum / olderCount - newerSum / newerCount) > bound;
    };
    return this.#window.hasBorder(shortest, isCut);
  }

  #reset(): void {
    this.#window.clear();
    this.#tick = 0;
    this.#nDetections = 0;
    this.#driftDetected = false;
  }
}
