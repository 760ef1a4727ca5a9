import type { BinnedColumns } from '../../histogram/bin-columns.ts';
import type { Criterion } from './split-scores.ts';

/** What all trees of a forest grow from. */
export interface GrowthData {
  /** Row-major features, finite. */
  readonly values: Float64Array;
  readonly binned: BinnedColumns;
  /** By row: the class; absent for a regression. */
  readonly labels?: Uint16Array;
  /** By row: the target less the mean of all targets; regression only. */
  readonly targets?: Float64Array;
  /** What was taken off the targets: sums of squares near 0 keep more digits. */
  readonly targetMean: number;
  /** By row, above 0 where the row is used: weight of the data set times that of its class. */
  readonly weights?: Float64Array;
  /** Numbers per group of rows: one weight per class; or weight and weighted target. */
  readonly slots: number;
}

/** What decides the shape of a tree. */
export interface GrowthLimits {
  readonly criterion: Criterion;
  readonly splitter: 'best' | 'random';
  /** Features drawn at each split, 1 to columns. */
  readonly features: number;
  readonly maxDepth: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  /** Least decrease of impurity, weighted by the node's share of the tree's weight. */
  readonly minImpurityDecrease: number;
}
