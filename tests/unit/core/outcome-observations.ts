import type { Direction, OutcomeObservation } from '@mlperf/core';
import fc from 'fast-check';

const direction = fc.constantFrom<Direction>('up', 'down', 'flat');

/** Any observation a monitor can make: edge confidences, with and without a net return of a plausible size. */
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
  })
  .map(({ netReturn, ...rest }) => (netReturn === undefined ? rest : { ...rest, netReturn }));

export const observations = (maxLength: number) => fc.array(observation, { maxLength });
