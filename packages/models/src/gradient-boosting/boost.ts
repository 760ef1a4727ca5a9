import { setImmediate } from 'node:timers/promises';
import { type FitContext, InterruptedError, keyedRandom, MlperfError } from '@mlperf/core';
import { ROWS_PER_LOOK } from '../purged-tail.ts';
import { binRows } from './binned-rows.ts';
import type { BoostedTrees } from './boosted-trees.ts';
import { drawWithout } from './draw-without.ts';
import { type GrownTree, TreeGrower } from './grow-tree.ts';
import type { HeldOutScores } from './held-out-scores.ts';
import { MAX_NODES } from './limits.ts';
import { GRADIENT_BOOSTING } from './model-type.ts';
import type { Objective } from './objective.ts';
import { type PackedColumns, packColumns, strideOf } from './packed-columns.ts';
import type { GradientBoostingParameters } from './parameters.ts';
import { leafOf } from './score-rows.ts';
import type { TrainingRows } from './training-data.ts';
import { TrainingScores } from './training-scores.ts';
import { TreeList } from './tree-list.ts';

export interface BoostingPlan {
  readonly train: TrainingRows;
  readonly objective: Objective;
  /** The scores of a model without trees, one per output. */
  readonly initialScores: Float64Array;
  readonly parameters: GradientBoostingParameters;
  /** By column: −1, 0 or 1. */
  readonly monotone: Int8Array;
  /** Decides when to stop and which round is best. */
  readonly tail: HeldOutScores | undefined;
  /** What the pruner is told about. */
  readonly judged: HeldOutScores | undefined;
}

/**
 * Adds trees round by round, each fitted to the derivatives of the loss at the scores so far.
 * @throws `ABORTED`; `TOO_LARGE` when the trees would not fit into a model file.
 */
export async function boost(plan: BoostingPlan, context: FitContext): Promise<BoostedTrees> {
  const { parameters, objective, tail, judged } = plan;
  const poll = () => requireRunning(context.signal);
  const rounds = new BoostingRounds(plan, context.seed, poll);
  const { trees } = rounds;
  let bestLoss = Number.POSITIVE_INFINITY;
  let bestRound = 0;
  for (let round = 1; round <= parameters.nEstimators; round++) {
    poll();
    const grew = rounds.next(round);
    if (trees.nodes > MAX_NODES) {
      throw new MlperfError('TOO_LARGE', `the trees may have at most ${MAX_NODES} nodes; got ${trees.nodes}`);
    }
    // Where nothing is drawn, all further rounds would find as little to split.
    if (!grew && !rounds.drawn) break;
    tail?.update(trees.growing, trees.trees, poll);
    if (judged !== tail) judged?.update(trees.growing, trees.trees, poll);
    poll();
    const loss = tail?.loss();
    if (loss === undefined) bestRound = round;
    else if (loss < bestLoss) {
      bestLoss = loss;
      bestRound = round;
    }
    context.onProgress(round / parameters.nEstimators);
    if (judged !== undefined && (await context.report(round, judged.merit())) === 'stop') break;
    if (tail !== undefined && round - bestRound >= parameters.earlyStoppingRounds) break;
    // Lets the host, or the worker's message port, have its turn.
    await setImmediate();
  }
  poll();
  return trees.finish(Math.max(1, bestRound) * objective.outputs);
}

/** What lives from round to round: scores, derivatives, and the memory trees grow in. */
class BoostingRounds {
  readonly trees = new TreeList();
  /** Whether rounds differ by what they draw. */
  readonly drawn: boolean;
  readonly #plan: BoostingPlan;
  readonly #seed: string;
  readonly #poll: () => void;
  readonly #grower: TreeGrower;
  readonly #scores: TrainingScores;
  readonly #pairs: readonly Float64Array[];
  readonly #all: PackedColumns;
  #packed: PackedColumns | undefined;
  readonly #chosen: Uint8Array;

  constructor(plan: BoostingPlan, seed: string, poll: () => void) {
    const { train, objective, initialScores, parameters, monotone } = plan;
    const { features } = train.dataset;
    const { columns, thresholds, rows } = binRows(features, parameters.maxBins, poll);
    this.#plan = plan;
    this.#seed = seed;
    this.#poll = poll;
    this.#grower = new TreeGrower(rows, thresholds, monotone, parameters, poll);
    this.#scores = new TrainingScores(rows, objective, initialScores);
    this.#pairs = Array.from({ length: objective.outputs }, () => new Float64Array(2 * rows));
    this.drawn = parameters.subsample < 1 || parameters.colsampleBytree < 1 || parameters.colsampleBynode < 1;
    this.#chosen = new Uint8Array(parameters.subsample < 1 ? rows : 0);
    this.#all = { columns, blocks: [], stride: strideOf(columns) };
  }

  /** Grows one tree per output. @returns whether any of them has a split. */
  next(round: number): boolean {
    const { train, objective, parameters } = this.#plan;
    const { rows } = train.dataset.features;
    const data = { targets: train.dataset.targets, weights: train.weights };
    for (let from = 0; from < rows; from += ROWS_PER_LOOK) {
      this.#poll();
      objective.derivatives(data, this.#scores.kept, from, Math.min(rows, from + ROWS_PER_LOOK), this.#pairs);
    }
    let chosen: Int32Array | undefined;
    if (parameters.subsample < 1) {
      chosen = drawWithout(rows, parameters.subsample, keyedRandom(this.#seed, GRADIENT_BOOSTING, round, 'rows'));
      this.#chosen.fill(0);
      for (const row of chosen) this.#chosen[row] = 1;
    }
    let grew = false;
    for (let output = 0; output < objective.outputs; output++) {
      const random = keyedRandom(this.#seed, GRADIENT_BOOSTING, round, output, 'splits');
      const grown = this.#grower.grow(this.#columns(round, output), this.#pairs[output]!, chosen, random, this.trees);
      if (grown.leaves.length > 1) grew = true;
      this.#scores.addTree(grown, output);
      if (chosen !== undefined) this.#addToOthers(output);
      this.trees.endTree(grown.leaves.map(({ node, from, to }) => ({ node, cover: this.#cover(grown, from, to) })));
    }
    return grew;
  }

  #columns(round: number, output: number): PackedColumns {
    const { colsampleBytree } = this.#plan.parameters;
    const { rows } = this.#plan.train.dataset.features;
    const { columns, stride } = this.#all;
    if (colsampleBytree === 1 && this.#packed !== undefined) return this.#packed;
    const random = keyedRandom(this.#seed, GRADIENT_BOOSTING, round, output, 'columns');
    const drawn = Array.from(drawWithout(columns.length, colsampleBytree, random), (at) => columns[at]!);
    this.#packed = packColumns(drawn, rows, stride, this.#poll, this.#packed?.blocks);
    return this.#packed;
  }

  /** The rows that were not drawn get their scores too. */
  #addToOthers(output: number): void {
    const { values, columns, rows } = this.#plan.train.dataset.features;
    const trees = this.trees.growing;
    const root = trees.roots[this.trees.trees - 1]!;
    for (let row = 0; row < rows; row++) {
      if (row % ROWS_PER_LOOK === 0) this.#poll();
      if (this.#chosen[row] === 1) continue;
      this.#scores.addValue(row, output, trees.value[leafOf(trees, root, values, row * columns)]!);
    }
  }

  #cover({ order }: GrownTree, from: number, to: number): number {
    const { weights } = this.#plan.train;
    if (weights === undefined) return to - from;
    let sum = 0;
    for (let i = from; i < to; i++) sum += weights[order[i]!]!;
    return sum;
  }
}

function requireRunning(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new InterruptedError('ABORTED', 'training of gradient boosting was aborted', { cause: signal.reason });
}
