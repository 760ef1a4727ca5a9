/** Keeps a matrix of rank below its size solvable; far below what changes a well-posed step. */
const RELATIVE_RIDGE = 1e-13;

/**
 * Solves H·x = g among the free coordinates, by Cholesky's factorization; the others stay 0.
 *
 * @param lower - H, positive semidefinite; its lower triangle is read.
 * @param free - 1 for a coordinate that may move, 0 for one that may not.
 * @remarks O(size³); inputs are not modified.
 */
export function solvePositiveDefinite(
  lower: readonly Float64Array[],
  right: Float64Array,
  free: Float64Array,
): Float64Array {
  const at = Array.from(free.keys()).filter((j) => free[j] === 1);
  const ridge = RELATIVE_RIDGE * Math.max(...at.map((j) => lower[j]![j]!), Number.MIN_VALUE);
  const factor = at.map(() => new Float64Array(at.length));
  const solution = at.map((j) => right[j]!);
  for (let r = 0; r < at.length; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = lower[at[r]!]![at[c]!]! + (r === c ? ridge : 0);
      for (let k = 0; k < c; k++) sum -= factor[r]![k]! * factor[c]![k]!;
      factor[r]![c] = r === c ? Math.sqrt(Math.max(sum, ridge)) : sum / factor[c]![c]!;
    }
    for (let k = 0; k < r; k++) solution[r]! -= factor[r]![k]! * solution[k]!;
    solution[r]! /= factor[r]![r]!;
  }
  const result = new Float64Array(free.length);
  for (let r = at.length - 1; r >= 0; r--) {
    for (let k = r + 1; k < at.length; k++) solution[r]! -= factor[k]![r]! * solution[k]!;
    solution[r]! /= factor[r]![r]!;
    result[at[r]!] = solution[r]!;
  }
  return result;
}
