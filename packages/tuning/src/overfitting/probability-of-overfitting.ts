import { InvalidInputError } from '@mlperf/core';
import { requireSeries } from './require-series.ts';
import { atOnce, type SlicedWork } from './sliced-work.ts';

export interface OverfittingOptions {
  /** S: blocks the rows are cut into, all choices of half of them being tried; even, 2 to 20, default 16. */
  readonly blocks?: number;
}

/** How the best of one half of the rows does on the other. */
export interface OverfittingEstimate {
  /** Share of the splits whose winner is in the lower half, or exactly in the middle, of the other rows; in [0, 1]. */
  readonly probability: number;
  /** Share of the splits whose winner has a mean score below 0 on the other rows; in [0, 1]. */
  readonly probabilityOfLoss: number;
  /** Of the least-squares line from the winner's mean in the one half to that in the other; absent when the first does not vary. */
  readonly slope?: number;
  /** Per split log(ω / (1 − ω)), ω = rank / (trials + 1), rank 1 the worst; in lexicographic order of the blocks chosen. */
  readonly logits: Float64Array;
}

/**
 * Probability of backtest overfitting, by combinatorially symmetric cross-validation (CSCV): how often the trial that is
 * best on one half of the rows falls into the lower half of the trials on the other.
 *
 *   PBO = share of the C(S, S/2) splits with log(ω / (1 − ω)) ≤ 0
 *
 * For information only: on pure noise it wanders between 0.3 and 0.8, so that nothing can be decided by it.
 *
 * @param scores - Per trial that has rows, its scores (or differences) row by row in order of time, larger is better,
 * shape (n) each, finite. At least 2 trials, and S rows. The score of a half is the mean of its rows.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `NOT_FINITE` | `OUT_OF_RANGE`.
 * @remarks O(trials · (n + C(S, S/2) · S)) time; 12,870 splits at S = 16. Blocks differ by at most one row, the first being
 * the longer. Of equals the earlier trial wins; ranks of equals are averaged.
 * @see Bailey, Borwein, López de Prado & Zhu (2017), Journal of Computational Finance 20(4):39–69, doi:10.21314/JCF.2016.322
 * @example probabilityOfOverfitting(scores, { blocks: 10 }).probability;
 */
export function probabilityOfOverfitting(
  scores: readonly ArrayLike<number>[],
  options: OverfittingOptions = {},
): OverfittingEstimate {
  return atOnce(estimateOverfitting(scores, options));
}

/** {@link probabilityOfOverfitting}, trial by trial and split by split. */
export function* estimateOverfitting(
  scores: readonly ArrayLike<number>[],
  { blocks = 16 }: OverfittingOptions = {},
): SlicedWork<OverfittingEstimate> {
  yield* requireSeries(scores, 'scores');
  if (scores.length < 2) throw new InvalidInputError('OUT_OF_RANGE', 'scores must be of at least 2 trials; got 1');
  if (!(Number.isSafeInteger(blocks) && blocks >= 2 && blocks <= 20 && blocks % 2 === 0)) {
    throw new InvalidInputError('OUT_OF_RANGE', `blocks must be even, from 2 to 20; got ${blocks}`);
  }
  const rows = scores[0]!.length;
  if (rows < blocks) {
    throw new InvalidInputError('OUT_OF_RANGE', `scores must have at least a row per block, ${blocks}; got ${rows}`);
  }
  const starts = Array.from(
    { length: blocks + 1 },
    (_, b) => b * Math.floor(rows / blocks) + Math.min(b, rows % blocks),
  );
  const sums: Float64Array[] = [];
  for (const series of scores) {
    sums.push(blockSums(series, starts));
    yield rows;
  }
  const choices = halves(blocks);
  const logits = new Float64Array(choices.length);
  const inside = new Float64Array(choices.length);
  const outside = new Float64Array(choices.length);
  const trials = scores.length;
  const within = new Float64Array(trials);
  const without = new Float64Array(trials);
  for (const [split, chosen] of choices.entries()) {
    yield 2 * trials * blocks;
    let count = 0;
    for (const block of chosen) count += starts[block + 1]! - starts[block]!;
    for (let trial = 0; trial < trials; trial++) {
      const own = sums[trial]!;
      let sum = 0;
      let all = 0;
      for (const block of chosen) sum += own[block]!;
      for (let block = 0; block < blocks; block++) all += own[block]!;
      within[trial] = sum / count;
      without[trial] = (all - sum) / (rows - count);
    }
    let winner = 0;
    for (let trial = 1; trial < trials; trial++) if (within[trial]! > within[winner]!) winner = trial;
    const rank = rankOf(without, winner);
    logits[split] = Math.log(rank / (trials + 1 - rank));
    inside[split] = within[winner]!;
    outside[split] = without[winner]!;
  }
  const share = (values: Float64Array, counts: (value: number) => boolean) =>
    values.filter(counts).length / values.length;
  const slope = slopeOf(inside, outside);
  return {
    probability: share(logits, (logit) => logit <= 0),
    probabilityOfLoss: share(outside, (score) => score < 0),
    ...(slope === undefined ? {} : { slope }),
    logits,
  };
}

function blockSums(series: ArrayLike<number>, starts: readonly number[]): Float64Array {
  const sums = new Float64Array(starts.length - 1);
  for (let block = 0; block < sums.length; block++) {
    for (let row = starts[block]!; row < starts[block + 1]!; row++) sums[block]! += series[row]!;
  }
  return sums;
}

/** All choices of half of the blocks, ascending, in lexicographic order. */
function halves(blocks: number): readonly (readonly number[])[] {
  const choices: number[][] = [];
  const extend = (chosen: readonly number[], from: number): void => {
    if (chosen.length === blocks / 2) {
      choices.push([...chosen]);
      return;
    }
    for (let block = from; block < blocks; block++) extend([...chosen, block], block + 1);
  };
  extend([], 0);
  return choices;
}

/** 1 for the smallest; the mean rank of equals. */
function rankOf(values: Float64Array, place: number): number {
  const own = values[place]!;
  let below = 0;
  let equal = 0;
  for (const value of values) {
    if (value < own) below++;
    else if (value === own) equal++;
  }
  return below + (equal + 1) / 2;
}

function slopeOf(x: Float64Array, y: Float64Array): number | undefined {
  const n = x.length;
  const xMean = x.reduce((sum, value) => sum + value, 0) / n;
  const yMean = y.reduce((sum, value) => sum + value, 0) / n;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    products += (x[i]! - xMean) * (y[i]! - yMean);
    squares += (x[i]! - xMean) ** 2;
  }
  return squares > 0 ? products / squares : undefined;
}
