import { ManualClock, type PerformanceStorage, sliceDataset } from '@mlperf/core';
import { logisticRegressionFamily, randomForestRegressionFamily } from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { ModelTrainer } from '@mlperf/tuning';
import { inlineExecutor } from '@mlperf/workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSeries } from './a-series.ts';

const data = aSeries(300);
const train = sliceDataset(data, 0, 200);
const test = sliceDataset(data, 200);

describe('a model trainer', () => {
  let storage: PerformanceStorage;
  let trainer: ModelTrainer;

  beforeEach(() => {
    storage = openMemoryStorage({ clock: new ManualClock(1_000) });
    trainer = new ModelTrainer({ family: logisticRegressionFamily, storage, seed: 's', clock: new ManualClock(1_000) });
  });

  it('trains, scores on new rows, stores and loads the best with its model', async () => {
    const drafts = [];
    for (const l2 of [1_000, 0.1]) {
      const model = await trainer.trainModel(train, { l2 });
      const evaluation = await trainer.evaluateModel(model, test);
      expect(evaluation).toMatchObject({ rows: 100, unscoredRows: 0 });
      expect(evaluation.metrics.accuracy).toBe(evaluation.score);
      expect(Object.keys(evaluation.metrics)).toEqual(['accuracy', 'f1_macro', 'log_loss']);
      drafts.push({
        ...{ experimentId: `l2=${l2}`, hyperparameters: { l2 } },
        result: await trainer.crossValidate(train, { l2 }),
        testMetrics: evaluation.metrics,
        modelArtifact: await trainer.saveModel(model),
      });
      model.dispose();
    }
    for (const draft of drafts) await trainer.saveExperiment(draft);
    const loaded = await trainer.loadBestModel();
    const best = drafts.reduce((a, b) => (b.result.meanCvScore > a.result.meanCvScore ? b : a));
    expect(loaded?.experiment).toMatchObject({ experimentId: best.experimentId, modelArtifact: best.modelArtifact });
    expect((await trainer.evaluateModel(loaded!.model, test)).metrics).toEqual(best.testMetrics);
    loaded!.model.dispose();
  });

  it('passes over better experiments without a model, and finds none where none is', async () => {
    expect(await trainer.loadBestModel()).toBeUndefined();
    const result = await trainer.crossValidate(train, {});
    await trainer.saveExperiment({ experimentId: 'bare', hyperparameters: {}, result });
    expect(await trainer.loadBestModel()).toBeUndefined();
  });

  it('trains the same model in an executor as here', async () => {
    const executor = inlineExecutor({ families: [logisticRegressionFamily] });
    const remote = new ModelTrainer({ family: logisticRegressionFamily, storage, seed: 's', executor });
    const [a, b] = [await trainer.trainModel(train, { l2: 0.5 }), await remote.trainModel(train, { l2: 0.5 })];
    expect(Buffer.compare(a.serialize(), b.serialize())).toBe(0);
    await executor.close();
  });

  it('says that a model is gone, and refuses what does not fit together', async () => {
    const model = await trainer.trainModel(train, {});
    const regression = new ModelTrainer({
      ...{ family: randomForestRegressionFamily, storage, seed: 's' },
      metric: { name: 'mean', direction: 'maximize', score: () => undefined },
    });
    const { classes: _classes, ...values } = test;
    await expect(trainer.evaluateModel(model, values)).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    const other = { ...test, classes: ['down', 'sideways'] };
    await expect(trainer.evaluateModel(model, other)).rejects.toThrow(/must be among down, sideways; got 'up'/);
    const { classes: _labels, ...training } = train;
    const forest = await regression.trainModel(training, { nEstimators: 2 });
    await expect(regression.evaluateModel(forest, values)).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
    expect(() => new ModelTrainer({ family: randomForestRegressionFamily, storage, seed: 's' })).toThrow(
      /must be given a metric/,
    );
    await expect(trainer.trainModel(train, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    for (const deadlineMs of [Number.NaN, -1]) {
      await expect(trainer.trainModel(train, {}, { deadlineMs })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    }
    const gone = { experimentId: 'e', hyperparameters: {}, modelArtifact: 'f'.repeat(64) };
    const result = await trainer.crossValidate(train, {});
    await expect(trainer.saveExperiment({ ...gone, result })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await storage.trials.get('e')).toBeUndefined();
  });
});
