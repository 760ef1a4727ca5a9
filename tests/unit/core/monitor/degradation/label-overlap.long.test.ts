import { EDetector, keyedRandom, type RandomSource } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import {
  markovOutcomes,
  meanOf,
  type OutcomeStream,
  overlappingOutcomes,
  repeatedOutcomes,
  runLengthOf,
} from '../../../../fixtures/outcome-streams.ts';

const FLOOR = 0.6;
const BUDGET = 2_000;
const RUNS = 1_000;

function meanRun(labelOverlap: number, streamOf: (random: RandomSource) => OutcomeStream, segments = 1) {
  return meanOf(
    Array.from({ length: RUNS }, (_, run) => {
      const detector = new EDetector({ floor: FLOOR, falseAlarmEvery: BUDGET, labelOverlap });
      const streams = Array.from({ length: segments }, (_, s) =>
        streamOf(keyedRandom('overlap', labelOverlap, run, s)),
      );
      let n = 0;
      return runLengthOf(() => {
        const s = n++ % segments;
        return detector.update(streams[s]!(FLOOR), `s${s}`) !== undefined;
      }, 100_000);
    }),
  );
}

describe('the alarm budget on overlapping labels, at length', () => {
  it.each([2, 5, 20])('is kept by interleaved rows when %i successive labels overlap', (overlap) => {
    const { mean, standardError } = meanRun(overlap, (random) => overlappingOutcomes(random, overlap));
    expect(mean - 2 * standardError).toBeGreaterThan(BUDGET);
  });

  it.each([2, 5, 20])('is kept when every outcome comes %i times', (overlap) => {
    const { mean, standardError } = meanRun(overlap, (random) => repeatedOutcomes(random, overlap));
    expect(mean - 2 * standardError).toBeGreaterThan(BUDGET);
  });

  it('is kept over ten symbols whose labels overlap by five, counted in all outcomes', () => {
    const { mean, standardError } = meanRun(5, (random) => overlappingOutcomes(random, 5), 10);
    expect(mean - 2 * standardError).toBeGreaterThan(BUDGET);
  });

  it('is broken without them, as the guide says: about 640, 160 and 66', () => {
    for (const [overlap, about] of [
      [2, 640],
      [5, 160],
      [20, 66],
    ] as const) {
      const { mean } = meanRun(1, (random) => overlappingOutcomes(random, overlap));
      expect(mean / about).toBeGreaterThan(0.85);
      expect(mean / about).toBeLessThan(1.2);
    }
  });

  it('is broken on a Markov stream when the floor is the marginal rate, as the guide says: about 1,320 to 510', () => {
    for (const [correlation, about] of [
      [0.1, 1_320],
      [0.3, 510],
    ] as const) {
      const { mean } = meanRun(1, (random) => markovOutcomes(random, correlation));
      expect(mean / about).toBeGreaterThan(0.85);
      expect(mean / about).toBeLessThan(1.15);
    }
  });
});
