import { setImmediate } from 'node:timers/promises';
import { type FitContext, InterruptedError, InvalidInputError, MlperfError } from '@mlperf/core';
import { MAX_MODEL_BYTES } from '../../model-file.ts';
import { compileForest, type Voting } from '../compiled-forest.ts';
import { type FlatForest, FlatForestBuilder } from '../flat-forest.ts';
import { forestBytes } from '../flat-forest-bytes.ts';
import { MAX_LEAF_SHARES, MAX_TREE_NODES } from '../limits.ts';
import type { ForestGrowthParameters } from '../parameters.ts';
import type { ValidationScore } from '../validation-score.ts';
import { FastRandom } from './fast-random.ts';
import type { GrowthData, GrowthLimits } from './growth-data.ts';
import { drawRows, type RowDraw } from './row-draw.ts';
import { TreeGrower } from './tree-grower.ts';

/** Values read between two turns of the event loop: some ten milliseconds. */
const WORK_PER_TURN = 4_000_000;

/** Trees grown before their size is taken for that of the others, which differ by a few per cent. */
const TREES_THAT_TELL = 3;
const SURELY = 0.9;

/** Left for what a file holds beside the trees. */
const HEADER_BYTES = 1024 * 1024;

/** Draws in a row that fell on rows of weight 0 alone, before the data set is refused. */
const MOST_EMPTY_DRAWS = 1000;

export interface ForestPlan {
  /** Part of the key of every draw. */
  readonly modelType: string;
  readonly data: GrowthData;
  readonly limits: GrowthLimits;
  readonly parameters: ForestGrowthParameters;
  /** `soft` unless said otherwise. */
  readonly voting?: Voting;
  readonly score: ValidationScore | undefined;
}

/** Checks the signal. @throws {@link InterruptedError} `ABORTED`. */
export function requireRunning(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new InterruptedError('ABORTED', 'training of a random forest was aborted', { cause: signal.reason });
}

/** How the rows of a tree are drawn. */
export function rowDraw({ data, parameters }: Pick<ForestPlan, 'data' | 'parameters'>): RowDraw {
  const { rows } = data.binned;
  return {
    rows,
    size: Math.max(1, Math.round(parameters.maxSamples * rows)),
    replacement: parameters.bootstrap,
    ...(data.weights === undefined ? {} : { weights: data.weights }),
  };
}

/** The stream of a tree: first its rows, then its columns and thresholds. */
export function treeRandom(seed: string, modelType: string, tree: number): FastRandom {
  return new FastRandom(seed, modelType, 'tree', tree);
}

/**
 * Grows tree after tree. The event loop has its turn every few milliseconds, within large trees too; the signal is
 * asked about every millisecond, so it also ends work that blocks a worker.
 *
 * @param maxBytes - Of the file.
 * @throws {@link MlperfError} `TOO_LARGE` when the trees grown so far show that the forest will exceed a limit.
 */
export async function growForest(
  plan: ForestPlan,
  context: FitContext,
  maxBytes: number = MAX_MODEL_BYTES,
): Promise<FlatForest> {
  const { modelType, data, limits, parameters, score } = plan;
  const whole = data.weights === undefined && data.labels !== undefined;
  const builder = new FlatForestBuilder(data.slots, whole ? 'counts' : 'fractions');
  const grower = new TreeGrower(data, limits, builder);
  const draw = rowDraw(plan);
  const multiplicity = new Uint16Array(draw.rows);
  const poll = () => requireRunning(context.signal);
  for (let tree = 0; tree < parameters.nEstimators; tree++) {
    poll();
    const random = treeRandom(context.seed, modelType, tree);
    drawSomeRows(draw, random, multiplicity);
    grower.begin(multiplicity);
    while (!grower.grow(WORK_PER_TURN, random, poll)) {
      requireSize(builder, data.slots, 0, maxBytes);
      await setImmediate();
      poll();
    }
    requireSize(builder, data.slots, parameters.nEstimators, maxBytes);
    context.onProgress((tree + 1) / parameters.nEstimators);
    if (score !== undefined) {
      const task = data.labels === undefined ? 'regression' : 'classification';
      const value = score.add(compileForest(builder.lastTree(), { task, voting: plan.voting ?? 'soft' }));
      if ((await context.report(tree + 1, value)) === 'stop') break;
    }
    // Lets the host, or the worker's message port, have its turn.
    await setImmediate();
  }
  poll();
  return builder.build();
}

/** Draws until a row of positive weight is among the rows: one draw, but for the strangest weights. */
export function drawSomeRows(draw: RowDraw, random: FastRandom, into: Uint16Array): void {
  for (let attempt = 0; attempt < MOST_EMPTY_DRAWS; attempt++) if (drawRows(draw, random, into) > 0) return;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `weights must let ${draw.size} drawn rows find one above 0; ${MOST_EMPTY_DRAWS} draws found none`,
  );
}

/** @param planned - Trees in all: once a few are grown, they tell the size of the others. 0 within a tree. */
function requireSize(builder: FlatForestBuilder, slots: number, planned: number, maxBytes: number): void {
  const { trees, nodes, leaves, bytesPerLeafSum: leafBytes } = builder;
  const expected = trees >= TREES_THAT_TELL ? Math.max(1, (SURELY * planned) / trees) : 1;
  const bytes = forestBytes({ trees: 0, nodes, leaves, slots, leafBytes });
  if (
    nodes * expected <= MAX_TREE_NODES &&
    leaves * slots * expected <= MAX_LEAF_SHARES &&
    bytes * expected <= maxBytes - HEADER_BYTES
  ) {
    return;
  }
  throw new MlperfError(
    'TOO_LARGE',
    `a forest may have at most ${MAX_TREE_NODES} nodes and ${MAX_LEAF_SHARES} numbers in its leaves, and its file ${maxBytes} bytes; got ${nodes} nodes, ${leaves} leaves × ${slots} and ${bytes} bytes after ${trees} trees: raise minSamplesLeaf, or lower maxDepth or nEstimators`,
  );
}
