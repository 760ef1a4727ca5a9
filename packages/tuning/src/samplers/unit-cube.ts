import {
  activationOrder,
  type CategoryValue,
  type Dimension,
  type SearchSpace,
  stepCount,
  stepValue,
} from '@mlperf/core';
import type { SampledPoint } from './sampler.ts';
import { axisOf, type EstimatorAxis } from './tpe/estimator-axis.ts';

/**
 * One coordinate of a {@link UnitCube}.
 *
 *   continuous  u in [0, 1], even on the parameter's scale (the logarithm where it has one)
 *   stepped     as continuous, each value in the middle of its cell; the cells fill [0, 1]
 *   category    the index of the choice, 0, 1, 2 …
 */
export interface UnitAxis {
  readonly name: string;
  readonly kind: 'continuous' | 'stepped' | 'category';
  /** How many values there are; 0 when continuous. */
  readonly count: number;
  /** Coordinate of the k-th value of a stepped axis or category. */
  readonly levelAt: (k: number) => number;
  /** Where the cells of the k-th and the next value meet. */
  readonly boundaryAt: (k: number) => number;
  /** The k whose value is nearest to a coordinate. */
  readonly nearestLevel: (u: number) => number;
  readonly toUnit: (value: CategoryValue) => number;
  readonly fromUnit: (u: number) => CategoryValue;
}

interface AxisCondition {
  readonly parent: number;
  /** By index of the parent's choice. */
  readonly allowed: readonly boolean[];
}

/**
 * The points of a space as rows of numbers. Parameters with one value are left out; one that does not exist at a point
 * has the middle of its range, or its first choice, there: rows are alike wherever points are.
 */
export class UnitCube {
  readonly axes: readonly UnitAxis[];
  readonly #space: SearchSpace;
  readonly #fixed: readonly (readonly [string, CategoryValue])[];
  readonly #conditions: readonly (AxisCondition | undefined)[];
  readonly #neutral: Float64Array;
  readonly conditional: boolean;

  constructor(space: SearchSpace) {
    this.#space = space;
    const axes: UnitAxis[] = [];
    const fixed: (readonly [string, CategoryValue])[] = [];
    for (const name of activationOrder(space)) {
      const dimension = space[name]!;
      const axis = axisOf(name, dimension);
      if (axis !== undefined) axes.push(unitAxis(axis, dimension));
      else if (dimension.type === 'categorical') fixed.push([name, dimension.choices[0]!]);
      else if (dimension.type !== 'boolean') fixed.push([name, dimension.low]);
    }
    this.axes = axes;
    this.#fixed = fixed;
    this.#conditions = axes.map(({ name }) => this.#conditionOf(name));
    this.conditional = this.#conditions.some((condition) => condition !== undefined);
    this.#neutral = Float64Array.from(axes, (axis) =>
      axis.kind === 'continuous' ? 0.5 : axis.kind === 'stepped' ? axis.levelAt(axis.count >>> 1) : 0,
    );
  }

  /** A condition on a parameter with one value always holds where that parameter exists: the next one up decides. */
  #conditionOf(name: string): AxisCondition | undefined {
    const { when } = this.#space[name]!;
    if (when === undefined) return undefined;
    const parent = this.axes.findIndex((axis) => axis.name === when.parameter);
    if (parent < 0) return this.#conditionOf(when.parameter);
    const axis = this.axes[parent]!;
    return {
      parent,
      allowed: Array.from({ length: axis.count }, (_, k) => when.in.some((value) => value === axis.fromUnit(k))),
    };
  }

  /** Whether the parameter of an axis exists at a row. */
  isActive(row: Float64Array, a: number): boolean {
    const condition = this.#conditions[a];
    if (condition === undefined) return true;
    return condition.allowed[row[condition.parent]!] === true && this.isActive(row, condition.parent);
  }

  /** The row of a point. */
  encode(point: SampledPoint): Float64Array {
    return Float64Array.from(this.axes, (axis, a) => {
      const value = Object.hasOwn(point, axis.name) ? point[axis.name] : undefined;
      return value === undefined ? this.#neutral[a]! : axis.toUnit(value);
    });
  }

  /** The point of a row, of the values nearest to its coordinates. */
  decode(row: Float64Array): SampledPoint {
    const active: Record<string, CategoryValue> = {};
    for (const [a, axis] of this.axes.entries()) {
      if (this.isActive(row, a)) active[axis.name] = axis.fromUnit(row[a]!);
    }
    const point: Record<string, CategoryValue> = {};
    for (const name of activationOrder(this.#space)) {
      const value = active[name] ?? this.#fixed.find(([each]) => each === name)?.[1];
      if (value === undefined) continue;
      const { when } = this.#space[name]!;
      if (when !== undefined && !when.in.some((each) => each === point[when.parameter])) continue;
      point[name] = value;
    }
    return point;
  }

  /** Puts a row of shares in [0, 1) where rows are: on steps, choices, and the middle where nothing exists. */
  snapShares(row: Float64Array): void {
    for (const [a, axis] of this.axes.entries()) {
      if (axis.kind === 'category') row[a] = Math.min(Math.floor(row[a]! * axis.count), axis.count - 1);
      else if (axis.kind === 'stepped') row[a] = axis.levelAt(axis.nearestLevel(row[a]!));
    }
    this.settle(row);
  }

  /** Puts what does not exist at a row to its middle. */
  settle(row: Float64Array): void {
    if (!this.conditional) return;
    for (let a = 0; a < row.length; a++) if (!this.isActive(row, a)) row[a] = this.#neutral[a]!;
  }
}

function unitAxis(axis: EstimatorAxis, dimension: Dimension): UnitAxis {
  const { name } = axis;
  if (axis.kind === 'category') {
    const { choices } = axis;
    return {
      name,
      kind: 'category',
      count: choices.length,
      levelAt: (k) => k,
      boundaryAt: (k) => k + 0.5,
      nearestLevel: (u) => u,
      toUnit: (value) => choices.indexOf(value),
      fromUnit: (u) => choices[u]!,
    };
  }
  const { low, high, log, nearest, step } = axis;
  const toUnit = (value: CategoryValue) => ((log ? Math.log(Number(value)) : Number(value)) - low) / (high - low);
  const fromUnit = (u: number) => nearest(low + u * (high - low));
  if (step === 0 || (dimension.type !== 'int' && dimension.type !== 'float')) {
    const none = (u: number) => u;
    return {
      name,
      kind: 'continuous',
      count: 0,
      levelAt: none,
      boundaryAt: none,
      nearestLevel: none,
      toUnit,
      fromUnit,
    };
  }
  return {
    name,
    kind: 'stepped',
    count: stepCount(dimension, step),
    levelAt: (k) => toUnit(stepValue(dimension, step, k)),
    boundaryAt: (k) => toUnit(stepValue(dimension, step, k) + step / 2),
    nearestLevel: (u) => Math.round((fromUnit(u) - dimension.low) / step),
    toUnit,
    fromUnit,
  };
}
