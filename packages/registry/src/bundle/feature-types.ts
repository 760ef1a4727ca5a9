import { InvalidInputError, type JsonObject } from '@mlperf/core';

/** What the values of a feature are, beside being numbers. Missing values are of every type. */
export type FeatureType = 'number' | 'integer' | 'boolean';

/** By feature name; a feature that is not named is a `number`. */
export type FeatureTypes = Readonly<Record<string, FeatureType>>;

const TYPES: readonly unknown[] = ['number', 'integer', 'boolean'];

/** @throws {@link InvalidInputError} `MODEL_FORMAT` for a type or a feature there is not. */
export function requireFeatureTypes(value: JsonObject, featureNames: readonly string[]): FeatureTypes {
  for (const [name, type] of Object.entries(value)) {
    if (!featureNames.includes(name)) {
      throw new InvalidInputError('MODEL_FORMAT', `bundle header: featureTypes names '${name}', which is no feature`);
    }
    if (!TYPES.includes(type)) {
      throw new InvalidInputError(
        'MODEL_FORMAT',
        `bundle header: featureTypes.${name} must be one of ${TYPES.join(', ')}; got ${JSON.stringify(type)}`,
      );
    }
  }
  return value as FeatureTypes;
}

/** What a value must be to be of a type, where it is not; `undefined` when it is. */
export function typeExpectation(type: FeatureType | undefined, value: number): string | undefined {
  if (type === 'integer' && !Number.isInteger(value)) return 'a whole number';
  return type === 'boolean' && value !== 0 && value !== 1 ? '0 or 1' : undefined;
}
