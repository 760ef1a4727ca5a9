import type { Dataset, FitRequest, Matrix, PredictRequest, RowsToPredict } from '@mlperf/core';

/**
 * The request with every array as it should cross to a thread: shared memory as it is, without a copy; a view on a
 * part of a larger buffer cut out first, since structured cloning copies the whole buffer behind a view.
 */
export function compactFitRequest(request: FitRequest): FitRequest {
  return {
    ...request,
    train: compactDataset(request.train),
    ...(request.validation === undefined ? {} : { validation: compactDataset(request.validation) }),
    ...(request.validationHistory === undefined
      ? {}
      : { validationHistory: compactDataset(request.validationHistory) }),
    ...(request.predictRows === undefined ? {} : { predictRows: request.predictRows.map(compactRows) }),
    ...(request.predict === undefined ? {} : { predict: request.predict.map(compactMatrix) }),
  };
}

export function compactPredictRequest(request: PredictRequest): PredictRequest {
  return { ...request, model: compact(request.model), features: request.features.map(compactMatrix) };
}

function compactRows({ dataset, history }: RowsToPredict): RowsToPredict {
  return { dataset: compactDataset(dataset), ...(history === undefined ? {} : { history: compactDataset(history) }) };
}

function compactDataset(dataset: Dataset): Dataset {
  const { groups, positions, prices, returns, weights } = dataset;
  return {
    ...dataset,
    features: compactMatrix(dataset.features),
    targets: compact(dataset.targets),
    timestamps: compact(dataset.timestamps),
    labelEndsAt: compact(dataset.labelEndsAt),
    ...(groups === undefined ? {} : { groups: compact(groups) }),
    ...(positions === undefined ? {} : { positions: compact(positions) }),
    ...(prices === undefined ? {} : { prices: compact(prices) }),
    ...(returns === undefined ? {} : { returns: compact(returns) }),
    ...(weights === undefined ? {} : { weights: compact(weights) }),
  };
}

function compactMatrix(matrix: Matrix): Matrix {
  return { ...matrix, values: compact(matrix.values) };
}

function compact(array: Float64Array): Float64Array;
function compact(array: Int32Array): Int32Array;
function compact(array: Uint8Array): Uint8Array;
function compact(array: Float64Array | Int32Array | Uint8Array): Float64Array | Int32Array | Uint8Array {
  const { buffer } = array;
  if (buffer instanceof SharedArrayBuffer || buffer.byteLength === array.byteLength) return array;
  if (array instanceof Float64Array) return new Float64Array(array);
  // Not `slice`, which of a Node `Buffer` makes another view.
  return array instanceof Int32Array ? new Int32Array(array) : new Uint8Array(array);
}
