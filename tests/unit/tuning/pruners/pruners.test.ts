import { keyedRandom, randomNormal } from '@mlperf/core';
import {
  bettingEvidence,
  HyperbandPruner,
  MedianPruner,
  PairedFoldsPruner,
  PatiencePruner,
  PercentilePruner,
  type PruneRequest,
  type Pruner,
  type ReportedTrial,
  SuccessiveHalvingPruner,
} from '@mlperf/tuning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const stepsOf = (losses: readonly number[]) => losses.map((_, i) => i + 1);

/** A complete trial that reported at steps 1, 2, 3 … */
function ended(
  trialNumber: number,
  losses: readonly number[],
  state: ReportedTrial['state'] = 'complete',
): ReportedTrial {
  return { trialNumber, state, steps: stepsOf(losses), losses };
}

function request(losses: readonly number[], history: readonly ReportedTrial[] = []): PruneRequest {
  return { studyId: 'study', trialNumber: 100, reports: { steps: stepsOf(losses), losses }, history };
}

const every: readonly Pruner[] = [
  new MedianPruner(),
  new PercentilePruner({ percentile: 25 }),
  new SuccessiveHalvingPruner({ minResource: 1 }),
  new SuccessiveHalvingPruner(),
  new HyperbandPruner({ maxResource: 9 }),
  new HyperbandPruner(),
  new PatiencePruner({ patience: 0, pruner: new MedianPruner() }),
  new PairedFoldsPruner(),
];

describe('every pruner', () => {
  it.each(every)('$name $settings keeps a trial that has reported nothing, and the first of all', (pruner) => {
    expect(pruner.shouldPrune(request([], [ended(0, [1, 1, 1])]))).toBe(false);
    expect(pruner.shouldPrune(request([9]))).toBe(false);
  });

  it.each(every)('$name $settings refuses reports that are none', (pruner) => {
    const reports = (steps: number[], losses: number[]) => () =>
      pruner.shouldPrune({ ...request([]), reports: { steps, losses } });
    expect(reports([1, 2], [1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    expect(reports([1, 1], [1, 2])).toThrow(expect.objectContaining({ code: 'UNSORTED' }));
    expect(reports([0.5], [1])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(reports([-1], [1])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it.each(every)('$name $settings keeps a trial that is the best at every step', (pruner) => {
    const history = Array.from({ length: 12 }, (_, n) => ended(n, [n + 1, n + 1, n + 1, n + 1, n + 1, n + 1]));
    for (let steps = 1; steps <= 6; steps++) {
      expect(
        pruner.shouldPrune(
          request(
            Array.from({ length: steps }, () => 0.5),
            history,
          ),
        ),
      ).toBe(false);
    }
  });

  it('decides by what it is shown alone: asked again, in another order, it says the same', () => {
    const random = keyedRandom('pruners');
    const history = Array.from({ length: 30 }, (_, n) =>
      ended(
        n,
        Array.from({ length: 9 }, () => random.next()),
      ),
    );
    const requests = Array.from({ length: 40 }, (_, n) => ({
      ...request(
        Array.from({ length: 1 + (n % 9) }, () => random.next() * 1.2),
        history.slice(0, n),
      ),
      trialNumber: n,
    }));
    for (const pruner of every) {
      const first = requests.map((asked) => pruner.shouldPrune(asked));
      const again = requests.toReversed().map((asked) => pruner.shouldPrune(asked));
      expect(again.toReversed()).toEqual(first);
    }
  });
});

describe('options of pruners', () => {
  it.each<[string, () => unknown]>([
    ['a percentile above 100', () => new PercentilePruner({ percentile: 101 })],
    ['a percentile that is none', () => new PercentilePruner({ percentile: Number.NaN })],
    ['a negative number of start-up trials', () => new MedianPruner({ startupTrials: -1 })],
    ['half a warm-up step', () => new MedianPruner({ warmupSteps: 0.5 })],
    ['an interval of nothing', () => new MedianPruner({ intervalSteps: 0 })],
    ['no trials at a step', () => new MedianPruner({ minTrials: 0 })],
    ['a rung at no resource', () => new SuccessiveHalvingPruner({ minResource: 0 })],
    ['a reduction to all', () => new SuccessiveHalvingPruner({ reductionFactor: 1 })],
    ['a negative stopping rate', () => new SuccessiveHalvingPruner({ minEarlyStoppingRate: -1 })],
    ['less than the least resource', () => new HyperbandPruner({ minResource: 3, maxResource: 2 })],
    ['a Hyperband that reduces to all', () => new HyperbandPruner({ reductionFactor: 1 })],
    ['negative patience', () => new PatiencePruner({ patience: -1 })],
    ['a negative delta', () => new PatiencePruner({ patience: 1, minDelta: -1 })],
    ['a level of 0', () => new PairedFoldsPruner({ level: 0 })],
    ['a level of 1', () => new PairedFoldsPruner({ level: 1 })],
  ])('refuse %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('are stored with the study, those of a pruner within too', () => {
    expect(new PatiencePruner({ patience: 2, pruner: new MedianPruner({ warmupSteps: 3 }) }).settings).toEqual({
      patience: 2,
      minDelta: 0,
      pruner: {
        name: 'median',
        settings: { percentile: 50, startupTrials: 5, warmupSteps: 3, intervalSteps: 1, minTrials: 1 },
      },
    });
    expect(new HyperbandPruner({ maxResource: 9 }).settings).toEqual({
      minResource: 1,
      reductionFactor: 3,
      maxResource: 9,
    });
  });
});

describe('MedianPruner', () => {
  const history = [1, 2, 3, 4, 5].map((loss, n) => ended(n, [loss]));

  it('keeps the median itself, and prunes above it', () => {
    expect(new MedianPruner().shouldPrune(request([3], history))).toBe(false);
    expect(new MedianPruner().shouldPrune(request([3.001], history))).toBe(true);
    expect(new MedianPruner().shouldPrune(request([Number.NaN], history))).toBe(true);
  });

  it('waits for enough complete trials; pruned and failed ones are none', () => {
    expect(new MedianPruner().shouldPrune(request([9], history.slice(1)))).toBe(false);
    const others = history.map((trial, n): ReportedTrial => ({ ...trial, state: n === 0 ? 'pruned' : trial.state }));
    expect(new MedianPruner().shouldPrune(request([9], others))).toBe(false);
  });
});

describe('SuccessiveHalvingPruner', () => {
  it('estimates its first rung from the first complete trial, wherever later ones ended', () => {
    const long = { trialNumber: 1, state: 'complete', steps: [100, 200, 1_000], losses: [1, 1, 1] } as const;
    const longer = { trialNumber: 2, state: 'complete', steps: [100, 200, 90_000], losses: [1, 1, 1] } as const;
    const at = (step: number, history: readonly ReportedTrial[]) =>
      new SuccessiveHalvingPruner().shouldPrune({ ...request([]), reports: { steps: [step], losses: [2] }, history });
    // 1,000 / 100 = 10: the first rung.
    expect(at(9, [long])).toBe(false);
    expect(at(10, [long])).toBe(true);
    expect(at(10, [long, longer])).toBe(true);
    expect(at(10, [{ ...long, state: 'failed' }])).toBe(false);
  });

  it('lets one in η go on: of eight with η = 4 the two best', () => {
    const pruner = new SuccessiveHalvingPruner({ minResource: 1, reductionFactor: 4 });
    const seven = [1, 2, 3, 4, 5, 6, 7].map((loss, n) => ended(n, [loss], n < 4 ? 'pruned' : 'complete'));
    expect(pruner.shouldPrune(request([1.5], seven))).toBe(false);
    expect(pruner.shouldPrune(request([2.5], seven))).toBe(true);
    // Six rivals make seven: ⌊7/4⌋ = 1.
    expect(pruner.shouldPrune(request([1.5], seven.slice(0, 6)))).toBe(true);
  });
});

describe('HyperbandPruner', () => {
  it('counts the bracket that logarithms lose at 3⁵', () => {
    // With 6 brackets the last spares every trial up to step 243; with 5 it would spare them to 81 only.
    const pruner = new HyperbandPruner({ minResource: 1, maxResource: 243 });
    const pruned = (step: number) =>
      Array.from({ length: 400 }, (_, n) =>
        pruner.shouldPrune({
          studyId: 'five',
          trialNumber: n,
          reports: { steps: [step], losses: [2] },
          history: Array.from({ length: 400 }, (_, rival) => ({
            trialNumber: rival,
            state: 'complete' as const,
            steps: [step],
            losses: [1],
          })),
        }),
      ).filter(Boolean).length;
    expect(pruned(243)).toBe(400);
    // Shares 243·6/6, 81·6/5, 27·6/4, 9·6/3, 3·6/2, 6: 6 of 423 trials are spared at step 242.
    const spared = 400 - pruned(242);
    expect(spared).toBeGreaterThan(0);
    expect(spared).toBeLessThan(20);
  });
});

describe('PairedFoldsPruner', () => {
  const best = ended(3, [1, 2, 1, 3, 2, 1]);

  it('needs four folds, all of them worse, at level 0.1, and compares with the best that has the folds', () => {
    const pruner = new PairedFoldsPruner();
    const history = [ended(0, [5, 5, 5, 5, 5, 5]), ended(1, [0, 0]), best, ended(4, [0, 0, 0, 0, 0, 0], 'pruned')];
    expect(pruner.shouldPrune(request([2, 3, 2], history))).toBe(false);
    expect(pruner.shouldPrune(request([2, 3, 2, 4], history))).toBe(true);
    expect(pruner.shouldPrune(request([2, 3, 2, 2.9], history))).toBe(false);
    expect(new PairedFoldsPruner({ level: 0.05 }).shouldPrune(request([2, 3, 2, 4], history))).toBe(false);
  });

  it('keeps a trial that is worse on most folds but better in the mean', () => {
    expect(new PairedFoldsPruner({ level: 0.5 }).shouldPrune(request([2, 3, 2, 4, 3, -9], [best]))).toBe(false);
  });

  it('keeps a trial whose losses, or the only rival losses, are not all finite', () => {
    const pruner = new PairedFoldsPruner();
    expect(pruner.shouldPrune(request([9, 9, 9, Number.NaN, 9], [best]))).toBe(false);
    expect(pruner.shouldPrune(request([9, 9, 9, 9, 9], [ended(0, [1, 1, 1, Number.NaN, 1])]))).toBe(false);
    expect(pruner.shouldPrune(request([9, 9, 9, 9, 9], [best]))).toBe(true);
  });
});

describe('bettingEvidence', () => {
  it('is what the definition says, by hand', () => {
    const t = Math.tanh;
    const three = (sign: number) =>
      0.1 * (1 + sign * t(0.25)) ** 3 +
      0.15 * (1 + sign * t(0.5)) ** 3 +
      0.25 * (1 + sign * t(1)) ** 3 +
      0.25 * (1 + sign * t(2)) ** 3 +
      0.25 * (1 + sign * t(4)) ** 3;
    expect(bettingEvidence([7, 7, 7])).toBeCloseTo(three(1), 12);
    expect(bettingEvidence([-7, -7, -7])).toBeCloseTo(three(-1), 12);
    expect(bettingEvidence([0, 0])).toBe(1);
  });

  it('does not depend on the unit', () => {
    const differences = [0.3, -0.1, 0.7, 0, 0.2];
    for (const unit of [1e-90, 1e-5, 1e90]) {
      expect(bettingEvidence(differences.map((d) => d * unit))).toBeCloseTo(bettingEvidence(differences), 10);
    }
  });

  it('is a fair game, and reaches 1/α with probability at most α however often one looks: all signs, enumerated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 50, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (sizes) => {
          let total = 0;
          const crossings = new Map([0.05, 0.1, 0.2].map((level) => [level, 0]));
          for (let signs = 0; signs < 1 << sizes.length; signs++) {
            const differences = sizes.map((size, i) => ((signs >> i) & 1 ? size : -size));
            let most = 0;
            let wealth = 1;
            for (let n = 1; n <= sizes.length; n++) {
              wealth = bettingEvidence(differences.slice(0, n));
              most = Math.max(most, wealth);
            }
            total += wealth;
            for (const [level, count] of crossings) if (most >= 1 / level) crossings.set(level, count + 1);
          }
          expect(total / (1 << sizes.length)).toBeCloseTo(1, 9);
          for (const [level, count] of crossings) expect(count / (1 << sizes.length)).toBeLessThanOrEqual(level);
        },
      ),
      { seed: 8, numRuns: 8 },
    );
  });

  it('finds a trial that is worse by half a deviation within 60 folds, more than four times in five', () => {
    let found = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = keyedRandom('worse', seed);
      const differences: number[] = [];
      while (differences.length < 60 && (differences.length === 0 || bettingEvidence(differences) < 10)) {
        differences.push(0.5 + randomNormal(random));
      }
      if (bettingEvidence(differences) >= 10) found++;
    }
    expect(found).toBeGreaterThan(160);
  });

  it('refuses no differences and differences that are not finite', () => {
    expect(() => bettingEvidence([])).toThrow(expect.objectContaining({ code: 'EMPTY_INPUT' }));
    expect(() => bettingEvidence([Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});
