import { rawArray, refusedModel } from '../../random-forest/raw-value.ts';
import { configOf } from './layer-config.ts';

interface ChainedLayer {
  readonly name: string;
  readonly at: string;
  readonly inbound: unknown;
}

/**
 * A functional model (`tf.model`, Keras `Model`) is read as a Sequential when every layer reads the one listed before it,
 * once, and nothing else goes in or comes out.
 * @throws {@link MlperfError} `MODEL_FORMAT`, naming the layer.
 */
export function requireChain(config: unknown, layers: readonly ChainedLayer[]): void {
  const { input_layers: inputs, output_layers: outputs } = configOf(config, 'modelTopology.config');
  layers.forEach((layer, i) => {
    const nodes = rawArray(layer.inbound, `${layer.at} inbound_nodes`, i === 0 ? 0 : 1, i === 0 ? 0 : 1);
    if (i > 0) requireEnd(nodes[0], `${layer.at} inbound_nodes`, layers[i - 1]!.name);
  });
  requireEnd(inputs, 'modelTopology.config.input_layers', layers[0]!.name);
  requireEnd(outputs, 'modelTopology.config.output_layers', layers.at(-1)!.name);
}

/** One connection, [name, 0, 0, …], perhaps without the list around it. */
function requireEnd(value: unknown, at: string, name: string): void {
  const listed = Array.isArray(value) && typeof value[0] === 'string' ? value : rawArray(value, at, 1, 1)[0];
  const [from, node, tensor, further] = rawArray(listed, at, 3, 4);
  const plain = further === undefined || Object.keys(configOf(further, at)).length === 0;
  if (from === name && node === 0 && tensor === 0 && plain) return;
  throw refusedModel(at, `must be '${name}' alone: the model must be one chain of layers`);
}
