import type { FeatureTypes } from '@mlperf/registry';
import { ModelPredictor } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';
import { aRegistry, aRequest, NAME } from '../a-registry.ts';
import { ruleFamily, serialized } from '../rule-family.ts';

const featureNames = ['momentum', 'weekday', 'open'];
const model = serialized({ follow: true, certainty: 0.7, featureNames });

describe('the types of features', () => {
  it('are part of the bundle, and a request that breaks one is refused by its name', async () => {
    const { registry, storage } = await aRegistry();
    const featureTypes: FeatureTypes = { weekday: 'integer', open: 'boolean' };
    const { versionId } = await registry.registerModel(aRequest(0.7, { model, featureTypes }));
    await registry.promoteToProduction(versionId, { expectedActive: undefined });
    const loaded = await registry.loadModel(versionId);
    expect(loaded.header.featureTypes).toEqual(featureTypes);
    loaded.model.dispose();
    const predictor = await ModelPredictor.open({
      source: registry,
      modelName: NAME,
      families: [ruleFamily],
      clock: storage.clock,
    });
    const ask = (features: Record<string, number>) => predictor.predictNext({ symbol: 'BTC-USD', features });
    expect(await ask({ momentum: 0.5, weekday: 3, open: 1 })).toMatchObject({ status: 'predicted' });
    await expect(ask({ momentum: 0.5, weekday: 3.5, open: 1 })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: "feature 'weekday' must be a whole number; got 3.5",
    });
    await expect(ask({ momentum: 0.5, weekday: 3, open: 2 })).rejects.toThrow(/feature 'open' must be 0 or 1; got 2/);
    await predictor.close();
  });

  it('are refused for a feature or a type there is not', async () => {
    const { registry, storage } = await aRegistry();
    for (const featureTypes of [{ volume: 'number' }, { weekday: 'date' }] as FeatureTypes[]) {
      await expect(registry.registerModel(aRequest(0.7, { model, featureTypes }))).rejects.toMatchObject({
        code: 'MODEL_FORMAT',
      });
    }
    expect((await storage.models.list({})).items).toEqual([]);
  });
});
