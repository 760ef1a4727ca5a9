import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelFamily, TrainedModel } from '@mlperf/core';
import { ruleFamily } from '../../unit/registry/rule-family.ts';

/** Long enough for a signal to arrive in the middle. */
const FIT_MS = 2_000;
const PREDICT_MS = 700;

const slowModel = (model: TrainedModel): TrainedModel => ({
  ...model,
  async predict(features) {
    await sleep(PREDICT_MS);
    return model.predict(features);
  },
});

const slowRuleFamily: ModelFamily = {
  ...ruleFamily,
  async fit(train, params, context) {
    await sleep(FIT_MS);
    return slowModel(await ruleFamily.fit(train, params, context));
  },
  load: async (bytes) => slowModel(await ruleFamily.load(bytes)),
};

/** What a worker thread trains and loads. */
export const families = [slowRuleFamily];
