// The LSTM kernel, in AssemblyScript: compiled to ../kernel-module.ts, never imported by TypeScript.
export { adam, sumOfSquares } from './adam';
export { backward } from './backward';
export { dropoutMask } from './dropout';
export { forward } from './forward';
export { denseBackward, denseForward } from './dense';
export { loss } from './loss';
export { predictOne } from './predict-one';
export { transposeWeights } from './transpose';
export { weightGradient } from './weight-gradient';
export { activate, dataEnd } from './activations';
