import { InvalidInputError, type ModelFamily } from '@mlperf/core';

/** The families of an executor by model type. */
export interface FamilyTable {
  /** @throws {@link InvalidInputError} `UNKNOWN_MODEL_TYPE` naming the known ones. */
  require(modelType: string): ModelFamily;
}

/**
 * @param source - Names the list in messages.
 * @throws {@link InvalidInputError} `INVALID_CONFIG` when the list is empty, an entry is no family, or two share a type.
 */
export function familyTable(families: unknown, source: string): FamilyTable {
  if (!Array.isArray(families) || families.length === 0) {
    throw new InvalidInputError('INVALID_CONFIG', `${source} must be a list of at least one model family`);
  }
  const byType = new Map<string, ModelFamily>();
  families.forEach((family: unknown, i) => {
    if (!isFamily(family)) {
      throw new InvalidInputError(
        'INVALID_CONFIG',
        `${source}[${i}] must be a model family with modelType, fit and load; got ${typeof family}`,
      );
    }
    if (byType.has(family.modelType)) {
      throw new InvalidInputError(
        'INVALID_CONFIG',
        `${source} must name each model type once; got '${family.modelType}' twice`,
      );
    }
    byType.set(family.modelType, family);
  });
  return {
    require(modelType) {
      const family = byType.get(modelType);
      if (family !== undefined) return family;
      const known = [...byType.keys()].join("', '");
      throw new InvalidInputError('UNKNOWN_MODEL_TYPE', `modelType must be one of '${known}'; got '${modelType}'`);
    },
  };
}

function isFamily(value: unknown): value is ModelFamily {
  return (
    typeof value === 'object' &&
    value !== null &&
    'modelType' in value &&
    typeof value.modelType === 'string' &&
    'fit' in value &&
    typeof value.fit === 'function' &&
    'load' in value &&
    typeof value.load === 'function'
  );
}
