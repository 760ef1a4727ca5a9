import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { ModelPredictor, type ModelPredictorOptions, ModelRegistry, type RegisterModelRequest } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { type Rule, ruleFamily, serialized } from '../rule-family.ts';

export const modelName = 'BTC-USD/1h/direction';
export const rising = { symbol: 'BTC-USD', features: { momentum: 1, volume: 5 } };

/** One model name on one memory storage, with a clock that moves only when told to. */
export interface ServingWorld {
  readonly clock: ManualClock;
  readonly storage: PerformanceStorage;
  readonly registry: ModelRegistry;
  /** Registers a rule of the two features with a certainty. */
  register(certainty: number, rule?: Partial<Rule>, change?: Partial<RegisterModelRequest>): Promise<string>;
  /** Registers and promotes over whatever serves. */
  promote(certainty: number, rule?: Partial<Rule>, change?: Partial<RegisterModelRequest>): Promise<string>;
  open(change?: Partial<ModelPredictorOptions>): Promise<ModelPredictor>;
}

export async function openServingWorld(storage?: PerformanceStorage): Promise<ServingWorld> {
  const clock = new ManualClock(1_000);
  const store = storage ?? openMemoryStorage({ clock });
  const registry = await ModelRegistry.open({ storage: store, clock });
  const register: ServingWorld['register'] = async (certainty, rule = {}, change = {}) => {
    const model = serialized({ follow: true, certainty, featureNames: ['momentum', 'volume'], ...rule });
    const figures = { flatBand: 0, hyperparameters: {}, trainingMetrics: {}, dataVersion: 'd' };
    return (await registry.registerModel({ modelName, model, ...figures, ...change })).versionId;
  };
  return {
    clock,
    storage: store,
    registry,
    register,
    async promote(...model) {
      const versionId = await register(...model);
      const expectedActive = (await registry.getSlot(modelName))?.championVersionId;
      await registry.promoteToProduction(versionId, { expectedActive });
      return versionId;
    },
    open: (change = {}) =>
      ModelPredictor.open({ source: registry, modelName, families: [ruleFamily], clock, ...change }),
  };
}
