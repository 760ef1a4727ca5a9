import { keyedRandom, randomNormal } from '@mlperf/core';
import {
  chanceOfBeating,
  deflatedDifference,
  deploymentVerdict,
  effectiveObservations,
  effectiveTrials,
  oneStandardErrorChoice,
  probabilityOfOverfitting,
  scoreDifferences,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });

/** Normal noise about a mean. */
function noise(seed: number, n: number, about = 0): number[] {
  const random = keyedRandom('overfitting', seed);
  return Array.from({ length: n }, () => about + randomNormal(random));
}

describe('scoreDifferences', () => {
  it('takes one mean per time, in order of time, whatever the order of rows', () => {
    const scores = [1, 0.5, 2, 4];
    const incumbent = [0, 0.5, 1, 1];
    const at = [30, 10, 10, 20];
    expect([...scoreDifferences(scores, incumbent, at)]).toEqual([(0 + 1) / 2, 3, 1]);
  });

  it('refuses rows that do not match', () => {
    expect(() => scoreDifferences([1], [1, 2], [1])).toThrow(refused('LENGTH_MISMATCH'));
    expect(() => scoreDifferences([1], [1], [1, 2])).toThrow(refused('LENGTH_MISMATCH'));
    expect(() => scoreDifferences([1], [1], [Number.NaN])).toThrow(refused('NOT_FINITE'));
    expect(() => scoreDifferences([], [], [])).toThrow(refused('EMPTY_INPUT'));
  });
});

describe('effectiveObservations', () => {
  it('counts about n/h of labels that last h observations, and never more than n', () => {
    const random = keyedRandom('overlap');
    const steps = Array.from({ length: 4_009 }, () => randomNormal(random));
    const lasting = (h: number) =>
      Array.from({ length: 4_000 }, (_, t) => steps.slice(t, t + h).reduce((a, b) => a + b, 0));
    for (const h of [2, 5, 10]) {
      const ratio = effectiveObservations(lasting(h), h - 1) / (4_000 / h);
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.4);
    }
    const alternating = Array.from({ length: 100 }, (_, t) => (t % 2 === 0 ? 1 : -1));
    expect(effectiveObservations(alternating, 0)).toBe(100);
    expect(effectiveObservations([3, 3, 3], 1)).toBe(3);
    expect(effectiveObservations([3], 5)).toBe(1);
  });

  it('is by hand what the kernel says', () => {
    // −1 and 1 in turn: γ₁ < 0; below 0 counts as n.
    expect(
      effectiveObservations(
        Array.from({ length: 12 }, (_, t) => 2 * (t % 2)),
        1,
      ),
    ).toBe(12);
    // Deviations −1 eight times, then 1: γ = 16, 13, 10, 7, 4; m = 16/4, M = ⌊1.1447·((140/84)²·16)^{1/3}⌋ = 4; weights 1, 3/4, 1/2, 1/4;
    // K = 1 + 2·2.5 = 6.
    const steps = Array.from({ length: 16 }, (_, t) => (t < 8 ? 0 : 2));
    const longRun = 16 + 2 * (13 + 0.75 * 10 + 0.5 * 7 + 0.25 * 4);
    expect(effectiveObservations(steps, 1)).toBeCloseTo((16 * 16 * (1 - 6 / 16)) / longRun, 12);
  });

  it('sees weak dependence that lasts long, and makes next to none of noise', () => {
    const n = 1_000;
    const kept = 0.95;
    const counted = (slow: number) => {
      const counts = Array.from({ length: 20 }, (_, seed) => {
        const random = keyedRandom('slow', seed);
        let state = randomNormal(random);
        const values = Array.from({ length: n }, () => {
          state = kept * state + Math.sqrt(1 - kept ** 2) * randomNormal(random);
          return slow * state + randomNormal(random);
        });
        return effectiveObservations(values, 0);
      });
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    };
    // A fifth of the variance, and nearly all of the mean's: γ₀ = 1.25, the long-run variance 1 + 0.25·1.95/0.05.
    expect(counted(0.5) / ((n * 1.25) / 10.75)).toBeLessThan(2);
    expect(counted(0)).toBeGreaterThan(0.8 * n);
  });

  it('makes no evidence of a series that is too short to tell how its labels overlap', () => {
    // All autocovariances of a series add up to 0, which alone would look like independence.
    expect(effectiveObservations([0, 2, 2, 0], 9)).toBe(1);
    expect(effectiveObservations([0, 2, 4, 6, 1, 3, 5, 7], 3)).toBeLessThanOrEqual(8 / 4);
  });

  it('refuses an overlap that is none', () => {
    expect(() => effectiveObservations([1, 2], -1)).toThrow(refused('OUT_OF_RANGE'));
    expect(() => effectiveObservations([1, 2], 0.5)).toThrow(refused('OUT_OF_RANGE'));
    expect(() => effectiveObservations([], 0)).toThrow(refused('EMPTY_INPUT'));
  });
});

describe('effectiveTrials', () => {
  const [a, b] = [noise(1, 500), noise(2, 500)];

  it('is 1 for copies, and the number tried for what has nothing in common', () => {
    expect(effectiveTrials([a, a.map((x) => 2 * x + 7), a], 3).count).toBeCloseTo(1, 9);
    expect(effectiveTrials([a, a.map((x) => -x)], 2)).toEqual({ count: 2, meanCorrelation: 0 });
    expect(effectiveTrials([a, b], 40).count).toBeGreaterThan(36);
  });

  it('counts trials that do not vary, without a correlation', () => {
    expect(effectiveTrials([a, a.map(() => 0.1)], 5)).toEqual({ count: 5, meanCorrelation: 0 });
    expect(effectiveTrials([a, a, a.map(() => 1 / 3)], 3).count).toBeCloseTo(1, 9);
  });

  it('refuses fewer tried than there are', () => {
    expect(() => effectiveTrials([a, b], 1)).toThrow(refused('OUT_OF_RANGE'));
    expect(() => effectiveTrials([a, b.slice(1)], 2)).toThrow(refused('LENGTH_MISMATCH'));
    expect(() => effectiveTrials([], 0)).toThrow(refused('EMPTY_INPUT'));
  });
});

describe('deflatedDifference', () => {
  it('is the plain confidence for one trial, and falls with every trial that was tried, with rows or without', () => {
    const one = { differences: [noise(3, 300, 0.15)], winner: 0, overlap: 0 };
    const [first, ...more] = [1, 2, 10, 100, 1_000].map((tried) => deflatedDifference({ ...one, tried })!);
    expect(first!.deflatedConfidence).toBe(first!.confidence);
    let before = first!.deflatedConfidence;
    for (const { deflatedConfidence, confidence } of more) {
      expect(confidence).toBe(first!.confidence);
      expect(deflatedConfidence).toBeLessThan(before);
      before = deflatedConfidence;
    }
  });

  it('does not depend on the unit of the score', () => {
    const differences = [noise(4, 100, 0.2), noise(5, 100), noise(6, 100)];
    const plain = deflatedDifference({ differences, winner: 0, tried: 9, overlap: 2 })!;
    const scaled = deflatedDifference({
      differences: differences.map((series) => series.map((x) => x * 4_096)),
      winner: 0,
      tried: 9,
      overlap: 2,
    })!;
    expect(scaled).toEqual({ ...plain, meanDifference: plain.meanDifference * 4_096 });
  });

  it('is undefined for a winner that is the incumbent itself', () => {
    const differences = [noise(7, 50), new Float64Array(50)];
    expect(deflatedDifference({ differences, winner: 1, tried: 2, overlap: 0 })).toBeUndefined();
    expect(deploymentVerdict({ differences, winner: 1, tried: 2, overlap: 0 })).toEqual({
      suggest: 'do not deploy',
      reasons: ['the winner does not differ from the incumbent in a way that can be judged'],
    });
  });

  it('is not moved by terrible trials, unless the spread observed is asked for', () => {
    const good = noise(8, 400, 0.3);
    const others = Array.from({ length: 10 }, (_, i) => noise(20 + i, 400));
    const terrible = others.map((series) => series.map((x) => x - 4));
    const judged = (differences: number[][], spread: 'no-skill' | 'observed') =>
      deflatedDifference({ differences, winner: 0, tried: 11, overlap: 0 }, { spread })!.deflatedConfidence;
    expect(judged([good, ...terrible], 'no-skill')).toBeCloseTo(judged([good, ...others], 'no-skill'), 3);
    expect(judged([good, ...others], 'observed')).toBeGreaterThan(0.9);
    expect(judged([good, ...terrible], 'observed')).toBeLessThan(0.01);
  });

  it('refuses a winner that is not there and a search that is none', () => {
    const differences = [noise(1, 10)];
    expect(() => deflatedDifference({ differences, winner: 1, tried: 1, overlap: 0 })).toThrow(refused('OUT_OF_RANGE'));
    expect(() => deflatedDifference({ differences, winner: 0, tried: 0, overlap: 0 })).toThrow(refused('OUT_OF_RANGE'));
    expect(() => deflatedDifference({ differences: [], winner: 0, tried: 1, overlap: 0 })).toThrow(
      refused('EMPTY_INPUT'),
    );
    expect(() => deflatedDifference({ differences: [[Number.NaN]], winner: 0, tried: 1, overlap: 0 })).toThrow(
      refused('NOT_FINITE'),
    );
  });
});

describe('chanceOfBeating', () => {
  it('pulls a lucky winner among noise back to the others, and leaves one alone that stands far out', () => {
    const others = Array.from({ length: 30 }, (_, i) => noise(100 + i, 200));
    const estimate = (winner: number[]) =>
      chanceOfBeating({ differences: [winner, ...others], winner: 0, tried: 31, overlap: 0 })!;
    const lucky = estimate(noise(99, 200, 0.15));
    const raw = chanceOfBeating({ differences: [noise(99, 200, 0.15)], winner: 0, tried: 1, overlap: 0 })!;
    expect(lucky.expectedDifference).toBeLessThan(raw.expectedDifference / 2);
    const skilled = estimate(noise(99, 200, 2));
    expect(skilled.expectedDifference).toBeGreaterThan(1.7);
    expect(skilled.chance).toBeGreaterThan(0.999);
  });

  it('has no chance to judge what does not vary, and refuses a holdout of one', () => {
    const differences = [noise(1, 50), new Float64Array(50)];
    const search = { differences, winner: 0, tried: 2, overlap: 0 };
    expect(chanceOfBeating({ ...search, winner: 1 })).toBeUndefined();
    expect(chanceOfBeating(search, [1, 1, 1])).toBeUndefined();
    expect(() => chanceOfBeating(search, [1])).toThrow(refused('OUT_OF_RANGE'));
  });
});

describe('probabilityOfOverfitting', () => {
  it('is 0 for a trial that is best everywhere, and 1 for winners that always lose on the other half', () => {
    const steady = [0, 1, 2].map((level) => Array.from({ length: 32 }, (_, t) => level + (t % 3) / 100));
    expect(probabilityOfOverfitting(steady).probability).toBe(0);
    // Good in one half of the time only.
    const moody = [
      [1, 1, 0, 0],
      [0, 0, 1, 1],
    ];
    const { probability, logits, slope } = probabilityOfOverfitting(moody, { blocks: 2 });
    expect([probability, slope]).toEqual([1, undefined]);
    // ω = 1/3: log(1/3 / (2/3)).
    expect([...logits]).toEqual([Math.log(1 / 2), Math.log(1 / 2)]);
  });

  it('wanders on noise, so that nothing may be decided by it', () => {
    const values = Array.from(
      { length: 12 },
      (_, s) =>
        probabilityOfOverfitting(
          Array.from({ length: 20 }, (_, i) => noise(1_000 + 20 * s + i, 120)),
          { blocks: 8 },
        ).probability,
    );
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.25);
  });

  it.each([
    ['one trial', [[1, 2, 3, 4]], 2],
    [
      'an odd number of blocks',
      [
        [1, 2],
        [3, 4],
      ],
      3,
    ],
    [
      'too many blocks',
      [
        [1, 2],
        [3, 4],
      ],
      22,
    ],
    [
      'fewer rows than blocks',
      [
        [1, 2],
        [3, 4],
      ],
      4,
    ],
  ])('refuses %s', (_what, scores, blocks) => {
    expect(() => probabilityOfOverfitting(scores, { blocks })).toThrow(refused('OUT_OF_RANGE'));
  });
});

describe('oneStandardErrorChoice', () => {
  const trials = [
    { foldScores: [0.7, 0.8], complexity: 500 },
    { foldScores: [0.69, 0.75], complexity: 50 },
    { foldScores: [0.69, 0.7], complexity: 5 },
  ];

  it('takes the simplest within s/√k of the best', () => {
    // 0.75 − 0.0707/√2 = 0.70: the mean 0.72 is within, 0.695 is not.
    expect(oneStandardErrorChoice(trials, 'maximize')).toBe(1);
    const losses = trials.map(({ foldScores, complexity }) => ({
      foldScores: foldScores.map((s) => 1 - s),
      complexity,
    }));
    expect(oneStandardErrorChoice(losses, 'minimize')).toBe(1);
  });

  it('takes the better of equally complex ones, the earlier of equals, and the best when there is one fold', () => {
    const equal = (...means: number[]) => means.map((m) => ({ foldScores: [m - 0.2, m + 0.2], complexity: 1 }));
    expect(oneStandardErrorChoice(equal(0.5, 0.6, 0.55), 'maximize')).toBe(1);
    expect(oneStandardErrorChoice(equal(0.5, 0.5, 0.5), 'maximize')).toBe(0);
    const single = trials.map(({ complexity }, i) => ({ foldScores: [i], complexity: -complexity }));
    expect(oneStandardErrorChoice(single, 'maximize')).toBe(2);
  });

  it('refuses no trials, no folds and a complexity that is none', () => {
    expect(() => oneStandardErrorChoice([], 'maximize')).toThrow(refused('EMPTY_INPUT'));
    expect(() => oneStandardErrorChoice([{ foldScores: [], complexity: 1 }], 'maximize')).toThrow(
      refused('EMPTY_INPUT'),
    );
    expect(() => oneStandardErrorChoice([{ foldScores: [1], complexity: Number.NaN }], 'maximize')).toThrow(
      refused('NOT_FINITE'),
    );
  });
});

describe('deploymentVerdict', () => {
  const differences = [noise(1, 300, 0.5), noise(2, 300), noise(3, 300)];
  const search = { differences, winner: 0, tried: 50, overlap: 0 };

  it('says to deploy what is better beyond luck, with the numbers', () => {
    const verdict = deploymentVerdict({ ...search, holdout: noise(9, 60, 0.5) });
    expect(verdict.suggest).toBe('deploy');
    expect(verdict.reasons).toEqual([
      expect.stringMatching(
        /^after the luck of 50 trials \(\d+\.\d independent\) .* confidence [01]\.\d{4}; it takes 0\.975$/,
      ),
      expect.stringMatching(/^on the holdout alone .* confidence [01]\.\d{4}; it takes 0\.5$/),
    ]);
    expect(verdict.beating!.chance).toBeGreaterThan(0.99);
  });

  it('does not deploy against the holdout, nor on one that cannot be judged', () => {
    const against = deploymentVerdict({ ...search, holdout: noise(9, 60, -0.5) });
    expect(against.suggest).toBe('do not deploy');
    expect(against.holdoutConfidence).toBeLessThan(0.05);
    const silent = deploymentVerdict({ ...search, holdout: new Float64Array(60) });
    expect([silent.suggest, silent.reasons[1]]).toEqual(['do not deploy', 'the holdout is too short or does not vary']);
  });

  it('refuses levels that are none', () => {
    expect(() => deploymentVerdict(search, { confidence: 0.5 })).toThrow(refused('OUT_OF_RANGE'));
    expect(() => deploymentVerdict(search, { confidence: 1 })).toThrow(refused('OUT_OF_RANGE'));
    expect(() => deploymentVerdict(search, { holdoutConfidence: 1 })).toThrow(refused('OUT_OF_RANGE'));
    expect(() => deploymentVerdict({ ...search, holdout: [Number.NaN, 1] })).toThrow(refused('NOT_FINITE'));
  });
});
