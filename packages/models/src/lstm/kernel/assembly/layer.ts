/**
 * Where one LSTM layer's arrays lie and how far apart their parts are, in bytes. The host writes it
 * (layer-record.ts has the same fields in the same order) and passes its address.
 *
 * Units are padded to a multiple of 4: a block is 4 units. Padded units have weights 0, so their state and every
 * gradient through them stay 0. Rows are padded to a multiple of 4.
 *
 *   z         [step 0 … steps][row][x … | 1 | h …]      what a step reads; h of step t + 1 is written by step t
 *   weights   [block][i4 f4 | g4 o4][input][8]           two panels of 8 gates per block
 *   gates     [block][i4 f4 | g4 o4][step][row][8]       after forward their values, after backward their gradients
 *   cell      [block][step][row][4]                      and tanhCell alike
 *   recurrent [8 units][block][panel][8 gates][8]        the weights of h, transposed; inputWeights alike, of x
 */
@unmanaged
export class Layer {
  z: usize;
  zRow: usize;
  zStep: usize;
  /** Values ahead of h: the inputs and the 1. */
  inputs: usize;
  /** Units, padded. */
  units: usize;
  rows: usize;
  weights: usize;
  panel: usize;
  gates: usize;
  gatePanel: usize;
  gateStep: usize;
  cell: usize;
  cellBlock: usize;
  cellStep: usize;
  tanhCell: usize;
  /** Where h goes beside the next step: the next layer's x; 0 for the last layer. */
  next: usize;
  nextRow: usize;
  nextStep: usize;
  /** Factors of h on its way to the next layer, [step][row][units]; 0 for none. */
  mask: usize;
  recurrent: usize;
  inputWeights: usize;
  /** Gradient of the state, [row][units]: of the step after, then of this one. */
  stateGradient: usize;
  /** Gradient of the cell, [block][row][4]. */
  cellGradient: usize;
  /** Gradient of h from the next layer, [step][row][units]; 0 for the last layer. */
  outputGradient: usize;
  /** Gradient of x, [step][row][inputs − 1]: the layer below's outputGradient; 0 for the first layer. */
  inputGradient: usize;
  /** Gradient of `weights`, in its order. */
  gradient: usize;
}
