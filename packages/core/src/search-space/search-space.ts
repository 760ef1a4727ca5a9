/** A real parameter in [low, high]. */
export interface FloatDimension {
  readonly type: 'float';
  readonly low: number;
  readonly high: number;
  /** Search the logarithm; needs low > 0; excludes `step`. */
  readonly log?: boolean;
  /** Only low + k · step; excludes `log`. */
  readonly step?: number;
}

/** A whole parameter in [low, high]. */
export interface IntDimension {
  readonly type: 'int';
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  /** Default 1. */
  readonly step?: number;
}

export type CategoryValue = string | number | boolean;

export interface CategoricalDimension<V extends CategoryValue = CategoryValue> {
  readonly type: 'categorical';
  readonly choices: readonly V[];
}

export interface BooleanDimension {
  readonly type: 'boolean';
}

export type Dimension = FloatDimension | IntDimension | CategoricalDimension | BooleanDimension;

/** Parameters by name: plain data, stored with a study. */
export interface SearchSpace {
  readonly [parameter: string]: Dimension;
}

/** The value a dimension yields. */
export type DimensionValue<D extends Dimension> = D extends FloatDimension | IntDimension
  ? number
  : D extends CategoricalDimension<infer V>
    ? V
    : boolean;

/** The parameter object a space describes. */
export type InferParameters<S extends SearchSpace> = { readonly [K in keyof S]: DimensionValue<S[K]> };
