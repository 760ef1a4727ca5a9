import {
  brokenConstraint,
  type CategoryValue,
  constraintsOf,
  type Dimension,
  isActive,
  type SearchSpace,
} from '@mlperf/core';

/** One parameter and the values it takes on a grid. */
export type GridAxis = readonly [name: string, values: readonly CategoryValue[]];

/** Whether a space has points that a plain product of its axes would repeat or should not have. */
export function needsLayout(space: SearchSpace): boolean {
  return constraintsOf(space).length > 0 || Object.values<Dimension>(space).some((each) => each.when !== undefined);
}

/**
 * The points of a grid with conditions or constraints: each once, the last axis moving fastest, a parameter that does
 * not exist left out.
 *
 * @param axes - A parameter's condition is on an axis before its own.
 * @param limit - The most points there may be.
 * @returns one index into each axis per point, −1 where the parameter does not exist; `undefined` beyond the limit, or
 * when ten times as many were tried.
 */
export function layOutGrid(space: SearchSpace, axes: readonly GridAxis[], limit: number): Int32Array[] | undefined {
  const points: Int32Array[] = [];
  const digits = new Int32Array(axes.length);
  const point: Record<string, CategoryValue> = {};
  let tried = 0;
  const visit = (depth: number): boolean => {
    const axis = axes[depth];
    if (axis === undefined) {
      if (++tried > 10 * limit) return false;
      if (brokenConstraint(space, point) === undefined) points.push(digits.slice());
      return points.length <= limit;
    }
    const [name, values] = axis;
    if (!isActive(space[name]!, point)) {
      digits[depth] = -1;
      return visit(depth + 1);
    }
    for (const [i, value] of values.entries()) {
      digits[depth] = i;
      point[name] = value;
      if (!visit(depth + 1)) return false;
    }
    delete point[name];
    return true;
  };
  return visit(0) ? points : undefined;
}
