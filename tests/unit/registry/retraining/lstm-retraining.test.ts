import { createDataset, sliceDataset } from '@mlperf/core';
import { compileLstmKernel, lstmFamily } from '@mlperf/models';
import { ModelPredictor } from '@mlperf/registry';
import { workerThreadExecutor } from '@mlperf/workers';
import { describe, expect, it } from 'vitest';
import { fitContext } from '../../models/lstm/toy-sequences.ts';
import { modelName, RetrainingWorld, rows, START } from './retraining-world.ts';

const hyperparameters = {
  units: 8,
  lookBack: 2,
  epochs: 8,
  learningRate: 0.02,
  batchSize: 16,
  dropout: 0,
  patience: 0,
};

describe('an LSTM retrained in a worker thread', () => {
  it('is judged, promoted and served, although a symbol was listed among the rows it is judged on', async () => {
    const world = await RetrainingWorld.open();
    const executor = workerThreadExecutor({
      familiesModule: new URL('../../models/lstm/prepared-families.ts', import.meta.url),
      familiesData: await compileLstmKernel(),
      threads: 1,
    });
    try {
      const whole = rows(400, 100);
      const groups = Int32Array.from({ length: 400 }, (_, row) => (row >= 340 && row % 2 === 1 ? 1 : 0));
      world.data = createDataset({ ...whole, features: whole.features, groups, groupNames: ['A', 'B'] });
      const old = await lstmFamily.fit(sliceDataset(whole, 0, 100), { ...hyperparameters, lookBack: 4 }, fitContext());
      const { versionId } = await world.registry.registerModel({
        modelName,
        model: old,
        flatBand: 0,
        hyperparameters: {},
        trainingMetrics: {},
        dataVersion: 'd',
        metadata: { trainedThrough: START - 300_000 },
      });
      await world.registry.promoteToProduction(versionId, { expectedActive: undefined });
      const manager = await world.manage({
        executor,
        modelType: 'lstm',
        hyperparameters,
        config: { deadlineMs: 60_000 },
      });
      world.degrade(versionId);
      await manager.whenIdle();
      const [entry] = await world.entries();
      expect(entry).toMatchObject({
        stage: 'promoted',
        evidence: { rows: 96, unscoredRows: 4, challengerAccuracy: 1, championAccuracy: 0 },
      });
      const predictor = await ModelPredictor.open({ source: world.registry, modelName, families: [lstmFamily] });
      expect(predictor).toMatchObject({ servedVersionId: entry!.newVersionId, lookBack: 2 });
      const answer = (momentum: number) =>
        predictor.predictNext({
          symbol: 'B',
          features: { momentum },
          precedingRows: [{ momentum: 1 }, { momentum: -1 }],
        });
      // The new rule: against the sign.
      expect(await answer(1)).toMatchObject({ status: 'predicted', prediction: { direction: 'down' } });
      expect(await answer(-1)).toMatchObject({ status: 'predicted', prediction: { direction: 'up' } });
      await predictor.close();
      await manager.close();
    } finally {
      await executor.close();
    }
  });
});
