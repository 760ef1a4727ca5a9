import { keyedRandom } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { binRows } from '../../../../packages/models/src/gradient-boosting/binned-rows.ts';
import type { BoostedTrees } from '../../../../packages/models/src/gradient-boosting/boosted-trees.ts';
import { type GrowthRules, TreeGrower } from '../../../../packages/models/src/gradient-boosting/grow-tree.ts';
import { packColumns, strideOf } from '../../../../packages/models/src/gradient-boosting/packed-columns.ts';
import { TreeList } from '../../../../packages/models/src/gradient-boosting/tree-list.ts';

const ROWS = 500;
const rules: GrowthRules = {
  numLeaves: 31,
  maxDepth: 0,
  minChildSamples: 3,
  minChildWeight: 0,
  minSplitGain: 0,
  regAlpha: 0,
  regLambda: 0.5,
  learningRate: 1,
  colsampleBynode: 1,
};

/** One tree on `columns` columns, some values missing, with this much room for histograms. */
function grown(columns: number, histogramBytes?: number, numLeaves = rules.numLeaves): BoostedTrees {
  const random = keyedRandom('grow', columns);
  const values = Float64Array.from({ length: ROWS * columns }, (_, i) =>
    i % 7 === 3 ? Number.NaN : Math.round(random.next() * 60),
  );
  const pairs = new Float64Array(2 * ROWS);
  for (let row = 0; row < ROWS; row++) {
    pairs[2 * row] = Math.sin((values[row * columns] || 0) / 9) + (values[row * columns + columns - 1]! > 30 ? 1 : -1);
    pairs[2 * row + 1] = 0.5 + random.next();
  }
  const poll = () => {};
  const binned = binRows({ values, rows: ROWS, columns }, 255, poll);
  const packed = packColumns(binned.columns, ROWS, strideOf(binned.columns), poll);
  const grower = new TreeGrower(
    ROWS,
    binned.thresholds,
    new Int8Array(columns),
    { ...rules, numLeaves },
    poll,
    histogramBytes,
  );
  const trees = new TreeList();
  const { leaves } = grower.grow(packed, pairs, undefined, random, trees);
  trees.endTree(leaves.map(({ node, from, to }) => ({ node, cover: to - from })));
  return trees.finish(1);
}

describe('a tree', () => {
  // One to three columns are left over after whole blocks of four.
  it.each([1, 2, 3, 4, 5, 6, 7, 9])('of %i columns is the same when memory for its histograms is short', (columns) => {
    const roomy = grown(columns);
    const tight = grown(columns, 0);
    expect(roomy.feature.filter((column) => column >= 0).length).toBe(30);
    for (const name of ['feature', 'left', 'right', 'threshold', 'missingLeft', 'cover'] as const) {
      expect(tight[name], name).toEqual(roomy[name]);
    }
    tight.value.forEach((value, i) => {
      // Sums built anew and sums by difference round differently.
      expect(value).toBeCloseTo(roomy.value[i]!, 9);
    });
  });

  it('grows best first: more leaves only add splits to those of fewer', () => {
    const few = grown(4, undefined, 8);
    const many = grown(4, undefined, 31);
    const gains = [...many.gain].filter((gain) => gain > 0);
    // Each split of the smaller tree is one of the larger one.
    few.gain.forEach((gain) => {
      if (gain > 0) expect(gains).toContain(gain);
    });
    expect(gains).toHaveLength(30);
  });

  it('puts every row into one leaf of enough rows', () => {
    const tree = grown(5);
    const leafCovers = [...tree.cover].filter((_, node) => tree.feature[node] === -1);
    expect(leafCovers.reduce((sum, cover) => sum + cover, 0)).toBe(ROWS);
    expect(Math.min(...leafCovers)).toBeGreaterThanOrEqual(rules.minChildSamples);
  });
});
