/** Where a space keeps its constraints: not a parameter, and copied along by `{ ...space }`. */
export const CONSTRAINTS: unique symbol = Symbol.for('@mlperf/search-space/constraints');

/** The part of a space in which a parameter exists: where another one has one of some values. */
export interface Condition {
  /** A categorical or boolean parameter of the same space; it may itself be conditional. */
  readonly parameter: string;
  /** At least one; where `parameter` has none of them, or does not exist, this one does not exist. */
  readonly in: readonly CategoryValue[];
}

/** What every dimension may carry. */
export interface Conditionable {
  /** Absent: the parameter always exists. */
  readonly when?: Condition;
}

/** A real parameter in [low, high]. */
export interface FloatDimension extends Conditionable {
  readonly type: 'float';
  readonly low: number;
  readonly high: number;
  /** Search the logarithm; needs low > 0; excludes `step`. */
  readonly log?: boolean;
  /** Only low + k · step; excludes `log`. */
  readonly step?: number;
}

/** A whole parameter in [low, high]. */
export interface IntDimension extends Conditionable {
  readonly type: 'int';
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  /** Default 1. */
  readonly step?: number;
}

export type CategoryValue = string | number | boolean;

export interface CategoricalDimension<V extends CategoryValue = CategoryValue> extends Conditionable {
  readonly type: 'categorical';
  readonly choices: readonly V[];
}

export interface BooleanDimension extends Conditionable {
  readonly type: 'boolean';
}

export type Dimension = FloatDimension | IntDimension | CategoricalDimension | BooleanDimension;

/**
 * What the points of a space must satisfy beside their ranges: Σ coefficientᵢ · parameterᵢ ≤ atMost. Where one of its
 * parameters does not exist (see {@link Condition}) it asks for nothing.
 */
export interface LinearConstraint {
  /** By parameter, each a float or int of the space; finite and not 0. */
  readonly coefficients: Readonly<Record<string, number>>;
  readonly atMost: number;
}

/** A dimension that exists only where its condition holds. */
export type Conditional<D extends Dimension> = D & { readonly when: Condition };

/** Parameters by name: plain data, stored with a study. */
export interface SearchSpace {
  readonly [parameter: string]: Dimension;
  readonly [CONSTRAINTS]?: readonly LinearConstraint[];
}

/** The value a dimension yields. */
export type DimensionValue<D extends Dimension> = D extends FloatDimension | IntDimension
  ? number
  : D extends CategoricalDimension<infer V>
    ? V
    : boolean;

/** The parameter object a space describes; a conditional parameter may be absent. */
export type InferParameters<S extends SearchSpace> = {
  readonly [K in keyof (AlwaysThere<S> & SometimesThere<S>)]: (AlwaysThere<S> & SometimesThere<S>)[K];
};

export type AlwaysThere<S extends SearchSpace> = {
  readonly [K in keyof S as K extends string ? (S[K] extends { when: Condition } ? never : K) : never]: DimensionValue<
    S[K]
  >;
};

export type SometimesThere<S extends SearchSpace> = {
  readonly [K in keyof S as K extends string ? (S[K] extends { when: Condition } ? K : never) : never]?: DimensionValue<
    S[K]
  >;
};
