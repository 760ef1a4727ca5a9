import type { ModelFamily } from '@mlperf/core';
import { ruleFamily } from '../rule-family.ts';

/** Holds its thread for ever and looks at no signal. */
const hangingFamily: ModelFamily = {
  ...ruleFamily,
  modelType: 'hanging',
  fit() {
    for (;;);
  },
};

/** What a worker thread trains and loads. */
export const families = [hangingFamily, ruleFamily];
