import { InvalidInputError, requireFinite } from '@mlperf/core';

/** Weights of the members of an ensemble, and what they are worth. */
export interface EnsembleWeights {
  /** ≥ 0, sum to 1, in the order of the members. */
  readonly weights: readonly number[];
  /** Mean loss with them on these very rows: the best of all weights, and so flattering. */
  readonly loss: number;
  /** With equal weights. */
  readonly equalWeightsLoss: number;
  /** Of each member by itself. */
  readonly memberLosses: readonly number[];
  /**
   * Losses on rows that the weights were not chosen on: each later fifth with weights chosen on all rows before it. Absent
   * with fewer than 50 rows.
   */
  readonly outOfSample?: { readonly chosen: number; readonly equal: number };
  /** `equal` when chosen weights did no better on later rows, or that could not be told: as often as not the wiser choice. */
  readonly recommended: 'chosen' | 'equal';
}

/** What the members said, in time order. */
export interface EnsembleAnswers {
  /** One array a member: probabilities, shape (rows × classes), row-major; values of a regression, shape (rows). */
  readonly predictions: readonly Float64Array[];
  /** Observed class indices, or values; length rows. */
  readonly yTrue: Float64Array;
  /** Classes of a classification; 0 for a regression. */
  readonly classes: number;
}

/** Below this a probability counts as this: one certain mistake must not decide all. */
const LEAST_PROBABILITY = 1e-15;
const FOLDS = 5;
const LEAST_ROWS = 50;

/**
 * The weights of a linear pool of models with the least mean loss: log loss of a classification, squared error of a
 * regression.
 *
 *   min over w ≥ 0, Σ w = 1 of  (1/n) Σᵢ −ln Σ_m w_m p_m(yᵢ)   or   (1/n) Σᵢ (Σ_m w_m f_m,i − yᵢ)²
 *
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks Both are convex; pairwise Frank–Wolfe steps with an exact line search run until the duality gap is below
 * 1e-10 of the loss's scale. O(iterations · members · rows).
 * @see Lacoste-Julien & Jaggi (2015), NeurIPS 28, arXiv:1511.05932; linear pools: Genest & Zidek (1986), Statistical Science
 * 1:114–135, doi:10.1214/ss/1177013825
 */
export function ensembleWeights(answers: EnsembleAnswers): EnsembleWeights {
  const table = toTable(answers);
  const loss = answers.classes > 0 ? logLoss : squaredError;
  const members = answers.predictions.length;
  const equal = new Array<number>(members).fill(1 / members);
  const rows = answers.yTrue.length;
  const weights = fit(table, 0, rows, loss);
  const single = (m: number) => equal.map((_, i) => (i === m ? 1 : 0));
  const outOfSample = rows < LEAST_ROWS ? undefined : walkForward(table, rows, loss, equal);
  return {
    weights,
    loss: meanLoss(table, weights, 0, rows, loss),
    equalWeightsLoss: meanLoss(table, equal, 0, rows, loss),
    memberLosses: equal.map((_, m) => meanLoss(table, single(m), 0, rows, loss)),
    ...(outOfSample === undefined ? {} : { outOfSample }),
    recommended: outOfSample !== undefined && outOfSample.chosen < outOfSample.equal ? 'chosen' : 'equal',
  };
}

/** Per row and member what is mixed: the probability of what happened, or the error of the value. */
interface Table {
  readonly values: Float64Array;
  readonly members: number;
}

/** A convex loss of the mixed value, with its first two derivatives. */
interface Loss {
  value(mixed: number): number;
  slope(mixed: number): number;
  curvature(mixed: number): number;
}

const logLoss: Loss = {
  value: (p) => -Math.log(p),
  slope: (p) => -1 / p,
  curvature: (p) => 1 / (p * p),
};

/** Weights sum to 1, so that mixing values less the target is the error of the mixture. */
const squaredError: Loss = {
  value: (error) => error * error,
  slope: (error) => 2 * error,
  curvature: () => 2,
};

function toTable({ predictions, yTrue, classes }: EnsembleAnswers): Table {
  const members = predictions.length;
  const rows = yTrue.length;
  if (members === 0) throw new InvalidInputError('EMPTY_INPUT', 'predictions must be of at least one member; got none');
  if (rows === 0) throw new InvalidInputError('EMPTY_INPUT', 'yTrue must hold at least one row; got none');
  requireFinite(yTrue, 'yTrue');
  const width = Math.max(1, classes);
  const values = new Float64Array(rows * members);
  predictions.forEach((own, m) => {
    if (own.length !== rows * width) {
      throw new InvalidInputError(
        'LENGTH_MISMATCH',
        `predictions[${m}] must hold ${rows * width} values for ${rows} rows; got ${own.length}`,
      );
    }
    requireFinite(own, `predictions[${m}]`);
    for (let row = 0; row < rows; row++) {
      const target = yTrue[row]!;
      if (classes === 0) {
        values[row * members + m] = own[row]! - target;
        continue;
      }
      if (!Number.isInteger(target) || target < 0 || target >= classes) {
        throw new InvalidInputError(
          'OUT_OF_RANGE',
          `yTrue[${row}] must be a class from 0 to ${classes - 1}; got ${target}`,
        );
      }
      const p = own[row * width + target]!;
      if (p < 0 || p > 1 + 1e-6) {
        throw new InvalidInputError('OUT_OF_RANGE', `predictions[${m}] must be probabilities; got ${p} in row ${row}`);
      }
      values[row * members + m] = Math.max(LEAST_PROBABILITY, p);
    }
  });
  return { values, members };
}

function walkForward(table: Table, rows: number, loss: Loss, equal: readonly number[]) {
  let chosen = 0;
  let even = 0;
  const first = Math.floor(rows / FOLDS);
  for (let fold = 1; fold < FOLDS; fold++) {
    const from = Math.floor((fold * rows) / FOLDS);
    const to = Math.floor(((fold + 1) * rows) / FOLDS);
    const weights = fit(table, 0, from, loss);
    chosen += meanLoss(table, weights, from, to, loss) * (to - from);
    even += meanLoss(table, equal, from, to, loss) * (to - from);
  }
  return { chosen: chosen / (rows - first), equal: even / (rows - first) };
}

const MOST_STEPS = 20_000;
const GAP = 1e-10;

/** The best weights on rows `from` to below `to`. */
function fit({ values, members }: Table, from: number, to: number, loss: Loss): readonly number[] {
  const n = to - from;
  const weights = new Float64Array(members).fill(1 / members);
  const mixed = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < members; m++) mixed[i]! += values[(from + i) * members + m]! / members;
  }
  const gradient = new Float64Array(members);
  for (let step = 0; step < MOST_STEPS; step++) {
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      const slope = loss.slope(mixed[i]!) / n;
      for (let m = 0; m < members; m++) gradient[m]! += slope * values[(from + i) * members + m]!;
    }
    let best = 0;
    let worst = -1;
    let along = 0;
    for (let m = 0; m < members; m++) {
      along += weights[m]! * gradient[m]!;
      if (gradient[m]! < gradient[best]!) best = m;
      if (weights[m]! > 0 && (worst < 0 || gradient[m]! > gradient[worst]!)) worst = m;
    }
    if (along - gradient[best]! <= GAP * Math.max(1, Math.abs(along)) || best === worst) break;
    const moved = lineSearch(values, members, from, mixed, best, worst, weights[worst]!, loss);
    if (moved === 0) break;
    weights[best]! += moved;
    weights[worst] = moved === weights[worst] ? 0 : weights[worst]! - moved;
    for (let i = 0; i < n; i++) {
      const row = (from + i) * members;
      mixed[i]! += moved * (values[row + best]! - values[row + worst]!);
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from(weights, (weight) => weight / total);
}

/** How much weight to move from `worst` to `best`: Newton's method on the derivative, kept within its bracket. */
function lineSearch(
  values: Float64Array,
  members: number,
  from: number,
  mixed: Float64Array,
  best: number,
  worst: number,
  most: number,
  loss: Loss,
): number {
  const derivatives = (t: number): readonly [number, number] => {
    let slope = 0;
    let curvature = 0;
    for (let i = 0; i < mixed.length; i++) {
      const row = (from + i) * members;
      const direction = values[row + best]! - values[row + worst]!;
      const at = mixed[i]! + t * direction;
      slope += loss.slope(at) * direction;
      curvature += loss.curvature(at) * direction * direction;
    }
    return [slope, curvature];
  };
  let low = 0;
  let high = most;
  let t = Math.min(most, most / 2);
  for (let i = 0; i < 60; i++) {
    const [slope, curvature] = derivatives(t);
    if (slope > 0) high = t;
    else low = t;
    const newton = t - slope / curvature;
    const next =
      newton > low && newton < high ? newton : slope > 0 ? (low + high) / 2 : newton >= most ? most : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-15 * most) break;
    t = next;
  }
  return t;
}

function meanLoss(
  { values, members }: Table,
  weights: readonly number[],
  from: number,
  to: number,
  loss: Loss,
): number {
  let sum = 0;
  for (let row = from; row < to; row++) {
    let mixed = 0;
    for (let m = 0; m < members; m++) mixed += weights[m]! * values[row * members + m]!;
    sum += loss.value(mixed);
  }
  return sum / (to - from);
}
