import type { RandomSource } from '@mlperf/core';
import { uniform53 } from '../value-at.ts';
import type { CategoryAxis, EstimatorAxis, NumericAxis } from './estimator-axis.ts';
import { type NumericKernels, numericKernels } from './kernel-bandwidths.ts';
import { logNormalMass, truncatedNormalQuantile } from './truncated-normal.ts';

const HALF_LOG_TWO_PI = 0.9189385332046728;

/** The kernels' factors on one axis. */
export interface AxisDensity {
  /** Adds to `base` what each kernel's log density has whatever the point; shape (kernels). */
  addConstants(base: Float64Array): void;
  /** Adds the rest to `logs` for one value of a row; shape (kernels). */
  addLogDensities(value: number, logs: Float64Array): void;
  /** A value drawn from one kernel. */
  sample(kernel: number, random: RandomSource): number;
}

/**
 * @param values - Of the observations on this axis, as rows hold them, shape (n).
 * @param order - See {@link numericKernels}.
 */
export function axisDensity(axis: EstimatorAxis, values: Float64Array, order: Uint32Array): AxisDensity {
  if (axis.kind === 'category') return new CategoryDensity(axis, values);
  const kernels = numericKernels(axis.log ? logarithms(values) : values, order, axis.low, axis.high);
  return axis.step === 0 ? new ContinuousDensity(axis, kernels) : new SteppedDensity(axis, kernels);
}

/** Normal kernels cut to the range. */
class ContinuousDensity implements AxisDensity {
  readonly #axis: NumericAxis;
  readonly #kernels: NumericKernels;
  /** 1 / (σ √2): its square times the squared distance is the exponent. */
  readonly #scales: Float64Array;

  constructor(axis: NumericAxis, kernels: NumericKernels) {
    this.#axis = axis;
    this.#kernels = kernels;
    this.#scales = new Float64Array(kernels.deviations.length);
    for (let k = 0; k < this.#scales.length; k++) this.#scales[k] = Math.SQRT1_2 / kernels.deviations[k]!;
  }

  addConstants(base: Float64Array): void {
    const logs = logMassesBetween(this.#kernels, this.#axis.low, this.#axis.high);
    const { alike, deviations } = this.#kernels;
    for (let k = 0; k < base.length; k++) {
      base[k] = base[k]! - HALF_LOG_TWO_PI - Math.log(deviations[k]!) - logs[alike[k]!]!;
    }
  }

  addLogDensities(value: number, logs: Float64Array): void {
    const x = this.#axis.log ? Math.log(value) : value;
    const { means } = this.#kernels;
    const scales = this.#scales;
    for (let k = 0; k < logs.length; k++) {
      const z = (x - means[k]!) * scales[k]!;
      logs[k] = logs[k]! - z * z;
    }
  }

  sample(kernel: number, random: RandomSource): number {
    return drawn(this.#axis, this.#kernels, kernel, random);
  }
}

/** Normal kernels cut to the range, integrated over the cell that a value stands for. */
class SteppedDensity implements AxisDensity {
  readonly #axis: NumericAxis;
  readonly #kernels: NumericKernels;
  /** By value: several candidates are often the same one. */
  readonly #byValue = new Map<number, Float64Array>();
  readonly #bySteps = new Map<number, number>();

  constructor(axis: NumericAxis, kernels: NumericKernels) {
    this.#axis = axis;
    this.#kernels = kernels;
  }

  addConstants(base: Float64Array): void {
    const logs = logMassesBetween(this.#kernels, this.#axis.low, this.#axis.high);
    const { alike } = this.#kernels;
    for (let k = 0; k < base.length; k++) base[k] = base[k]! - logs[alike[k]!]!;
  }

  addLogDensities(value: number, logs: Float64Array): void {
    let masses = this.#byValue.get(value);
    if (masses === undefined) {
      const { log, step } = this.#axis;
      const from = log ? Math.log(value - step / 2) : value - step / 2;
      const to = log ? Math.log(value + step / 2) : value + step / 2;
      masses = logMassesBetween(this.#kernels, from, to, log ? undefined : (k) => this.#leastMass(value, k));
      this.#byValue.set(value, masses);
    }
    const { alike } = this.#kernels;
    for (let k = 0; k < logs.length; k++) logs[k] = logs[k]! + masses[alike[k]!]!;
  }

  /** Of a kernel with the smallest deviation only the number of steps to the value counts: few are ever computed. */
  #leastMass(value: number, kernel: number): number | undefined {
    const { step } = this.#axis;
    const { means, deviations, least } = this.#kernels;
    if (deviations[kernel] !== least || kernel === means.length - 1) return undefined;
    const steps = Math.round(Math.abs(value - means[kernel]!) / step);
    let log = this.#bySteps.get(steps);
    if (log === undefined) {
      log = logNormalMass(((steps - 0.5) * step) / least, ((steps + 0.5) * step) / least);
      this.#bySteps.set(steps, log);
    }
    return log;
  }

  sample(kernel: number, random: RandomSource): number {
    return drawn(this.#axis, this.#kernels, kernel, random);
  }
}

/** The observed choice with weight 1 + 1/kernels, each other with 1/kernels; of the prior, all alike. */
class CategoryDensity implements AxisDensity {
  readonly #observed: Float64Array;
  readonly #choices: number;
  readonly #logSame: number;
  readonly #logOther: number;
  readonly #same: number;

  constructor(axis: CategoryAxis, values: Float64Array) {
    const kernels = values.length + 1;
    this.#observed = values;
    this.#choices = axis.choices.length;
    const total = 1 + this.#choices / kernels;
    this.#same = (1 + 1 / kernels) / total;
    this.#logSame = Math.log(this.#same);
    this.#logOther = Math.log(1 / kernels / total);
  }

  addConstants(base: Float64Array): void {
    const prior = base.length - 1;
    for (let k = 0; k < prior; k++) base[k] = base[k]! + this.#logOther;
    base[prior] = base[prior]! - Math.log(this.#choices);
  }

  addLogDensities(value: number, logs: Float64Array): void {
    const observed = this.#observed;
    const more = this.#logSame - this.#logOther;
    for (let k = 0; k < observed.length; k++) if (observed[k] === value) logs[k] = logs[k]! + more;
  }

  sample(kernel: number, random: RandomSource): number {
    const u = uniform53(random);
    const observed = this.#observed[kernel];
    if (observed === undefined) return Math.floor(u * this.#choices);
    if (u < this.#same) return observed;
    // What is left of u picks one of the others, all alike.
    const share = (u - this.#same) / (1 - this.#same);
    const other = Math.min(Math.floor(share * (this.#choices - 1)), this.#choices - 2);
    return other < observed ? other : other + 1;
  }
}

function drawn({ low, high, nearest }: NumericAxis, kernels: NumericKernels, k: number, random: RandomSource): number {
  const [mean, deviation] = [kernels.means[k]!, kernels.deviations[k]!];
  const z = truncatedNormalQuantile(uniform53(random), (low - mean) / deviation, (high - mean) / deviation);
  return nearest(mean + z * deviation);
}

/**
 * Log mass of each different kernel, before it is cut, between two places.
 * @param known - What is known already of a kernel.
 */
function logMassesBetween(
  kernels: NumericKernels,
  from: number,
  to: number,
  known?: (kernel: number) => number | undefined,
): Float64Array {
  const { means, deviations, different, examples } = kernels;
  const logs = new Float64Array(different);
  for (let id = 0; id < different; id++) {
    const k = examples[id]!;
    const [mean, deviation] = [means[k]!, deviations[k]!];
    logs[id] = known?.(k) ?? logNormalMass((from - mean) / deviation, (to - mean) / deviation);
  }
  return logs;
}

function logarithms(values: Float64Array): Float64Array {
  const logs = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) logs[i] = Math.log(values[i]!);
  return logs;
}
