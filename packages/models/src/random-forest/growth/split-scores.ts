/** How impure a node is: by the Gini index or the entropy in bits of its classes, or by its squared error. */
export type Criterion = 'gini' | 'entropy' | 'squared-error';

/** The best boundary a scan found. `group` is the last group that goes left; −1 when there is none. */
export interface Boundary {
  group: number;
  /** W·I − W_L·I_L − W_R·I_R: the decrease of impurity times the weight of the node. */
  decrease: number;
}

/**
 * Finds the boundary between ordered groups of rows that lowers the impurity most; the first of equals wins.
 *
 * @param sums - By group, `slots` numbers: the weight of each class; or weight and weighted target (squared error).
 * @param totals - The same sums over all groups.
 * @param low - First boundary allowed. @param high - Last one; the groups after it are not all empty.
 * @param best - Only a decrease above `best.decrease` is written into it.
 */
export type BoundaryScan = (
  sums: Float64Array,
  slots: number,
  totals: Float64Array,
  low: number,
  high: number,
  best: Boundary,
) => boolean;

export function boundaryScan(criterion: Criterion, slots: number): BoundaryScan {
  if (criterion === 'squared-error') return scanSquaredError;
  if (criterion === 'entropy') return scanEntropy;
  return slots === 2 ? scanBinaryGini : scanGini;
}

/** Gini of two classes: the decrease is 2·d² / (W·W_L·W_R) with d = L₁·W − T₁·W_L. */
const scanBinaryGini: BoundaryScan = (sums, _slots, totals, low, high, best) => {
  const total = totals[0]! + totals[1]!;
  const total1 = totals[1]!;
  const scale = 2 / total;
  let left = 0;
  let left1 = 0;
  let most = best.decrease / scale;
  let found = -1;
  for (let group = 0; group <= high; group++) {
    const one = sums[2 * group + 1]!;
    const own = sums[2 * group]! + one;
    if (own === 0) continue;
    left += own;
    left1 += one;
    if (group < low) continue;
    const d = left1 * total - total1 * left;
    const score = (d * d) / (left * (total - left));
    if (score > most) {
      most = score;
      found = group;
    }
  }
  return keep(best, found, most * scale);
};

/** The decrease is d² / (W·W_L·W_R) with d = S_L·W − S·W_L, S the sums of weighted targets. */
const scanSquaredError: BoundaryScan = (sums, _slots, totals, low, high, best) => {
  const total = totals[0]!;
  const target = totals[1]!;
  let left = 0;
  let leftTarget = 0;
  let most = best.decrease * total;
  let found = -1;
  for (let group = 0; group <= high; group++) {
    const own = sums[2 * group]!;
    if (own === 0) continue;
    left += own;
    leftTarget += sums[2 * group + 1]!;
    if (group < low) continue;
    const d = leftTarget * total - target * left;
    const score = (d * d) / (left * (total - left));
    if (score > most) {
      most = score;
      found = group;
    }
  }
  return keep(best, found, most / total);
};

/** The decrease is Σ L²/W_L + Σ R²/W_R − Σ T²/W over the classes. */
const scanGini: BoundaryScan = (sums, slots, totals, low, high, best) => {
  const right = totals.slice(0, slots);
  const left = new Float64Array(slots);
  let total = 0;
  let squares = 0;
  for (let k = 0; k < slots; k++) {
    total += totals[k]!;
    squares += totals[k]! * totals[k]!;
  }
  const before = squares / total;
  let leftSquares = 0;
  let weight = 0;
  let most = best.decrease;
  let found = -1;
  for (let group = 0, at = 0; group <= high; group++, at += slots) {
    let own = 0;
    for (let k = 0; k < slots; k++) {
      const value = sums[at + k]!;
      if (value === 0) continue;
      own += value;
      leftSquares += value * (2 * left[k]! + value);
      squares += value * (value - 2 * right[k]!);
      left[k] = left[k]! + value;
      right[k] = right[k]! - value;
    }
    if (own === 0) continue;
    weight += own;
    if (group < low) continue;
    const score = leftSquares / weight + squares / (total - weight) - before;
    if (score > most) {
      most = score;
      found = group;
    }
  }
  return keep(best, found, most);
};

const scanEntropy: BoundaryScan = (sums, slots, totals, low, high, best) => {
  const right = totals.slice(0, slots);
  const left = new Float64Array(slots);
  let total = 0;
  for (let k = 0; k < slots; k++) total += totals[k]!;
  const before = entropySum(totals, slots, total);
  let weight = 0;
  let most = best.decrease;
  let found = -1;
  for (let group = 0, at = 0; group <= high; group++, at += slots) {
    let own = 0;
    for (let k = 0; k < slots; k++) {
      const value = sums[at + k]!;
      if (value === 0) continue;
      own += value;
      left[k] = left[k]! + value;
      right[k] = right[k]! - value;
    }
    if (own === 0) continue;
    weight += own;
    if (group < low) continue;
    const score = before - entropySum(left, slots, weight) - entropySum(right, slots, total - weight);
    if (score > most) {
      most = score;
      found = group;
    }
  }
  return keep(best, found, most);
};

function keep(best: Boundary, group: number, decrease: number): boolean {
  if (group < 0) return false;
  best.group = group;
  best.decrease = decrease;
  return true;
}

/** W · H in bits; a class of weight 0, or of a rounding error below it, adds nothing. */
function entropySum(weights: Float64Array, slots: number, total: number): number {
  let sum = total > 0 ? total * Math.log2(total) : 0;
  for (let k = 0; k < slots; k++) {
    const weight = weights[k]!;
    if (weight > 0) sum -= weight * Math.log2(weight);
  }
  return sum;
}
