import { logStandardImprovement, type StandardImprovement } from './log-expected-improvement.ts';
import type { Posterior } from './posterior.ts';

/**
 * The log expected improvement over what is the lowest already, over all fantasies.
 *
 *   ln (1/m) Σₘ σ · h((lowestₘ − meanₘ) / σ)
 *
 * The lowest is one of the means, not of the values: a lucky value of a noisy function is none.
 *
 * @see {@link logStandardImprovement}
 */
export class LogExpectedImprovement {
  readonly #posterior: Posterior;
  readonly #means: Float64Array;
  readonly #logs: Float64Array;
  readonly #byMeans: Float64Array;
  readonly #densities: Float64Array;
  readonly #improvement: StandardImprovement = { log: 0, slope: 0, density: 0 };

  constructor(posterior: Posterior) {
    this.#posterior = posterior;
    this.#means = new Float64Array(posterior.means);
    this.#logs = new Float64Array(posterior.means);
    this.#byMeans = new Float64Array(posterior.means);
    this.#densities = new Float64Array(posterior.means);
  }

  get posterior(): Posterior {
    return this.#posterior;
  }

  valueAt(row: Float64Array): number {
    const variance = this.#posterior.at(row, this.#means);
    return this.#value(this.#means, Math.sqrt(variance));
  }

  /** @param gradient - 0 along categories. Written. */
  valueAndGradientAt(row: Float64Array, gradient: Float64Array): number {
    const deviation = Math.sqrt(this.#posterior.at(row, this.#means));
    const value = this.#value(this.#means, deviation);
    let byDeviation = 0;
    for (let m = 0; m < this.#logs.length; m++) {
      const share = Math.exp(this.#logs[m]! - value - Math.log(this.#logs.length));
      this.#byMeans[m] = (-share * this.#byMeans[m]!) / deviation;
      byDeviation += (share * this.#densities[m]!) / deviation;
    }
    this.#posterior.gradientAt(row, this.#byMeans, byDeviation / (2 * deviation), gradient);
    return value;
  }

  /** At rows one after the other, shape (rows). */
  valuesAt(rows: Float64Array): Float64Array {
    const values = new Float64Array(rows.length / this.#posterior.coordinates);
    this.#posterior.forEachRow(rows, (i, means, variance) => {
      values[i] = this.#value(means, Math.sqrt(variance));
    });
    return values;
  }

  #value(means: Float64Array, deviation: number): number {
    const { lowest } = this.#posterior;
    const logDeviation = Math.log(deviation);
    let largest = Number.NEGATIVE_INFINITY;
    for (let m = 0; m < means.length; m++) {
      logStandardImprovement((lowest[m]! - means[m]!) / deviation, this.#improvement);
      this.#logs[m] = logDeviation + this.#improvement.log;
      this.#byMeans[m] = this.#improvement.slope;
      this.#densities[m] = this.#improvement.density;
      largest = Math.max(largest, this.#logs[m]!);
    }
    if (means.length === 1) return largest;
    let sum = 0;
    for (let m = 0; m < means.length; m++) sum += Math.exp(this.#logs[m]! - largest);
    return largest + Math.log(sum / means.length);
  }
}
