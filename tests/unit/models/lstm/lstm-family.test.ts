import { createDataset, type Dataset, predictRows, selectRows, sliceDataset } from '@mlperf/core';
import { type LstmParameters, lstmDefaults, lstmFamily, lstmRegressionFamily, lstmSearchSpace } from '@mlperf/models';
import { describe, expect, it } from 'vitest';
import { accuracyOf, fitContext, MEMORY, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

const train = signOfSum(400, 'train');
const fresh = signOfSum(300, 'fresh');
const brief: Partial<LstmParameters> = { ...quick, epochs: 2, units: 5 };

const bytesOf = async (dataset: Dataset, parameters: Partial<LstmParameters>, seed = 'seed-1') =>
  Buffer.from((await lstmFamily.fit(dataset, parameters, fitContext({ seed }))).serialize()).toString('base64');

describe('lstmFamily', () => {
  it('says what it is and what it needs', () => {
    expect(lstmFamily).toMatchObject({ modelType: 'lstm', task: 'classification' });
    expect(lstmRegressionFamily).toMatchObject({ modelType: 'lstm-regression', task: 'regression' });
    expect(lstmFamily.requirements).toEqual({
      missingValues: 'refused',
      scaling: 'built-in',
      series: true,
      weights: true,
    });
    for (const name of Object.keys(lstmSearchSpace)) expect(Object.keys(lstmDefaults)).toContain(name);
  });

  it('remembers the rows before: learns a rule that no row alone can tell', async () => {
    const model = await lstmFamily.fit(train, quick, fitContext());
    expect(model).toMatchObject({ modelType: 'lstm', classes: ['down', 'up'], lookBack: 3 });
    expect(model.featureNames).toEqual(train.featureNames);
    expect(accuracyOf(fresh, 3, await model.predict(fresh.features))).toBeGreaterThan(0.95);
  });

  it('learns it with two and with three layers, dropout and batches of another size', async () => {
    for (const layers of [2, 3]) {
      const parameters = { ...quick, layers, units: 9, dropout: 0.1, batchSize: 25, clipNorm: 0.5 };
      const model = await lstmFamily.fit(train, parameters, fitContext());
      expect(accuracyOf(fresh, 3, await model.predict(fresh.features))).toBeGreaterThan(0.95);
    }
  });

  it('cannot learn it when the look-back is too short', async () => {
    const model = await lstmFamily.fit(train, { ...quick, lookBack: 1 }, fitContext());
    expect(accuracyOf(fresh, 1, await model.predict(fresh.features))).toBeLessThan(0.9);
  });

  it('tells three classes apart with softmax, in rows that sum to 1', async () => {
    const steps = (row: number, of: Dataset) =>
      of.features.values[2 * row]! + (row > 0 ? of.features.values[2 * row - 2]! : 0);
    const three = (of: Dataset) =>
      createDataset({
        ...of,
        classes: ['down', 'flat', 'up'],
        targets: of.targets.map((_, row) => 1 + Math.sign(steps(row, of))),
      });
    const model = await lstmFamily.fit(three(train), quick, fitContext());
    const probabilities = await model.predict(fresh.features);
    expect(accuracyOf(three(fresh), 3, probabilities)).toBeGreaterThan(0.95);
    for (let i = 0; i < probabilities.length; i += 3) {
      expect(probabilities[i]! + probabilities[i + 1]! + probabilities[i + 2]!).toBeCloseTo(1, 6);
    }
  });

  it('fits values far from 0 with a spread of their own', async () => {
    const model = await lstmRegressionFamily.fit(valueOfSum(400, 'train'), quick, fitContext());
    expect(model).toMatchObject({ modelType: 'lstm-regression', classes: [], lookBack: 3 });
    const test = valueOfSum(300, 'fresh');
    const predicted = await model.predict(test.features);
    const squares = predicted.map((value, i) => (value - test.targets[i + 3]!) ** 2);
    // The values' own spread is 0.01 · √3.
    expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)).toBeLessThan(0.002);
  });

  describe('is the same model', () => {
    it('bit for bit for the same seed, and another for another seed', async () => {
      const parameters = { ...brief, dropout: 0.3, layers: 2 };
      expect(await bytesOf(train, parameters)).toBe(await bytesOf(train, parameters));
      expect(await bytesOf(train, parameters, 'other')).not.toBe(await bytesOf(train, parameters));
    });

    it('when all weights are doubled, since only their ratios count', async () => {
      const weights = train.targets.map((_, row) => 1 + (row % 3));
      const answers = async (factor: number) => {
        const model = await lstmFamily.fit({ ...train, weights: weights.map((w) => w * factor) }, brief, fitContext());
        return model.predict(fresh.features);
      };
      expect(await answers(2)).toEqual(await answers(1));
    });

    it('when a feature changes its unit, since features are standardised', async () => {
      const values = train.features.values.map((value, i) => (i % 2 === 1 ? value * 2 ** 40 : value));
      const other = await lstmFamily.fit({ ...train, features: { ...train.features, values } }, brief, fitContext());
      const plain = await lstmFamily.fit(train, brief, fitContext());
      const scaledFresh = fresh.features.values.map((value, i) => (i % 2 === 1 ? value * 2 ** 40 : value));
      expect(await other.predict({ ...fresh.features, values: scaledFresh })).toEqual(
        await plain.predict(fresh.features),
      );
    });

    it('and leaves the data set as it was', async () => {
      const before = structuredClone(train);
      await lstmFamily.fit(train, brief, fitContext());
      expect(train).toEqual(before);
    });
  });

  describe('weights', () => {
    it('of 0 keep rows from being learnt', async () => {
      const random = signOfSum(400, 'weights');
      const wrong = random.targets.map((label, row) => (row % 2 === 0 ? 1 - label : label));
      const weights = random.targets.map((_, row) => row % 2);
      const model = await lstmFamily.fit({ ...random, targets: wrong, weights }, quick, fitContext());
      expect(accuracyOf(fresh, 3, await model.predict(fresh.features))).toBeGreaterThan(0.95);
    });

    it('of classes move what is predicted where features tell nothing', async () => {
      const rows = 300;
      const uninformed = createDataset({
        ...signOfSum(rows, 'uninformed'),
        targets: Array.from({ length: rows }, (_, row) => (row % 10 === 0 ? 1 : 0)),
        features: Array.from({ length: rows }, () => [1]),
        featureNames: ['constant'],
      });
      const up = async (classWeights?: LstmParameters['classWeights']) => {
        const parameters = { ...quick, patience: 0, ...(classWeights === undefined ? {} : { classWeights }) };
        const model = await lstmFamily.fit(uninformed, parameters, fitContext());
        return (await model.predict(sliceDataset(uninformed, 0, 4).features))[1]!;
      };
      // One row in ten is up: p = 1/10, balanced 1/2, with a weight of 3 it is 3 / (3 + 9).
      expect(await up()).toBeCloseTo(1 / 10, 1);
      expect(await up('balanced')).toBeCloseTo(1 / 2, 1);
      expect(await up({ up: 3 })).toBeCloseTo(3 / 12, 1);
    });

    it('of classes are those of the training rows on the tail too, whatever the tail holds', async () => {
      // Balanced on the first 300 rows, of which a third is up, and the same as numbers.
      const uneven = { ...train, targets: train.targets.map((_, row) => (row % 3 === 0 || row >= 300 ? 1 : 0)) };
      const parameters = { ...brief, epochs: 4, validationShare: 0.25 };
      const losses = async (classWeights: LstmParameters['classWeights']) => {
        const model = await lstmFamily.fit(
          uneven,
          { ...parameters, ...(classWeights && { classWeights }) },
          fitContext(),
        );
        return model.predict(fresh.features);
      };
      const balanced = await losses('balanced');
      expect(await losses({ down: 300 / (2 * 200), up: 300 / (2 * 100) })).toEqual(balanced);
      expect(await losses(undefined)).not.toEqual(balanced);
    });
  });

  describe('the tail', () => {
    it('is not trained on, and nor are rows whose labels reach into it', async () => {
      // Labels take 20 rows to become known, the newest quarter is the tail: rows 280 to 299 reach into it.
      const slow = { ...train, labelEndsAt: train.timestamps.map((at) => at + 20_000) };
      const poisoned = {
        ...slow,
        targets: slow.targets.map((label, row) => (row >= 280 && row < 300 ? 1 - label : label)),
      };
      const clean = { ...slow, targets: slow.targets.map((label, row) => (row === 279 ? 1 - label : label)) };
      const parameters = { ...brief, validationShare: 0.25 };
      expect(await bytesOf(poisoned, parameters)).toBe(await bytesOf(slow, parameters));
      expect(await bytesOf(clean, parameters)).not.toBe(await bytesOf(slow, parameters));
    });

    it('has no part in the scaling, nor have the rows purged before it', async () => {
      const slow = { ...train, labelEndsAt: train.timestamps.map((at) => at + 20_000) };
      const values = slow.features.values.map((value, i) => (i % 2 === 1 && i >= 2 * 280 ? value * 1000 : value));
      const parameters = { ...brief, epochs: 1, validationShare: 0.25 };
      const shifted = await lstmFamily.fit(
        { ...slow, features: { ...slow.features, values } },
        parameters,
        fitContext(),
      );
      const plain = await lstmFamily.fit(slow, parameters, fitContext());
      expect(await shifted.predict(fresh.features)).toEqual(await plain.predict(fresh.features));
    });

    it('decides which weights come back: those of its best epoch', async () => {
      const noisy = { ...train, targets: train.targets.map((label, row) => (row % 3 === 0 ? 1 - label : label)) };
      const parameters = { ...quick, units: 32, learningRate: 0.05, epochs: 40, patience: 6 };
      let epochs = 0;
      const count = async () => {
        epochs++;
        return 'continue' as const;
      };
      const stopped = await lstmFamily.fit(noisy, parameters, fitContext({ report: count }));
      expect(epochs).toBeGreaterThan(6);
      expect(epochs).toBeLessThan(40);
      const best = await lstmFamily.fit(noisy, { ...parameters, epochs: epochs - 6 }, fitContext());
      expect(await stopped.predict(fresh.features)).toEqual(await best.predict(fresh.features));
    });

    it('looks back on earlier rows, purged ones too, so that it may be shorter than a window', async () => {
      const slow = { ...train, labelEndsAt: train.timestamps.map((at) => at + 20_000) };
      const parameters = { ...brief, lookBack: 30, validationShare: 0.05 };
      const reports: number[] = [];
      const report = async (_: number, value: number) => {
        reports.push(value);
        return 'continue' as const;
      };
      await lstmFamily.fit(slow, parameters, fitContext({ report }));
      // All 20 rows of the tail are answered: the accuracy is a number of twentieths.
      for (const value of reports) expect((value * 20) % 1).toBeCloseTo(0, 9);
      expect(reports).toHaveLength(2);
    });

    it('is not kept back without patience: every row is trained on, every epoch is run', async () => {
      const last = { ...train, targets: train.targets.map((label, row) => (row === 399 ? 1 - label : label)) };
      const parameters = { ...brief, patience: 0 };
      expect(await bytesOf(last, parameters)).not.toBe(await bytesOf(train, parameters));
    });
  });

  describe('windows', () => {
    it('never cross from one group into another', async () => {
      // Two series, interleaved: as one series, the rule of the last three steps would be lost.
      const [a, b] = [signOfSum(400, 'a'), signOfSum(400, 'b')];
      const from = (row: number) => (row % 2 === 0 ? a : b);
      const at = (row: number) => Math.floor(row / 2);
      const rows = Array.from({ length: 800 }, (_, row) => row);
      const both = createDataset({
        features: rows.map((row) => [from(row).features.values[2 * at(row)]!, 0]),
        featureNames: a.featureNames,
        targets: rows.map((row) => from(row).targets[at(row)]!),
        classes: ['down', 'up'],
        timestamps: rows.map((row) => from(row).timestamps[at(row)]!),
        labelEndsAt: rows.map((row) => from(row).labelEndsAt[at(row)]!),
        groups: rows.map((row) => row % 2),
        groupNames: ['a', 'b'],
      });
      const model = await lstmFamily.fit(both, quick, fitContext());
      const probabilities = await predictRows(model, selectRows(both, rows.slice(20, 400)), both);
      let right = 0;
      for (let i = 0; i < 380; i++) {
        if ((probabilities[2 * i + 1]! > 0.5 ? 1 : 0) === both.targets[20 + i]) right++;
      }
      expect(right / 380).toBeGreaterThan(0.95);
    });

    it('never span a gap: with every fourth row gone, none of four rows is left', async () => {
      const gappy = selectRows(
        train,
        Array.from({ length: 400 }, (_, row) => row).filter((row) => row % 4 !== 0),
      );
      await expect(lstmFamily.fit(gappy, brief, fitContext())).rejects.toMatchObject({ code: 'INSUFFICIENT_DATA' });
      const shorter = await lstmFamily.fit(gappy, { ...brief, lookBack: 2 }, fitContext());
      expect(shorter.lookBack).toBe(2);
    });
  });

  describe('while it trains', () => {
    it('reports the accuracy on the validation rows after each epoch, looking back on their history', async () => {
      const whole = signOfSum(500, 'whole');
      const reports: [number, number][] = [];
      const model = await lstmFamily.fit(
        sliceDataset(whole, 0, 300),
        { ...brief, epochs: 3, patience: 0 },
        {
          ...fitContext(),
          validation: sliceDataset(whole, 300),
          validationHistory: sliceDataset(whole, 0, 300),
          report: async (epoch, value) => {
            reports.push([epoch, value]);
            return 'continue';
          },
        },
      );
      expect(reports.map(([epoch]) => epoch)).toEqual([1, 2, 3]);
      const probabilities = await predictRows(model, sliceDataset(whole, 300), whole);
      const right = probabilities.filter(
        (p, i) => i % 2 === 1 && (p > 0.5 ? 1 : 0) === whole.targets[300 + (i - 1) / 2],
      );
      expect(reports[2]![1]).toBeCloseTo(right.length / 200, 12);
    });

    it('reports the training loss below 0 where no rows are held back and none are given', async () => {
      const reports: number[] = [];
      const report = async (_: number, value: number) => {
        reports.push(value);
        return reports.length === 4 ? ('stop' as const) : ('continue' as const);
      };
      await lstmFamily.fit(train, { ...quick, patience: 0 }, fitContext({ report }));
      expect(reports).toHaveLength(4);
      // A coin costs log 2; it learns.
      expect(reports[0]).toBeGreaterThan(-1);
      expect(reports[0]).toBeLessThan(-0.5);
      expect(reports[3]).toBeGreaterThan(reports[0]!);
    });

    it('weighs the validation rows by their weights', async () => {
      // Every other label is wrong; rows with the right one count three times.
      const flipped = fresh.targets.map((label, row) => (row % 2 === 0 ? 1 - label : label));
      const weights = fresh.targets.map((_, row) => (row % 2 === 0 ? 1 : 3));
      const last = async (validation: Dataset) => {
        let score = 0;
        const report = async (_: number, value: number) => {
          score = value;
          return 'continue' as const;
        };
        await lstmFamily.fit(train, { ...quick, patience: 0 }, fitContext({ report, validation }));
        return score;
      };
      expect(await last({ ...fresh, targets: flipped, weights })).toBeCloseTo(0.75, 1);
      expect(await last({ ...fresh, targets: flipped })).toBeCloseTo(0.5, 1);
    });

    it('of a regression reports −RMSE in the unit of the target, so that larger is better', async () => {
      const test = valueOfSum(60, 'validation');
      let last = 0;
      const model = await lstmRegressionFamily.fit(
        valueOfSum(300, 'train'),
        { ...brief, patience: 0 },
        {
          ...fitContext({ validation: test }),
          report: async (_, value) => {
            last = value;
            return 'continue';
          },
        },
      );
      const predicted = await model.predict(test.features);
      const squares = predicted.map((value, i) => (value - test.targets[i + 3]!) ** 2);
      expect(last).toBeCloseTo(-Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length), 6);
    });

    it('ends when a report is answered with stop', async () => {
      const report = async (epoch: number) => (epoch === 2 ? ('stop' as const) : ('continue' as const));
      const stopped = await lstmFamily.fit(train, { ...brief, epochs: 9 }, fitContext({ report }));
      const two = await lstmFamily.fit(train, { ...brief, epochs: 2 }, fitContext());
      expect(await stopped.predict(fresh.features)).toEqual(await two.predict(fresh.features));
    });

    it('tells its progress, up to 1 also when it stops early', async () => {
      const fractions: number[] = [];
      const onProgress = (fraction: number) => fractions.push(fraction);
      await lstmFamily.fit(train, { ...quick, learningRate: 1, epochs: 30, patience: 1 }, fitContext({ onProgress }));
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
      expect(fractions.length).toBeLessThan(30);
    });

    it('ends between two batches when aborted, though nothing else has had its turn', async () => {
      let asked = 0;
      const controller = new AbortController();
      const signal = controller.signal;
      Object.defineProperty(signal, 'aborted', { get: () => ++asked > 40 });
      await expect(lstmFamily.fit(train, { ...quick, epochs: 10_000 }, fitContext({ signal }))).rejects.toMatchObject({
        code: 'ABORTED',
      });
      expect(asked).toBeLessThan(60);
    });

    it('lets the event loop run often enough to be aborted from it', async () => {
      const controller = new AbortController();
      const running = lstmFamily.fit(
        train,
        { ...quick, epochs: 10_000, patience: 0 },
        fitContext({ signal: controller.signal }),
      );
      setImmediate(() => controller.abort(new Error('the host shuts down')));
      await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'the host shuts down' } });
    });
  });

  describe('refuses', () => {
    const refusal = (dataset: Dataset, parameters: object = brief) =>
      lstmFamily.fit(dataset, parameters, fitContext()).then(
        () => 'nothing',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );

    it.each([
      [{ units: 0 }, /OUT_OF_RANGE: units must be a whole number in \[1, 1024\]; got 0/],
      [{ units: 1e9 }, /OUT_OF_RANGE: units must be/],
      [{ units: 2.5 }, /OUT_OF_RANGE: units must be/],
      [
        { layers: 2, units: [4] },
        /LENGTH_MISMATCH: units must be a number, or a list with one for each of the 2 layers; got a list of 1/,
      ],
      [{ layers: 2, units: [4, 0] }, /OUT_OF_RANGE: units\[1\]/],
      [{ layers: 4 }, /OUT_OF_RANGE: layers/],
      [{ lookBack: 0 }, /OUT_OF_RANGE: lookBack/],
      [{ dropout: 1 }, /OUT_OF_RANGE: dropout/],
      [{ epochs: 0 }, /OUT_OF_RANGE: epochs/],
      [{ learningRate: 0 }, /OUT_OF_RANGE: learningRate must be in \(0, 1\]; got 0/],
      [{ learningRate: Number.NaN }, /OUT_OF_RANGE: learningRate/],
      [{ batchSize: '32' }, /INVALID_TYPE: batchSize must be a number; got string/],
      [{ engine: 'torch' }, /INVALID_TYPE: engine must be 'wasm' or 'tfjs'; got "torch"/],
      [{ unit: 5 }, /INVALID_TYPE: lstm parameters must be of .*; got 'unit'/],
      [
        { classWeights: { sideways: 2 } },
        /OUT_OF_RANGE: classWeights must name classes among down, up; got 'sideways'/,
      ],
      [{ validationShare: 0 }, /OUT_OF_RANGE: validationShare/],
    ])('the parameters %o', async (parameters, message) => {
      expect(await refusal(train, { ...brief, ...parameters })).toMatch(message);
    });

    it('data that is not what the family is for', async () => {
      expect(await refusal(valueOfSum(50, 'values'))).toMatch(/INVALID_TYPE: 'lstm' must be trained on classes/);
      await expect(lstmRegressionFamily.fit(train, brief, fitContext())).rejects.toMatchObject({
        code: 'INVALID_TYPE',
      });
      const balanced = { ...brief, classWeights: 'balanced' as const };
      await expect(lstmRegressionFamily.fit(valueOfSum(50, 'v'), balanced, fitContext())).rejects.toMatchObject({
        code: 'INVALID_TYPE',
      });
    });

    it('fewer rows than a window has, for training and for the tail', async () => {
      const parameters = { ...brief, patience: 0, lookBack: 20 };
      expect(await refusal(sliceDataset(train, 0, 20), parameters)).toMatch(
        /INSUFFICIENT_DATA: training must have a row with the 20 rows before it/,
      );
      expect(await refusal(sliceDataset(train, 0, 21), { ...parameters })).toMatch(/SINGLE_CLASS/);
    });

    it('rows whose labels all reach into the tail', async () => {
      const endless = { ...train, labelEndsAt: train.timestamps.map(() => 1e9) };
      expect(await refusal(endless)).toMatch(/INSUFFICIENT_DATA: early stopping must leave rows/);
    });

    it('one class', async () => {
      expect(await refusal({ ...train, targets: train.targets.map(() => 1) })).toMatch(/SINGLE_CLASS: .*got only 'up'/);
    });

    it('missing and infinite features, naming the place', async () => {
      const values = train.features.values.slice();
      values[2 * 7 + 1] = Number.NaN;
      const features = { ...train.features, values };
      const missing = createDataset({ ...train, features, missingValues: 'allowed' });
      expect(await refusal(missing)).toMatch(/NOT_FINITE: .*row 7, column 'noise'/);
      values[2 * 7 + 1] = Number.POSITIVE_INFINITY;
      expect(await refusal({ ...train, features })).toMatch(/NOT_FINITE: .*row 7, column 1/);
    });

    it('a column whose spread overflows', async () => {
      const values = train.features.values.map((value, i) => (i % 2 === 1 ? (i % 4 === 1 ? 1 : -1) * 1e308 : value));
      expect(await refusal({ ...train, features: { ...train.features, values } })).toMatch(
        /OUT_OF_RANGE: features of column 1/,
      );
    });

    it('targets whose spread overflows', async () => {
      const values = valueOfSum(100, 'values');
      const far = { ...values, targets: values.targets.map((value, row) => (row === 5 ? 1e300 : value)) };
      await expect(lstmRegressionFamily.fit(far, brief, fitContext())).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
        message: expect.stringMatching(/targets must have a finite spread/),
      });
    });

    it('no data set, no context, and no matrix to predict', async () => {
      const attempt = (...given: unknown[]) => Reflect.apply(lstmFamily.fit, lstmFamily, given);
      await expect(attempt(null, brief, fitContext())).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(attempt({}, brief, fitContext())).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(attempt(train, brief, undefined)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      await expect(attempt(train, brief, { seed: 'a' })).rejects.toMatchObject({ code: 'INVALID_TYPE' });
      const model = await lstmFamily.fit(train, brief, fitContext());
      for (const given of [null, undefined, {}, { values: [1], rows: 1, columns: 1 }]) {
        expect(() => Reflect.apply(model.predict, model, [given])).toThrow(
          expect.objectContaining({ code: 'INVALID_TYPE' }),
        );
      }
    });

    it('a label that is no class, and a value that is none, naming the row', async () => {
      const three = { ...train, classes: ['down', 'up', 'flat'] };
      const beyond = { ...three, targets: three.targets.map((label, row) => (row === 9 ? 3 : label)) };
      expect(await refusal(beyond)).toMatch(
        /OUT_OF_RANGE: targets of row 9 must be an index into the 3 classes; got 3/,
      );
      const values = valueOfSum(100, 'values');
      const endless = { ...values, targets: values.targets.map((value, row) => (row === 5 ? 1 / 0 : value)) };
      await expect(lstmRegressionFamily.fit(endless, brief, fitContext())).rejects.toMatchObject({
        code: 'NOT_FINITE',
        message: expect.stringMatching(/targets of row 5 must be finite; got Infinity/),
      });
    });

    it('names that a model file cannot hold, before it trains', async () => {
      expect(await refusal({ ...train, featureNames: ['step', 'step'] })).toMatch(
        /INVALID_RECORD: featureNames .*twice/,
      );
      expect(await refusal({ ...train, classes: ['up', 'up'] })).toMatch(/INVALID_RECORD: classes .*twice/);
      expect(await refusal({ ...train, featureNames: ['step', '__proto__'] })).toMatch(/INVALID_RECORD: featureNames/);
      const columns = 400;
      const wide = {
        ...train,
        features: { values: new Float64Array(400 * columns), rows: 400, columns },
        featureNames: Array.from({ length: columns }, (_, i) => `f${i}`.padEnd(9_990, 'x')),
      };
      expect(await refusal(wide)).toMatch(
        /TOO_LARGE: names of classes and features must have at most \d+ bytes together/,
      );
    });

    it('weights whose sum is beyond counting', async () => {
      const classWeights = { up: 1e100, down: 1e100 };
      expect(await refusal(train, { ...brief, classWeights })).toMatch(/OUT_OF_RANGE: weights of training/);
      const one = { ...train, weights: train.targets.map((_, row) => (row === 30 ? 1e307 : 0)) };
      expect(await refusal(one)).toMatch(/OUT_OF_RANGE: weights of training/);
    });

    it('validation rows with their features in another order', async () => {
      const validation = { ...fresh, featureNames: ['noise', 'step'] };
      await expect(lstmFamily.fit(train, brief, fitContext({ validation }))).rejects.toMatchObject({
        code: 'INVALID_RECORD',
        message: expect.stringMatching(/features step, noise in this order; got noise, step/),
      });
    });

    it('validation rows of other classes or columns', async () => {
      const validation = createDataset({ ...fresh, classes: ['up', 'down'] });
      await expect(lstmFamily.fit(train, brief, fitContext({ validation }))).rejects.toMatchObject({
        code: 'INVALID_TYPE',
      });
      const narrow = createDataset({
        ...fresh,
        features: Array.from(fresh.targets, () => [1]),
        featureNames: ['step'],
      });
      await expect(lstmFamily.fit(train, brief, fitContext({ validation: narrow }))).rejects.toMatchObject({
        code: 'LENGTH_MISMATCH',
      });
    });
  });

  it('has a memory long enough in the tests', () => {
    expect(quick.lookBack! + 1).toBeGreaterThanOrEqual(MEMORY);
  });
});
