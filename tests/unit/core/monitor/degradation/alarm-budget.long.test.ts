import { EDetector, keyedRandom } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { delays, meanRunLength } from './detector-streams.ts';

const FLOOR = 0.6;
const BUDGET = 2_000;
/** The longest delay allowed, against a CUSUM that is told the new rate: design budget 1.3. */
const RATIO = 1.3;

describe('the alarm budget, at length', () => {
  it.each([0.5, 0.55, 0.6, 0.8, 0.95])('is kept at a floor of %f', (floor) => {
    const { mean, standardError } = meanRunLength({ floor, falseAlarmEvery: 500 }, floor, 4_000, 50_000, 'floors');
    expect(mean).toBeGreaterThan(500 - 4 * standardError);
  });

  it('is kept over twenty symbols together, counted in all outcomes', () => {
    const options = { floor: FLOOR, falseAlarmEvery: 500 };
    const lengths = Array.from({ length: 2_000 }, (_, run) => {
      const detector = new EDetector(options);
      const random = keyedRandom('segments', run);
      let n = 1;
      while (detector.update(random.next() < FLOOR, `s${Math.floor(random.next() * 20)}`) === undefined) n++;
      return n;
    });
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    // A symbol's statistic is heavy-tailed, so the standard error of the mean is about 2.5 % here.
    expect(mean).toBeGreaterThan(500 * 0.9);
  });
});

describe('the delay, at length', () => {
  it.each([0.5, 0.45, 0.4, 0.3])(`after a fall to %f is at most ${RATIO} times that of a CUSUM told the rate`, (to) => {
    const own = calibrated(
      (threshold) => meanRunLength({ floor: FLOOR, falseAlarmEvery: threshold }, FLOOR, 1_500, 40_000, 'own').mean,
      500,
      4_000,
    );
    const peer = calibrated((threshold) => meanCusumRun(to, threshold, 1_500), 1, 9);
    const ownDelays = delays({ floor: FLOOR, falseAlarmEvery: own }, FLOOR, to, 4_000, 'own delay');
    const peerDelays = cusumDelays(to, peer, 4_000);
    expect(mean(ownDelays) / mean(peerDelays)).toBeLessThan(RATIO);
  });
});

/** The threshold whose mean run without change is the budget. */
function calibrated(meanRun: (threshold: number) => number, low: number, high: number): number {
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    if (meanRun(middle) > BUDGET) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Page's CUSUM on the log-likelihood ratio of the known new rate. */
class Cusum {
  readonly #hit: number;
  readonly #miss: number;
  #sum = 0;

  constructor(to: number) {
    this.#hit = Math.log(to / FLOOR);
    this.#miss = Math.log((1 - to) / (1 - FLOOR));
  }

  update(hit: boolean): number {
    this.#sum = Math.max(0, this.#sum + (hit ? this.#hit : this.#miss));
    return this.#sum;
  }
}

function meanCusumRun(to: number, threshold: number, runs: number): number {
  return mean(
    Array.from({ length: runs }, (_, run) => {
      const cusum = new Cusum(to);
      const random = keyedRandom('cusum', run);
      let n = 1;
      while (cusum.update(random.next() < FLOOR) < threshold && n < 40_000) n++;
      return n;
    }),
  );
}

function cusumDelays(to: number, threshold: number, runs: number): readonly number[] {
  const found: number[] = [];
  for (let run = 0; found.length < runs; run++) {
    const cusum = new Cusum(to);
    const random = keyedRandom('cusum delay', run);
    let early = false;
    for (let i = 0; i < 200; i++) early ||= cusum.update(random.next() < FLOOR) >= threshold;
    if (early) continue;
    let n = 1;
    while (cusum.update(random.next() < to) < threshold) n++;
    found.push(n);
  }
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
