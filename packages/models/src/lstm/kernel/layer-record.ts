/** The fields of assembly/layer.ts, 4 bytes each, in its order. */
const FIELDS = [
  'z',
  'zRow',
  'zStep',
  'inputs',
  'units',
  'rows',
  'weights',
  'panel',
  'gates',
  'gatePanel',
  'gateStep',
  'cell',
  'cellBlock',
  'cellStep',
  'tanhCell',
  'next',
  'nextRow',
  'nextStep',
  'mask',
  'recurrent',
  'inputWeights',
  'stateGradient',
  'cellGradient',
  'outputGradient',
  'inputGradient',
  'gradient',
] as const;

/** What the kernel is told of a layer: addresses and distances in bytes, and counts. */
export type LayerRecord = { [field in (typeof FIELDS)[number]]: number };

export const LAYER_RECORD_BYTES = 4 * FIELDS.length;

/** Writes a record where the kernel reads it. @param words - The kernel's memory; `address` in bytes. */
export function writeLayerRecord(words: Int32Array, address: number, record: LayerRecord): void {
  for (const [index, field] of FIELDS.entries()) words[address / 4 + index] = record[field];
}
