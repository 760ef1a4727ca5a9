import type { CalibrationData } from './calibrator.ts';

/** The knots of a non-decreasing curve. */
export interface IsotonicKnots {
  /** Strictly increasing. */
  readonly scores: readonly number[];
  /** Not decreasing. */
  readonly probabilities: readonly number[];
}

interface Block {
  readonly lowest: number;
  highest: number;
  rows: number;
  positives: number;
}

/**
 * The increasing curve of least squared error through hits (1) and misses (0): pools neighbours whose shares fall.
 *
 * @returns The first and last score of each pooled block, with its share of hits.
 * @remarks O(n log n) time, O(n) space. Counts are whole numbers, so blocks are compared without rounding.
 */
export function poolAdjacentViolators({ observed, scores }: CalibrationData): IsotonicKnots {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
  const blocks: Block[] = [];
  let tie: Block | undefined;
  for (const i of order) {
    const score = scores[i]!;
    if (tie === undefined || tie.highest !== score) {
      pool(blocks, tie);
      tie = { lowest: score, highest: score, rows: 0, positives: 0 };
    }
    tie.rows++;
    if (observed[i]) tie.positives++;
  }
  pool(blocks, tie);
  const ends = blocks.flatMap((block) => (block.lowest === block.highest ? [block] : [block, block]));
  return {
    scores: blocks.flatMap(({ lowest, highest }) => (lowest === highest ? [lowest] : [lowest, highest])),
    probabilities: ends.map(({ positives, rows }) => positives / rows),
  };
}

/** Appends a block after merging it with those before it whose share is not below its own. */
function pool(blocks: Block[], next: Block | undefined): void {
  if (next === undefined) return;
  let block = next;
  for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
    if (last.positives * block.rows < block.positives * last.rows) break;
    blocks.pop();
    block = {
      lowest: last.lowest,
      highest: block.highest,
      rows: last.rows + block.rows,
      positives: last.positives + block.positives,
    };
  }
  blocks.push(block);
}
