import type { Dataset } from '@mlperf/core';

/** What one feature tells of the target by itself. */
export interface FeatureScore {
  /** The larger the more; absent where the data does not define one, such as for a constant feature. */
  readonly score?: number;
  /** Of the hypothesis that it tells nothing; absent where the score has none. */
  readonly pValue?: number;
}

/** Scores every feature of a data set by itself, in the order of its columns. */
export type FeatureScoring = (data: Dataset) => readonly FeatureScore[];

/** One feature and its targets, on the rows where the feature is not missing. */
export interface FeatureColumn {
  readonly values: Float64Array;
  readonly targets: Float64Array;
}

/** The columns of a data set, each without its missing values. */
export function* featureColumns({
  features,
  targets,
}: Pick<Dataset, 'features' | 'targets'>): Generator<FeatureColumn> {
  const { rows, columns, values } = features;
  for (let column = 0; column < columns; column++) {
    const present = Uint32Array.from({ length: rows }, (_, row) => row).filter(
      (row) => !Number.isNaN(values[row * columns + column]),
    );
    yield {
      values: Float64Array.from(present, (row) => values[row * columns + column]!),
      targets: Float64Array.from(present, (row) => targets[row]!),
    };
  }
}
