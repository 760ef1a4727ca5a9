import { type CompiledForest, leafOf } from './compiled-forest.ts';

/**
 * Adds one vote per tree to each row's `sums`, in the order of the trees. Of classes with equally many votes at the
 * end, the one that had so many first is given a hair more: ml-random-forest's rule, whose mode is the first value to
 * reach the largest count.
 *
 * @param forest - Compiled for hard voting. @param sums - Shape (rows × classes), zeros; changed in place.
 */
export function addVotes(forest: CompiledForest, values: Float64Array, columns: number, sums: Float64Array): void {
  const { roots, outputs } = forest;
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const into = row * outputs;
    let leader = 0;
    for (let tree = 0; tree < roots.length; tree++) {
      // The answers of a hard vote are the classes in order, one run of `outputs` numbers each.
      const vote = leafOf(forest, roots[tree]!, values, row * columns) / outputs;
      const count = sums[into + vote]! + 1;
      sums[into + vote] = count;
      if (count > sums[into + leader]!) leader = vote;
    }
    const most = sums[into + leader]!;
    let tied = 0;
    for (let k = 0; k < outputs; k++) if (sums[into + k] === most) tied++;
    // Two steps up survive the division by the number of trees.
    if (tied > 1) sums[into + leader] = most * (1 + 2 * Number.EPSILON);
  }
}
