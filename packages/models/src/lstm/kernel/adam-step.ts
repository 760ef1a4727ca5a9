/** Adam's rates and how far it got. */
export interface AdamState {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Steps taken. */
  steps: number;
}

/**
 * Counts a step.
 * @returns the numbers the kernel needs, worked out in double precision: in single, 1 − 0.999 is off by 1e-5 of itself.
 * @see Kingma & Ba (2015), algorithm 1, arXiv:1412.6980
 */
export function nextAdamStep(state: AdamState, learningRate: number) {
  state.steps++;
  return {
    oneMinusBeta1: 1 - state.beta1,
    oneMinusBeta2: 1 - state.beta2,
    stepSize: learningRate / (1 - state.beta1 ** state.steps),
    secondCorrection: 1 / (1 - state.beta2 ** state.steps),
  };
}
