import { InvalidInputError, type TrainedModel } from '@mlperf/core';
import type { LayersModelFiles, LayersNetwork } from './layers-model/layers-model.ts';
import { writeLayersModel } from './layers-model/write-layers-model.ts';
import type { TargetScaling } from './lstm-content.ts';
import { decodeLstmFile } from './lstm-file.ts';
import { LSTM, LSTM_REGRESSION } from './model-type.ts';

export interface ExportOptions {
  /**
   * `layer`, the default: a BatchNormalization in front standardises the features, so that the exported model takes the
   * windows as they are. `outside`: it takes standardised windows; mean and scale are in `userDefinedMetadata`.
   */
  readonly scaling?: 'layer' | 'outside';
}

/**
 * An LSTM as the two files of TensorFlow.js, for `tf.loadLayersModel`: windows (batch × steps × features) in, one
 * sigmoid, one softmax output per class, or the value of a regression out.
 *
 * @param model - Of the family `lstm` or `lstm-regression`.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a model of another family; `OUT_OF_RANGE` when the scaling does
 * not fit float32, or a mean is more than 100 times its spread and would be scaled by a layer.
 * @remarks TensorFlow.js computes in float32: a feature whose mean is many times its spread loses digits before it is
 * standardised. Then export with `scaling: 'outside'` and standardise in double precision.
 * @example
 * const { json, weights } = exportLayersModel(model);
 * await writeFile('model.json', JSON.stringify(json));
 * await writeFile('weights.bin', weights);
 */
export function exportLayersModel(
  model: Pick<TrainedModel, 'modelType' | 'serialize'>,
  options: ExportOptions = {},
): LayersModelFiles {
  const { modelType } = model;
  if (modelType !== LSTM && modelType !== LSTM_REGRESSION) {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `model must be of '${LSTM}' or '${LSTM_REGRESSION}'; got '${modelType}'`,
    );
  }
  const { classes, featureNames, scaling, target, network } = decodeLstmFile(modelType, model.serialize());
  const isLayer = (options.scaling ?? 'layer') === 'layer';
  return writeLayersModel(target === undefined ? network : withTarget(network, target), {
    ...(isLayer ? { scaling } : {}),
    metadata: {
      classes,
      featureNames,
      lookBack: network.shape.steps - 1,
      ...(isLayer ? {} : { scaling: { mean: [...scaling.mean], scale: [...scaling.scale] } }),
    },
  });
}

/** The target's scaling inside the dense layer: (hW + b)·s + m = h(W·s) + (b·s + m). */
function withTarget(network: LayersNetwork, { mean, scale }: TargetScaling): LayersNetwork {
  const kernel = network.weights.at(-2)!.map((weight) => weight * scale);
  const bias = network.weights.at(-1)!.map((weight) => weight * scale + mean);
  for (const value of [...kernel, ...bias]) {
    if (!Number.isFinite(value)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `the target's scaling must fit float32; got a mean of ${mean} and a scale of ${scale}`,
      );
    }
  }
  return { ...network, weights: [...network.weights.slice(0, -2), kernel, bias] };
}
