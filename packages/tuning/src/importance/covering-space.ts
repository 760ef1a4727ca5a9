import type { CategoryValue, Dimension, JsonObject, JsonValue, SearchSpace } from '@mlperf/core';

/**
 * The space widened to the values that trials have: a study that went on with more choices or a wider range keeps the
 * space it was begun with.
 */
export function coveringSpace(space: SearchSpace, trials: readonly JsonObject[]): SearchSpace {
  return Object.fromEntries(
    Object.entries<Dimension>(space).map(([name, dimension]) => {
      const values = trials.flatMap((parameters) => (Object.hasOwn(parameters, name) ? [parameters[name]] : []));
      return [name, covering(dimension, values)];
    }),
  );
}

function covering(dimension: Dimension, values: readonly (JsonValue | undefined)[]): Dimension {
  if (dimension.type === 'boolean') return dimension;
  if (dimension.type === 'categorical') {
    return { ...dimension, choices: [...new Set([...dimension.choices, ...values.filter(isCategory)])] };
  }
  let { low, high } = dimension;
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { ...dimension, low, high };
}

function isCategory(value: JsonValue | undefined): value is CategoryValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
