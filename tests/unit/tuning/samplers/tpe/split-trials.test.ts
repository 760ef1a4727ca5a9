import { readFileSync } from 'node:fs';
import type { ObservedTrial } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';
import { isInformative, splitTrials } from '../../../../../packages/tuning/src/samplers/tpe/split-trials.ts';

interface SplitCase {
  readonly input: readonly Omit<ObservedTrial, 'parameters'>[];
  readonly expected: { readonly good: readonly number[]; readonly rest: readonly number[] };
}
const golden: { readonly splits: readonly SplitCase[] } = JSON.parse(
  readFileSync(new URL('../../../../golden/tpe.json', import.meta.url), 'utf8'),
);

describe('splitTrials', () => {
  it.each(golden.splits.map((each) => [each.input.length, each] as const))(
    'splits %i trials as Optuna does, ties and pruned ones included',
    (_n, { input, expected }) => {
      const { good, rest } = splitTrials(input.map((trial) => ({ ...trial, parameters: {} })));
      expect(good.map(({ trialNumber }) => trialNumber)).toEqual(expected.good);
      expect(rest.map(({ trialNumber }) => trialNumber)).toEqual(expected.rest);
    },
  );

  it('learns nothing from a failed trial', () => {
    expect(isInformative({ trialNumber: 0, state: 'failed', parameters: {} })).toBe(false);
    expect(isInformative({ trialNumber: 0, state: 'pruned', parameters: {} })).toBe(true);
    expect(isInformative({ trialNumber: 0, state: 'complete', parameters: {}, loss: 1 })).toBe(true);
  });
});
