import { createDataset, type Dataset, type FitContext, keyedRandom, type TrainedModel } from '@mlperf/core';
import { logisticRegressionFamily } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../core/read-golden.ts';

interface LogisticCase {
  readonly input: {
    readonly name: string;
    readonly features: readonly (readonly number[])[];
    readonly targets: readonly number[];
    readonly classes: readonly string[];
    readonly l2: number;
    readonly classWeights?: 'balanced' | Readonly<Record<string, number>>;
    readonly weights?: readonly number[];
  };
  readonly expected: {
    readonly coefficients: readonly (readonly number[])[];
    readonly intercepts: readonly number[];
    readonly probabilities: readonly (readonly number[])[];
  };
}

const golden = readGolden<LogisticCase>('logistic-regression');

function contextOf(changes: Partial<FitContext> = {}): FitContext {
  return {
    seed: 'any',
    signal: new AbortController().signal,
    report: async () => 'continue',
    onProgress() {},
    ...changes,
  };
}

function datasetOf({ features, targets, classes, weights }: LogisticCase['input']): Dataset {
  const at = targets.map((_, row) => row);
  return createDataset({
    features,
    featureNames: features[0]!.map((_, c) => `f${c}`),
    targets,
    classes,
    timestamps: at,
    labelEndsAt: at,
    ...(weights === undefined ? {} : { weights }),
  });
}

/** The scores of a model at given features, from its file's JSON: what is stored is what is compared. */
function storedOf(model: TrainedModel): { coefficients: number[]; intercepts: number[] } {
  return JSON.parse(new TextDecoder().decode(model.serialize().subarray(64))) as never;
}

describe('logistic regression', () => {
  it.each(golden.cases.map((one) => ({ ...one, name: one.input.name })))(
    'has the coefficients of scikit-learn: $name',
    async ({ input, expected }) => {
      const { l2, classWeights } = input;
      const parameters = { l2, ...(classWeights === undefined ? {} : { classWeights }) };
      const data = datasetOf(input);
      const model = await logisticRegressionFamily.fit(data, parameters, contextOf());
      const { coefficients, intercepts } = storedOf(model);
      const found = [...coefficients, ...intercepts];
      const wanted = [...expected.coefficients.flat(), ...expected.intercepts];
      expect(found.length).toBe(wanted.length);
      wanted.forEach((value, i) => {
        expect(excess(found[i]!, value, golden.tolerance)).toBeLessThanOrEqual(0);
      });
      const five = { ...data.features, values: data.features.values.slice(0, 5 * data.features.columns), rows: 5 };
      const probabilities = await model.predict(five);
      expected.probabilities.flat().forEach((value, i) => {
        expect(probabilities[i]).toBeCloseTo(value, 6);
      });
    },
  );

  it('stops where every derivative is as small as was asked', async () => {
    for (const { input } of [golden.cases[0]!, golden.cases[5]!]) {
      const data = datasetOf(input);
      const k = input.classes.length;
      const columns = data.features.columns;
      const model = await logisticRegressionFamily.fit(data, { l2: input.l2, tolerance: 1e-12 }, contextOf());
      const { coefficients } = storedOf(model);
      const probabilities = await model.predict(data.features);
      // dF/dw of class k and column c: Σ (p − y)·x + λ·w, from the answers alone.
      for (let o = 0; o < (k === 2 ? 1 : k); o++) {
        const own = k === 2 ? 1 : o;
        for (let c = 0; c <= columns; c++) {
          let derivative = c === columns ? 0 : input.l2 * coefficients[o * columns + c]!;
          input.targets.forEach((target, row) => {
            const x = c === columns ? 1 : data.features.values[row * columns + c]!;
            derivative += (probabilities[row * k + own]! - (target === own ? 1 : 0)) * x;
          });
          expect(Math.abs(derivative) / input.targets.length).toBeLessThan(1e-11);
        }
      }
    }
  });

  it('separates what can be separated, as far as the penalty lets it, and fails without one', async () => {
    const at = [0, 1, 2, 3];
    const input = { features: at.map((x) => [x]), targets: [0, 0, 1, 1], classes: ['down', 'up'] };
    const data = datasetOf({ ...input, name: '', l2: 0 });
    const model = await logisticRegressionFamily.fit(data, { l2: 1e-3 }, contextOf());
    const probabilities = await model.predict(data.features);
    expect(at.map((row) => probabilities[2 * row + 1]! > 0.5)).toEqual([false, false, true, true]);
    await expect(
      logisticRegressionFamily.fit(data, { l2: 0, maxIterations: 15, tolerance: 1e-14 }, contextOf()),
    ).rejects.toMatchObject({ code: 'TRAINING_FAILED', message: expect.stringContaining('1e-14 within 15 steps') });
  });

  it('gives a class that training rows do not have probability 0, and the others the same model', async () => {
    const { input } = golden.cases[0]!;
    const two = await logisticRegressionFamily.fit(datasetOf(input), {}, contextOf());
    const three = datasetOf({ ...input, classes: ['c0', 'none', 'c1'], targets: input.targets.map((t) => 2 * t) });
    const model = await logisticRegressionFamily.fit(three, {}, contextOf());
    const [few, more] = [await two.predict(three.features), await model.predict(three.features)];
    input.targets.forEach((_, row) => {
      expect(Array.from(more.subarray(3 * row, 3 * row + 3))).toEqual([few[2 * row], 0, few[2 * row + 1]]);
    });
  });

  it('is the same after a restart, and tells importance by the size of what features move', async () => {
    const { input } = golden.cases[6]!;
    const data = datasetOf(input);
    const model = await logisticRegressionFamily.fit(data, {}, contextOf());
    const loaded = await logisticRegressionFamily.load(model.serialize());
    expect(loaded.classes).toEqual(input.classes);
    expect(await loaded.predict(data.features)).toEqual(await model.predict(data.features));
    expect(loaded.serialize()).toEqual(model.serialize());
    expect(loaded.featureImportance!().reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('reports accuracy on validation rows after each step, stops when told to, and tells progress', async () => {
    const data = datasetOf(golden.cases[0]!.input);
    const steps: number[] = [];
    const progress: number[] = [];
    await logisticRegressionFamily.fit(
      data,
      {},
      contextOf({
        validation: data,
        report: async (step, value) => {
          expect(value).toBeGreaterThan(0.6);
          steps.push(step);
          return 'continue';
        },
        onProgress: (fraction) => progress.push(fraction),
      }),
    );
    expect(steps).toEqual(steps.map((_, i) => i + 1));
    expect(steps.length).toBeGreaterThan(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    let told = 0;
    const stopping = contextOf({ validation: data, report: async () => (++told === 2 ? 'stop' : 'continue') });
    await logisticRegressionFamily.fit(data, {}, stopping);
    expect(told).toBe(2);
  });

  it('ends within a synchronous pass when its signal turns', async () => {
    const random = keyedRandom('abort');
    const rows = 20_000;
    const at = Float64Array.from({ length: rows }, (_, row) => row);
    const values = Float64Array.from({ length: rows * 10 }, () => random.next());
    const data = createDataset({
      features: { values, rows, columns: 10 },
      featureNames: Array.from({ length: 10 }, (_, c) => `f${c}`),
      targets: at.map((row) => (values[row * 10]! + random.next() > 1 ? 1 : 0)),
      classes: ['down', 'up'],
      timestamps: at,
      labelEndsAt: at,
    });
    let looks = 0;
    // Turns at the 31st look: in the second pass over 20 blocks of rows.
    const signal = Object.create(new AbortController().signal, { aborted: { get: () => ++looks > 30 } }) as AbortSignal;
    await expect(logisticRegressionFamily.fit(data, {}, contextOf({ signal }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(looks).toBe(31);
  });

  it('refuses bad parameters and data', async () => {
    const data = datasetOf(golden.cases[0]!.input);
    const bad: readonly (readonly [object, string])[] = [
      [{ l2: -1 }, 'OUT_OF_RANGE'],
      [{ l2: 'much' }, 'INVALID_TYPE'],
      [{ tolerance: 0 }, 'OUT_OF_RANGE'],
      [{ maxIterations: 1.5 }, 'OUT_OF_RANGE'],
      [{ C: 1 }, 'INVALID_RECORD'],
      [{ classWeights: 'heavy' }, 'INVALID_TYPE'],
      [{ classWeights: { c0: -1 } }, 'OUT_OF_RANGE'],
      [{ classWeights: { c7: 1 } }, 'OUT_OF_RANGE'],
    ];
    for (const [parameters, code] of bad) {
      await expect(logisticRegressionFamily.fit(data, parameters, contextOf())).rejects.toMatchObject({ code });
    }
    const { classes: _left, ...regression } = data;
    const one = { ...data, targets: data.targets.map(() => 1) };
    const missing = createDataset({
      ...data,
      features: { ...data.features, values: data.features.values.with(7, Number.NaN) },
      missingValues: 'allowed',
    });
    for (const [dataset, code] of [
      [regression, 'INVALID_TYPE'],
      [one, 'SINGLE_CLASS'],
      [missing, 'NOT_FINITE'],
    ] as const) {
      await expect(logisticRegressionFamily.fit(dataset, {}, contextOf())).rejects.toMatchObject({ code });
    }
  });
});
