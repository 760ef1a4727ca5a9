import { keyedRandom } from '@mlperf/core';
import { gradientBoostingFamily, gradientBoostingRegressionFamily } from '@mlperf/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitContext, sameSigns, table } from './boosting-data.ts';

const SEED = 20261122;

/** Noise with waves: without constraints the fit goes up and down. */
function waves(rows: number, seed: string): { features: number[][]; targets: number[] } {
  const random = keyedRandom(seed, 'waves');
  const features = Array.from({ length: rows }, () =>
    Array.from({ length: 3 }, () => (random.next() < 0.08 ? Number.NaN : Math.round(random.next() * 40) / 4)),
  );
  const targets = features.map(
    ([a, b, c]) => Math.sin(a || 0) + 0.3 * (a || 0) * Math.cos(b || 0) - 0.2 * (c || 0) + 2 * (random.next() - 0.5),
  );
  return { features, targets };
}

/** The prediction along column 0, all else as in `row`. */
async function along(
  predict: (values: Float64Array, rows: number) => Promise<Float64Array>,
  row: readonly number[],
): Promise<number[]> {
  const grid = Array.from({ length: 45 }, (_, i) => i / 4 - 0.5);
  return [...(await predict(Float64Array.from(grid.flatMap((x) => [x, ...row.slice(1)])), grid.length))];
}

function falls(values: readonly number[]): number {
  return values.filter((value, i) => i > 0 && value < values[i - 1]!).length;
}

describe('monotone constraints', () => {
  it('hold everywhere, whatever the data, the other parameters and the other features say', async () => {
    let free = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.string({ maxLength: 6 }),
          direction: fc.constantFrom(-1, 1),
          other: fc.constantFrom(-1, 0, 1),
          numLeaves: fc.integer({ min: 2, max: 40 }),
          minChildSamples: fc.integer({ min: 1, max: 20 }),
          regAlpha: fc.constantFrom(0, 0.5),
          regLambda: fc.constantFrom(0, 1),
          colsampleBynode: fc.constantFrom(1, 0.5),
          subsample: fc.constantFrom(1, 0.6),
        }),
        async ({ seed, direction, other, ...parameters }) => {
          const { features, targets } = waves(150, seed);
          const constrained = direction === 1 ? 1 : -1;
          const model = await gradientBoostingRegressionFamily.fit(
            table(features, targets),
            {
              ...parameters,
              nEstimators: 12,
              learningRate: 0.5,
              monotoneConstraints: { f0: constrained, f1: other as -1 | 0 | 1 },
            },
            fitContext({ seed }),
          );
          for (const row of features.slice(0, 12)) {
            const values = await along(async (v, rows) => model.predict({ values: v, rows, columns: 3 }), row);
            expect(falls(values.map((value) => constrained * value))).toBe(0);
          }
          const loose = await gradientBoostingRegressionFamily.fit(
            table(features, targets),
            { ...parameters, nEstimators: 12, learningRate: 0.5 },
            fitContext({ seed }),
          );
          const values = await along(async (v, rows) => loose.predict({ values: v, rows, columns: 3 }), features[0]!);
          free += falls(values.map((value) => constrained * value)) > 0 ? 1 : 0;
        },
      ),
      { numRuns: 40, seed: SEED },
    );
    // Without the constraint the same fits do go the other way: the property says something.
    expect(free).toBeGreaterThan(30);
  });

  it('bind the probability of the second class', async () => {
    const train = sameSigns(400, 'monotone');
    const model = await gradientBoostingFamily.fit(
      train,
      { nEstimators: 30, minChildSamples: 5, monotoneConstraints: { f0: 1, f1: -1 } },
      fitContext(),
    );
    const grid = Array.from({ length: 21 }, (_, i) => i / 20 - 0.5);
    const up = async (row: (x: number) => number[]) => {
      const values = Float64Array.from(grid.flatMap(row));
      return [...(await model.predict({ values, rows: grid.length, columns: 4 }))].filter((_, i) => i % 2 === 1);
    };
    for (const y of [-0.4, -0.1, 0.2, 0.45]) {
      expect(falls(await up((x) => [x, y, 0, 0]))).toBe(0);
      expect(falls((await up((x) => [y, x, 0, 0])).map((p) => -p))).toBe(0);
    }
  });

  it.each([
    ['a name that is no feature', { momentum: 1 }, /'momentum'/],
    ['half a direction', { f0: 0.5 }, /'f0' must be -1, 0 or 1; got 0.5/],
  ])('refuse %s', async (_, monotoneConstraints, message) => {
    const fit = gradientBoostingFamily.fit(
      sameSigns(50, 'refuse'),
      { monotoneConstraints: monotoneConstraints as Record<string, 1> },
      fitContext(),
    );
    await expect(fit).rejects.toMatchObject({ code: 'OUT_OF_RANGE', message: expect.stringMatching(message) });
  });

  it('are refused for three classes, whose probabilities they could not bind', async () => {
    const data = table([[1], [2], [3]], [0, 1, 2], { classes: ['down', 'up', 'flat'] });
    const fit = gradientBoostingFamily.fit(data, { monotoneConstraints: { f0: 1 } }, fitContext());
    await expect(fit).rejects.toMatchObject({ code: 'OUT_OF_RANGE', message: expect.stringMatching(/3 classes/) });
  });
});
