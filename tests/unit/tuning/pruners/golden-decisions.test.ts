import { readFileSync } from 'node:fs';
import {
  bettingEvidence,
  type HyperbandOptions,
  HyperbandPruner,
  MedianPruner,
  type MedianPrunerOptions,
  type PatienceOptions,
  PatiencePruner,
  PercentilePruner,
  type PercentilePrunerOptions,
  type Pruner,
  type ReportedTrial,
  type SuccessiveHalvingOptions,
  SuccessiveHalvingPruner,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

interface RecordedStudy {
  readonly input: { readonly pruner: string; readonly options: object; readonly direction: string };
  readonly expected: {
    readonly studyId: string;
    readonly trials: readonly {
      readonly steps: readonly number[];
      readonly losses: readonly (number | null)[];
      readonly state: ReportedTrial['state'];
    }[];
  };
}
const golden: {
  readonly studies: readonly RecordedStudy[];
  readonly wealth: readonly { readonly input: readonly number[]; readonly expected: number }[];
} = JSON.parse(readFileSync(new URL('../../../golden/pruners.json', import.meta.url), 'utf8'));

const MAKE: Readonly<Record<string, (options: object) => Pruner>> = {
  median: (options: MedianPrunerOptions) => new MedianPruner(options),
  percentile: (options) => new PercentilePruner(options as PercentilePrunerOptions),
  'successive-halving': (options: SuccessiveHalvingOptions) => new SuccessiveHalvingPruner(options),
  hyperband: (options: HyperbandOptions) => new HyperbandPruner(options),
  patience: (options) => new PatiencePruner(options as PatienceOptions),
  'patience of median': (options) =>
    new PatiencePruner({ ...(options as PatienceOptions), pruner: new MedianPruner() }),
};

/** Whether the pruner prunes a trial after each number of its reports, the trials before it seen. */
function decisions(pruner: Pruner, studyId: string, trials: readonly ReportedTrial[], n: number): boolean[] {
  const { steps, losses } = trials[n]!;
  return Array.from(steps, (_, i) =>
    pruner.shouldPrune({
      studyId,
      trialNumber: n,
      reports: { steps: Array.from(steps).slice(0, i + 1), losses: Array.from(losses).slice(0, i + 1) },
      history: trials.slice(0, n),
    }),
  );
}

describe("pruners against Optuna's, on recorded studies", () => {
  it.each(golden.studies)('$input.pruner $input.options, $input.direction', ({ input, expected }) => {
    const trials = expected.trials.map(
      ({ steps, losses, state }, trialNumber): ReportedTrial => ({
        trialNumber,
        state,
        steps,
        losses: losses.map((loss) => loss ?? Number.NaN),
      }),
    );
    const pruner = MAKE[input.pruner]!(input.options);
    let pruned = 0;
    trials.forEach(({ state, steps }, n) => {
      const last = state === 'pruned' ? steps.length - 1 : -1;
      if (state === 'pruned') pruned++;
      expect(decisions(pruner, expected.studyId, trials, n), `trial ${n}`).toEqual(
        Array.from(steps, (_, i) => i === last),
      );
    });
    // Not a study where nothing, or everything, was decided.
    expect(pruned).toBeGreaterThan(2);
    expect(pruned).toBeLessThan(trials.length - 1);
  });

  it('agrees with the wealth of the bets computed as exponentials', () => {
    expect(golden.wealth.length).toBe(12);
    for (const { input, expected } of golden.wealth) {
      expect(Math.abs(bettingEvidence(input) / expected - 1)).toBeLessThan(1e-12);
    }
  });
});
