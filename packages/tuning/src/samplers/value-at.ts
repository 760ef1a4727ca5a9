import {
  type CategoryValue,
  type Dimension,
  type FloatDimension,
  type IntDimension,
  type RandomSource,
  stepCount,
  stepValue,
} from '@mlperf/core';

/**
 * The value at a share of a dimension: uniform shares give uniform values.
 *
 *   float        low + u · (high − low)
 *   float, log   exp(ln low + u · ln(high / low))
 *   step         low + k · step, all k alike                (int: step 1 by default)
 *   int, log     k with weight ln((k + ½) / (k − ½))        the log-uniform of [low − ½, high + ½], rounded
 *   categorical  all choices alike                          boolean likewise
 *
 * @param u - In [0, 1).
 */
export function valueAt(dimension: Dimension, u: number): CategoryValue {
  if (dimension.type === 'boolean') return u < 0.5;
  if (dimension.type === 'categorical') return dimension.choices[Math.floor(u * dimension.choices.length)]!;
  const { type, low, high, log } = dimension;
  if (log === true) {
    const value = type === 'int' ? Math.round(logUniform(low - 0.5, high + 0.5, u)) : logUniform(low, high, u);
    return clamp(value, dimension);
  }
  const step = dimension.step ?? (type === 'int' ? 1 : undefined);
  if (step === undefined) return clamp(low + u * (high - low), dimension);
  return stepValue(dimension, step, Math.floor(u * stepCount(dimension, step)));
}

/** Uniform in [0, 1) with all 53 bits of a double: the source alone has 32, too coarse for a wide range. */
export function uniform53(random: RandomSource): number {
  const high = Math.floor(random.next() * 2 ** 26);
  const low = Math.floor(random.next() * 2 ** 27);
  return (high * 2 ** 27 + low) * 2 ** -53;
}

function logUniform(low: number, high: number, u: number): number {
  return Math.exp(Math.log(low) + u * Math.log(high / low));
}

/** Against the last bit of rounding only. */
function clamp(value: number, { low, high }: FloatDimension | IntDimension): number {
  return Math.min(Math.max(value, low), high);
}
