import { ManualClock, predictRows, selectRows } from '@mlperf/core';
import { lstmFamily } from '@mlperf/models';
import { ModelPredictor, ModelRegistry } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';
import { fitContext, quick, signOfSum } from '../../models/lstm/toy-sequences.ts';

const modelName = 'SYN/1m/direction';

describe('an LSTM that is registered, promoted and served', () => {
  it('answers as the model trained, and a longer look-back as soon as the rows for it come', async () => {
    const clock = new ManualClock(1_000);
    const registry = await ModelRegistry.open({ storage: openMemoryStorage({ clock }) });
    const data = signOfSum(200, 'served');
    const { columns, values } = data.features;
    const row = (r: number) => values.subarray(r * columns, (r + 1) * columns);
    let champion: string | undefined;
    const promote = async (lookBack: number) => {
      const model = await lstmFamily.fit(data, { ...quick, lookBack, epochs: 5 }, fitContext());
      const request = { modelName, model, flatBand: 0, hyperparameters: { lookBack }, trainingMetrics: {} };
      const { versionId } = await registry.registerModel({ ...request, dataVersion: `d${lookBack}` });
      await registry.promoteToProduction(versionId, { expectedActive: champion });
      champion = versionId;
      return model;
    };
    const asked = [10, 57, 120, 199];
    const ask = (predictor: ModelPredictor, preceding: number) =>
      predictor.predictBatch(
        asked.map((r) => ({
          symbol: 'SYN',
          id: `${r} after ${preceding}`,
          features: row(r),
          precedingRows: Array.from({ length: preceding }, (_, i) => row(r - preceding + i)),
        })),
      );
    const upOf = (results: Awaited<ReturnType<typeof ask>>) =>
      results.map((result) => result.status === 'predicted' && result.prediction.probabilities.up);
    const expected = async (model: Awaited<ReturnType<typeof promote>>) => {
      const answers = await predictRows(model, selectRows(data, asked), data);
      return asked.map((_, i) => answers[2 * i + 1]);
    };

    const three = await promote(3);
    const options = { source: registry, modelName, families: [lstmFamily], clock, featureNames: data.featureNames };
    const predictor = await ModelPredictor.open(options);
    expect(predictor.lookBack).toBe(3);
    expect(upOf(await ask(predictor, 3))).toEqual(await expected(three));
    const five = await promote(5);
    await predictor.refresh();
    expect((await ask(predictor, 3)).map((result) => result.status === 'unavailable' && result.reason)).toEqual(
      new Array(4).fill('too-few-preceding-rows'),
    );
    expect(upOf(await ask(predictor, predictor.lookBack!))).toEqual(await expected(five));
    await predictor.close();
  });
});
