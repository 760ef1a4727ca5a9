import type { LinearMemory } from './web-assembly.ts';

/** What the compiled kernel offers. Addresses in bytes; `layer`: the address of a layer record. */
export interface KernelExports {
  readonly memory: LinearMemory;
  readonly forward: (layer: number, from: number, to: number) => void;
  readonly backward: (layer: number, from: number, to: number) => void;
  readonly weightGradient: (layer: number, from: number, to: number) => void;
  readonly transposeWeights: (layer: number) => void;
  readonly predictOne: (layer: number, steps: number) => void;
  readonly dropoutMask: (mask: number, count: number, seed: number, threshold: number, scale: number) => void;
  readonly denseForward: (
    state: number,
    stateRow: number,
    mask: number,
    weights: number,
    bias: number,
    sums: number,
    rows: number,
    units: number,
    outputs: number,
  ) => void;
  readonly denseBackward: (
    state: number,
    stateRow: number,
    mask: number,
    weights: number,
    sumGradients: number,
    weightGradients: number,
    biasGradients: number,
    stateGradient: number,
    rows: number,
    units: number,
    outputs: number,
  ) => void;
  readonly loss: (
    head: number,
    sums: number,
    targets: number,
    weights: number,
    rows: number,
    outputs: number,
    scale: number,
  ) => number;
  readonly sumOfSquares: (values: number, count: number) => number;
  readonly adam: (
    weights: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    scale: number,
    beta1: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    stepSize: number,
    secondCorrection: number,
    epsilon: number,
  ) => void;
  /** For tests: where the kernel's own data ends. */
  readonly dataEnd: () => number;
  /** For tests: tanh, or the logistic function when `logistic` is 1, of `count` numbers in place. */
  readonly activate: (values: number, count: number, logistic: number) => void;
}
