import type { ClassProbabilities, Direction, Prediction, RandomSource, ResolvedPrediction } from '@mlperf/core';

const HOUR = 3_600_000;
const START = Date.UTC(2020, 0, 1);

/** A prediction of version `v1`, an hour after the one before. */
export function predictionOf(number: number, changes: Partial<Prediction> = {}): Prediction {
  return {
    id: `p${number}`,
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt: START + number * HOUR,
    direction: 'up',
    confidence: 0.6,
    ...changes,
  };
}

/** The same with its outcome. */
export function resolvedOf(prediction: Prediction, observed: Direction): ResolvedPrediction {
  const observedAt = prediction.predictedAt + HOUR;
  return {
    ...prediction,
    decisionId: prediction.id,
    role: 'live',
    recordedAt: prediction.predictedAt,
    outcome: {
      observedAt,
      direction: observed,
      correct: observed === prediction.direction,
      sequence: 1 + Number(prediction.id.slice(1)),
      recordedAt: observedAt,
    },
  };
}

/** A prediction from probabilities: the likeliest class, unless another is given. */
export function fromProbabilities(
  number: number,
  probabilities: ClassProbabilities,
  direction?: Direction,
): Prediction {
  const { up, down, flat = 0 } = probabilities;
  const likeliest = up >= down && up >= flat ? 'up' : down >= flat ? 'down' : 'flat';
  const chosen = direction ?? likeliest;
  return predictionOf(number, {
    direction: chosen,
    confidence: Math.max(1e-9, probabilities[chosen] ?? 0),
    probabilities,
  });
}

/**
 * A model of two classes that is too sure of itself. `truth` is the probability of `up`, `mood` moves where it lies.
 * `drift` is the share of cases where the price does the opposite of what that probability says.
 */
export function drawTwoClasses(
  random: RandomSource,
  n: number,
  { mood = 0, drift = 0, first = 0 }: { readonly mood?: number; readonly drift?: number; readonly first?: number } = {},
): readonly ResolvedPrediction[] {
  return Array.from({ length: n }, (_, i) => {
    const logit = mood + 2.4 * (random.next() - 0.5);
    const truth = 1 / (1 + Math.exp(-logit));
    const said = 1 / (1 + Math.exp(-2.5 * logit));
    const probability = truth + drift * (1 - 2 * truth);
    const prediction = fromProbabilities(first + i, { up: said, down: 1 - said });
    return resolvedOf(prediction, random.next() < probability ? 'up' : 'down');
  });
}

/** A model of three classes that is too sure of itself. */
export function drawThreeClasses(random: RandomSource, n: number): readonly ResolvedPrediction[] {
  return Array.from({ length: n }, (_, i) => {
    const weights = [0.15 + random.next(), 0.15 + random.next(), 0.15 + random.next()];
    const normal = (values: readonly number[]) => {
      const sum = values.reduce((a, b) => a + b, 0);
      return values.map((value) => value / sum);
    };
    const truth = normal(weights);
    const said = normal(weights.map((weight) => weight ** 2));
    const draw = random.next();
    const observed = draw < truth[0]! ? 'up' : draw < truth[0]! + truth[1]! ? 'down' : 'flat';
    return resolvedOf(fromProbabilities(i, { up: said[0]!, down: said[1]!, flat: said[2]! }), observed);
  });
}
