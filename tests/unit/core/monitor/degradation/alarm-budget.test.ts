import { EDetector, keyedRandom, timeToDetect } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { delays, meanRunLength } from './detector-streams.ts';

const BUDGET = { floor: 0.6, falseAlarmEvery: 200 };

describe('the alarm budget', () => {
  it('is kept at the floor itself: the mean run is not below it', () => {
    // 2,000 runs: standard error about 2 % of the mean. A detector that broke its promise by a tenth would fail this
    // with probability above 99.9 %; one that keeps it fails with probability below 1e-4, and not with this seed.
    const { mean, standardError } = meanRunLength(BUDGET, 0.6, 2_000, 20_000, 'at the floor');
    expect(standardError / mean).toBeLessThan(0.03);
    expect(mean).toBeGreaterThan(200 - 4 * standardError);
    expect(mean).toBeLessThan(300);
  });

  it('is exceeded several times over by a model five points above its floor', () => {
    const { mean } = meanRunLength(BUDGET, 0.65, 200, 5_000, 'above the floor');
    expect(mean).toBeGreaterThan(3 * 200);
  });

  it('is broken by overlapping labels, as the guide warns', () => {
    // A hit or miss repeated five times: the marginal rate is the floor, the conditional rate is not.
    const { mean } = meanRunLengthOfRepeats(5);
    expect(mean).toBeLessThan(BUDGET.falseAlarmEvery / 3);
  });
});

describe('the delay', () => {
  it('from 60 % to 40 % at a budget of 2,000 has a median of at most 50 outcomes over 200 seeds', () => {
    const found = delays({ floor: 0.6, falseAlarmEvery: 2_000 }, 0.6, 0.4, 200, 'regime change');
    expect(found[99]).toBeLessThanOrEqual(50);
  });

  it('is what timeToDetect says', () => {
    const predicted = timeToDetect({ from: 0.6, to: 0.4, falseAlarmEvery: 500 });
    const found = delays({ floor: 0.6, falseAlarmEvery: 500 }, 0.6, 0.4, 1_000, 'the calculator');
    const mean = found.reduce((sum, delay) => sum + delay, 0) / found.length;
    expect(predicted).toMatchObject({ detectedShare: 1, runs: 2_000 });
    expect(Math.abs(predicted.mean! / mean - 1)).toBeLessThan(0.1);
    expect(Math.abs(predicted.median! - found[499]!)).toBeLessThanOrEqual(4);
    expect(timeToDetect({ from: 0.6, to: 0.4, falseAlarmEvery: 500 })).toEqual(predicted);
  });

  it('of a smaller fall is longer, and of one to the floor or above is no question to ask', () => {
    const small = timeToDetect({ from: 0.6, to: 0.5, falseAlarmEvery: 200 });
    const large = timeToDetect({ from: 0.6, to: 0.3, falseAlarmEvery: 200 });
    expect(small.median).toBeGreaterThan(2 * large.median!);
    for (const query of [
      { from: 0.6, to: 0.6, falseAlarmEvery: 200 },
      { from: 0.6, to: 0.5, floor: 0.65, falseAlarmEvery: 200 },
      { from: 0.6, to: Number.NaN, falseAlarmEvery: 200 },
      { from: 0.6, to: 0.5, falseAlarmEvery: 200, stableOutcomes: -1 },
    ]) {
      expect(() => timeToDetect(query)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
  });
});

function meanRunLengthOfRepeats(times: number): { readonly mean: number } {
  const detector = new EDetector(BUDGET);
  let total = 0;
  const runs = 500;
  for (let run = 0; run < runs; run++) {
    detector.reset();
    const random = keyedRandom('overlap', run);
    let length = 0;
    for (let alarm = false; !alarm; ) {
      const hit = random.next() < BUDGET.floor;
      for (let i = 0; i < times && !alarm; i++) {
        alarm = detector.update(hit) !== undefined;
        length++;
      }
    }
    total += length;
  }
  return { mean: total / runs };
}
