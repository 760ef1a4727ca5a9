import type { RandomSource } from '@mlperf/core';
import { uniform53 } from '../value-at.ts';
import { type AxisDensity, axisDensity } from './axis-density.ts';
import type { EstimatorAxis } from './estimator-axis.ts';
import { kernelWeights } from './kernel-weights.ts';
import type { OrderedRows } from './ordered-rows.ts';

/**
 * A density over several parameters at once, from points observed: a mixture of kernels, one per observation and one
 * for the prior, each a product over the axes. A point drawn from it keeps together what was observed together.
 *
 *   p(x) = Σₖ wₖ ∏ₐ κₖₐ(xₐ)        (weights: {@link kernelWeights}; deviations: {@link numericKernels})
 *
 * @remarks Building: O(axes · n). Kernels on a logarithmic range are densities of the logarithm.
 * @see Optuna 5.0.0, `_ParzenEstimator` with `multivariate=True`; Bergstra et al. (2011), NIPS 24
 */
export class ParzenEstimator {
  /** Shape (observations + 1), the prior last. */
  readonly weights: Float64Array;
  readonly #densities: readonly AxisDensity[];
  readonly #cumulative: Float64Array;
  /** What of each kernel's log density does not depend on the point. */
  readonly #base: Float64Array;
  /** Of the point asked for last; kept to be written again. */
  readonly #logs: Float64Array;

  /**
   * @param observations - Rows have a value per axis.
   * @param own - What each observation counts; see {@link kernelWeights}.
   */
  constructor(axes: readonly EstimatorAxis[], { rows, orders }: OrderedRows, own?: Float64Array) {
    this.weights = kernelWeights(rows.length, own);
    this.#densities = axes.map((axis, a) => axisDensity(axis, column(rows, a), orders[a]!));
    this.#base = new Float64Array(this.weights.length);
    this.#cumulative = new Float64Array(this.weights.length);
    let sum = 0;
    for (let k = 0; k < this.weights.length; k++) {
      sum += this.weights[k]!;
      this.#cumulative[k] = sum;
      this.#base[k] = Math.log(this.weights[k]!);
    }
    for (const density of this.#densities) density.addConstants(this.#base);
    this.#logs = new Float64Array(this.weights.length);
  }

  /** A row drawn from the density. */
  sample(random: RandomSource): Float64Array {
    const u = uniform53(random);
    let kernel = 0;
    // The last share may be a rounding error below 1: it is not asked for.
    while (kernel < this.weights.length - 1 && u >= this.#cumulative[kernel]!) kernel++;
    return Float64Array.from(this.#densities, (density) => density.sample(kernel, random));
  }

  /**
   * ln p(x).
   * @remarks O(axes · n).
   */
  logDensity(row: Float64Array): number {
    this.#logs.set(this.#base);
    for (let a = 0; a < this.#densities.length; a++) this.#densities[a]!.addLogDensities(row[a]!, this.#logs);
    return logSumExp(this.#logs);
  }
}

/** Below this distance from the largest, a term is lost in the sum's last digit, whatever their number. */
const NEGLIGIBLE = -60;

function logSumExp(logs: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logs.length; k++) if (logs[k]! > largest) largest = logs[k]!;
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (let k = 0; k < logs.length; k++) {
    const distance = logs[k]! - largest;
    if (distance > NEGLIGIBLE) sum += Math.exp(distance);
  }
  return largest + Math.log(sum);
}

function column(rows: readonly Float64Array[], a: number): Float64Array {
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = rows[i]![a]!;
  return values;
}
