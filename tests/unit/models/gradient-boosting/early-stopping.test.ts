import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';
import { gradientBoostingFamily, gradientBoostingRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { accuracyOf, fitContext, sameSigns, table } from './boosting-data.ts';

const stopping = {
  nEstimators: 400,
  learningRate: 0.3,
  minChildSamples: 3,
  earlyStoppingRounds: 10,
  validationShare: 0.25,
};

async function rounds(dataset: Dataset, parameters: object): Promise<number> {
  const model = await gradientBoostingFamily.fit(dataset, parameters, fitContext());
  return model.treeStructure!().trees.length;
}

describe('early stopping', () => {
  const noisy = sameSigns(400, 'early', 0.3);

  it('keeps the trees of the best round only', async () => {
    const kept = await rounds(noisy, stopping);
    expect(kept).toBeGreaterThan(1);
    expect(kept).toBeLessThan(100);
    // More patience finds the same best round, or a later one.
    expect(await rounds(noisy, { ...stopping, earlyStoppingRounds: 40 })).toBeGreaterThanOrEqual(kept);
  });

  it('answers as a model of that many rounds on the older rows does', async () => {
    const stopped = await gradientBoostingFamily.fit(noisy, stopping, fitContext());
    const kept = stopped.treeStructure!().trees.length;
    const older = await gradientBoostingFamily.fit(
      table(rowsOf(noisy).slice(0, 300), [...noisy.targets.slice(0, 300)], { classes: ['down', 'up'] }),
      { ...stopping, earlyStoppingRounds: 0, nEstimators: kept },
      fitContext(),
    );
    expect(await stopped.predict(noisy.features)).toEqual(await older.predict(noisy.features));
  });

  it('does better on new rows than going on', async () => {
    const fresh = sameSigns(1000, 'early-fresh', 0.3);
    const stopped = await gradientBoostingFamily.fit(noisy, stopping, fitContext());
    const full = await gradientBoostingFamily.fit(noisy, { ...stopping, earlyStoppingRounds: 0 }, fitContext());
    const loss = async (model: typeof full) => {
      const answers = await model.predict(fresh.features);
      return fresh.targets.reduce((sum, label, i) => sum - Math.log(answers[2 * i + label]!), 0) / fresh.targets.length;
    };
    // Coins cost log 2 = 0.69; knowing the rule costs 0.61.
    expect(await loss(stopped)).toBeLessThan(0.68);
    expect(await loss(full)).toBeGreaterThan(1);
  });

  it('never trains on a row whose label reaches into the newest rows', async () => {
    // Labels last 30 rows. The 30 rows before the tail say the opposite of all others, loudly.
    const clean = sameSigns(300, 'poison', 0);
    const tailFrom = 225;
    const targets = [...clean.targets].map((label, i) => (i >= tailFrom - 30 && i < tailFrom ? 1 - label : label));
    const poisoned = table(rowsOf(clean), targets, { classes: ['down', 'up'], labelLength: 30 });
    const reference = table(rowsOf(clean), [...clean.targets], { classes: ['down', 'up'], labelLength: 30 });
    const [one, other] = await Promise.all(
      [poisoned, reference].map(async (data) =>
        (await gradientBoostingFamily.fit(data, stopping, fitContext())).serialize(),
      ),
    );
    expect(one).toEqual(other);
    // One row earlier is trained on.
    targets[tailFrom - 31] = 1 - targets[tailFrom - 31]!;
    const further = table(rowsOf(clean), targets, { classes: ['down', 'up'], labelLength: 30 });
    expect((await gradientBoostingFamily.fit(further, stopping, fitContext())).serialize()).not.toEqual(one);
  });

  it('takes the newest rows of all groups together, and rows of one time on one side', async () => {
    // Two symbols one after the other in the table, over the same hours; the newest quarter of the time lies apart.
    const hours = 100;
    const features: number[][] = [];
    const targets: number[] = [];
    const timestamps: number[] = [];
    const random = keyedRandom('groups');
    for (let group = 0; group < 2; group++) {
      for (let hour = 0; hour < hours; hour++) {
        features.push([random.next()]);
        // In the newest quarter nothing is as it was: whoever trains on it, gains there.
        targets.push(hour >= 75 ? 100 : features.at(-1)![0]!);
        timestamps.push(hour);
      }
    }
    const data = createDataset({
      features,
      featureNames: ['f0'],
      targets: Float64Array.from(targets),
      timestamps: Float64Array.from(timestamps),
      labelEndsAt: Float64Array.from(timestamps),
      groups: Int32Array.from(timestamps, (_, i) => (i < hours ? 0 : 1)),
      groupNames: ['A', 'B'],
    });
    const model = await gradientBoostingRegressionFamily.fit(
      data,
      { ...stopping, validationShare: 0.245 },
      fitContext(),
    );
    const answers = await model.predict(data.features);
    expect(Math.max(...answers)).toBeLessThan(1);
    expect(model.treeStructure!().trees[0]!.cover[0]).toBe(150);
  });

  it('refuses rows whose labels all reach into the tail', async () => {
    const data = table(
      Array.from({ length: 50 }, (_, i) => [i]),
      Array.from({ length: 50 }, (_, i) => i % 2),
      { classes: ['down', 'up'], labelLength: 100 },
    );
    const fit = gradientBoostingFamily.fit(data, stopping, fitContext());
    await expect(fit).rejects.toMatchObject({ code: 'INSUFFICIENT_DATA' });
  });

  it('refuses a single class among the older rows', async () => {
    const data = table(
      Array.from({ length: 50 }, (_, i) => [i]),
      Array.from({ length: 50 }, (_, i) => (i < 45 ? 0 : 1)),
      { classes: ['down', 'up'] },
    );
    await expect(gradientBoostingFamily.fit(data, stopping, fitContext())).rejects.toMatchObject({
      code: 'SINGLE_CLASS',
    });
  });
});

describe('a report', () => {
  const train = sameSigns(300, 'report');
  const validation = sameSigns(200, 'report-validation');

  it('tells the accuracy on the validation rows after each round', async () => {
    const reports: [number, number][] = [];
    const report = async (step: number, value: number) => {
      reports.push([step, value]);
      return 'continue' as const;
    };
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 5 }, fitContext({ validation, report }));
    expect(reports.map(([step]) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(reports[4]![1]).toBe(accuracyOf(validation, await model.predict(validation.features)));
  });

  it('tells −RMSE of a regression', async () => {
    const data = table([[1], [2], [3], [4]], [0, 1, 5, 8]);
    const values: number[] = [];
    const report = async (_: number, value: number) => {
      values.push(value);
      return 'continue' as const;
    };
    const parameters = { nEstimators: 1, numLeaves: 2, learningRate: 1, minChildSamples: 1 };
    await gradientBoostingRegressionFamily.fit(data, parameters, fitContext({ validation: data, report }));
    // Sides 0.5 and 6.5.
    expect(values).toEqual([-Math.sqrt((0.25 + 0.25 + 2.25 + 2.25) / 4)]);
  });

  it('is about the rows held back when no validation rows are given', async () => {
    let reports = 0;
    const report = async () => {
      reports++;
      return 'continue' as const;
    };
    await gradientBoostingFamily.fit(train, { nEstimators: 3 }, fitContext({ report }));
    expect(reports).toBe(0);
    await gradientBoostingFamily.fit(train, { nEstimators: 3, earlyStoppingRounds: 3 }, fitContext({ report }));
    expect(reports).toBe(3);
  });

  it('answered with stop ends the training with the trees so far', async () => {
    const report = async (step: number) => (step === 3 ? ('stop' as const) : ('continue' as const));
    const model = await gradientBoostingFamily.fit(train, { nEstimators: 50 }, fitContext({ validation, report }));
    expect(model.treeStructure!().trees).toHaveLength(3);
    const three = await gradientBoostingFamily.fit(train, { nEstimators: 3 }, fitContext());
    expect(await model.predict(train.features)).toEqual(await three.predict(train.features));
  });
});

function rowsOf({ features }: Dataset): number[][] {
  return Array.from({ length: features.rows }, (_, r) =>
    Array.from(features.values.subarray(r * features.columns, (r + 1) * features.columns)),
  );
}
