/** What the loss is summed over. Weights are by (output, column), the intercept last: length outputs × (columns + 1). */
export interface LogisticProblem {
  /** Standardised features, shape (rows × columns), row-major. */
  readonly features: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Index of each row's class among those that occur. */
  readonly targets: Int32Array;
  readonly rowWeights: Float64Array;
  /** 1 for two classes (the log-odds of the second), else one per class. */
  readonly outputs: number;
  /** λ of each column's coefficient, in the units of the standardised features. */
  readonly penalties: Float64Array;
  /** Asked every few thousand rows; throws to end the work. */
  readonly requireRunning: () => void;
}

/** Rows between two looks at the signal: well below a millisecond each. */
const BLOCK = 1_024;

/**
 * Loss and gradient of penalised logistic regression.
 *
 *   F(W) = Σᵢ wᵢ · (−ln p(yᵢ | xᵢ)) + ½ Σ_o Σ_c λ_c · W[o, c]²;  p sigmoid of one output, or softmax
 *
 * @param gradient - Written. @param probabilities - Written, shape (rows × outputs): what {@link hessianTimes} needs.
 */
export function lossAndGradient(
  problem: LogisticProblem,
  weights: Float64Array,
  gradient: Float64Array,
  probabilities: Float64Array,
): number {
  const { features, rows, columns, targets, rowWeights, outputs, penalties } = problem;
  const width = columns + 1;
  gradient.fill(0);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    if (row % BLOCK === 0) problem.requireRunning();
    const p = row * outputs;
    for (let o = 0; o < outputs; o++)
      probabilities[p + o] = scoreOf(features, row * columns, weights, o * width, columns);
    const rowLoss =
      outputs === 1
        ? sigmoidInPlace(probabilities, p, targets[row]!)
        : softmaxInPlace(probabilities, p, outputs, targets[row]!);
    const weight = rowWeights[row]!;
    loss += weight * rowLoss;
    for (let o = 0; o < outputs; o++) {
      const observed = outputs === 1 ? targets[row]! : targets[row] === o ? 1 : 0;
      addRow(gradient, o * width, features, row * columns, columns, weight * (probabilities[p + o]! - observed));
    }
  }
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < columns; c++) {
      const value = weights[o * width + c]!;
      loss += 0.5 * penalties[c]! * value * value;
      gradient[o * width + c]! += penalties[c]! * value;
    }
  }
  return loss;
}

/**
 * The Hessian of the loss times a direction, at the probabilities of {@link lossAndGradient}.
 * @param out - Written.
 */
export function hessianTimes(
  problem: LogisticProblem,
  probabilities: Float64Array,
  direction: Float64Array,
  out: Float64Array,
): void {
  const { features, rows, columns, rowWeights, outputs, penalties } = problem;
  const width = columns + 1;
  const slopes = new Float64Array(outputs);
  out.fill(0);
  for (let row = 0; row < rows; row++) {
    if (row % BLOCK === 0) problem.requireRunning();
    const p = row * outputs;
    let mean = 0;
    for (let o = 0; o < outputs; o++) {
      slopes[o] = scoreOf(features, row * columns, direction, o * width, columns);
      mean += probabilities[p + o]! * slopes[o]!;
    }
    for (let o = 0; o < outputs; o++) {
      const chance = probabilities[p + o]!;
      const curvature = outputs === 1 ? chance * (1 - chance) * slopes[0]! : chance * (slopes[o]! - mean);
      addRow(out, o * width, features, row * columns, columns, rowWeights[row]! * curvature);
    }
  }
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < columns; c++) out[o * width + c]! += penalties[c]! * direction[o * width + c]!;
  }
}

function scoreOf(features: Float64Array, row: number, weights: Float64Array, at: number, columns: number): number {
  let score = weights[at + columns]!;
  for (let c = 0; c < columns; c++) score += weights[at + c]! * features[row + c]!;
  return score;
}

function addRow(
  out: Float64Array,
  at: number,
  features: Float64Array,
  row: number,
  columns: number,
  factor: number,
): void {
  for (let c = 0; c < columns; c++) out[at + c]! += factor * features[row + c]!;
  out[at + columns]! += factor;
}

/** Turns a score into a probability. @returns −ln p(target), without overflow at any score. */
function sigmoidInPlace(values: Float64Array, at: number, target: number): number {
  const score = values[at]!;
  const tail = Math.exp(-Math.abs(score));
  values[at] = score >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
  return Math.log1p(tail) + (target === 1 ? Math.max(-score, 0) : Math.max(score, 0));
}

/** Turns scores into probabilities. @returns −ln p(target). */
function softmaxInPlace(values: Float64Array, at: number, outputs: number, target: number): number {
  let greatest = values[at]!;
  for (let o = 1; o < outputs; o++) greatest = Math.max(greatest, values[at + o]!);
  const own = values[at + target]!;
  let sum = 0;
  for (let o = 0; o < outputs; o++) {
    const share = Math.exp(values[at + o]! - greatest);
    values[at + o] = share;
    sum += share;
  }
  for (let o = 0; o < outputs; o++) values[at + o]! /= sum;
  return Math.log(sum) + greatest - own;
}
