import type { RandomSource } from '@mlperf/core';
import { uniform53 } from '../value-at.ts';
import { type AxisDensity, axisDensity } from './axis-density.ts';
import type { EstimatorAxis } from './estimator-axis.ts';
import { kernelWeights } from './kernel-weights.ts';

/**
 * A density over several parameters at once, from points observed: a mixture of kernels, one per observation and one
 * for the prior, each a product over the axes. A point drawn from it keeps together what was observed together.
 *
 *   p(x) = Σₖ wₖ ∏ₐ κₖₐ(xₐ)        (weights: {@link kernelWeights}; deviations: {@link numericKernels})
 *
 * @remarks Building: O(axes · n log n). Kernels on a logarithmic range are densities of the logarithm.
 * @see Optuna 5.0.0, `_ParzenEstimator` with `multivariate=True`; Bergstra et al. (2011), NIPS 24
 */
export class ParzenEstimator {
  /** Shape (observations + 1), the prior last. */
  readonly weights: Float64Array;
  readonly #densities: readonly AxisDensity[];
  readonly #cumulative: Float64Array;
  /** What of each kernel's log density does not depend on the point. */
  readonly #base: Float64Array;

  /** @param rows - One per observation, oldest first; a value per axis. */
  constructor(axes: readonly EstimatorAxis[], rows: readonly Float64Array[]) {
    this.weights = kernelWeights(rows.length);
    this.#densities = axes.map((axis, a) =>
      axisDensity(
        axis,
        Float64Array.from(rows, (row) => row[a]!),
      ),
    );
    this.#base = this.weights.map(Math.log);
    for (const density of this.#densities) density.addConstants(this.#base);
    let sum = 0;
    this.#cumulative = this.weights.map((weight) => {
      sum += weight;
      return sum;
    });
  }

  /** A row drawn from the density. */
  sample(random: RandomSource): Float64Array {
    const u = uniform53(random);
    const found = this.#cumulative.findIndex((share) => u < share);
    // The last share may be a rounding error below 1.
    const kernel = found === -1 ? this.weights.length - 1 : found;
    return Float64Array.from(this.#densities, (density) => density.sample(kernel, random));
  }

  /**
   * ln p(x).
   * @remarks O(axes · n).
   */
  logDensity(row: Float64Array): number {
    const logs = this.#base.slice();
    for (const [a, density] of this.#densities.entries()) density.addLogDensities(row[a]!, logs);
    return logSumExp(logs);
  }
}

function logSumExp(logs: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > largest) largest = log;
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}
