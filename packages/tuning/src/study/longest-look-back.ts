import { type Dimension, InvalidInputError, type JsonObject, type ModelFamily, type SearchSpace } from '@mlperf/core';

/**
 * The most rows any point of a space looks back on, so that all trials can be scored on the same rows.
 *
 * Goes through the parameters one by one, keeps the value with the longest look-back, and begins again until nothing
 * is longer; a number is tried at its ends, which is what `ModelFamily.lookBackOf` allows for.
 *
 * @returns 0 for a family that does not say.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` for a look-back that is none.
 * @remarks Asks the family once for each end of a number and each choice, as often as that lengthens the look-back.
 */
export function longestLookBack(
  family: Pick<ModelFamily, 'lookBackOf'>,
  baseParams: JsonObject,
  space: SearchSpace,
): number {
  if (family.lookBackOf === undefined) return 0;
  const lookBackOf = (params: JsonObject) => requireLookBack(family.lookBackOf!(params));
  const dimensions = Object.entries(space);
  let at: JsonObject = { ...baseParams };
  for (const [name, dimension] of dimensions) at = withValue(at, name, extremes(dimension)[0]);
  let longest = lookBackOf(at);
  for (let before = -1; longest > before; ) {
    before = longest;
    for (const [name, dimension] of dimensions) {
      for (const value of extremes(dimension)) {
        const point = withValue(at, name, value);
        const lookBack = lookBackOf(point);
        if (lookBack <= longest) continue;
        longest = lookBack;
        at = point;
      }
    }
  }
  return longest;
}

function withValue(params: JsonObject, name: string, value: string | number | boolean | undefined): JsonObject {
  const { [name]: _, ...rest } = params;
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** @returns with `undefined` for a parameter that may be absent. */
function extremes(dimension: Dimension): readonly (string | number | boolean | undefined)[] {
  const absent = dimension.when === undefined ? [] : [undefined];
  switch (dimension.type) {
    case 'int':
    case 'float':
      return [dimension.low, dimension.high, ...absent];
    case 'categorical':
      return [...dimension.choices, ...absent];
    case 'boolean':
      return [false, true, ...absent];
  }
}

function requireLookBack(lookBack: unknown): number {
  if (typeof lookBack === 'number' && Number.isInteger(lookBack) && lookBack >= 0) return lookBack;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `lookBackOf must give a whole number, at least 0; got ${String(lookBack)}`,
  );
}
