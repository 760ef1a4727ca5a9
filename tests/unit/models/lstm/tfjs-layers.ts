import type { Matrix } from '@mlperf/core';
import type { LayersModelFiles } from '@mlperf/models';
import * as tf from '@tensorflow/tfjs';

/** Opens the two files as a browser would, through the text of `model.json`. */
export async function loadLayers({ json, weights }: LayersModelFiles): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(JSON.stringify(json));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group: { weights: tf.io.WeightsManifestEntry[] }) => group.weights),
      weightData: Uint8Array.from(weights).buffer,
      userDefinedMetadata,
    }),
  );
}

/** What a model of tf.layers answers to every window of consecutive rows, outputs as they come. */
export function predictLayers(model: tf.LayersModel, { values, rows, columns }: Matrix, steps: number): Float32Array {
  return tf.tidy(() => {
    const windows = Array.from({ length: rows - steps + 1 }, (_, w) =>
      values.subarray(w * columns, (w + steps) * columns),
    );
    const input = tf.tensor3d(
      windows.flatMap((window) => [...window]),
      [windows.length, steps, columns],
    );
    const output = model.predict(input);
    if (Array.isArray(output)) throw new Error('one output expected');
    return Float32Array.from(output.dataSync());
  });
}

/** A model of tf.layers as its two files. */
export async function saveLayers(
  model: tf.LayersModel,
): Promise<{ json: Record<string, unknown>; weights: Uint8Array }> {
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = saved[0]!;
  if (!(weightData instanceof ArrayBuffer)) throw new Error('weights in one piece expected');
  const json = { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
  return { json: JSON.parse(JSON.stringify(json)), weights: new Uint8Array(weightData) };
}
