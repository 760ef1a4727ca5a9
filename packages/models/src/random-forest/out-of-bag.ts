import { setImmediate } from 'node:timers/promises';
import { type CompiledForest, leafOf } from './compiled-forest.ts';
import type { OutOfBagSummary } from './forest-content.ts';
import { drawSomeRows, type ForestPlan, rowDraw, treeRandom } from './growth/grow-forest.ts';
import { largestOf } from './validation-score.ts';

/** How training rows are answered by the trees that did not see them. */
export interface OutOfBag extends OutOfBagSummary {
  /**
   * The mean answer of the trees that did not see a training row: class probabilities, or one value. `undefined` for a
   * row that every tree saw, which is common with few trees.
   */
  answer(row: number): Float64Array | undefined;
}

/** Rows that walk a deep tree in about a millisecond. */
const ROWS_PER_POLL = 4096;

/**
 * Answers every training row by the trees that did not draw it.
 *
 * @param targets - Labels, or values, as in the data set.
 * @remarks O(trees · rows · depth). The draws are made again from the seed rather than kept.
 * @see Breiman (2001), doi:10.1023/A:1010933404324, section 3.1
 */
export async function outOfBag(
  plan: ForestPlan,
  forest: CompiledForest,
  targets: Float64Array,
  seed: string,
  poll: () => void,
): Promise<OutOfBag> {
  const { data, modelType } = plan;
  const { rows, columns } = data.binned;
  const { outputs, roots, answers } = forest;
  const draw = rowDraw(plan);
  const drawn = new Uint16Array(rows);
  const sums = new Float64Array(rows * outputs);
  const trees = new Int32Array(rows);
  for (let tree = 0; tree < roots.length; tree++) {
    poll();
    await setImmediate();
    drawSomeRows(draw, treeRandom(seed, modelType, tree), drawn);
    for (let row = 0; row < rows; row++) {
      if (row % ROWS_PER_POLL === ROWS_PER_POLL - 1) poll();
      if (drawn[row] !== 0) continue;
      const leaf = leafOf(forest, roots[tree]!, data.values, row * columns);
      trees[row]!++;
      for (let k = 0; k < outputs; k++) {
        const at = row * outputs + k;
        sums[at] = sums[at]! + answers[leaf + k]!;
      }
    }
  }
  for (let row = 0; row < rows; row++) {
    if (row % ROWS_PER_POLL === ROWS_PER_POLL - 1) poll();
    for (let k = 0; k < outputs && trees[row]! > 0; k++) sums[row * outputs + k]! /= trees[row]!;
  }
  const seen = trees.reduce((count, own) => count + (own > 0 ? 1 : 0), 0);
  return {
    rows: seen,
    score: data.labels === undefined ? determination(sums, targets, trees) : accuracy(sums, targets, trees, outputs),
    answer: (row) => (trees[row] ? sums.slice(row * outputs, (row + 1) * outputs) : undefined),
  };
}

function accuracy(sums: Float64Array, targets: Float64Array, trees: Int32Array, outputs: number): number | undefined {
  let right = 0;
  let count = 0;
  for (let row = 0; row < trees.length; row++) {
    if (trees[row] === 0) continue;
    count++;
    if (largestOf(sums, row * outputs, outputs) === targets[row]) right++;
  }
  return count === 0 ? undefined : right / count;
}

/** R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)² over the rows that are answered; undefined where their targets are all equal. */
function determination(answers: Float64Array, targets: Float64Array, trees: Int32Array): number | undefined {
  let mean = 0;
  let count = 0;
  for (let row = 0; row < trees.length; row++) {
    if (trees[row]! > 0) mean += (targets[row]! - mean) / ++count;
  }
  let residual = 0;
  let total = 0;
  for (let row = 0; row < trees.length; row++) {
    if (trees[row] === 0) continue;
    residual += (targets[row]! - answers[row]!) ** 2;
    total += (targets[row]! - mean) ** 2;
  }
  return total > 0 ? 1 - residual / total : undefined;
}
