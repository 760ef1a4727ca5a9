import { activationOrder, type CategoryValue, type SearchSpace } from '@mlperf/core';
import type { SampledPoint } from '../sampler.ts';
import { axisOf, type EstimatorAxis, rowValue } from './estimator-axis.ts';
import { type OrderedRows, RowTable } from './ordered-rows.ts';

/** Parameters that exist together, and are therefore searched as one. */
export class ParameterGroup {
  /** One stands for all: where it exists, the others do. */
  readonly representative: string;
  readonly axes: readonly EstimatorAxis[];
  /** Those with one value only. */
  readonly fixed: Readonly<Record<string, CategoryValue>>;
  readonly #table: RowTable;

  constructor(space: SearchSpace, names: readonly string[]) {
    this.representative = names[0]!;
    const axes: EstimatorAxis[] = [];
    const fixed: Record<string, CategoryValue> = {};
    for (const name of names) {
      const dimension = space[name]!;
      const axis = axisOf(name, dimension);
      if (axis !== undefined) axes.push(axis);
      else if (dimension.type === 'categorical') fixed[name] = dimension.choices[0]!;
      else if (dimension.type !== 'boolean') fixed[name] = dimension.low;
    }
    this.axes = axes;
    this.fixed = fixed;
    this.#table = new RowTable(axes.length, (point) =>
      Float64Array.from(axes, (axis) => rowValue(axis, point[axis.name]!)),
    );
  }

  /** See {@link RowTable.know}. */
  know(points: readonly SampledPoint[]): void {
    this.#table.know(points.filter((point) => this.#has(point)));
  }

  /** The rows of the points that have the group. */
  rowsOf(points: readonly SampledPoint[]): OrderedRows {
    return this.#table.rowsOf(points.filter((point) => this.#has(point)));
  }

  /** What the points that have the group count; `undefined` when each counts 1. */
  weightsOf(points: readonly SampledPoint[], weights: ReadonlyMap<SampledPoint, number>): Float64Array | undefined {
    if (weights.size === 0) return undefined;
    return Float64Array.from(
      points.filter((point) => this.#has(point)),
      (point) => weights.get(point) ?? 1,
    );
  }

  #has(point: SampledPoint): boolean {
    return Object.hasOwn(point, this.representative);
  }
}

/** The groups of a space: parameters under the same condition. A group comes after the one its condition is on. */
export function parameterGroups(space: SearchSpace): readonly ParameterGroup[] {
  const byCondition = new Map<string, string[]>();
  for (const name of activationOrder(space)) {
    const condition = space[name]!.when;
    const key = condition === undefined ? '' : JSON.stringify([condition.parameter, condition.in.map(String).sort()]);
    const names = byCondition.get(key);
    if (names === undefined) byCondition.set(key, [name]);
    else names.push(name);
  }
  return [...byCondition.values()].map((names) => new ParameterGroup(space, names));
}
