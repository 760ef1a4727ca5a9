import type { LstmNetwork } from './engine.ts';
import type { Pause } from './pause.ts';
import { BatchGatherer, type TargetCoding, type WindowSet } from './window-set.ts';

/** How a network does on windows it is not trained on. */
export interface Evaluation {
  /** Weighted mean of the loss that training minimises: cross-entropy in nats, or squared error of the scaled target. */
  readonly loss: number;
  /** The larger the better, by weight. Share of windows answered rightly; of a regression −RMSE, in the target's unit. */
  readonly score: number;
}

/** @param work - Multiplications a window costs. */
export async function evaluate(
  network: LstmNetwork,
  set: WindowSet,
  coding: TargetCoding,
  work: number,
  pause: Pause,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const size = Math.min(set.count, EVALUATED_AT_ONCE, Math.max(1, Math.floor(MOST_WORK / work)));
  const gatherer = new BatchGatherer(set, coding, size);
  const order = Int32Array.from({ length: set.count }, (_, window) => window);
  const { outputs, target } = coding;
  const answers = new Float64Array(size * outputs);
  const sums = { loss: 0, score: 0 };
  for (let from = 0; from < set.count; from += size) {
    const to = Math.min(set.count, from + size);
    const predicted = await network.predict(
      gatherer.windows(order, from, to),
      answers.subarray(0, (to - from) * outputs),
      signal,
    );
    for (let window = from; window < to; window++) {
      const answer = predicted.subarray((window - from) * outputs, (window - from + 1) * outputs);
      const { loss, score } =
        target === undefined
          ? ofClass(answer, set.targets[window]!)
          : ofValue(answer[0]!, set.targets[window]!, target);
      sums.loss += set.weights[window]! * loss;
      sums.score += set.weights[window]! * score;
    }
    await pause.after(work * (to - from));
  }
  const mean = sums.score / set.count;
  return { loss: sums.loss / set.count, score: target === undefined ? mean : -Math.sqrt(mean) };
}

const EVALUATED_AT_ONCE = 64;
/** Multiplications between two looks at the signal: some milliseconds of the kernel. */
const MOST_WORK = 5e7;

function ofClass(answer: Float64Array, label: number): Evaluation {
  // One output is the probability of the second class; a tie goes to the class named first.
  const probability = answer.length > 1 ? answer[label]! : label === 1 ? answer[0]! : 1 - answer[0]!;
  const favoured = answer.length > 1 ? answer.indexOf(Math.max(...answer)) : answer[0]! > 0.5 ? 1 : 0;
  // A float32 rounds what is nearly impossible to 0.
  return { loss: -Math.log(Math.max(probability, SMALLEST_PROBABILITY)), score: favoured === label ? 1 : 0 };
}

const SMALLEST_PROBABILITY = 2 ** -60;

function ofValue(answer: number, value: number, target: { readonly mean: number; readonly scale: number }): Evaluation {
  const error = answer - (value - target.mean) / target.scale;
  return { loss: error * error, score: (error * target.scale) ** 2 };
}
