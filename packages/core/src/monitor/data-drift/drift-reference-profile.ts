/** What a numeric feature looked like. */
export interface NumericReference {
  readonly name: string;
  readonly kind: 'numeric';
  /** Its values in the rows kept, ascending. */
  readonly values: readonly number[];
  /** Rows kept that lack it. */
  readonly missing: number;
}

/** What a categorical feature looked like. */
export interface CategoricalReference {
  readonly name: string;
  readonly kind: 'categorical';
  /** Ordered by category (code point order). */
  readonly categories: readonly { readonly category: string; readonly count: number }[];
  /** Rows kept that lack it. */
  readonly missing: number;
}

export type FeatureReference = NumericReference | CategoricalReference;

/** The features a model version was trained on, as current ones are compared with. Plain JSON. */
export interface DriftReferenceProfile {
  readonly formatVersion: 1;
  /** Rows kept; for every feature, values plus missing. */
  readonly rows: number;
  /** Rows given; more than `rows` when a sample of them was kept. */
  readonly sampledFrom: number;
  /** In the order of the names given, or of their first appearance. */
  readonly features: readonly FeatureReference[];
}
