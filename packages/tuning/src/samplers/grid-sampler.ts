import {
  activationOrder,
  type CategoryValue,
  type Dimension,
  type FloatDimension,
  type InferParameters,
  type IntDimension,
  InvalidInputError,
  type JsonObject,
  type SearchSpace,
  stepCount,
  stepValue,
  validateParameters,
} from '@mlperf/core';
import { type GridAxis, layOutGrid, needsLayout } from './grid-layout.ts';
import type { Sampler, SuggestRequest } from './sampler.ts';

/** More points than any run could visit: a larger grid is a mistake. */
export const MAX_GRID_POINTS = 1_000_000;

/** How many points a range is cut into: for every range, or by parameter. */
export type GridResolution = number | Readonly<Record<string, number>>;

export interface GridOptions {
  /**
   * Whole, 1 to 1,000,000. A range keeps all its steps when it has no more than that; a wider one is cut into this
   * many values, evenly spaced on its scale, both ends included (1: the middle). Needed for a float without `step`.
   */
  readonly resolution?: GridResolution;
}

/**
 * Every point of a grid once, in a fixed order: parameters by name, the last one moving fastest, values ascending,
 * choices as listed, false before true. It is the order of scikit-learn's `ParameterGrid`. A conditional parameter
 * comes after the one its condition is on, and is left out where it does not exist; points that break a constraint are
 * not on the grid.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for an endless range without resolution, a bad resolution, one for
 * a parameter that is no range, or more than {@link MAX_GRID_POINTS} points; `EMPTY_INPUT` when the constraints leave
 * none.
 * @remarks O(parameters) per point; the product is laid out in memory only with conditions or constraints.
 * @example
 * new GridSampler(defineSpace({ a: int(1, 2), b: boolean() })).suggest({ trialNumber: 2 }); // { a: 2, b: false }
 */
export class GridSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'grid';
  readonly learns = false;
  readonly space: S;
  readonly size: number;
  readonly settings: JsonObject;
  readonly #axes: readonly GridAxis[];
  readonly #points: readonly Int32Array[] | undefined;

  constructor(space: S, options: GridOptions = {}) {
    const resolution = options.resolution;
    requireResolution(space, resolution);
    const byName = Object.fromEntries(
      Object.keys(space)
        .sort()
        .map((name) => [name, space[name]!]),
    );
    this.#axes = activationOrder(byName).map((name) => [
      name,
      axis(name, space[name]!, resolutionOf(resolution, name)),
    ]);
    this.#points = needsLayout(space) ? laidOut(space, this.#axes) : undefined;
    this.size = this.#points?.length ?? this.#axes.reduce((product, [, values]) => product * values.length, 1);
    if (this.size > MAX_GRID_POINTS) throw tooManyPoints(this.size);
    this.space = space;
    this.settings = resolution === undefined ? {} : { resolution };
  }

  suggest({ trialNumber }: Pick<SuggestRequest, 'trialNumber'>): InferParameters<S> {
    if (!Number.isInteger(trialNumber) || trialNumber < 0 || trialNumber >= this.size) {
      throw new InvalidInputError('OUT_OF_RANGE', `a grid of ${this.size} points has no point ${trialNumber}`);
    }
    const digits = this.#points?.[trialNumber] ?? this.#digitsOf(trialNumber);
    const point: Record<string, CategoryValue> = {};
    for (const [i, [name, values]] of this.#axes.entries()) {
      if (digits[i]! >= 0) point[name] = values[digits[i]!]!;
    }
    return validateParameters(this.space, point);
  }

  #digitsOf(trialNumber: number): Int32Array {
    const digits = new Int32Array(this.#axes.length);
    let rest = trialNumber;
    for (let i = digits.length - 1; i >= 0; i--) {
      const count = this.#axes[i]![1].length;
      digits[i] = rest % count;
      rest = Math.floor(rest / count);
    }
    return digits;
  }
}

function laidOut(space: SearchSpace, axes: readonly GridAxis[]): readonly Int32Array[] {
  const points = layOutGrid(space, axes, MAX_GRID_POINTS);
  if (points === undefined) throw tooManyPoints('more');
  if (points.length === 0) {
    throw new InvalidInputError('EMPTY_INPUT', 'the constraints must leave a point of the grid; they leave none');
  }
  return points;
}

function axis(name: string, dimension: Dimension, resolution: number | undefined): readonly CategoryValue[] {
  if (dimension.type === 'boolean') return [false, true];
  if (dimension.type === 'categorical') return dimension.choices;
  const step = dimension.step ?? (dimension.type === 'int' ? 1 : undefined);
  if (dimension.low === dimension.high) return [dimension.low];
  if (step === undefined) {
    if (resolution === undefined) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `parameter '${name}' must have a step or a resolution to be searched on a grid; got an endless range`,
      );
    }
    return cuts(resolution, (share) => between(dimension, share));
  }
  const count = stepCount(dimension, step);
  const value = (k: number) => stepValue(dimension, step, k);
  if (resolution === undefined || count <= resolution) {
    if (count > MAX_GRID_POINTS) throw tooManyPoints(count);
    return Array.from({ length: count }, (_, k) => value(k));
  }
  return cuts(resolution, (share) => value(Math.round((between(dimension, share) - dimension.low) / step)), count);
}

/** `count` values from the shares 0 … 1 of a range; steps that coincide count once. */
function cuts(resolution: number, at: (share: number) => number, available = resolution): readonly number[] {
  const count = Math.min(resolution, available);
  return [...new Set(Array.from({ length: count }, (_, i) => at(count === 1 ? 0.5 : i / (count - 1))))];
}

/** The value at a share of the way from low to high, on the range's own scale. */
function between({ low, high, log }: FloatDimension | IntDimension, share: number): number {
  // The ends are returned as they are: exp(ln x) need not be x.
  if (share === 0) return low;
  if (share === 1) return high;
  const value = log === true ? Math.exp(Math.log(low) + share * Math.log(high / low)) : low + share * (high - low);
  return Math.min(Math.max(value, low), high);
}

function resolutionOf(resolution: GridResolution | undefined, name: string): number | undefined {
  if (typeof resolution !== 'object') return resolution;
  return Object.hasOwn(resolution, name) ? resolution[name] : undefined;
}

function requireResolution(space: SearchSpace, resolution: GridResolution | undefined): void {
  const given = typeof resolution === 'object' ? Object.entries(resolution) : [['resolution', resolution] as const];
  for (const [name, count] of given) {
    if (typeof resolution === 'object') {
      const type = Object.hasOwn(space, name) ? space[name]!.type : 'not in the space';
      if (type !== 'float' && type !== 'int') {
        throw new InvalidInputError('OUT_OF_RANGE', `resolution must be for a range; got '${name}', which is ${type}`);
      }
    }
    if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= MAX_GRID_POINTS)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `resolution must be a whole number from 1 to ${MAX_GRID_POINTS}; got ${count}`,
      );
    }
  }
}

function tooManyPoints(count: number | 'more'): InvalidInputError {
  return new InvalidInputError(
    'OUT_OF_RANGE',
    `a grid must have at most ${MAX_GRID_POINTS} points; got ${count}: give steps or a resolution`,
  );
}
