import { MlperfError, type ModelFamily, type SearchSpace } from '@mlperf/core';

/**
 * The search space that a family brings.
 * @throws `UNKNOWN_MODEL_TYPE` when none of the families has the model type.
 */
export function familySpace(modelType: string, families: readonly ModelFamily[]): SearchSpace {
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (family === undefined) {
    const known = [...new Set(families.map((candidate) => `'${candidate.modelType}'`))].join(', ');
    throw new MlperfError(
      'UNKNOWN_MODEL_TYPE',
      `modelType must be one of the families given (${known}); got '${modelType}'`,
    );
  }
  return family.searchSpace;
}
