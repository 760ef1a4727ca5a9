import { type FitContext, keyedRandom, randomInteger } from '@mlperf/core';
import type { LstmNetwork, LstmShape } from './engine.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { LstmParameters } from './parameters.ts';
import type { Pause } from './pause.ts';
import { weightCount, weightShapes } from './weight-shapes.ts';
import { BatchGatherer, type TargetCoding, type WindowSet } from './window-set.ts';

/** The windows of a fit. */
export interface FitWindows {
  readonly train: WindowSet;
  /** To stop by. */
  readonly tail?: WindowSet;
  /** To report on. */
  readonly validation?: WindowSet;
}

/**
 * Trains a network that has its first weights.
 *
 * Each epoch takes every training window once, in an order drawn from (seed, epoch). With a tail, training stops after
 * `patience` epochs in which the tail's loss was not below its best, and the weights of the best epoch come back.
 * `report(epoch, score)` is called after each epoch with the score of the validation rows, or else of the tail, or else
 * with the epoch's training loss below 0; `stop` ends training.
 *
 * @returns the weights.
 */
export async function trainNetwork(
  network: LstmNetwork,
  windows: FitWindows,
  coding: TargetCoding,
  parameters: LstmParameters,
  context: FitContext,
  pause: Pause,
): Promise<readonly Float32Array[]> {
  const { epochs, patience } = parameters;
  const { train, tail, validation } = windows;
  const work = workPerWindow(network.shape);
  const order = Int32Array.from({ length: train.count }, (_, window) => window);
  const gatherer = new BatchGatherer(train, coding, Math.min(parameters.batchSize, train.count));
  let best: { readonly loss: number; readonly epoch: number; readonly weights: readonly Float32Array[] } | undefined;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    shuffle(order, keyedRandomOf(context.seed, epoch));
    const trainingLoss = await trainEpoch(network, order, gatherer, parameters, context, pause, 3 * work);
    context.onProgress(epoch / epochs);
    const onTail = tail === undefined ? undefined : await evaluate(network, tail, coding, work, pause, context.signal);
    if (onTail !== undefined && !(best !== undefined && onTail.loss >= best.loss)) {
      best = { loss: onTail.loss, epoch, weights: network.getWeights() };
    }
    const reported: Evaluation | undefined =
      validation === undefined ? onTail : await evaluate(network, validation, coding, work, pause, context.signal);
    if ((await context.report(epoch, reported?.score ?? -trainingLoss)) === 'stop') break;
    if (best !== undefined && epoch - best.epoch >= patience) break;
  }
  context.onProgress(1);
  return best?.weights ?? network.getWeights();
}

/** @returns the mean loss of the epoch's windows, each before the step it was taken for. */
async function trainEpoch(
  network: LstmNetwork,
  order: Int32Array,
  gatherer: BatchGatherer,
  { batchSize, learningRate }: LstmParameters,
  { signal }: FitContext,
  pause: Pause,
  work: number,
): Promise<number> {
  let sum = 0;
  for (let from = 0; from < order.length; from += batchSize) {
    const to = Math.min(order.length, from + batchSize);
    const answer = network.trainBatch(gatherer.batch(order, from, to), learningRate, signal);
    const loss = typeof answer === 'number' ? answer : await answer;
    sum += loss * (to - from);
    const wait = pause.after(work * (to - from));
    if (wait !== undefined) await wait;
  }
  return sum / order.length;
}

/** Fisher and Yates, from the order it has. */
function shuffle(order: Int32Array, draw: (bound: number) => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
}

function keyedRandomOf(seed: string, epoch: number): (bound: number) => number {
  const random = keyedRandom(seed, 'lstm', 'order', epoch);
  return (bound) => randomInteger(random, bound);
}

/** Multiplications of a forward pass over one window; training takes about three times as many. */
function workPerWindow(shape: LstmShape): number {
  return shape.steps * weightShapes(shape).reduce((sum, item) => sum + weightCount(item), 0);
}
