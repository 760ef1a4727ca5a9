import type { LstmShape } from '../engine.ts';

/**
 * What the gates i, f and o are: σ(x), or the piecewise line clip(0.2x + 0.5, 0, 1) that `tf.layers.lstm` and older
 * Keras default to. We train σ alone.
 */
export type GateActivation = 'sigmoid' | 'hard-sigmoid';

/** A network as the layers-model format can say it. */
export interface LayersNetwork {
  readonly shape: LstmShape;
  /** One per LSTM layer; absent: sigmoid all. */
  readonly gates?: readonly GateActivation[];
  /** One share per LSTM layer: what training set to 0. */
  readonly dropout: readonly number[];
  /** In Keras order, see `LstmNetwork`. */
  readonly weights: readonly Float32Array[];
}

/** Standardisation of the features, one number per feature: z = (x − mean) / scale. */
export interface FeatureScaling {
  readonly mean: Float64Array;
  /** Above 0. */
  readonly scale: Float64Array;
}

/** One weight array in a manifest. */
export interface WeightEntryJson {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/** The content of `model.json`, as `tf.loadLayersModel` of TensorFlow.js reads it. */
export interface LayersModelJson {
  readonly format: 'layers-model';
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly modelTopology: {
    readonly class_name: 'Sequential';
    readonly config: { readonly name: string; readonly layers: readonly LayerJson[] };
    readonly keras_version: string;
    readonly backend: 'tensor_flow.js';
  };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly WeightEntryJson[];
  }[];
  readonly userDefinedMetadata?: Readonly<Record<string, unknown>>;
}

export interface LayerJson {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A model of TensorFlow.js as its two files. */
export interface LayersModelFiles {
  /** Content of `model.json`. */
  readonly json: LayersModelJson;
  /** Content of `weights.bin`: the arrays of the manifest one after the other, float32, little-endian. */
  readonly weights: Uint8Array;
}
