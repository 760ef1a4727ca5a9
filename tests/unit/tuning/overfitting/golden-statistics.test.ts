import { readFileSync } from 'node:fs';
import {
  chanceOfBeating,
  deflatedDifference,
  effectiveObservations,
  probabilityOfOverfitting,
  type SearchEvidence,
} from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

type Numbers = Readonly<Record<string, number>>;
const golden: {
  readonly searches: readonly {
    readonly input: SearchEvidence & { readonly holdout: readonly number[] };
    readonly expected: { readonly deflated: Numbers; readonly beating: Numbers; readonly beatingWithHoldout: Numbers };
  }[];
  readonly overfitting: readonly {
    readonly input: { readonly scores: readonly (readonly number[])[]; readonly blocks: number };
    readonly expected: {
      readonly probability: number;
      readonly probabilityOfLoss: number;
      readonly slope: number;
      readonly logits: readonly number[];
    };
  }[];
} = JSON.parse(readFileSync(new URL('../../../golden/overfitting.json', import.meta.url), 'utf8'));

function expectAll(actual: object | undefined, expected: Numbers): void {
  expect(Object.keys(actual ?? {}).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(actual ?? {})) expectClose(value, expected[name]!, name);
}

function expectClose(actual: number, expected: number, name: string): void {
  expect(Math.abs(actual - expected), name).toBeLessThanOrEqual(1e-9 * Math.abs(expected) + 1e-15);
}

describe('statistics of a search against SciPy', () => {
  it.each(golden.searches)(
    'deflates a ratio, with $input.tried trials and overlap $input.overlap',
    ({ input, expected }) => {
      const { observedDeflatedConfidence, ...deflated } = expected.deflated;
      expectAll(deflatedDifference(input), deflated);
      expectClose(
        deflatedDifference(input, { spread: 'observed' })!.deflatedConfidence,
        observedDeflatedConfidence!,
        'with the observed spread',
      );
      expectClose(
        effectiveObservations(input.differences[input.winner]!, input.overlap),
        deflated.effectiveObservations!,
        'effective observations',
      );
    },
  );

  it.each(golden.searches)(
    'predicts the winner of $input.tried trials, without and with a holdout',
    ({ input, expected }) => {
      expectAll(chanceOfBeating(input), expected.beating);
      expectAll(chanceOfBeating(input, input.holdout), expected.beatingWithHoldout);
    },
  );

  it.each(golden.overfitting)('splits $input.blocks blocks symmetrically', ({ input, expected }) => {
    const { logits, ...rest } = probabilityOfOverfitting(input.scores, { blocks: input.blocks });
    const { logits: wanted, ...others } = expected;
    expectAll(rest, others);
    expect(logits.length).toBe(wanted.length);
    logits.forEach((logit, split) => {
      expectClose(logit, wanted[split]!, `split ${split}`);
    });
  });
});
