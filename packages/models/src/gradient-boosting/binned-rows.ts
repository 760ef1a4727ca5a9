import type { Dataset } from '@mlperf/core';
import { binColumns } from '../histogram/bin-columns.ts';
import type { BinnedColumn } from './packed-columns.ts';

/** The training rows as the grower sees them. */
export interface BinnedRows {
  readonly rows: number;
  /** Columns with more than one bin: the others cannot be split. */
  readonly columns: readonly BinnedColumn[];
  /** By column of the data set; see `histogram/bin-columns`. */
  readonly thresholds: readonly Float64Array[];
}

/** @param poll - Called often; throws to end the work. */
export function binRows(features: Dataset['features'], maxBins: number, poll: () => void): BinnedRows {
  const { rows, bins, thresholds, missingBin, binCounts } = binColumns(features, { maxBins, poll });
  const columns: BinnedColumn[] = [];
  for (let column = 0; column < features.columns; column++) {
    if (binCounts[column]! < 2) continue;
    columns.push({
      column,
      bins: bins.subarray(column * rows, (column + 1) * rows),
      valueBins: thresholds[column]!.length + 1,
      missingBin: missingBin[column]!,
    });
  }
  return { rows, columns, thresholds };
}
