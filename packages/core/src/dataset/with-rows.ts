import type { Dataset, Matrix } from './dataset.ts';

/** What is done to each per-row array, by its type. */
export interface ColumnMap {
  readonly float: (column: Float64Array) => Float64Array;
  readonly int: (column: Int32Array) => Int32Array;
}

/**
 * A dataset of the same names with other rows: new features, and every per-row array mapped.
 * @param positions - Of the new rows; absent when they are their numbers within the groups.
 */
export function withRows(
  dataset: Dataset,
  features: Matrix,
  map: ColumnMap,
  positions: Int32Array | undefined,
): Dataset {
  return {
    features,
    ...(dataset.missingValues === undefined ? {} : { missingValues: dataset.missingValues }),
    featureNames: dataset.featureNames,
    targets: map.float(dataset.targets),
    ...(dataset.classes === undefined ? {} : { classes: dataset.classes }),
    timestamps: map.float(dataset.timestamps),
    labelEndsAt: map.float(dataset.labelEndsAt),
    ...(dataset.groups === undefined ? {} : { groups: map.int(dataset.groups) }),
    ...(dataset.groupNames === undefined ? {} : { groupNames: dataset.groupNames }),
    ...(positions === undefined ? {} : { positions }),
    ...(dataset.prices === undefined ? {} : { prices: map.float(dataset.prices) }),
    ...(dataset.returns === undefined ? {} : { returns: map.float(dataset.returns) }),
    ...(dataset.weights === undefined ? {} : { weights: map.float(dataset.weights) }),
  };
}
