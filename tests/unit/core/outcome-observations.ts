import type { Direction, OutcomeObservation } from '@mlperf/core';
import fc from 'fast-check';

const direction = fc.constantFrom<Direction>('up', 'down', 'flat');

const probability = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1));
/** A ratio of prices far from 1 makes errors of many sizes. */
const price = fc.double({ min: 0.5, max: 4, noNaN: true });

/** Any observation a monitor can make: edge confidences, with and without a net return, prices and probabilities. */
export const observation: fc.Arbitrary<OutcomeObservation> = fc
  .record({
    predicted: direction,
    observed: direction,
    confidence: fc.oneof(
      fc.double({ min: 5e-324, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 10 }).map((tenth) => tenth / 10),
    ),
    netReturn: fc.option(fc.oneof(fc.double({ min: -1, max: 3, noNaN: true }), fc.constantFrom(0, -0, 0.01, -0.0005)), {
      nil: undefined,
    }),
    observedProbability: fc.option(probability, { nil: undefined }),
    upProbability: fc.option(probability, { nil: undefined }),
    prices: fc.option(fc.tuple(price, price), { nil: undefined }),
  })
  .map(({ netReturn, observedProbability, upProbability, prices, ...rest }) => ({
    ...rest,
    ...(netReturn !== undefined && { netReturn }),
    ...(observedProbability !== undefined && { observedProbability }),
    ...(upProbability !== undefined && { upProbability }),
    ...(prices !== undefined && { price: prices[0], predictedPrice: prices[1] }),
  }));

export const observations = (maxLength: number) => fc.array(observation, { maxLength });
