import type { Dataset, Matrix } from '@mlperf/core';

/** A data set of some of its columns, in the order given. */
export function selectColumns(data: Dataset, columns: readonly number[]): Dataset {
  return {
    ...data,
    features: columnsOf(data.features, columns),
    featureNames: columns.map((column) => data.featureNames[column]!),
  };
}

/** Some columns of a matrix, in the order given. */
export function columnsOf({ values, rows, columns: width }: Matrix, columns: readonly number[]): Matrix {
  const kept = new Float64Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns.length; c++) kept[row * columns.length + c] = values[row * width + columns[c]!]!;
  }
  return { values: kept, rows, columns: columns.length };
}
